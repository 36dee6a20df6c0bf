#include "runtime/job_rights.h"

#include <utility>

#include "system/affinity.h"
#include "system/prefault.h"
#include "system/rights.h"
#include "system/stack.h"
#include "system/thread.h"
#include "system/timer_slack.h"

namespace isochron::runtime {

void JobRights::deny(system::Denial denial) {
  if (!placement_.best_effort) throw Error(denial.code, denial.message, denial.hint);
  keep(std::move(denial));
}

void JobRights::pin_to(const std::vector<int>& cores) {
  const int error = system::set_affinity(system::kThisThread, cores);
  if (error != 0) deny(system::affinity_denial(cores, error, system::get_affinity(system::kThisThread)));
}

void JobRights::take_before_init() {
  if (!placement_.cores.empty()) {
    system::require_online(placement_.cores);
    pin_to(placement_.cores);
  }
  if (placement_.policy == Policy::kFifo || placement_.policy == Policy::kRoundRobin) {
    const int error = system::set_fixed_priority(placement_.policy, placement_.priority);
    if (error != 0)
      deny(system::policy_denial(placement_.policy, placement_.priority, error, system::read_rights(), false));
  }
  const int error = system::set_timer_slack(1);
  if (error != 0) keep(system::timer_slack_denial(error));
  system::prefault_stack(placement_.stack_prefault_bytes);
  stack_prefaulted_ = placement_.stack_prefault_bytes;
}

void JobRights::pin_to_first_core() {
  if (placement_.cores.size() > 1) pin_to({placement_.cores.front()});
}

void JobRights::take_before_release() {
  if (placement_.prefault) prefaulted_ = system::prefault(system::job_memory(placement_.stack_prefault_bytes));
  if (placement_.lock_memory) {
    const int error = memory_.lock(placement_.stack_prefault_bytes);
    if (error != 0) keep(system::memory_lock_denial(error, system::read_rights()));
  }
  if (placement_.hold_dma_latency) {
    const int error = dma_latency_.hold();
    if (error != 0) keep(system::dma_latency_denial(error));
  }
  if (placement_.policy == Policy::kDeadline) {
    const int error =
        system::set_deadline(placement_.dl_runtime_ns, placement_.dl_deadline_ns, placement_.dl_period_ns);
    if (error != 0) {
      const bool pinned = system::get_affinity(system::kThisThread).size() < system::online_cores().size();
      deny(system::policy_denial(Policy::kDeadline, 0, error, system::read_rights(), pinned));
    }
  }
}

Granted JobRights::granted() const {
  Granted granted;
  const auto scheduling = system::get_scheduling(system::kThisThread);
  granted.policy = scheduling.policy;
  granted.priority = scheduling.priority;
  granted.cores = system::get_affinity(system::kThisThread);
  granted.memory_locked = memory_.held();
  granted.prefaulted_bytes = prefaulted_;
  granted.dma_latency_held = dma_latency_.held();
  granted.timer_slack_ns = system::get_timer_slack();
  granted.stack_prefault_bytes = stack_prefaulted_;
  granted.denied = denied_;
  return granted;
}

}  // namespace isochron::runtime
