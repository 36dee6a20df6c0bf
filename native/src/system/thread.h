// A thread with a stack of a chosen size, joined by its owner; and what a thread can say of itself.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace isochron::system {

class Thread {
 public:
  Thread() = default;
  /// Throws Error E_THREAD, which calls it the `what` thread. `body` must not throw.
  Thread(std::function<void()> body, std::size_t stack_bytes, const char* what = "job");
  /// Joins.
  ~Thread();
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  bool joinable() const noexcept { return joinable_; }
  void join() noexcept;
  pthread_t handle() const noexcept { return handle_; }

 private:
  pthread_t handle_{};
  bool joinable_ = false;
};

/// The calling thread, for what takes a thread's id. A name, for a slip of a digit is process 1.
inline constexpr pid_t kThisThread = 0;

pid_t current_tid() noexcept;

/// At most 15 bytes; threads that this thread creates inherit the name.
void name_this_thread(const char* name) noexcept;

/// Of this process, ascending; none where /proc does not tell.
std::vector<pid_t> all_threads();

/// Empty for one that has ended.
std::string thread_name(pid_t tid);

/// Threads of this process that bear `name`, without `except`, in the order of their ids (that of their creation).
std::vector<pid_t> threads_named(const std::string& name, pid_t except);

/// Blocks every signal on the calling thread and its future children except `keep` and those that a fault raises:
/// handlers of Node then never run on the job's core.
void block_signals_except(int keep) noexcept;

}  // namespace isochron::system
