// The threads that the workload makes: found, placed and counted.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pmc/counters.h"
#include "runtime/run_result.h"
#include "system/policy.h"
#include "system/unseen_threads.h"

namespace isochron::runtime {

/// Threads of the workload have the name of the task's thread, which they inherit, or were not there before its init
/// and have a name that is neither Node's nor isochron's own. Called by the task's thread only.
class WorkerThreads {
 public:
  /// `name`: of the task's thread `task_thread`.
  /// `cores`: of the placement; worker i goes to cores[(i + 1) % n], for cores[0] is that thread's.
  /// `priority`: that of the jobs, which those that init makes can't inherit.
  /// `others`: threads that were there before the workload's init; without them only the name tells.
  WorkerThreads(std::string name, pid_t task_thread, std::vector<int> cores,
                std::optional<system::FixedPriority> priority = {}, std::optional<std::vector<pid_t>> others = {})
      : name_(std::move(name)),
        task_thread_(task_thread),
        cores_(std::move(cores)),
        priority_(priority),
        others_(std::move(others)) {}

  /// Looks for workers that appeared since the last call, pins each to a core and adds it to `counters`. True if there
  /// were any.
  bool adopt_new(pmc::Counters& counters);

  /// Before the first release: what the known workers have worked until now was not for a job.
  void begin_jobs();

  /// After the first job, and the last that is done to workers then: what befalls them counts from here on.
  void end_first_job();

  /// After the last job: CPU time of each worker over the jobs. That of one that was made by a job is all it has.
  void end_jobs();

  /// After the last job: threads that were never adopted, as they are, with all of their CPU time. One that has ended
  /// by now is not among them.
  std::vector<WorkerInfo> late() const;

  /// After the last job: CPU time since the first one that none of the threads used which are told of, `late` ones
  /// among them. Absent where it is not known.
  std::optional<std::uint64_t> unseen_ns() const noexcept { return unseen_ns_; }

  const std::vector<WorkerInfo>& found() const noexcept { return found_; }
  std::vector<pid_t> tids() const;

 private:
  std::vector<pid_t> unknown() const;
  bool is_the_workloads(pid_t tid) const;

  const std::string name_;
  pid_t task_thread_;
  std::vector<int> cores_;
  std::optional<system::FixedPriority> priority_;
  std::optional<std::vector<pid_t>> others_;  // ascending
  std::vector<WorkerInfo> found_;
  system::UnseenThreads unseen_;
  std::optional<std::uint64_t> unseen_ns_;
  std::vector<system::ThreadAccount> after_first_job_;        // of found_, once there was a first job
  std::vector<std::optional<std::uint64_t>> before_jobs_ns_;  // of the first ones of found_
};

}  // namespace isochron::runtime
