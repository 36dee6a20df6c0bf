// How often the kernel says that a SCHED_DEADLINE thread used up its runtime (SCHED_FLAG_DL_OVERRUN, Linux 4.16).
#pragma once

#include <signal.h>

#include <cstdint>

namespace isochron::system {

/// Counts SIGXCPU of this process for as long as it lives; by default that signal would end the process. The kernel
/// sends it to the process, and at its next tick: not which thread or job it was can be told, only how often, at least.
/// A thread that blocks it is not interrupted by its own overruns as long as another one doesn't.
///
/// counting(): whether it does. It leaves the signal alone where somebody has a handler for it (another one of these,
/// too), or a limit of CPU time (RLIMIT_CPU), which speaks by the same signal: set_deadline() must not ask for it then.
/// Destroy it after the thread that asked has ended.
class DeadlineOverruns {
 public:
  DeadlineOverruns() noexcept;
  ~DeadlineOverruns();
  DeadlineOverruns(const DeadlineOverruns&) = delete;
  DeadlineOverruns& operator=(const DeadlineOverruns&) = delete;

  bool counting() const noexcept { return counting_; }
  std::uint64_t count() const noexcept;

 private:
  bool counting_ = false;
  struct sigaction previous_ {};
};

}  // namespace isochron::system
