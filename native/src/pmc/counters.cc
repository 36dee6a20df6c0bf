#include "pmc/counters.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "system/error.h"
#include "system/thread.h"

namespace isochron::pmc {

Counters::Counters(std::vector<EventSpec> events, bool include_kernel)
    : events_(std::move(events)), include_kernel_(include_kernel), status_(events_.size()), groups_(kMaxGroups) {
  if (events_.size() > record::kMaxCounters)
    throw Error("E_TOO_MANY_EVENTS",
                std::to_string(events_.size()) + " counter events were asked for; at most " +
                    std::to_string(record::kMaxCounters) + " can be recorded in one run",
                "name fewer events, or use --event-passes");
}

void Counters::open_on_this_thread() {
  EventGroup group = EventGroup::open(events_, system::kThisThread, include_kernel_, status_);
  if (group.empty()) return;
  group.enable();
  group.use_user_reads();
  groups_[0] = std::move(group);
  group_count_.store(1, std::memory_order_release);
}

bool Counters::add_thread(pid_t tid) {
  const unsigned count = group_count_.load(std::memory_order_relaxed);
  if (count == 0) return false;
  if (count == kMaxGroups) {
    countable_.store(0, std::memory_order_release);
    return false;
  }
  std::vector<EventStatus> status;
  EventGroup group = EventGroup::open(events_, tid, include_kernel_, status);
  const bool ended =
      group.empty() && std::any_of(status.begin(), status.end(), [](const EventStatus& s) { return s.error == ESRCH; });
  if (ended) return false;
  std::uint32_t lacking = 0;
  for (unsigned i = 0; i < status.size(); ++i)
    if (status_[i].opened && !status[i].opened) lacking |= 1u << i;
  if (lacking != 0) countable_.fetch_and(~lacking, std::memory_order_release);
  if (group.empty()) return false;
  group.enable();
  groups_[count] = std::move(group);
  group_count_.store(count + 1, std::memory_order_release);
  return lacking == 0;
}

void Counters::read(Reading& out) noexcept { read_groups(out, true); }

bool Counters::read_from_other_thread(Reading& out) noexcept { return read_groups(out, false); }

bool Counters::read_groups(Reading& out, bool on_job_thread) noexcept {
  std::fill(std::begin(out.counts), std::end(out.counts), 0);
  out.mask = 0;
  out.groups = 0;
  const unsigned count = group_count_.load(std::memory_order_acquire);
  bool good = count > 0;
  for (unsigned g = 0; g < count; ++g)
    good = (on_job_thread && g == 0 ? groups_[g].read_here(out) : groups_[g].read(out)) && good;
  out.mask &= countable_.load(std::memory_order_acquire);
  return good;
}

const char* Counters::read_method() const noexcept {
  if (empty()) return "none";
  return groups_[0].has_user_reads() ? "user" : "read";
}

}  // namespace isochron::pmc
