// What a process lends to the tasks of one run: present and locked memory, PM QoS, a limit of the heap, one beginning.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/heap_limit.h"
#include "runtime/run_plan.h"
#include "system/denial.h"
#include "system/dma_latency.h"
#include "system/error.h"
#include "system/memory_lock.h"

namespace isochron::runtime {

/// Lives from before the first task's thread is made until after the last one has ended; only one at a time in a
/// process. heap_outgrown() is for the owner's thread, all else for any. With several tasks, what is lent is told to
/// each as it stands when it asks, and their first release is the first one's: a plan of several has to give them a
/// common lead.
class Session {
 public:
  /// Throws Error E_HEAP_UNKNOWN.
  explicit Session(const Lending& lending) : lending_(lending), heap_(lending.heap_limit_bytes) {}

  const HeapLimit& heap() const noexcept { return heap_; }

  /// On a task's thread, once all that it needs is allocated and before its first release. What was not granted.
  std::vector<system::Denial> lend(std::size_t stack_bytes);

  struct Lent {
    bool memory_locked = false;
    bool dma_latency_held = false;
    std::optional<std::uint64_t> prefaulted_bytes;  // absent where it was not asked for
  };
  Lent lent() const;

  /// The first release of every task: the first one that asks decides it.
  std::uint64_t first_release(std::uint64_t lead_ns);

  /// Now and then, from a core that is no job's: true when the heap has outgrown its limit.
  bool heap_outgrown();
  /// What the tasks end with then.
  std::optional<Error> failure() const;

 private:
  const Lending lending_;
  HeapLimit heap_;
  std::uint64_t heap_checked_ns_ = 0;

  mutable std::mutex lending_mutex_;  // guards the three below
  system::MemoryLock memory_;
  system::DmaLatency dma_latency_;
  std::optional<std::uint64_t> prefaulted_;

  mutable std::mutex mutex_;  // guards the two below; no task takes it between its first release and its last job
  std::uint64_t t0_ns_ = 0;
  std::optional<Error> failure_;
};

}  // namespace isochron::runtime
