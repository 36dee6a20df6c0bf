// Sleeping to an absolute time, such that another thread can end the sleep without a race.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace isochron::system {

/// One sleeper and any number of interrupters. clock_nanosleep is the sleep (its wake-up is the one that cyclictest
/// measures); a queued real-time signal ends it. The handler also sets the wake-up time to the past, so that a signal
/// that arrives between the check of the flag and the system call makes that call return at once: nothing is re-sent.
///
/// Takes a real-time signal that nobody handles and gives it back; so destroy it only after the sleeper was joined
/// (a signal that is pending on a thread goes away with the thread).
class InterruptibleSleep {
 public:
  /// Throws Error E_SIGNAL if every real-time signal has a handler already.
  InterruptibleSleep();
  ~InterruptibleSleep();
  InterruptibleSleep(const InterruptibleSleep&) = delete;
  InterruptibleSleep& operator=(const InterruptibleSleep&) = delete;

  /// Sleeper. Sleeps until CLOCK_MONOTONIC `wake_ns`; false if interrupted, at any time before or during the sleep.
  bool until(std::uint64_t wake_ns) noexcept;

  /// Any thread. Ends the current and every later sleep of `sleeper`, which must not have been joined.
  void interrupt(pthread_t sleeper) noexcept;

  /// Ends every later sleep; for a sleeper that can't be sleeping now.
  void request() noexcept { interrupted_.store(true, std::memory_order_seq_cst); }

  bool interrupted() const noexcept { return interrupted_.load(std::memory_order_acquire); }

  /// The signal in use; the sleeper must leave it unblocked.
  int signal() const noexcept { return signal_; }

 private:
  static void on_signal(int, siginfo_t* info, void*) noexcept;

  std::atomic<bool> interrupted_{false};
  timespec wake_at_{};
  int signal_ = 0;
  struct sigaction previous_ {};
};

}  // namespace isochron::system
