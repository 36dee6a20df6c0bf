#include "system/denial.h"

#include <errno.h>
#include <string.h>

#include "system/affinity.h"

namespace isochron::system {
namespace {

std::string reason(int error) { return std::string(strerror(error)); }

std::string capability_hint(const char* capability) {
  return std::string("Run as root, or give the right to Node: sudo setcap ") + capability +
         "+ep \"$(readlink -f \"$(command -v node)\")\"";
}

std::string deny_code(Policy policy) {
  switch (policy) {
    case Policy::kFifo:
      return "E_FIFO_DENIED";
    case Policy::kRoundRobin:
      return "E_RR_DENIED";
    case Policy::kDeadline:
      return "E_DEADLINE_DENIED";
    case Policy::kOther:
      break;
  }
  return "E_POLICY_DENIED";
}

Denial fixed_priority_denial(Policy policy, int priority, int error, const Rights& rights) {
  const std::string name = policy_constant(policy);
  Denial denial{"policy", deny_code(policy), {}, {}};
  const std::string asked = name + " priority " + std::to_string(priority);
  if (error == EINVAL) {
    denial.message = asked + " is not a priority of this kernel.";
    denial.hint = "Priorities of " + name + " are 1 to 99.";
  } else if (error == EPERM && (rights.sys_nice || rights.rtprio_limit >= static_cast<std::uint64_t>(priority))) {
    // Entitled and refused all the same: either the cgroup has no real-time budget, or a filter forbids the call.
    denial.message = asked + " was refused although this process is entitled to it.";
    denial.hint =
        "With CONFIG_RT_GROUP_SCHED its cgroup needs real-time time: write e.g. 950000 to cpu.rt_runtime_us of the "
        "cgroup and of those above it (cgroup v1), move the process to the root cgroup, or boot with rt_group_sched=0; "
        "in "
        "a container allow sched_setscheduler (docker run --cap-add SYS_NICE --ulimit rtprio=99).";
  } else if (error == EPERM) {
    denial.message = asked + " was refused: this process has neither CAP_SYS_NICE nor a real-time limit of " +
                     std::to_string(priority) + " (ulimit -r is " + std::to_string(rights.rtprio_limit) + ").";
    denial.hint =
        capability_hint("cap_sys_nice") +
        "; or add the line \"YOUR_USER - rtprio 99\" to /etc/security/limits.conf and log in again (ulimit -r 99).";
  } else {
    denial.message = asked + " was refused: " + reason(error) + ".";
    denial.hint = capability_hint("cap_sys_nice");
  }
  return denial;
}

Denial deadline_denial(int error, const Rights& rights, bool pinned) {
  Denial denial{"policy", deny_code(Policy::kDeadline), {}, {}};
  if (error == EPERM && !rights.sys_nice) {
    denial.message = "SCHED_DEADLINE was refused: this process lacks CAP_SYS_NICE.";
    denial.hint = capability_hint("cap_sys_nice");
  } else if (error == EPERM && pinned) {
    denial.message =
        "SCHED_DEADLINE was refused because the job is pinned: the kernel grants it only to threads that may run on "
        "every core of their scheduling domain.";
    denial.hint =
        "Leave out the core affinity, or put the process into an exclusive cpuset that holds just these cores "
        "(cpuset.cpus.partition = root).";
  } else if (error == EPERM) {
    denial.message = "SCHED_DEADLINE was refused: " + reason(error) + ".";
    denial.hint =
        "The affinity of the process must span its whole scheduling domain (taskset and cpusets narrow it); in a "
        "container the call must be allowed (docker run --cap-add SYS_NICE).";
  } else if (error == EBUSY) {
    denial.message =
        "SCHED_DEADLINE was refused by admission control: the runtime per period exceeds the bandwidth that is left.";
    denial.hint =
        "Ask for less runtime per period, end other deadline tasks, or raise /proc/sys/kernel/sched_rt_runtime_us.";
  } else if (error == EINVAL) {
    denial.message = "SCHED_DEADLINE was refused: these parameters are not valid together.";
    denial.hint =
        "The kernel wants 1024 ns <= runtime <= deadline <= period, and a period between sched_deadline_period_min_us "
        "and "
        "sched_deadline_period_max_us of /proc/sys/kernel.";
  } else if (error == ENOSYS) {
    denial.message = "This kernel has no SCHED_DEADLINE.";
    denial.hint = "Use a priority (--fifo), or a kernel with sched_setattr (Linux 3.14 or later).";
  } else {
    denial.message = "SCHED_DEADLINE was refused: " + reason(error) + ".";
    denial.hint = capability_hint("cap_sys_nice");
  }
  return denial;
}

}  // namespace

Denial policy_denial(Policy policy, int priority, int error, const Rights& rights, bool pinned) {
  return policy == Policy::kDeadline ? deadline_denial(error, rights, pinned)
                                     : fixed_priority_denial(policy, priority, error, rights);
}

Denial affinity_denial(const std::vector<int>& cores, int error, const std::vector<int>& allowed) {
  Denial denial{"affinity", "E_AFFINITY_DENIED", {}, {}};
  if (error == EPERM) {
    // One's own threads need no right, so that the kernel itself never says this.
    denial.message = "The job can't be pinned to core " + format_core_list(cores) +
                     ": a security policy, such as a container's seccomp filter, forbids sched_setaffinity.";
    denial.hint =
        "Allow the call: docker run --cap-add SYS_NICE, or --security-opt seccomp=unconfined (or a profile that allows "
        "it).";
    return denial;
  }
  denial.message = "The job can't be pinned to core " + format_core_list(cores) + ": " +
                   (error != EINVAL    ? reason(error)
                    : cores.size() > 1 ? "the cpuset of this process doesn't contain them all"
                                       : "the cpuset of this process doesn't contain it") +
                   ".";
  denial.hint = "Cores allowed now: " + format_core_list(allowed) +
                ". The cpuset of the cgroup decides (cpuset.cpus; docker run --cpuset-cpus).";
  return denial;
}

Denial memory_lock_denial(int error, const Rights& rights) {
  Denial denial{"memory", "E_MEMORY_LOCK_DENIED", {}, {}};
  const std::string limit =
      rights.memlock_limit ? std::to_string(*rights.memlock_limit / 1024) + " KiB" : std::string("unlimited");
  if (!rights.ipc_lock && (error == EPERM || error == ENOMEM || error == EAGAIN)) {
    denial.message =
        "Memory was not locked: this process lacks CAP_IPC_LOCK and its limit is " + limit + " (ulimit -l).";
    denial.hint = capability_hint("cap_ipc_lock") +
                  "; or add the line \"YOUR_USER - memlock unlimited\" to /etc/security/limits.conf and log in again.";
  } else if (error == ENOMEM || error == EAGAIN) {
    denial.message = "Memory was not locked: the machine has not enough free memory to hold all of this process.";
    denial.hint = "End other programs, or raise memory.max of the cgroup.";
  } else {
    denial.message = "Memory was not locked: " + reason(error) + ".";
    denial.hint = capability_hint("cap_ipc_lock");
  }
  return denial;
}

Denial dma_latency_denial(int error) {
  Denial denial{"dma_latency", "E_DMA_LATENCY_DENIED", {}, {}};
  if (error == ENOENT || error == ENXIO || error == ENODEV) {
    denial.message = "Deep idle states were not disabled: this system has no /dev/cpu_dma_latency.";
    denial.hint =
        "In a container pass the device through (docker run --device /dev/cpu_dma_latency); else boot with "
        "cpuidle.off=1 if release latencies matter.";
  } else {
    denial.message = "Deep idle states were not disabled: /dev/cpu_dma_latency: " + reason(error) + ".";
    denial.hint =
        "Run as root, or let your group write it: a udev rule KERNEL==\"cpu_dma_latency\", GROUP=\"YOUR_GROUP\", "
        "MODE=\"0660\".";
  }
  return denial;
}

Denial timer_slack_denial(int error) {
  return {"timer_slack", "E_TIMER_SLACK_DENIED", "The timer slack was not reduced to 1 ns: " + reason(error) + ".",
          "Threads without a real-time policy may wake up to 50 us late; --fifo has no slack."};
}

}  // namespace isochron::system
