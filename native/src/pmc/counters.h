// The counters of one run: a group on the job thread and one on each worker thread, read as one.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "pmc/event_group.h"

namespace isochron::pmc {

/// Who calls what: the job thread opens, adds and reads; the sampler's thread may only call read_from_other_thread,
/// at any time between open_on_this_thread and the destruction (its owner stops the sampler first).
class Counters {
 public:
  /// Throws Error E_TOO_MANY_EVENTS for more than record::kMaxCounters events.
  Counters(std::vector<EventSpec> events, bool include_kernel);

  /// Opens and enables the group of the calling (job) thread. To be called once, before add_thread.
  void open_on_this_thread();

  /// Opens and enables the same events on a worker thread; called between jobs, by the job thread. False when that
  /// thread can't be counted fully. Unless it had ended already, the events that it lacks are from then on absent from
  /// every reading's mask: a sum over only some of the threads would be a false number.
  bool add_thread(pid_t tid);

  /// Reads every group and adds them up into `out` (which it clears). The job thread calls it at both ends of a job:
  /// one read() per group, or user-space reads for the job thread's own. No allocation, no lock.
  void read(Reading& out) noexcept;

  /// The same from the sampler's thread, always by read(), which interrupts the counted core for a moment when it
  /// runs a counted thread. False when there is nothing to read.
  bool read_from_other_thread(Reading& out) noexcept;

  /// True when no event could be opened (or none was asked for).
  bool empty() const noexcept { return group_count_.load(std::memory_order_acquire) == 0; }
  const std::vector<EventSpec>& events() const noexcept { return events_; }
  /// One per event; valid and constant after open_on_this_thread.
  const std::vector<EventStatus>& status() const noexcept { return status_; }
  /// How the job thread's group is read: "user" (rdpmc, PMU registers), "read" (system call) or "none" (empty).
  /// The groups of worker threads are always read by system call.
  const char* read_method() const noexcept;

 private:
  bool read_groups(Reading& out, bool on_job_thread) noexcept;

  std::vector<EventSpec> events_;
  bool include_kernel_;
  std::vector<EventStatus> status_;
  std::vector<EventGroup> groups_;  // kMaxGroups places from the start; those below group_count_ never change
  std::atomic<unsigned> group_count_{0};
  std::atomic<std::uint32_t> countable_{~0u};  // bit i: event i is counted on every thread
};

}  // namespace isochron::pmc
