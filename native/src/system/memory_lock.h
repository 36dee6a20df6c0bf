// Keeping the process in memory for as long as an object lives.
#pragma once

namespace isochron::system {

/// mlockall for the whole process, undone on destruction. Move-free: one at a time, for locks don't nest.
class MemoryLock {
 public:
  MemoryLock() = default;
  ~MemoryLock();
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

  /// What is mapped now and, if `future`, what will be. 0 or errno.
  int lock(bool future) noexcept;
  bool held() const noexcept { return held_; }

 private:
  bool held_ = false;
};

}  // namespace isochron::system
