// Clocks, sleeping and threads.
#include <doctest/doctest.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pmc_test_support.h"
#include "refusal_support.h"
#include "run_support.h"
#include "system/affinity.h"
#include "system/deadline_overruns.h"
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

TEST_CASE("the rate of the ticks is that of a longer look at both clocks, also for who asks at once") {
  const auto ns = monotonic_ns();
  const auto start = ticks();
  const TickRate in_haste;
  const auto asked = monotonic_ns();
  const double rate = in_haste.per_second();
  const auto answered = monotonic_ns();
  run_test::sleep_ms(300);
  const auto passed = static_cast<double>(ticks() - start);
  const double expected = passed * 1e9 / static_cast<double>(monotonic_ns() - ns);
  CHECK(rate > expected * 0.9);
  CHECK(rate < expected * 1.1);
#if !defined(__aarch64__)
  CHECK(answered - asked >= 9 * kMs);  // it looks for 10 ms, for a shorter look tells too little
#endif
}

TEST_CASE("times are seconds and nanoseconds, and back") {
  for (const std::uint64_t ns : {0ull, 999'999'999ull, 1'000'000'000ull, 3'000'000'007ull, 315'360'000'000'000'001ull})
    CHECK(to_ns(to_timespec(ns)) == ns);
  CHECK(to_timespec(3'000'000'007).tv_sec == 3);
  CHECK(to_timespec(3'000'000'007).tv_nsec == 7);
}

TEST_CASE("the middle of two instants is half of the way, and of what it can't halve the earlier one") {
  CHECK(midpoint(10, 20) == 15);
  CHECK(midpoint(10, 10) == 10);
  CHECK(midpoint(10, 11) == 10);
  CHECK(midpoint(3'000'000'000'000'000'000, 3'000'000'000'000'000'010) == 3'000'000'000'000'000'005);
  CHECK(midpoint(0, UINT64_MAX) == UINT64_MAX / 2);
}

TEST_CASE("the monotonic clock is the one that sleeps are measured by") {
  timespec before{}, after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  const auto now = monotonic_ns();
  clock_gettime(CLOCK_MONOTONIC, &after);
  CHECK(to_ns(before) <= now);
  CHECK(now <= to_ns(after));
}

TEST_CASE("a thread's stack is as large as asked for, to the next 64 KiB") {
  for (const std::size_t bytes : {std::size_t{1} << 20, (std::size_t{1} << 20) + 1, std::size_t{2} << 20}) {
    CAPTURE(bytes);
    std::size_t size = 0;
    Thread thread(
        [&size] {
          pthread_attr_t attributes;
          if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
          pthread_attr_getstacksize(&attributes, &size);
          pthread_attr_destroy(&attributes);
        },
        bytes);
    thread.join();
    CHECK(size >= bytes);
#ifndef __SANITIZE_THREAD__  // which makes every stack 8 MiB
    CHECK(size < bytes + (64 << 10));
#endif
  }
}

TEST_CASE("a thread that can't be made is an error with the system's reason, and is no thread") {
  Thread thread;
  CHECK_FALSE(thread.joinable());
  try {
    thread = Thread([] {}, std::size_t{1} << 47);  // more than there are addresses
    FAIL("no error");
  } catch (const isochron::Error& error) {
    CHECK(error.code() == "E_THREAD");
    CHECK(std::string(error.what()).find("The job thread can't be created: ") == 0);
  }
  CHECK_FALSE(thread.joinable());
}

TEST_CASE("a thread has one owner, which joins it: by a call, by its end, or before it owns another one") {
  std::atomic<bool> ended[3] = {};
  const auto slow = [&ended](int which) {
    return [&ended, which] {
      run_test::sleep_ms(20);
      ended[which] = true;
    };
  };
  {
    Thread first(slow(0), 1 << 20);
    CHECK(first.joinable());
    Thread second(std::move(first));
    CHECK_FALSE(first.joinable());  // NOLINT(bugprone-use-after-move): what is left of it is the point
    CHECK(second.joinable());
    second = Thread(slow(1), 1 << 20);
    CHECK(ended[0]);
    CHECK(second.joinable());
    Thread& same = second;
    second = std::move(same);
    CHECK(second.joinable());
    second.join();
    CHECK(ended[1]);
    CHECK_FALSE(second.joinable());
    second.join();
    const Thread third(slow(2), 1 << 20);
  }
  CHECK(ended[2]);
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

#if !defined(__SANITIZE_THREAD__) && (defined(__x86_64__) || defined(__aarch64__))  // TSan puts signals off

namespace {

/// What is seen at the very entry of clock_nanosleep: after the sleeper has looked at its flag, before it sleeps.
struct Entry {
  InterruptibleSleep* sleep = nullptr;
  int calls = 0;
  std::uint64_t wake_ns = UINT64_MAX;
};
Entry entry;

void at_entry(int, siginfo_t*, void* context) {
  ++entry.calls;
  entry.sleep->interrupt(pthread_self());
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  const auto third_argument = machine.gregs[REG_RDX];
#else
  const auto third_argument = machine.regs[2];
#endif
  entry.wake_ns = to_ns(*reinterpret_cast<const timespec*>(third_argument));
}

}  // namespace

TEST_CASE("an interruption between the look at the flag and the system call makes that call return at once") {
  struct sigaction action {
  }, before{};
  action.sa_sigaction = &at_entry;
  action.sa_flags = SA_SIGINFO;
  REQUIRE(sigaction(SIGSYS, &action, &before) == 0);
  InterruptibleSleep sleep;
  entry = Entry{};
  entry.sleep = &sleep;
  refusal_test::where_refused({{SYS_clock_nanosleep, refusal_test::kTrapped}}, [&] {
    CHECK_FALSE(sleep.until(monotonic_ns() + 3600ull * 1000 * kMs + 1));
    CHECK(entry.calls == 1);
    CHECK(entry.wake_ns == 0);  // what the call would have waited for
  });
  sigaction(SIGSYS, &before, nullptr);
}

#endif

TEST_CASE("two sleeps take two signals") {
  const InterruptibleSleep first, second;
  CHECK(first.signal() != second.signal());
}

TEST_CASE("sleeps take signals that nobody handles, until there is none, and give them back") {
  const auto is_free = [](int number) {
    struct sigaction action {};
    return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_DFL;
  };
  std::vector<int> free_ones;
  for (int number = SIGRTMAX - 1; number > SIGRTMIN; --number)
    if (is_free(number)) free_ones.push_back(number);
  REQUIRE(free_ones.size() > 2);
  const int taken = free_ones[1];  // by somebody else, in the plainest way
  struct sigaction other {
  }, before{};
  other.sa_handler = SIG_IGN;
  REQUIRE(sigaction(taken, &other, &before) == 0);
  free_ones.erase(free_ones.begin() + 1);
  {
    std::vector<std::unique_ptr<InterruptibleSleep>> sleeps;
    for (const int expected : free_ones) {
      sleeps.push_back(std::make_unique<InterruptibleSleep>());
      CHECK(sleeps.back()->signal() == expected);
      CHECK_FALSE(is_free(expected));
    }
    try {
      const InterruptibleSleep one_more;
      FAIL("no error");
    } catch (const isochron::Error& error) {
      CHECK(error.code() == "E_SIGNAL");
    }
  }
  for (const int number : free_ones) CHECK(is_free(number));
  sigaction(taken, &before, nullptr);
}

TEST_CASE("a signal that is not the sleep's own word does not end it early") {
  InterruptibleSleep sleep;
  std::atomic<bool> about_to_sleep{false}, slept_through{false};
  std::atomic<std::uint64_t> woke{0};
  const auto wake = monotonic_ns() + 100 * kMs;
  Thread sleeper(
      [&] {
        block_signals_except(sleep.signal());
        about_to_sleep = true;
        slept_through = sleep.until(wake);
        woke = monotonic_ns();
      },
      1 << 20);
  while (!about_to_sleep) run_test::sleep_ms(1);
  for (int i = 0; i < 5; ++i) {
    pthread_kill(sleeper.handle(), sleep.signal());
    run_test::sleep_ms(1);
  }
  sleeper.join();
  CHECK(slept_through);
  CHECK(woke >= wake);
}

TEST_CASE("where no signal can be sent, an interrupted sleep ends at its time, as one that was interrupted") {
  InterruptibleSleep sleep;
  std::atomic<bool> about_to_sleep{false}, slept_through{true};
  const auto wake = monotonic_ns() + 200 * kMs;
  Thread sleeper(
      [&] {
        block_signals_except(sleep.signal());
        about_to_sleep = true;
        slept_through = sleep.until(wake);
      },
      1 << 20);
  while (!about_to_sleep) run_test::sleep_ms(1);
  const auto asked = monotonic_ns();
  {
    const refusal_test::SoftLimit queue(RLIMIT_SIGPENDING, 0);
    sleep.interrupt(sleeper.handle());
  }
  CHECK(monotonic_ns() - asked >= 10 * kMs);  // it has tried for a while, for the queue may have room again
  sleeper.join();
  CHECK_FALSE(slept_through);
}

TEST_CASE("an interruption sends one signal, and does not wait for anything") {
  InterruptibleSleep sleep;
  std::atomic<bool> blocked{false}, done{false};
  Thread sleeper(
      [&] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);  // so that what was sent can be counted
        blocked = true;
        while (!done) run_test::sleep_ms(1);
      },
      1 << 20);
  while (!blocked) run_test::sleep_ms(1);
  const auto queued = [] {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == "SigQ:") break;
    int count = -1;
    status >> count;
    return count;
  };
  const int before = queued();
  const auto waits = thread_usage().voluntary_switches;
  sleep.interrupt(sleeper.handle());
  CHECK(thread_usage().voluntary_switches - waits < 50);
  CHECK(queued() == before + 1);
  sleep.interrupt(sleeper.handle());  // which is one, and said already
  CHECK(queued() == before + 1);
  done = true;
  sleeper.join();
}

TEST_CASE("a request ends every later sleep") {
  InterruptibleSleep sleep;
  CHECK_FALSE(sleep.interrupted());
  sleep.request();
  CHECK(sleep.interrupted());
  CHECK_FALSE(sleep.until(monotonic_ns() + 3600ull * 1000 * kMs));
}

TEST_CASE("a sleep that the system refuses has not been slept") {
  refusal_test::where_refused({{SYS_clock_nanosleep, EINVAL}},
                              [] { CHECK_FALSE(InterruptibleSleep().until(monotonic_ns() + 3600ull * 1000 * kMs)); });
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

TEST_CASE("threads are found among all of this process, the first one, too, in the order of their ids") {
  std::string name;
  REQUIRE(std::getline(std::ifstream("/proc/" + std::to_string(getpid()) + "/comm"), name));
  constexpr pid_t kNobody = -1;
  const auto found = threads_named(name, kNobody);
  CHECK(std::is_sorted(found.begin(), found.end()));
  REQUIRE_FALSE(found.empty());
  CHECK(found.front() == getpid());
  CHECK(threads_named("no thread's name", kNobody).empty());
}

TEST_CASE("of two clocks that are read several times the tightest reading counts, in its middle") {
  // Each reading takes the ticks twice: here, how long each of the 16 takes.
  int reading = 0;
  bool second = false;
  const int took[16] = {90, 40, 60, 8, 20, 8, 70, 30, 50, 9, 80, 25, 10, 95, 15, 35};
  const auto tick = [&]() -> std::uint64_t {
    const auto at = static_cast<std::uint64_t>(1000 * (reading + 1) + (second ? took[reading] : 0));
    if (second) ++reading;
    second = !second;
    return at;
  };
  const auto pair = read_both(tick, [&]() -> std::uint64_t { return static_cast<std::uint64_t>(7 + reading); });
  CHECK(pair.ticks == 4000 + 4);
  CHECK(pair.ns == 7 + 3);
  CHECK(reading == 16);
}

TEST_CASE("every page of the stack that is to be prefaulted is there, and not the whole stack") {
  constexpr std::size_t kPage = 4096, kBytes = 2 << 20, kStack = 8 << 20, kOther = 64 << 10;
  std::size_t absent = 0, beyond = 0;
  bool looked = false;
  Thread thread(
      [&] {
        // the part of the stack below what is in use and what the calls here need
        pthread_attr_t attributes;
        void* base = nullptr;
        std::size_t size = 0;
        if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
        pthread_attr_getstack(&attributes, &base, &size);
        pthread_attr_destroy(&attributes);
        const auto begin = reinterpret_cast<std::uintptr_t>(base);
        const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) / kPage * kPage;
        std::vector<unsigned char> pages((here - begin) / kPage);
        if (madvise(base, here - kOther - begin, MADV_DONTNEED) != 0) return;
        prefault_stack(kBytes);
        looked = mincore(base, here - begin, pages.data()) == 0;
        const std::size_t first = pages.size() - kBytes / kPage;  // the lowest that must be there
        for (std::size_t i = 0; i < pages.size(); ++i) {
          const bool there = (pages[i] & 1) != 0;
          if (i >= first && !there) ++absent;
          if (i < first - kOther / kPage && there) ++beyond;
        }
      },
      kStack);
  thread.join();
  CHECK(looked);
  CHECK(absent == 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose frames are larger
  CHECK(beyond == 0);
#endif
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

TEST_CASE("children of a deadline thread do not inherit its policy, without which it could make none") {
  int error = -1, policy = -1;
  Thread thread(
      [&] {
        error = set_deadline(1'000'000, 10'000'000, 10'000'000, false).error;
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

TEST_CASE("a deadline is asked for with its three times, and read back as a policy without a priority") {
  struct Attributes {  // sched_setattr(2)
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
  } seen{};
  int error = -1;
  Scheduling scheduling;
  Thread thread(
      [&] {
        errno = EIO;  // somebody else's
        error = set_deadline(1'000'000, 10'000'000, 20'000'000, false).error;
        scheduling = get_scheduling(0);
        syscall(SYS_sched_getattr, 0, &seen, sizeof seen, 0);
      },
      1 << 20);
  thread.join();
  CHECK(error != EINVAL);  // there is nothing wrong with what was asked for
  if (error != 0) {
    MESSAGE("skipped: SCHED_DEADLINE is not granted here");
    return;
  }
  CHECK(scheduling.policy == Policy::kDeadline);
  CHECK(scheduling.priority == 0);
  CHECK(seen.runtime == 1'000'000);
  CHECK(seen.deadline == 10'000'000);
  CHECK(seen.period == 20'000'000);
}

TEST_CASE("a kernel that tells no overruns grants the deadline all the same") {
  DeadlineGrant refused, granted;
  // as before Linux 4.16: flags that it does not know are EINVAL
  const auto ask = [](DeadlineGrant& grant) {
    return [&grant] { grant = set_deadline(1'000'000, 10'000'000, 10'000'000, true); };
  };
  refusal_test::where_refused({{SYS_sched_setattr, EINVAL}}, ask(refused));
  CHECK(refused.error == EINVAL);
  CHECK_FALSE(refused.tells_overruns);
  std::thread(ask(granted)).join();
  if (granted.error != 0) MESSAGE("skipped: SCHED_DEADLINE is not granted here");
}

TEST_CASE("overruns of a deadline are counted and end nothing; who has a handler for the signal keeps it") {
  struct sigaction before {};
  sigaction(SIGXCPU, nullptr, &before);
  {
    const DeadlineOverruns overruns;
    REQUIRE(overruns.counting());
    CHECK_FALSE(DeadlineOverruns().counting());  // one at a time
    const auto earlier = overruns.count();
    raise(SIGXCPU);  // somebody's, not the kernel's
    CHECK(overruns.count() == earlier);
    DeadlineGrant grant;
    std::uint64_t first = 0, second = 0;
    Thread thread(
        [&] {
          block_signals_except(0);
          // The kernel tells at its ticks: a millisecond beside a multiple of theirs, some come while the thread runs.
          grant = set_deadline(2'000'000, 21'000'000, 21'000'000, true);
          if (grant.error != 0) return;
          first = await_replenishment();
          second = await_replenishment();
          const auto end = thread_cpu_ns() + 24'000'000;  // twelve times its runtime
          while (thread_cpu_ns() < end) {
          }
        },
        1 << 20);
    thread.join();
    if (grant.error != 0 || !grant.tells_overruns) {
      MESSAGE("skipped: no SCHED_DEADLINE that tells overruns is granted here");
      return;
    }
    CHECK(second - first >= 10'000'000);  // that is a period but for two wake-ups
    CHECK(overruns.count() > earlier);
  }
  struct sigaction after {};
  sigaction(SIGXCPU, nullptr, &after);
  CHECK((after.sa_handler == before.sa_handler));
}

TEST_CASE("the policy of a thread is read by its id; an unknown one, and that of a thread that is gone, is absent") {
  pid_t gone = 0;
  std::optional<Policy> batch = Policy::kFifo, other;
  int priority = -1;
  std::thread([&] {
    gone = current_tid();
    other = get_scheduling(gone).policy;
    priority = get_scheduling(0).priority;
    const sched_param none{};
    sched_setscheduler(0, SCHED_BATCH, &none);
    batch = get_scheduling(0).policy;
  }).join();
  CHECK(other == Policy::kOther);
  CHECK(priority == 0);
  CHECK_FALSE(batch);
  CHECK_FALSE(get_scheduling(gone).policy);
}

TEST_CASE("a fixed priority that is granted is the calling thread's own") {
  for (const Policy policy : {Policy::kFifo, Policy::kRoundRobin}) {
    Scheduling scheduling;
    int error = -1;
    std::thread([&] {
      errno = EIO;  // somebody else's
      error = set_fixed_priority(policy, 3);
      scheduling = get_scheduling(0);
    }).join();
    if (!read_rights().sys_nice) {
      MESSAGE("skipped: no priority is granted here");
      return;
    }
    CHECK(error == 0);
    CHECK(scheduling.policy == policy);
    CHECK(scheduling.priority == 3);
  }
}

TEST_CASE("a policy that is refused is the system's error") {
  refusal_test::where_refused({{SYS_sched_setscheduler, EPERM}, {SYS_sched_setattr, EBUSY}}, [] {
    CHECK(set_fixed_priority(Policy::kFifo, 1) == EPERM);
    for (const bool tell : {false, true}) CHECK(set_deadline(1'000'000, 10'000'000, 10'000'000, tell).error == EBUSY);
    CHECK(try_fixed_priority(Policy::kRoundRobin, 1) == EPERM);
    CHECK(get_scheduling(0).policy == Policy::kOther);
  });
}

TEST_CASE("trying a policy leaves the caller's own as it was") {
  const auto before = get_scheduling(0);
  const int error = try_fixed_priority(Policy::kFifo, 1);
  CHECK((error == 0 || error == EPERM));
  CHECK(get_scheduling(0).policy == before.policy);
  CHECK(get_scheduling(0).priority == before.priority);
  CHECK(try_fixed_priority(Policy::kFifo, 100) == EINVAL);
}

TEST_CASE("a priority ceiling lasts as long as it stands, and gives back what was") {
  if (!read_rights().sys_nice) {
    MESSAGE("skipped: no priority is granted here");
    return;
  }
  for (const Policy before : {Policy::kOther, Policy::kRoundRobin}) {
    Scheduling under;
    Scheduling after;
    std::thread([&] {
      set_fixed_priority(before, before == Policy::kOther ? 0 : 5);
      {
        const PriorityCeiling ceiling;
        CHECK(ceiling.raised());
        under = get_scheduling(0);
      }
      after = get_scheduling(0);
    }).join();
    CHECK(under.policy == Policy::kFifo);
    CHECK(under.priority == 99);
    CHECK(after.policy == before);
    CHECK(after.priority == (before == Policy::kOther ? 0 : 5));
  }
}

TEST_CASE("a priority ceiling that is refused changes nothing") {
  refusal_test::where_refused({{SYS_sched_setscheduler, EPERM}}, [] {
    const PriorityCeiling ceiling;
    CHECK_FALSE(ceiling.raised());
  });
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

TEST_CASE("a timer slack that can't be set is an error, and one that can't be read is 0") {
  using refusal_test::where_refused;
  where_refused({{SYS_prctl, EPERM, 0, PR_SET_TIMERSLACK}}, [] { CHECK(set_timer_slack(1) == EPERM); });
  where_refused({{SYS_prctl, EPERM, 0, PR_GET_TIMERSLACK}}, [] { CHECK(get_timer_slack() == 0); });
}
