// The loop of releases, jobs and records: what happens between the first release and the end of the last job.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "record/streams.h"
#include "runtime/job_probe.h"
#include "runtime/run_plan.h"
#include "runtime/run_result.h"
#include "system/interruptible_sleep.h"
#include "workload/workload.h"

namespace isochron::runtime {

/// What the tool found between the first job and the second.
struct AfterFirstJob {
  /// Threads worked in the first job that nothing counted: its record then has no counts, for a sum over only some of
  /// the threads would be a false number.
  bool uncounted = false;
  std::optional<Error> failure;  // ends the run; the first job's record stays
};

/// What the loop uses and doesn't own.
struct LoopParts {
  workload::Workload& workload;
  JobProbe& probe;
  record::Rings& rings;  // that of the jobs is there
  system::InterruptibleSleep& sleep;
  /// May be empty. Throws nothing.
  std::function<AfterFirstJob()> after_first_job;
  /// The workload has extra metrics, and so works after each job: that is no part of the next one.
  bool has_extras = false;
};

struct LoopResult {
  FinishReason reason = FinishReason::kStopped;
  std::optional<Error> error;
  std::uint64_t jobs = 0;
  std::uint64_t t0_ns = 0;
  std::uint64_t end_ns = 0;
};

/// From the decision to start until the first release: enough to go to sleep for it like for any other. 0 for
/// continuous schedules.
constexpr std::uint64_t lead_ns(const Schedule& schedule) noexcept { return schedule.period_ns > 0 ? 1'000'000 : 0; }

/// Runs jobs on the calling thread, the first of them released at `t0_ns`, until the schedule ends, the sleep is
/// interrupted, a deadline miss stops it (kStop) or execute throws. Its steady state makes only these system calls: the
/// sleep, CPU time and usage reads, reads of counters.
///
/// Periodic: a full ring loses the record and counts it; the grid is never held up. Continuous: the thread waits for
/// room between jobs, and the next job is released when it has waited.
LoopResult run_jobs(const Schedule& schedule, std::uint64_t t0_ns, const LoopParts& parts);

}  // namespace isochron::runtime
