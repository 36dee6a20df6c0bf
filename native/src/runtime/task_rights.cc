#include "runtime/task_rights.h"

#include "system/affinity.h"
#include "system/placed_thread.h"
#include "system/policy_trial.h"
#include "system/rights.h"
#include "system/stack.h"
#include "system/thread.h"
#include "system/timer_slack.h"

namespace isochron::runtime {

void TaskRights::deny(system::Denial denial) {
  if (!placement_.best_effort) throw Error(denial.code, denial.message, denial.hint);
  keep(std::move(denial));
}

void TaskRights::deny_affinity(const std::vector<int>& cores, int error) {
  if (error != 0) deny(system::affinity_denial(cores, error, system::get_affinity(system::kThisThread)));
}

void TaskRights::deny_fixed_priority(int error) {
  if (error != 0)
    deny(system::policy_denial(placement_.policy, placement_.priority, error, system::read_rights(), false));
}

void TaskRights::take_before_init(const std::string& name, int signal) {
  const Policy policy = placement_.policy;
  if (!placement_.cores.empty()) system::require_online(placement_.cores);
  system::Place place;
  place.name = name.c_str();
  place.signal = signal;
  place.cores = placement_.cores;
  const auto errors = system::place_this_thread(place);
  deny_affinity(placement_.cores, errors.affinity);
  if (policy == Policy::kFifo || policy == Policy::kRoundRobin) {
    const int error = system::try_fixed_priority(policy, placement_.priority);
    if (error == 0) fixed_ = system::FixedPriority{policy, placement_.priority};
    deny_fixed_priority(error);
  }
  if (errors.timer_slack != 0) keep(system::timer_slack_denial(errors.timer_slack));
  system::prefault_stack(placement_.stack_prefault_bytes);
  stack_prefaulted_ = placement_.stack_prefault_bytes;
}

void TaskRights::pin_to_first_core() {
  if (placement_.cores.size() <= 1 || deadline()) return;
  const std::vector<int> first = {placement_.cores.front()};
  deny_affinity(first, system::set_affinity(system::kThisThread, first));
}

void TaskRights::spread_for_births() noexcept {
  if (placement_.cores.size() <= 1 || deadline()) return;
  system::set_affinity(system::kThisThread, placement_.cores);  // as before the pinning
}

void TaskRights::take_before_release(Session& session, const std::vector<pid_t>& workers, bool tell_overruns) {
  lent_ = session.lend(placement_.stack_prefault_bytes, workers);
  for (const auto& denial : lent_.denied) keep(denial);
  if (fixed_) deny_fixed_priority(system::set_fixed_priority(fixed_->policy, fixed_->priority));
  if (placement_.policy != Policy::kDeadline) return;
  deadline_ =
      system::set_deadline(placement_.dl_runtime_ns, placement_.dl_deadline_ns, placement_.dl_period_ns, tell_overruns);
  if (deadline()) return;
  const bool pinned = system::get_affinity(system::kThisThread).size() < system::online_cores().size();
  deny(system::policy_denial(Policy::kDeadline, 0, deadline_->error, system::read_rights(), pinned));
}

Instants TaskRights::replenish() const noexcept {
  if (!deadline()) return {};
  return {system::await_replenishment(), placement_.dl_period_ns};
}

Granted TaskRights::granted() const {
  Granted granted;
  const auto scheduling = system::get_scheduling(system::kThisThread);
  granted.policy = scheduling.policy;
  granted.priority = scheduling.priority;
  granted.cores = system::get_affinity(system::kThisThread);
  granted.memory_locked = lent_.memory_locked;
  granted.prefaulted_bytes = lent_.prefaulted_bytes;
  granted.dma_latency_held = lent_.dma_latency_held;
  granted.timer_slack_ns = system::get_timer_slack();
  granted.stack_prefault_bytes = stack_prefaulted_;
  granted.denied = denied_;
  return granted;
}

}  // namespace isochron::runtime
