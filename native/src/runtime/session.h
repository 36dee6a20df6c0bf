// What a process lends to the tasks of one run: present and locked memory, PM QoS, a limit of the heap, one beginning.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/heap_limit.h"
#include "runtime/release_grid.h"
#include "runtime/run_plan.h"
#include "system/denial.h"
#include "system/dma_latency.h"
#include "system/error.h"
#include "system/memory_lock.h"

namespace isochron::runtime {

/// Lives from before the first task's thread is made until after the last one has ended; only one at a time in a
/// process. heap_outgrown() is for the owner's thread, all else for any. Several tasks are lent the same, each the
/// memory that it may touch, and are told what they got themselves: one that is refused takes nothing from the others.
class Session {
 public:
  /// Throws Error E_HEAP_UNKNOWN.
  explicit Session(const Lending& lending);

  HeapLimit& heap() noexcept { return heap_; }

  /// What one task got.
  struct Lent {
    bool memory_locked = false;
    bool dma_latency_held = false;
    std::optional<std::uint64_t> prefaulted_bytes;  // of the memory that it may touch; absent where not asked for
    std::vector<system::Denial> denied;             // asked for and not granted
  };
  /// On a task's thread, once all that it needs is allocated and before its first release. `workers`: the threads that
  /// its workload has made.
  Lent lend(std::size_t stack_bytes, const std::vector<pid_t>& workers = {});

  /// On the thread of a task whose memory is locked, after its first job: engines allocate in it, too.
  void lock_what_came(std::size_t stack_bytes, const std::vector<pid_t>& workers);
  /// There, before the tool allocates anything after the first job, or after the last.
  void make_room(bool after_last_job);
  /// After that: how much of its memory is locked. Absent where the kernel does not tell.
  std::optional<system::LockProof> lock_proof(const std::vector<pid_t>& workers);

  /// A task will be there for the first release, and has to know of it `lead_ns` before. Of several, all are expected
  /// before any is ready.
  void expect(std::uint64_t lead_ns);
  /// One that was expected is about to begin, and best at one of these instants. Of several tasks with such a wish, the
  /// last one has it.
  void ready(const Instants& best = {});
  /// One that was expected ends without having been ready.
  void give_up();
  /// That of every task; 0 as long as one that is expected is not ready.
  std::uint64_t first_release() const;

  /// Now and then, from a core that is no job's: true when the heap has outgrown its limit.
  bool heap_outgrown();
  /// What the tasks end with then.
  std::optional<Error> failure() const;

 private:
  const Lending lending_;
  HeapLimit heap_;
  std::uint64_t heap_checked_ns_ = 0;

  void no_longer_awaited(bool is_ready, const Instants& best);

  std::mutex lending_mutex_;  // guards the two below, room_bytes() aside
  system::MemoryLock memory_;
  system::DmaLatency dma_latency_;

  mutable std::mutex mutex_;  // guards those below; no task takes it between its first release and its last job
  unsigned awaited_ = 0;      // expected and not yet ready
  bool any_ready_ = false;
  std::uint64_t lead_ns_ = 0;
  Instants best_;
  std::uint64_t t0_ns_ = 0;
  std::optional<Error> failure_;
};

}  // namespace isochron::runtime
