#include "pmc/event_group.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "pmc/open_reason.h"

namespace isochron::pmc {
namespace {

// read() of a group with this read_format gives {nr, time_enabled, time_running, value[nr]}.
constexpr std::uint64_t kReadFormat =
    PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
constexpr std::size_t kReadHeader = 3;
constexpr int kSequenceAttempts = 4;

Descriptor perf_open(const EventSpec& event, pid_t tid, bool kernel_mode, int leader) noexcept {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = event.type;
  attr.config = event.config;
  attr.config1 = user_read_config1(event.type);
  attr.disabled = leader < 0 ? 1 : 0;  // members follow their leader
  attr.exclude_kernel = kernel_mode ? 0 : 1;
  attr.exclude_hv = kernel_mode ? 0 : 1;
  attr.read_format = kReadFormat;
  constexpr int kAnyCore = -1;
  return Descriptor(static_cast<int>(syscall(SYS_perf_event_open, &attr, tid, kAnyCore, leader, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

EventGroup EventGroup::open(const std::vector<EventSpec>& events, pid_t tid, bool include_kernel,
                            std::vector<EventStatus>& status) {
  EventGroup group;
  group.owner_ = pthread_self();
  status.assign(events.size(), EventStatus{});
  std::optional<CounterEnvironment> machine;  // looked at only when something goes wrong
  for (unsigned i = 0; i < events.size(); ++i) {
    const EventSpec& event = events[i];
    EventStatus& state = status[i];
    if (i >= runtime::kMaxCounters) {
      state.error = EINVAL;
      state.reason = "more than " + std::to_string(runtime::kMaxCounters) + " events were asked for at once";
      continue;
    }
    const bool kernel_mode = include_kernel || happens_in_kernel(event.type, event.config);
    Descriptor fd = perf_open(event, tid, kernel_mode, group.empty() ? -1 : group.fds_.front().get());
    if (fd.valid()) {
      state.opened = true;
      group.fds_.push_back(std::move(fd));
      group.slots_.push_back(i);
      continue;
    }
    state.error = errno;
    // A member is refused with EINVAL both for a bad encoding and for a group that could never be scheduled.
    if (state.error == EINVAL && !group.empty() && perf_open(event, tid, kernel_mode, -1).valid()) {
      state.no_room = true;
      state.reason = explain_no_room(static_cast<unsigned>(group.size()));
      continue;
    }
    if (!machine) machine = read_counter_environment();
    state.reason = explain_open_failure(state.error, event.type, kernel_mode, *machine);
  }
  return group;
}

void EventGroup::enable() noexcept {
  if (!empty()) ioctl(fds_.front().get(), PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

void EventGroup::disable() noexcept {
  if (!empty()) ioctl(fds_.front().get(), PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
}

bool EventGroup::read(Reading& into) const noexcept {
  if (empty()) return true;
  std::uint64_t buffer[kReadHeader + runtime::kMaxCounters];
  const ssize_t expected = static_cast<ssize_t>((kReadHeader + size()) * sizeof buffer[0]);
  // A group in the kernel's error state answers with 0 bytes; that is no reading.
  const bool good = ::read(fds_.front().get(), buffer, sizeof buffer) == expected && buffer[0] == size();
  if (!good) {
    add_group(into, {nullptr, nullptr, 0, {}});
    return false;
  }
  add_group(into, {slots_.data(), buffer + kReadHeader, static_cast<unsigned>(size()), {buffer[1], buffer[2]}});
  return true;
}

bool EventGroup::use_user_reads() noexcept {
  std::vector<UserPage> pages;
  pages.reserve(size());
  for (const Descriptor& fd : fds_) {
    UserPage page = UserPage::map(fd.get());
    if (page.empty()) return false;
    pages.push_back(std::move(page));
  }
  pages_ = std::move(pages);
  Reading trial;
  if (!empty() && read_pages(trial)) return true;
  pages_.clear();
  return false;
}

bool EventGroup::read_here(Reading& into) const noexcept { return read_pages(into) || read(into); }

bool EventGroup::read_pages(Reading& into) const noexcept {
  if (pages_.empty() || pthread_equal(owner_, pthread_self()) == 0) return false;
  std::uint64_t values[runtime::kMaxCounters];
  // The leader's sequence number is unchanged only if the thread was not switched out between the first and the last
  // read: then the values belong to one instant, a few nanoseconds wide, as those of read() do.
  for (int attempt = 0; attempt < kSequenceAttempts; ++attempt) {
    const std::uint32_t sequence = pages_.front().sequence();
    GroupTimes times;
    for (std::size_t j = 0; j < pages_.size(); ++j) {
      const auto value = pages_[j].read();
      if (!value) return false;  // a software event, or not on the PMU now
      values[j] = value->count;
      if (j == 0) times = value->times;
    }
    if (pages_.front().sequence() != sequence) continue;
    add_group(into, {slots_.data(), values, static_cast<unsigned>(pages_.size()), times});
    return true;
  }
  return false;
}

}  // namespace isochron::pmc
