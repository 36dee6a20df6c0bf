#include "system/policy.h"

#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "system/clocks.h"
#include "system/thread.h"

namespace isochron::system {
namespace {

// glibc wraps sched_setattr only since 2.41; this is the first version of the structure (sched_setattr(2)), 48 bytes.
struct SchedAttr {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};
static_assert(sizeof(SchedAttr) == 48);

constexpr int kHighestPriority = 99;
constexpr std::uint32_t kSchedDeadline = 6;
constexpr std::uint64_t kResetOnFork = 1;
constexpr std::uint64_t kTellOverruns = 4;  // SCHED_FLAG_DL_OVERRUN, since Linux 4.16

}  // namespace

const char* policy_name(Policy policy) noexcept {
  switch (policy) {
    case Policy::kFifo:
      return "fifo";
    case Policy::kRoundRobin:
      return "rr";
    case Policy::kDeadline:
      return "deadline";
    case Policy::kOther:
      break;
  }
  return "other";
}

const char* policy_constant(Policy policy) noexcept {
  switch (policy) {
    case Policy::kFifo:
      return "SCHED_FIFO";
    case Policy::kRoundRobin:
      return "SCHED_RR";
    case Policy::kDeadline:
      return "SCHED_DEADLINE";
    case Policy::kOther:
      break;
  }
  return "SCHED_OTHER";
}

int set_fixed_priority(Policy policy, int priority, pid_t tid) noexcept {
  sched_param parameters{};
  parameters.sched_priority = priority;
  const int constant = policy == Policy::kFifo ? SCHED_FIFO : policy == Policy::kRoundRobin ? SCHED_RR : SCHED_OTHER;
  return sched_setscheduler(tid, constant, &parameters) == 0 ? 0 : errno;
}

DeadlineGrant set_deadline(std::uint64_t runtime_ns, std::uint64_t deadline_ns, std::uint64_t period_ns,
                           bool tell_overruns) noexcept {
  SchedAttr attributes{};
  attributes.size = sizeof attributes;
  attributes.policy = kSchedDeadline;
  attributes.runtime = runtime_ns;
  attributes.deadline = deadline_ns;
  attributes.period = period_ns;
  const auto ask = [&attributes](std::uint64_t flags) {
    attributes.flags = flags;
    return syscall(SYS_sched_setattr, kThisThread, &attributes, 0u) == 0 ? 0 : errno;
  };
  if (tell_overruns) {
    const int error = ask(kResetOnFork | kTellOverruns);
    if (error != EINVAL) return {error, error == 0};
  }
  return {ask(kResetOnFork), false};
}

std::uint64_t await_replenishment() noexcept {
  sched_yield();
  return monotonic_ns();
}

Scheduling get_scheduling(pid_t tid) noexcept {
  SchedAttr attributes{};
  if (syscall(SYS_sched_getattr, tid, &attributes, static_cast<unsigned>(sizeof attributes), 0u) != 0) return {};
  switch (attributes.policy) {
    case SCHED_OTHER:
      return {Policy::kOther, 0};
    case SCHED_FIFO:
      return {Policy::kFifo, static_cast<int>(attributes.priority)};
    case SCHED_RR:
      return {Policy::kRoundRobin, static_cast<int>(attributes.priority)};
    case kSchedDeadline:
      return {Policy::kDeadline, 0};
    default:
      return {};
  }
}

PriorityCeiling::PriorityCeiling() noexcept {
  const auto now = get_scheduling(kThisThread);
  if (!now.policy || *now.policy == Policy::kDeadline) return;
  policy_ = *now.policy;
  priority_ = now.priority;
  raised_ = set_fixed_priority(Policy::kFifo, kHighestPriority) == 0;
  if (raised_) return;
  // who is no root may have up to this (setrlimit(2)), and so may the job
  rlimit limit{};
  if (getrlimit(RLIMIT_RTPRIO, &limit) != 0 || limit.rlim_cur == 0) return;
  const auto allowed = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kHighestPriority));
  raised_ = set_fixed_priority(Policy::kFifo, allowed) == 0;
}

PriorityCeiling::~PriorityCeiling() {
  if (raised_) set_fixed_priority(policy_, priority_);
}

}  // namespace isochron::system
