// What the system refuses the job thread: an error where it was asked for, a note where it was only hoped for.
#include <doctest/doctest.h>
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "error_support.h"
#include "refusal_support.h"
#include "run_support.h"
#include "runtime/task_rights.h"
#include "system/affinity.h"
#include "system/rights.h"

using namespace isochron;
using refusal_test::Refused;
using refusal_test::where_refused;
using runtime::Placement;
using runtime::TaskRights;

namespace {

Placement nothing() {
  Placement placement;
  placement.stack_prefault_bytes = 0;
  return placement;
}

/// Asks for everything, in order, on a thread where `refused` fails: what was granted, or the error's code and hint.
struct Outcome {
  std::string code, message, hint;
  runtime::Granted granted;
};

constexpr runtime::Lending kNothing{false, false, false, 0};

Outcome ask(const Placement& placement, const std::vector<Refused>& refused,
            const runtime::Lending& lending = kNothing) {
  Outcome outcome;
  outcome.code = "skipped";
  where_refused(refused, [&] {
    try {
      runtime::Session session(lending);
      TaskRights rights(placement);
      rights.take_before_init("isochron-job", 0);
      rights.take_before_release(session, {}, false);
      rights.pin_to_first_core();
      outcome.granted = rights.granted();
      outcome.code = "granted";
    } catch (const Error& error) {
      outcome.code = error.code();
      outcome.message = error.what();
      outcome.hint = error.hint();
    }
  });
  return outcome;
}

/// The codes of what was hoped for and not granted.
std::vector<std::string> denied(const runtime::Granted& granted) {
  std::vector<std::string> codes;
  for (const auto& denial : granted.denied) codes.push_back(denial.code);
  return codes;
}

using error_test::mentions;

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("denied: cores outside of the cpuset are an error that names those allowed, or a note") {
  const auto cores = system::get_affinity(0);
  if (cores.size() < 2) {
    MESSAGE("skipped: needs two cores");
    return;
  }
  auto placement = nothing();
  placement.cores = {cores[0]};
  for (const bool best_effort : {false, true}) {
    CAPTURE(best_effort);
    placement.best_effort = best_effort;
    Outcome outcome;
    std::thread([&] {  // the kernel's word is of this thread, not of the process
      REQUIRE(system::set_affinity(0, {cores[1]}) == 0);
      outcome = ask(placement, {{SYS_sched_setaffinity, EINVAL}});
    })
        .join();
    if (outcome.code == "skipped") return;
    CHECK(outcome.code == (best_effort ? "granted" : "E_AFFINITY_DENIED"));
    CHECK(denied(outcome.granted) == (best_effort ? Codes{"E_AFFINITY_DENIED"} : Codes{}));
    const auto hint = best_effort ? outcome.granted.denied[0].hint : outcome.hint;
    CHECK(mentions(hint, "Cores allowed now: " + std::to_string(cores[1]) + "."));
    if (best_effort) CHECK(outcome.granted.cores == std::vector<int>{cores[1]});
  }
}

TEST_CASE("denied: a core that the kernel leaves out without a word is an error, too") {
  std::thread([] {
    const int own = system::get_affinity(0).front();
    constexpr int kAbsent = 8191;
    CHECK(system::set_affinity(0, {own, kAbsent}) == 0);
    CHECK(system::set_whole_affinity(0, {own, kAbsent}) == EINVAL);
    CHECK(system::get_affinity(0) == std::vector<int>{own});
    CHECK(system::set_whole_affinity(0, {own}) == 0);
  }).join();
}

TEST_CASE("denied: precise timers, idle states and locked memory are notes, best effort or not") {
  runtime::Lending lending = kNothing;
  lending.hold_dma_latency = lending.lock_memory = true;
  constexpr unsigned kBytesOfTheRequest = 4;  // what is written to /dev/cpu_dma_latency
  const std::vector<Refused> refused{
      {SYS_prctl, EPERM, 0, PR_SET_TIMERSLACK}, {SYS_write, EINVAL, 2, kBytesOfTheRequest}, {SYS_mlock, EPERM}};
  const auto outcome = ask(nothing(), refused, lending);
  if (outcome.code == "skipped") return;
  REQUIRE(outcome.code == "granted");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // these turn mlock into nothing
  CHECK(denied(outcome.granted) == Codes{"E_TIMER_SLACK_DENIED", "E_DMA_LATENCY_DENIED"});
#else
  CHECK(denied(outcome.granted) == Codes{"E_TIMER_SLACK_DENIED", "E_MEMORY_LOCK_DENIED", "E_DMA_LATENCY_DENIED"});
  CHECK_FALSE(outcome.granted.memory_locked);
#endif
  CHECK_FALSE(outcome.granted.dma_latency_held);
  CHECK(outcome.granted.timer_slack_ns != 1);
}

TEST_CASE("denied: what was not asked for is neither taken nor missed") {
  const std::vector<Refused> refused{{SYS_sched_setaffinity, EPERM},
                                     {SYS_sched_setscheduler, EPERM},
                                     {SYS_sched_setattr, EPERM},
                                     {SYS_mlock, EPERM},
                                     {SYS_write, EINVAL, 2, 4}};
  const auto outcome = ask(nothing(), refused);
  if (outcome.code == "skipped") return;
  REQUIRE(outcome.code == "granted");
  CHECK(denied(outcome.granted).empty());
  CHECK(outcome.granted.timer_slack_ns == 1);
  CHECK_FALSE(outcome.granted.memory_locked);
  CHECK_FALSE(outcome.granted.dma_latency_held);
  CHECK_FALSE(outcome.granted.prefaulted_bytes);
  CHECK(outcome.granted.stack_prefault_bytes == 0);
}

TEST_CASE("denied: each policy has its own code, as an error or as a note") {
  for (const auto policy : {system::Policy::kFifo, system::Policy::kRoundRobin, system::Policy::kDeadline}) {
    const std::string code = policy == system::Policy::kFifo         ? "E_FIFO_DENIED"
                             : policy == system::Policy::kRoundRobin ? "E_RR_DENIED"
                                                                     : "E_DEADLINE_DENIED";
    CAPTURE(code);
    auto placement = nothing();
    placement.policy = policy;
    placement.priority = 50;
    for (const bool best_effort : {false, true}) {
      CAPTURE(best_effort);
      placement.best_effort = best_effort;
      const auto outcome = ask(placement, {{SYS_sched_setscheduler, EPERM}, {SYS_sched_setattr, EPERM}});
      if (outcome.code == "skipped") return;
      CHECK(outcome.code == (best_effort ? "granted" : code));
      CHECK(denied(outcome.granted) == (best_effort ? Codes{code} : Codes{}));
      if (best_effort) CHECK(outcome.granted.policy == system::Policy::kOther);
    }
  }
}

TEST_CASE("denied: a deadline is told to be refused for pinning only where the thread is pinned") {
  const auto cores = system::get_affinity(0);
  if (cores.size() < 2 || cores != system::online_cores() || !system::read_rights().sys_nice) {
    MESSAGE("skipped: needs two cores, all of them, and CAP_SYS_NICE");
    return;
  }
  auto placement = nothing();
  placement.policy = system::Policy::kDeadline;
  for (const bool pinned : {false, true}) {
    CAPTURE(pinned);
    if (pinned) placement.cores = {cores.back()};
    const auto outcome = ask(placement, {{SYS_sched_setattr, EPERM}});
    if (outcome.code == "skipped") return;
    CHECK(outcome.code == "E_DEADLINE_DENIED");
    CHECK(mentions(outcome.message, "because the job is pinned") == pinned);
  }
}

TEST_CASE("granted: memory is made present where that was asked for, and how much is told") {
  auto placement = nothing();
  placement.stack_prefault_bytes = 64 << 10;
  runtime::Lending lending = kNothing;
  lending.prefault = true;
  const auto outcome = ask(placement, {}, lending);
  if (outcome.code == "skipped") return;
  REQUIRE(outcome.code == "granted");
  REQUIRE(outcome.granted.prefaulted_bytes);
  CHECK(*outcome.granted.prefaulted_bytes > 64 << 10);
  CHECK(outcome.granted.stack_prefault_bytes == 64 << 10);
}
