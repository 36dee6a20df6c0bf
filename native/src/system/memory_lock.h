// Keeping what the job uses in memory for as long as an object lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace isochron::system {

/// One line of /proc/self/maps.
struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool readable = false;
  bool writable = false;
  std::string path;  // a file, "[heap]", "[stack]", …, or empty
};

/// Parses /proc/PID/maps; lines that are none are left out (pure; unit-tested).
std::vector<Mapping> parse_maps(const std::string& text);

/// What tells the job's memory from the rest of the process.
struct JobMemory {
  std::string executable;  // this program's own, which the job does not run
  std::uintptr_t stack_pointer = 0;
  std::size_t stack_bytes = 0;         // of the stack below stack_pointer
  std::vector<std::uintptr_t> arenas;  // beginnings of the mappings of the job thread's malloc arena
};

/// The part of a mapping that the job may touch: the libraries and mapped files, malloc's heaps, and of its stack the
/// upper part. An empty mapping (begin == end) where nothing of it is the job's (pure; unit-tested).
Mapping part_of_job(const Mapping& mapping, const JobMemory& job);

/// Beginnings of the mappings that belong to the malloc arena in which `address` lies; `word_at` reads a word of
/// memory, 0 where there is none (unit-tested).
std::vector<std::uintptr_t> arena_of(std::uintptr_t address, const std::vector<Mapping>& mappings,
                                     const std::function<std::uintptr_t(std::uintptr_t)>& word_at);

/// The parts of this process's memory that the job may touch, from and to page boundaries. Called on the job thread.
std::vector<Mapping> job_memory(std::size_t stack_bytes);

/// mlock of what the job uses, undone on destruction. Not mlockall: V8 gives its heap's pages back with
/// madvise(MADV_DONTNEED), which the kernel refuses on locked memory and V8 takes for a fatal error.
/// One at a time, for locks don't nest.
class MemoryLock {
 public:
  MemoryLock() = default;
  ~MemoryLock();
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

  /// Called on the job thread once everything is allocated; again on that of each further job, whose memory is added.
  /// 0, or the errno of the first mlock that failed. What had been locked is then unlocked again, unless an earlier
  /// call succeeded: most of it is common to all jobs, and locks don't nest.
  int lock(std::size_t stack_bytes);
  bool held() const noexcept { return held_; }

 private:
  bool held_ = false;
};

}  // namespace isochron::system
