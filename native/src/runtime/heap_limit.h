// The limit on how much the heap may grow (-m).
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "system/error.h"
#include "system/heap.h"

namespace isochron::runtime {

/// Counts from its construction, before the workload's init, what is allocated by all threads but the process's first
/// one: that is Node's, whose memory for moving records is none of the workload's, and grows with their number. It
/// rests on malloc_policy.h, by which the threads of jobs and engines have arenas of their own; where that of a job has
/// none, Node's counts, too. A limit of 0 limits nothing. The backstop: RLIMIT_DATA of the process, lowered to what is
/// in use + the limit + a margin until destruction, lets a runaway allocation fail instead of taking the board's
/// memory. The margin is Node's own: new stacks of its thread pool and the young generation of its heap count there
/// too.
class HeapLimit {
 public:
  static constexpr std::uint64_t kMarginBytes = 256ull << 20;

  /// Throws Error E_HEAP_UNKNOWN when there is a limit and this C library doesn't tell what is in use.
  explicit HeapLimit(std::uint64_t limit_bytes);

  /// What that grew by; 0 without a limit. Takes malloc's locks for a moment, at the highest
  /// priority that there is, so that a job which allocates waits no longer than that: not for the job thread during a
  /// run.
  std::uint64_t growth() const noexcept;

  /// On a job's thread, after init: throws Error E_HEAP_LIMIT that says how much was needed.
  void require_within_after_init();
  /// During the run: the same failure as a value. `of_tool` bytes of the growth are not the workload's.
  std::optional<Error> exceeded(std::uint64_t of_tool) const;
  /// What a failed allocation means while a limit is in force.
  Error allocation_failed() const;

  bool limited() const noexcept { return limit_ > 0; }

 private:
  std::uint64_t limit_;
  system::HeapUse baseline_;
  std::atomic<bool> shares_main_{false};  // some job allocates from Node's arena
  std::atomic<std::uint64_t> needed_{0};  // by init
  system::DataLimit backstop_;
};

}  // namespace isochron::runtime
