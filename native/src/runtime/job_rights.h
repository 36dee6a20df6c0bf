// What the job thread asks of the system, in the order in which it must be asked, and what it got.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/run_plan.h"
#include "runtime/run_result.h"
#include "system/dma_latency.h"
#include "system/memory_lock.h"

namespace isochron::runtime {

/// Every function is called on the job thread. Destruction gives back what belongs to the process (locked memory, the
/// DMA latency request); the rest ends with the thread.
/// A denial throws Error with its code unless best_effort; then it is kept for granted().
class JobRights {
 public:
  explicit JobRights(const Placement& placement) : placement_(placement) {}

  /// Affinity, FIFO or RR, timer slack, stack: before init, so that threads of the workload inherit them.
  /// Throws Error E_CORE_ABSENT / E_CORE_OFFLINE for an impossible core, best_effort or not.
  void take_before_init();

  /// The job thread alone on the first core, when workers share the others.
  void pin_to_first_core();

  /// Present pages, locks, PM QoS, and SCHED_DEADLINE last: the kernel refuses a deadline thread later changes of
  /// affinity.
  void take_before_release();

  /// Read back from the kernel.
  Granted granted() const;

 private:
  void deny(system::Denial denial);
  void keep(system::Denial denial) { denied_.push_back(std::move(denial)); }
  void pin_to(const std::vector<int>& cores);

  Placement placement_;
  system::MemoryLock memory_;
  system::DmaLatency dma_latency_;
  std::size_t stack_prefaulted_ = 0;
  std::optional<std::uint64_t> prefaulted_;
  std::vector<system::Denial> denied_;
};

}  // namespace isochron::runtime
