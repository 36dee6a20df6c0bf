#include "pmc/event_group.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>

#include "pmc/open_reason.h"

namespace isochron::pmc {
namespace {

// What read() of a group with this read_format gives: as many values as the group has members.
constexpr std::uint64_t kReadFormat =
    PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
struct Answer {
  std::uint64_t members;
  GroupTimes times;
  std::uint64_t values[record::kMaxCounters];
};
static_assert(offsetof(Answer, values) == 3 * sizeof(std::uint64_t));

constexpr int kNoLeader = -1;

system::Descriptor perf_open(const EventSpec& event, pid_t tid, bool kernel_mode, int leader) noexcept {
  constexpr int kAnyCore = -1;
  perf_event_attr attr = attributes_of(event, kernel_mode, leader == kNoLeader);
  return system::Descriptor(
      static_cast<int>(syscall(SYS_perf_event_open, &attr, tid, kAnyCore, leader, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

perf_event_attr attributes_of(const EventSpec& event, bool kernel_mode, bool leads) noexcept {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = event.type;
  attr.config = event.config;
  attr.config1 = user_read_config1(event.type);
  attr.disabled = leads;  // members follow their leader
  attr.exclude_kernel = !kernel_mode;
  attr.exclude_hv = !kernel_mode;
  attr.read_format = kReadFormat;
  return attr;
}

EventGroup EventGroup::open(const std::vector<EventSpec>& events, pid_t tid, bool include_kernel,
                            std::vector<EventStatus>& status) {
  EventGroup group;
  group.owner_ = pthread_self();
  status.assign(events.size(), EventStatus{});
  std::optional<CounterEnvironment> machine;  // looked at only when something goes wrong
  for (unsigned i = 0; i < events.size(); ++i) {
    const EventSpec& event = events[i];
    EventStatus& state = status[i];
    if (i >= record::kMaxCounters) {
      state.error = EINVAL;
      state.reason = "more than " + std::to_string(record::kMaxCounters) + " events were asked for at once";
      continue;
    }
    const bool kernel_mode = include_kernel || happens_in_kernel(event.type, event.config);
    system::Descriptor fd = perf_open(event, tid, kernel_mode, group.empty() ? kNoLeader : group.fds_.front().get());
    if (fd.valid()) {
      state.opened = true;
      group.fds_.push_back(std::move(fd));
      group.slots_.push_back(i);
      continue;
    }
    state.error = errno;
    // A member is refused with EINVAL both for a bad encoding and for a group that could never be scheduled.
    if (state.error == EINVAL && !group.empty() && perf_open(event, tid, kernel_mode, kNoLeader).valid()) {
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
  Answer answer;
  const auto expected = static_cast<ssize_t>(offsetof(Answer, values) + size() * sizeof(std::uint64_t));
  // A group in the kernel's error state answers with 0 bytes; that is no reading.
  if (::read(fds_.front().get(), &answer, sizeof answer) != expected) {
    add_group(into, {nullptr, nullptr, 0, {}});
    return false;
  }
  add_group(into, {slots_.data(), answer.values, static_cast<unsigned>(size()), answer.times});
  return true;
}

bool EventGroup::use_user_reads() noexcept {
  std::vector<UserPage> pages;
  for (const system::Descriptor& fd : fds_) {
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
  return !pages_.empty() && pthread_equal(owner_, pthread_self()) != 0 && add_pages(into, slots_, pages_);
}

}  // namespace isochron::pmc
