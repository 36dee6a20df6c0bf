#include <doctest/doctest.h>
#include <errno.h>

#include "error_support.h"
#include "system/denial.h"

using namespace isochron::system;

namespace {

using error_test::mentions;

}  // namespace

TEST_CASE("FIFO without the right: names the limit there is, setcap and limits.conf") {
  Rights rights;
  rights.rtprio_limit = 10;
  const auto denial = policy_denial(Policy::kFifo, 90, EPERM, rights, false);
  CHECK(denial.what == "policy");
  CHECK(denial.code == "E_FIFO_DENIED");
  CHECK(mentions(denial.message, "SCHED_FIFO priority 90"));
  CHECK(mentions(denial.message, "ulimit -r is 10"));
  CHECK(mentions(denial.hint, "setcap cap_sys_nice+ep"));
  CHECK(mentions(denial.hint, "limits.conf"));
}

TEST_CASE("FIFO refused to one who is entitled: the cgroup has no real-time budget") {
  Rights by_capability, by_limit;
  by_capability.sys_nice = true;
  by_limit.rtprio_limit = 99;
  for (const auto& rights : {by_capability, by_limit}) {
    const auto denial = policy_denial(Policy::kFifo, 50, EPERM, rights, false);
    CHECK(mentions(denial.hint, "CONFIG_RT_GROUP_SCHED"));
    CHECK(mentions(denial.hint, "cpu.rt_runtime_us"));
    CHECK_FALSE(mentions(denial.message, "neither"));
  }
}

TEST_CASE("a limit entitles to the priority that it names, and to none above it") {
  Rights rights;
  rights.rtprio_limit = 50;
  CHECK(mentions(policy_denial(Policy::kFifo, 50, EPERM, rights, false).message, "entitled"));
  CHECK(mentions(policy_denial(Policy::kFifo, 51, EPERM, rights, false).message, "neither"));
}

TEST_CASE("round robin has its own code") {
  const auto denial = policy_denial(Policy::kRoundRobin, 5, EPERM, Rights{}, false);
  CHECK(denial.code == "E_RR_DENIED");
  CHECK(mentions(denial.message, "SCHED_RR priority 5"));
}

TEST_CASE("a priority is refused for four reasons, each with its own words and fix") {
  Rights nice;
  nice.sys_nice = true;
  struct Row {
    const char* why;
    int error;
    Rights rights;
    const char *message, *hint;
  };
  const Row rows[] = {
      {"no such priority, whatever one is entitled to", EINVAL, nice, "is not a priority", "1 to 99"},
      {"entitled and refused", EPERM, nice, "although this process is entitled", "CONFIG_RT_GROUP_SCHED"},
      {"not entitled", EPERM, Rights{}, "neither CAP_SYS_NICE nor", "limits.conf"},
      {"another error is no question of entitlement", ENOSYS, nice, "Function not implemented", "setcap cap_sys_nice"},
      {"nor of the lack of it", ENOSYS, Rights{}, "Function not implemented", "setcap cap_sys_nice"},
  };
  for (const auto& row : rows) {
    INFO(row.why);
    const auto denial = policy_denial(Policy::kFifo, 120, row.error, row.rights, false);
    CHECK(mentions(denial.message, "SCHED_FIFO priority 120"));
    CHECK(mentions(denial.message, row.message));
    CHECK(mentions(denial.hint, row.hint));
  }
}

TEST_CASE("DEADLINE is refused for seven reasons, each with its own words and fix") {
  Rights nice;
  nice.sys_nice = true;
  struct Row {
    const char* why;
    int error;
    Rights rights;
    bool pinned;
    const char *message, *hint;
  };
  const Row rows[] = {
      {"without the right", EPERM, Rights{}, false, "lacks CAP_SYS_NICE", "setcap cap_sys_nice"},
      {"being pinned matters only to who has it", EPERM, Rights{}, true, "lacks CAP_SYS_NICE", "setcap cap_sys_nice"},
      {"with the right, but pinned", EPERM, nice, true, "because the job is pinned", "exclusive cpuset"},
      {"neither", EPERM, nice, false, "Operation not permitted", "span its whole scheduling domain"},
      {"no bandwidth, pinned or not", EBUSY, nice, true, "admission control", "sched_rt_runtime_us"},
      {"no bandwidth, with the right or not", EBUSY, Rights{}, false, "admission control", "sched_rt_runtime_us"},
      {"bad parameters", EINVAL, nice, true, "not valid together", "runtime <= deadline <= period"},
      {"an old kernel", ENOSYS, nice, true, "has no SCHED_DEADLINE", "--fifo"},
      {"something else", E2BIG, nice, true, "Argument list too long", "setcap cap_sys_nice"},
  };
  for (const auto& row : rows) {
    INFO(row.why);
    const auto denial = policy_denial(Policy::kDeadline, 0, row.error, row.rights, row.pinned);
    CHECK(denial.what == "policy");
    CHECK(denial.code == "E_DEADLINE_DENIED");
    CHECK(mentions(denial.message, row.message));
    CHECK(mentions(denial.hint, row.hint));
  }
}

TEST_CASE("the ordinary policy and the timer slack have codes of their own") {
  CHECK(policy_denial(Policy::kOther, 0, EPERM, Rights{}, false).code == "E_POLICY_DENIED");
  const auto slack = timer_slack_denial(EPERM);
  CHECK(slack.what == "timer_slack");
  CHECK(slack.code == "E_TIMER_SLACK_DENIED");
  CHECK(mentions(slack.message, "Operation not permitted"));
  CHECK(mentions(slack.hint, "--fifo"));
}

TEST_CASE("affinity that a filter forbids: the filter, not the cpuset, is named") {
  const auto denial = affinity_denial({3}, EPERM, {0, 3});
  CHECK(denial.code == "E_AFFINITY_DENIED");
  CHECK(mentions(denial.message, "core 3"));
  CHECK(mentions(denial.message, "seccomp filter"));
  CHECK(mentions(denial.hint, "--cap-add SYS_NICE"));
  CHECK_FALSE(mentions(denial.hint, "cpuset"));
}

TEST_CASE("affinity outside of the cpuset: names the cores that are allowed") {
  const auto denial = affinity_denial({3}, EINVAL, {0, 1});
  CHECK(denial.code == "E_AFFINITY_DENIED");
  CHECK(mentions(denial.message, "core 3"));
  CHECK(mentions(denial.hint, "0-1"));
  CHECK(mentions(denial.hint, "cpuset"));
}

TEST_CASE("affinity that is refused for another reason is told in the system's words") {
  const auto denial = affinity_denial({2, 3}, ESRCH, {1});
  CHECK(mentions(denial.message, "core 2-3: No such process"));
  CHECK_FALSE(mentions(denial.message, "cpuset"));
  CHECK(mentions(denial.hint, "Cores allowed now: 1."));
}

TEST_CASE("memory that can't be locked: the limit without the right, the machine with it, else the error") {
  Rights limited, unlimited, entitled;
  limited.memlock_limit = 64 * 1024;
  unlimited.memlock_limit.reset();
  entitled.ipc_lock = true;
  struct Row {
    const char* why;
    int error;
    Rights rights;
    const char *message, *hint;
  };
  const Row rows[] = {
      {"above the limit", ENOMEM, limited, "its limit is 64 KiB", "memlock unlimited"},
      {"a limit of nothing", EPERM, Rights{}, "its limit is 0 KiB", "setcap cap_ipc_lock"},
      {"no page could be locked", EAGAIN, limited, "lacks CAP_IPC_LOCK", "limits.conf"},
      {"a filter, or a kernel that counts otherwise", ENOMEM, unlimited, "its limit is unlimited", "limits.conf"},
      {"no memory", ENOMEM, entitled, "not enough free memory", "memory.max"},
      {"no memory right now", EAGAIN, entitled, "not enough free memory", "memory.max"},
      {"a filter", EPERM, entitled, "Operation not permitted", "setcap cap_ipc_lock"},
      {"something that no limit explains", EINVAL, limited, "Invalid argument", "setcap cap_ipc_lock"},
  };
  for (const auto& row : rows) {
    INFO(row.why);
    const auto denial = memory_lock_denial(row.error, row.rights);
    CHECK(denial.what == "memory");
    CHECK(denial.code == "E_MEMORY_LOCK_DENIED");
    CHECK(mentions(denial.message, row.message));
    CHECK(mentions(denial.hint, row.hint));
  }
}

TEST_CASE("PM QoS: a missing device and a closed one are different") {
  for (const int error : {ENOENT, ENXIO, ENODEV}) {
    CAPTURE(error);
    CHECK(mentions(dma_latency_denial(error).message, "has no /dev/cpu_dma_latency"));
    CHECK(mentions(dma_latency_denial(error).hint, "--device"));
  }
  const auto closed = dma_latency_denial(EACCES);
  CHECK(closed.code == "E_DMA_LATENCY_DENIED");
  CHECK(mentions(closed.message, "/dev/cpu_dma_latency: Permission denied"));
  CHECK(mentions(closed.hint, "udev"));
}
