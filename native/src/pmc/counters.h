// The counters of one run: a group on the job thread and one on each worker thread, read as one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "pmc/event_group.h"

namespace isochron::pmc {

class Counters {
 public:
  Counters(std::vector<EventSpec> events, bool include_kernel);

  /// Opens and enables the group of the calling (job) thread. May be called once, before add_thread.
  void open_on_this_thread();
  /// Opens and enables the same events on a worker thread. Called between jobs only, by the job thread.
  void add_thread(pid_t tid);

  /// Reads every group and adds them up; time_enabled/time_running are those of the group with the smallest share.
  /// The job thread calls it at both ends of a job. No allocation; no lock.
  void read(Reading& out) noexcept;

  /// The same from the sampler's thread (a system-call read of the same descriptors; user-space reads work only on the owner).
  bool read_from_other_thread(Reading& out) noexcept;

  bool empty() const noexcept;
  const std::vector<EventSpec>& events() const noexcept { return events_; }
  /// One per event; valid after open_on_this_thread.
  const std::vector<EventStatus>& status() const noexcept { return status_; }
  /// "read" or "user" (rdpmc / PMU registers), for the sidecar.
  const char* read_method() const noexcept;

 private:
  std::vector<EventSpec> events_;
  bool include_kernel_;
  std::vector<EventStatus> status_;
  std::vector<EventGroup> groups_;  // groups_[0] is the job thread's; reserved up front so that the sampler may read it
};

/// after - before, with mask = both, saturating at 0; writes into the record's counters, mask and times (pure; unit-tested).
void store_difference(const Reading& before, const Reading& after, runtime::JobRecord& record) noexcept;

}  // namespace isochron::pmc
