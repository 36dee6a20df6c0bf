// Cores, clocks, sleeping and threads.
#include <doctest/doctest.h>
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "pmc_test_support.h"
#include "run_support.h"
#include "system/affinity.h"
#include "system/error.h"
#include "system/heap.h"
#include "system/interruptible_sleep.h"
#include "system/policy.h"
#include "system/policy_trial.h"
#include "system/rights.h"
#include "system/stack.h"
#include "system/thread.h"
#include "system/ticks.h"
#include "system/timer_slack.h"
#include "system/usage.h"

using namespace isochron::system;
using run_test::kMs;

TEST_CASE("core lists of sysfs are read and written") {
  CHECK(parse_core_list("0-2,5") == std::vector<int>{0, 1, 2, 5});
  CHECK(parse_core_list("3") == std::vector<int>{3});
  CHECK(parse_core_list("").empty());
  CHECK(parse_core_list("x,1").size() == 1);
  CHECK(format_core_list({5, 0, 1, 2}) == "0-2,5");
  CHECK(format_core_list({4}) == "4");
  CHECK(format_core_list({}).empty());
}

TEST_CASE("a core that is absent is told from those that are online") {
  require_online(get_affinity(0));
  try {
    require_online({7777});
    FAIL("no error");
  } catch (const isochron::Error& error) {
    CHECK(error.code() == "E_CORE_ABSENT");
    CHECK(error.hint().find(format_core_list(online_cores())) != std::string::npos);
  }
}

TEST_CASE("affinity is set and read by thread id, and for every thread of the process") {
  const auto before = get_affinity(0);
  std::atomic<pid_t> other{0};
  std::atomic<bool> done{false};
  std::thread thread([&] {
    other = current_tid();
    while (!done) run_test::sleep_ms(1);
  });
  while (other == 0) run_test::sleep_ms(1);
  CHECK(set_affinity(other, {before.back()}) == 0);
  CHECK(get_affinity(other) == std::vector<int>{before.back()});
  CHECK(get_affinity(0) == before);
  CHECK(set_process_affinity({before.front()}) == 0);
  CHECK(get_affinity(other) == std::vector<int>{before.front()});
  CHECK(get_affinity(0) == std::vector<int>{before.front()});
  CHECK(set_process_affinity(before) == 0);
  CHECK(get_affinity(other) == before);
  done = true;
  thread.join();
  CHECK(set_affinity(0, {}) == EINVAL);
}

TEST_CASE("a thread's CPU time is its own") {
  const auto before = thread_cpu_ns();
  std::uint64_t of_other = 0;
  std::thread([&of_other] {
    pmc_test::spin_ms(20);
    of_other = thread_cpu_ns();
  }).join();
  CHECK(of_other > 0);
  CHECK(thread_cpu_ns() - before < of_other);
}

TEST_CASE("the CPU time of another thread is read by its id, and that of none is absent") {
  std::atomic<pid_t> tid{0};
  std::atomic<std::uint64_t> own{0};
  std::atomic<bool> done{false};
  Thread other(
      [&] {
        tid = current_tid();
        pmc_test::spin_ms(5);
        own = thread_cpu_ns();
        while (!done) run_test::sleep_ms(1);
        own = thread_cpu_ns();
      },
      1 << 20);
  while (own == 0) run_test::sleep_ms(1);
  const std::uint64_t at_first = own;
  const auto seen = thread_cpu_ns(tid);
  done = true;
  other.join();
  REQUIRE(seen);
  CHECK(*seen >= at_first);
  CHECK(*seen <= own);
  CHECK_FALSE(thread_cpu_ns(4194305));  // above the largest id there can be
}

TEST_CASE("ticks go forward at the rate that is told") {
  const TickRate rate;
  const auto ns = monotonic_ns();
  const auto start = ticks();
  run_test::spin_ns(20 * kMs);
  const auto passed = static_cast<double>(ticks() - start) / rate.per_second();
  const auto expected = static_cast<double>(monotonic_ns() - ns) / 1e9;
  CHECK(passed > 0);
  // Of the right magnitude: a preemption between the two clocks is no failure.
  CHECK(passed < expected * 2);
  CHECK(passed > expected / 2);
}

TEST_CASE("a sleep ends at its time, not before") {
  InterruptibleSleep sleep;
  const auto wake = monotonic_ns() + 3 * kMs;
  CHECK(sleep.until(wake));
  CHECK(monotonic_ns() >= wake);
  CHECK(sleep.until(1));  // the past: at once
}

TEST_CASE("an interruption ends the sleep, whenever it comes") {
  constexpr std::uint64_t kFar = 3600ull * 1000 * kMs;
  for (int i = 0; i < 300; ++i) {
    InterruptibleSleep sleep;
    std::atomic<bool> about_to_sleep{false}, slept_through{true};
    Thread sleeper(
        [&] {
          block_signals_except(sleep.signal());
          about_to_sleep = true;
          slept_through = sleep.until(monotonic_ns() + kFar);
        },
        1 << 20);
    // Before, at and within the system call.
    if (i % 3 != 0)
      while (!about_to_sleep) {
      }
    if (i % 3 == 2) run_test::spin_ns(static_cast<std::uint64_t>(i) * 500);
    sleep.interrupt(sleeper.handle());
    sleeper.join();
    CHECK_FALSE(slept_through);
    CHECK(sleep.interrupted());
  }
}

TEST_CASE("two sleeps take two signals") {
  const InterruptibleSleep first, second;
  CHECK(first.signal() != second.signal());
}

TEST_CASE("threads are found by the name that they inherit") {
  std::vector<pid_t> found;
  pid_t self = 0, child = 0;
  Thread parent(
      [&] {
        name_this_thread("iso-test");
        self = current_tid();
        std::atomic<bool> done{false};
        std::atomic<pid_t> tid{0};
        std::thread heir([&] {
          tid = current_tid();
          while (!done) run_test::sleep_ms(1);
        });
        while (tid == 0) run_test::sleep_ms(1);
        found = threads_named("iso-test", self);
        child = tid;
        done = true;
        heir.join();
      },
      1 << 20);
  parent.join();
  CHECK(found == std::vector<pid_t>{child});
}

TEST_CASE("a prefaulted stack faults no more") {
  constexpr std::size_t kBytes = 512 * 1024;
  std::uint64_t faults = UINT64_MAX;
  Thread thread(
      [&faults] {
        prefault_stack(kBytes);
        const auto before = thread_usage().minor_faults;
        prefault_stack(kBytes);
        faults = thread_usage().minor_faults - before;
      },
      4 << 20);
  thread.join();
#ifdef __SANITIZE_THREAD__
  CHECK(faults <= 2);  // the sanitizer's own bookkeeping may touch a page
#else
  CHECK(faults == 0);
#endif
}

TEST_CASE("the timer slack is the thread's") {
  std::uint64_t slack = 0;
  int error = -1;
  std::thread([&] {
    error = set_timer_slack(1);
    slack = get_timer_slack();
  }).join();
  CHECK(error == 0);
  CHECK(slack == 1);
}

TEST_CASE("growth of the heap: what shrank is 0, and counts of 32 bits may wrap") {
  CHECK(heap_growth(100, 350, false) == 250);
  CHECK(heap_growth(350, 100, false) == 0);
  CHECK(heap_growth(0xfffffff0u, 0x10u, true) == 0x20u);
  CHECK(heap_growth(0x10u, 0xfffffff0u, true) == 0);
}

TEST_CASE("a data limit is put back, and only ever lowered") {
  rlimit before{}, during{}, after{};
  getrlimit(RLIMIT_DATA, &before);
  {
    DataLimit limit;
    CHECK(limit.lower_to(1ull << 40) == (before.rlim_cur > (1ull << 40)));
    CHECK_FALSE(limit.lower_to(1ull << 41));
    getrlimit(RLIMIT_DATA, &during);
    CHECK(during.rlim_cur <= (1ull << 40));
  }
  getrlimit(RLIMIT_DATA, &after);
  CHECK(after.rlim_cur == before.rlim_cur);
}

TEST_CASE("a data limit that was lowered twice goes back to what was there before the first time") {
  rlimit before{}, after{};
  getrlimit(RLIMIT_DATA, &before);
  {
    DataLimit limit;
    if (!limit.lower_to(1ull << 40)) {
      MESSAGE("skipped: the data limit is low already");
      return;
    }
    CHECK(limit.lower_to(1ull << 39));
  }
  getrlimit(RLIMIT_DATA, &after);
  CHECK(after.rlim_cur == before.rlim_cur);
}

TEST_CASE("the limit of locked memory is read in bytes, and none is no limit") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_MEMLOCK, &before) == 0);
  rlimit lower = before;
  lower.rlim_cur = 4096;
  REQUIRE(setrlimit(RLIMIT_MEMLOCK, &lower) == 0);
  const auto limited = read_rights().memlock_limit;
  rlimit none = before;
  none.rlim_cur = none.rlim_max = RLIM_INFINITY;
  const bool lifted = setrlimit(RLIMIT_MEMLOCK, &none) == 0;  // needs the right where the hard limit is lower
  const auto unlimited = read_rights().memlock_limit;
  setrlimit(RLIMIT_MEMLOCK, &before);
  CHECK(limited == std::optional<std::uint64_t>(4096));
  if (lifted) CHECK_FALSE(unlimited);
}

TEST_CASE("children of a deadline thread do not inherit its policy, without which it could make none") {
  int error = -1, policy = -1;
  Thread thread(
      [&] {
        error = set_deadline(1'000'000, 10'000'000, 10'000'000);
        policy = sched_getscheduler(0);
      },
      1 << 20);
  thread.join();
  if (error != 0) {
    MESSAGE("skipped: SCHED_DEADLINE is not granted here");
    return;
  }
  CHECK((policy & SCHED_RESET_ON_FORK) != 0);
}

TEST_CASE("trying a policy leaves the caller's own as it was") {
  const auto before = get_scheduling(0);
  const int error = try_fixed_priority(Policy::kFifo, 1);
  CHECK((error == 0 || error == EPERM));
  CHECK(get_scheduling(0).policy == before.policy);
  CHECK(get_scheduling(0).priority == before.priority);
  CHECK(try_fixed_priority(Policy::kFifo, 100) == EINVAL);
}
