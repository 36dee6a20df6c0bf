// The readings at both ends of a job, and the record that they make.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "pmc/counters.h"
#include "pmc/job_baseline.h"
#include "record/job.h"
#include "runtime/job_accounts.h"
#include "system/usage.h"
#include "workload/workload.h"

namespace isochron::runtime {

/// The job thread calls begin() right before execute and end() right after it; neither allocates.
/// What is read last before the job and first after it is what is most sensitive: the clock, then the CPU time,
/// then the counters, then faults and switches. The readings themselves are outside of [start, end].
class JobProbe {
 public:
  /// `baseline`: where the sampler learns of jobs, or null without a sampler.
  JobProbe(pmc::Counters& counters, pmc::JobBaseline* baseline) : counters_(counters), baseline_(baseline) {}

  /// Between jobs, after work that is not the loop's own: what it used is no job's, and no sleep.
  void rest() noexcept { accounts_.rest(system::thread_usage()); }

  /// Jobs that follow each other back to back go on from the last end(), which spares them two system calls. What the
  /// others cost in CPU time (own_cost() measures it) is then taken off the job's CPU time.
  void begin(std::uint64_t job, JobStart start) noexcept;

  /// The clock first; then the rest, into `record` (all fields but job, release, woken, deadline, skipped and extras).
  void end(record::JobRecord& record) noexcept;

  /// After an execute that failed.
  void abandon() noexcept;

  /// The cost of one begin() and end() around nothing, in ns: the minimum of many, with cold effects left out. The
  /// sampler is not told of these. Also measures empty_counts(), of jobs that start in this way. Between jobs only.
  std::uint64_t own_cost(JobStart start = JobStart::kAnew) noexcept;

  /// What the counters counted of an empty job: the readings' own instructions, say. Least of many; by event, absent
  /// where it was not counted.
  const std::array<std::optional<std::uint64_t>, record::kMaxCounters>& empty_counts() const noexcept {
    return empty_counts_;
  }

 private:
  void note_empty(const record::JobRecord& record, bool first) noexcept;

  pmc::Counters& counters_;
  pmc::JobBaseline* baseline_;
  pmc::Reading counts_before_;
  pmc::Reading counts_after_;
  JobAccounts accounts_;
  std::array<std::optional<std::uint64_t>, record::kMaxCounters> empty_counts_{};
  std::uint64_t start_ns_ = 0;
  std::uint64_t start_ticks_ = 0;
  int start_core_ = 0;
};

}  // namespace isochron::runtime
