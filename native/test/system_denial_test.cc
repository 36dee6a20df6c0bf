#include <doctest/doctest.h>
#include <errno.h>

#include "system/denial.h"

using namespace isochron::system;

namespace {

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

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

TEST_CASE("DEADLINE is refused for four reasons, each with its own fix") {
  Rights nice;
  nice.sys_nice = true;
  CHECK(mentions(policy_denial(Policy::kDeadline, 0, EPERM, Rights{}, true).hint, "cap_sys_nice"));
  CHECK(mentions(policy_denial(Policy::kDeadline, 0, EPERM, nice, true).message, "pinned"));
  CHECK(mentions(policy_denial(Policy::kDeadline, 0, EBUSY, nice, false).message, "admission control"));
  CHECK(mentions(policy_denial(Policy::kDeadline, 0, EINVAL, nice, false).hint, "runtime <= deadline <= period"));
  CHECK(policy_denial(Policy::kDeadline, 0, EBUSY, nice, false).code == "E_DEADLINE_DENIED");
}

TEST_CASE("the ordinary policy and the timer slack have codes of their own") {
  CHECK(policy_denial(Policy::kOther, 0, EPERM, Rights{}, false).code == "E_POLICY_DENIED");
  const auto slack = timer_slack_denial(EPERM);
  CHECK(slack.what == "timer_slack");
  CHECK(slack.code == "E_TIMER_SLACK_DENIED");
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

TEST_CASE("memory that can't be locked: the limit without the right, the machine with it") {
  Rights limited;
  limited.memlock_limit = 64 * 1024;
  const auto denial = memory_lock_denial(ENOMEM, limited);
  CHECK(denial.code == "E_MEMORY_LOCK_DENIED");
  CHECK(mentions(denial.message, "64 KiB"));
  CHECK(mentions(denial.hint, "cap_ipc_lock"));
  CHECK(mentions(denial.hint, "memlock"));
  Rights entitled;
  entitled.ipc_lock = true;
  CHECK(mentions(memory_lock_denial(ENOMEM, entitled).message, "free memory"));
}

TEST_CASE("PM QoS: a missing device and a closed one are different") {
  CHECK(mentions(dma_latency_denial(ENOENT).message, "has no /dev/cpu_dma_latency"));
  CHECK(mentions(dma_latency_denial(EACCES).hint, "udev"));
  CHECK(dma_latency_denial(EACCES).code == "E_DMA_LATENCY_DENIED");
}
