#include "system/interruptible_sleep.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>

#include "system/clocks.h"
#include "system/error.h"

namespace isochron::system {

InterruptibleSleep::InterruptibleSleep() {
  struct sigaction action {};
  action.sa_sigaction = reinterpret_cast<void (*)(int, siginfo_t*, void*)>(&InterruptibleSleep::on_signal);
  action.sa_flags = SA_SIGINFO;  // without SA_RESTART
  sigemptyset(&action.sa_mask);
  for (int candidate = SIGRTMAX - 1; candidate > SIGRTMIN; --candidate) {
    struct sigaction current {};
    if (sigaction(candidate, nullptr, &current) != 0) continue;
    if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL) continue;
    if (sigaction(candidate, &action, &previous_) == 0) {
      signal_ = candidate;
      return;
    }
  }
  throw Error("E_SIGNAL", "Every real-time signal of this process has a handler already.",
              "isochron needs one to end a sleep; run it in a process of its own.");
}

InterruptibleSleep::~InterruptibleSleep() { sigaction(signal_, &previous_, nullptr); }

bool InterruptibleSleep::until(std::uint64_t wake_ns) noexcept {
  for (;;) {
#if defined(__SANITIZE_THREAD__)
    // It puts signals off until a later call, which then need not come: the flag is looked at every so often.
    const std::uint64_t piece_ns = std::min(wake_ns, monotonic_ns() + 50'000'000);
#else
    const std::uint64_t piece_ns = wake_ns;
#endif
    wake_at_ = to_timespec(piece_ns);
    // The handler writes wake_at_ too: the store above must not sink below the check.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (interrupted()) return false;
    const int result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake_at_, nullptr);
    if (result == 0 && piece_ns == wake_ns) return !interrupted();
    if (result != 0 && result != EINTR) return false;
  }
}

void InterruptibleSleep::interrupt(pthread_t sleeper) noexcept {
  if (interrupted_.exchange(true, std::memory_order_seq_cst)) return;
  sigval value{};
  value.sival_ptr = this;
  // EAGAIN (the user's queue of pending signals is full) leaves the flag: the sleeper then ends at its next release.
  for (int attempt = 0; attempt < 100 && pthread_sigqueue(sleeper, signal_, value) == EAGAIN; ++attempt) {
    const timespec pause = to_timespec(100'000);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
  }
}

void InterruptibleSleep::on_signal(int, siginfo_t* info, void*) noexcept {
  if (info == nullptr || info->si_code != SI_QUEUE || info->si_pid != getpid()) return;
  auto* self = static_cast<InterruptibleSleep*>(info->si_value.sival_ptr);
  volatile timespec* wake_at = &self->wake_at_;
  wake_at->tv_sec = 0;
  wake_at->tv_nsec = 0;
}

}  // namespace isochron::system
