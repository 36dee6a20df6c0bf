// What a task's thread asks of the system, in the order in which it must be asked, and what it got.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/release_grid.h"
#include "runtime/run_plan.h"
#include "runtime/run_result.h"
#include "runtime/session.h"
#include "system/policy.h"

namespace isochron::runtime {

/// Every function is called on the task's thread; what it has been granted ends with the thread.
/// A denial throws Error with its code unless best_effort; then it is kept for granted().
class TaskRights {
 public:
  explicit TaskRights(const Placement& placement) : placement_(placement) {}

  /// Name, signals, affinity, timer slack, stack: before init, so that threads of the workload inherit them; and
  /// whether FIFO or RR will be granted. `signal`: the one that stays unblocked. Throws Error E_CORE_ABSENT /
  /// E_CORE_OFFLINE for an impossible core, best_effort or not.
  void take_before_init(const std::string& name, int signal);

  /// The task's thread alone on the first core, when workers share the others. Not under SCHED_DEADLINE, which wants
  /// every core of its scheduling domain and allows no change.
  void pin_to_first_core();

  /// Until it is pinned again, the task's thread has all of its cores, so that the threads that it makes are born there
  /// and not behind it on the first core.
  void spread_for_births() noexcept;

  /// FIFO or RR, where it is asked for and granted. Init runs without it: what takes long there would use up the time
  /// that the kernel leaves to real-time threads (sched_rt_runtime_us; with a fair server since Linux 6.12, hold up
  /// everything else on the core), and the jobs that follow would be stopped for it.
  const std::optional<system::FixedPriority>& fixed_priority() const noexcept { return fixed_; }

  /// What the session lends, FIFO or RR, and SCHED_DEADLINE last: the kernel refuses a deadline thread later changes of
  /// affinity. `workers`: the threads that the workload has made. `tell_overruns`: somebody counts them
  /// (system::DeadlineOverruns).
  void take_before_release(Session& session, const std::vector<pid_t>& workers, bool tell_overruns);

  bool memory_locked() const noexcept { return lent_.memory_locked; }

  /// The thread has SCHED_DEADLINE.
  bool deadline() const noexcept { return deadline_ && deadline_->error == 0; }
  bool overruns_told() const noexcept { return deadline_ && deadline_->tells_overruns; }

  /// Under SCHED_DEADLINE, waits until the thread has all of its runtime again: the beginnings of its server's periods,
  /// as far as no late wake-up delays them. None otherwise.
  Instants replenish() const noexcept;

  /// All that was not granted up to now.
  const std::vector<system::Denial>& denied() const noexcept { return denied_; }

  /// Read back from the kernel.
  Granted granted() const;

 private:
  void deny(system::Denial denial);
  void keep(system::Denial denial) { denied_.push_back(std::move(denial)); }
  void deny_fixed_priority(int error);
  void deny_affinity(const std::vector<int>& cores, int error);

  Placement placement_;
  std::size_t stack_prefaulted_ = 0;
  std::optional<system::FixedPriority> fixed_;
  Session::Lent lent_;
  std::optional<system::DeadlineGrant> deadline_;  // absent where it is not asked for
  std::vector<system::Denial> denied_;
};

}  // namespace isochron::runtime
