// Scheduling policies of threads: asking for one, and reading back what there is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace isochron::system {

enum class Policy { kOther, kFifo, kRoundRobin, kDeadline };

struct FixedPriority {
  Policy policy = Policy::kOther;  // kOther (priority 0), kFifo or kRoundRobin
  int priority = 0;
};

/// "other" | "fifo" | "rr" | "deadline", as in plans and reports.
const char* policy_name(Policy policy) noexcept;
/// "SCHED_OTHER" …, as in manuals.
const char* policy_constant(Policy policy) noexcept;

struct Scheduling {
  std::optional<Policy> policy;  // absent: another one (batch, idle, ext), or the thread is gone
  int priority = 0;              // FIFO and RR
};

/// Both for thread `tid` (the calling one, unless said) and inherited by threads that it creates. 0 or errno. `policy`:
/// kFifo, kRoundRobin, or kOther with priority 0.
int set_fixed_priority(Policy policy, int priority, pid_t tid = 0) noexcept;

struct DeadlineGrant {
  int error = 0;                // errno, 0 if granted
  bool tells_overruns = false;  // by SIGXCPU
};

/// SCHED_DEADLINE for the calling thread. Threads that it creates become SCHED_OTHER: without the reset-on-fork flag
/// the kernel forbids it to create any (sched(7)). `tell_overruns`: asks for SIGXCPU where the kernel has it.
DeadlineGrant set_deadline(std::uint64_t runtime_ns, std::uint64_t deadline_ns, std::uint64_t period_ns,
                           bool tell_overruns) noexcept;

/// Of a thread that has SCHED_DEADLINE: gives up what is left of its runtime until it has all of it again, with the
/// beginning of the next period of its server. That is just before the answer, CLOCK_MONOTONIC.
std::uint64_t await_replenishment() noexcept;

/// The calling thread at FIFO 99, or at what RLIMIT_RTPRIO allows, until destruction: for the time that it holds a lock
/// which a real-time thread may want (the ceiling protocol), so that nothing of lower priority keeps both waiting.
/// Where it may not, no thread of this process can have a real-time priority either.
class PriorityCeiling {
 public:
  PriorityCeiling() noexcept;
  ~PriorityCeiling();
  PriorityCeiling(const PriorityCeiling&) = delete;
  PriorityCeiling& operator=(const PriorityCeiling&) = delete;

  bool raised() const noexcept { return raised_; }

 private:
  Policy policy_ = Policy::kOther;
  int priority_ = 0;
  bool raised_ = false;
};

/// What thread `tid` (0: the calling one) has now.
Scheduling get_scheduling(pid_t tid) noexcept;

}  // namespace isochron::system
