// Keeping what the job uses in memory for as long as an object lives, and the proof that it is kept there.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "system/mappings.h"

namespace isochron::system {

/// A word of this process's memory; 0 where there is none.
using WordAt = std::function<std::uintptr_t(std::uintptr_t)>;

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

/// What tells the job's memory from the rest of the process.
struct JobMemory {
  std::string executable;  // this program's own, which the job does not run
  std::uintptr_t stack_pointer = 0;
  std::size_t stack_bytes = 0;                // of each stack below the pointer into it
  std::vector<std::uintptr_t> arenas;         // beginnings of the mappings of the workload's malloc arenas
  std::vector<Range> chunks;                  // of malloc's that are too large for an arena
  std::vector<std::uintptr_t> bss;            // beginnings of what libraries have after the mappings of their files
  std::vector<std::uintptr_t> worker_stacks;  // a place at the top of each
  std::uintptr_t heap_end = UINTPTR_MAX;      // of what is the job's in [heap], which is the main arena
};

/// The part of a mapping that the job may touch: the libraries and mapped files, malloc's heaps, and of stacks the
/// upper part. An empty mapping (begin == end) where nothing of it is the job's (pure; unit-tested).
Mapping part_of_job(const Mapping& mapping, const JobMemory& job);

/// Beginnings of the mappings that belong to the malloc arena in which `address` lies (unit-tested).
std::vector<std::uintptr_t> arena_of(std::uintptr_t address, const std::vector<Mapping>& mappings,
                                     const WordAt& word_at);

/// The malloc arenas that lie in the mappings but the main one, each by its address (unit-tested).
std::vector<std::uintptr_t> arenas_in(const std::vector<Mapping>& mappings, const WordAt& word_at);

/// malloc's chunks that have mappings of their own (unit-tested).
std::vector<Range> chunks_in(const std::vector<Mapping>& mappings, const WordAt& word_at);

/// Beginnings of the anonymous mappings that go on where that of a file other than `executable` ends: its variables
/// that begin as 0 (pure; unit-tested).
std::vector<std::uintptr_t> bss_in(const std::vector<Mapping>& mappings, const std::string& executable);

/// How much of the job's memory is locked, by /proc/self/smaps.
struct LockProof {
  std::uint64_t eligible_bytes = 0;  // is in memory, may be touched by the job, and can be locked
  std::uint64_t locked_bytes = 0;    // of these
  struct Unlocked {
    std::string what;
    std::uint64_t bytes = 0;
  };
  std::vector<Unlocked> unlocked;  // the largest, at most kNamed
  static constexpr std::size_t kNamed = 5;
};

/// Of mappings and what the kernel says of them (pure; unit-tested).
LockProof prove_locked(const std::vector<MappingUse>& all, const JobMemory& job);

/// mlock of what the job uses, undone on destruction. Not mlockall: V8 gives its heap's pages back with
/// madvise(MADV_DONTNEED), which the kernel refuses on locked memory and V8 takes for a fatal error.
/// One at a time, for locks don't nest, and made before the workload: what malloc has mapped by then is not the job's.
/// It rests on malloc_policy.h; where that does not hold, proof() says what is not locked.
class MemoryLock {
 public:
  MemoryLock();
  ~MemoryLock();
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

  /// The parts of this process's memory that the job may touch, from and to page boundaries. Called on the job thread;
  /// `workers`: the threads of its workload.
  std::vector<Mapping> job_memory(std::size_t stack_bytes, const std::vector<pid_t>& workers = {}) const;

  /// Called on the job thread once everything is allocated; again on that of each further job, whose memory is added.
  /// 0, or the errno of the first mlock that failed. What had been locked is then unlocked again, unless an earlier
  /// call succeeded: most of it is common to all jobs, and locks don't nest.
  int lock(std::size_t stack_bytes, const std::vector<pid_t>& workers = {});
  bool held() const noexcept { return held_; }

  /// Locks what has come since, as far as that is allowed; proof() tells. On the job thread, which lock() has
  /// succeeded for.
  void lock_more(std::size_t stack_bytes, const std::vector<pid_t>& workers);

  /// After the first job, and after the last: gives back memory that was locked with the rest. What the tool allocates
  /// from here on, where the job's memory lies, then takes neither room that the engine has left for its next job, nor
  /// any that is not locked.
  void make_room(bool after_last_job) noexcept;
  /// How much of malloc's is kept for that at the moment. On any thread.
  std::size_t room_bytes() const noexcept { return room_bytes_; }

  /// What is locked now. On the job thread. Absent where the kernel does not tell.
  std::optional<LockProof> proof(const std::vector<pid_t>& workers) const;

 private:
  JobMemory job(const std::vector<Mapping>& mappings, std::size_t stack_bytes, const std::vector<pid_t>& workers) const;
  void note(const std::vector<Mapping>& parts);

  bool held_ = false;
  std::vector<std::uintptr_t> others_chunks_;
  std::vector<Range> locked_;  // in their order
  static constexpr std::size_t kRoom = std::size_t{512} * 1024;
  struct {
    std::vector<char> after_first_job, after_last_job;
  } room_;
  std::atomic<std::size_t> room_bytes_{0};
  std::vector<char> slack_;
  std::uintptr_t heap_end_ = 0;
};

}  // namespace isochron::system
