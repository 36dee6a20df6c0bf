// Groups of perf events that are counted together or not at all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/job_record.h"

namespace isochron::pmc {

/// One event as TypeScript resolved it (src/events/): perf_event_attr type and config.
struct EventSpec {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t config = 0;
};

/// What became of one event.
struct EventStatus {
  bool opened = false;
  int error = 0;         // errno of perf_event_open when not opened
  std::string reason;    // a sentence when not opened
};

/// A reading of all events at one instant. counts[i] belongs to the i-th *requested* event; mask says which are real.
struct Reading {
  std::uint64_t time_enabled = 0;
  std::uint64_t time_running = 0;
  std::uint64_t counts[runtime::kMaxCounters] = {};
  std::uint32_t mask = 0;
};

/// One perf group on one thread (move-only RAII over the descriptors). Events that can't be opened are left out and explained.
class EventGroup {
 public:
  EventGroup() = default;
  EventGroup(EventGroup&& other) noexcept;
  EventGroup& operator=(EventGroup&& other) noexcept;
  EventGroup(const EventGroup&) = delete;
  EventGroup& operator=(const EventGroup&) = delete;
  ~EventGroup();

  /// Opens `events` on thread `tid` (any core), disabled. `include_kernel`: count kernel mode too.
  /// `status` gets one entry per event. An empty group (nothing opened) is valid and reads nothing.
  static EventGroup open(const std::vector<EventSpec>& events, pid_t tid, bool include_kernel, std::vector<EventStatus>& status);

  bool empty() const noexcept { return fds_.empty(); }
  void enable() noexcept;
  void disable() noexcept;
  /// Adds this group's counts onto `into` (mask and all); one read() or user-space reads. No allocation. False on failure.
  bool read(Reading& into) const noexcept;

 private:
  std::vector<int> fds_;         // fds_[0] leads
  std::vector<unsigned> slots_;  // slots_[j]: which requested event the j-th descriptor counts
};

}  // namespace isochron::pmc
