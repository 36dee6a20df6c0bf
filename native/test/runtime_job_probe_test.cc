// The readings at both ends of a job, without a loop around them: what of a thread's use, and of its counts, is the
// job's.
#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#include "pmc_test_support.h"
#include "run_support.h"
#include "runtime/job_probe.h"
#include "system/affinity.h"
#include "system/ticks.h"
#include "system/usage.h"

using namespace run_test;
using isochron::record::JobRecord;
using runtime::JobProbe;
using runtime::JobStart;

namespace {

using pmc_test::kManyPages;
// More faults than those make, with the page of its own that a sanitizer has for each.
constexpr std::size_t kTooManyPages = 4 * kManyPages;

struct Probed {
  pmc::Counters counters;
  JobProbe probe{counters, nullptr};
  JobRecord record{};

  explicit Probed(std::vector<pmc::EventSpec> events = {}) : counters(std::move(events), false) {
    counters.open_on_this_thread();
  }
  template <typename Body>
  void job(JobStart start, Body body) {
    probe.begin(0, start);
    body();
    probe.end(record);
  }
  void empty_job(JobStart start) {
    job(start, [] {});
  }
};

/// Sleeps a few times and says how often the thread has switched for it.
std::uint64_t sleep_and_count() {
  const auto before = system::thread_usage().voluntary_switches;
  for (int i = 0; i < 3; ++i) sleep_ms(1);
  return system::thread_usage().voluntary_switches - before;
}

/// Whether something holds most of the time: a thread may also wait in the kernel where nobody has asked it to.
template <typename Attempt>
bool mostly(Attempt attempt) {
  int held = 0;
  for (int i = 0; i < 9; ++i) held += attempt() ? 1 : 0;
  return held > 4;
}

/// The least CPU time of many jobs that do nothing and go on from each other.
std::uint64_t least_cpu(Probed& probed) {
  std::uint64_t least = UINT64_MAX;
  probed.empty_job(JobStart::kAnew);
  for (int i = 0; i < 300; ++i) {
    probed.empty_job(JobStart::kGoingOn);
    least = std::min(least, probed.record.cpu_time_ns);
  }
  return least;
}

}  // namespace

TEST_CASE("probe: a job that is read anew has its own faults, and none from before it") {
  Probed probed;
  REQUIRE(pmc_test::touch_pages(kTooManyPages));
  probed.empty_job(JobStart::kAnew);
  CHECK(probed.record.minor_faults < kManyPages);
  REQUIRE(pmc_test::touch_pages(kTooManyPages));
  probed.probe.rest();
  REQUIRE(pmc_test::touch_pages(kTooManyPages));
  probed.job(JobStart::kAnew, [] { CHECK(pmc_test::touch_pages(kManyPages)); });
  CHECK(probed.record.minor_faults >= kManyPages);
  CHECK(probed.record.minor_faults < kTooManyPages);
}

TEST_CASE("probe: a job that goes on has what was used since the last end") {
  Probed probed;
  probed.job(JobStart::kAnew, [] { CHECK(pmc_test::touch_pages(kTooManyPages)); });
  REQUIRE(pmc_test::touch_pages(kManyPages));
  probed.empty_job(JobStart::kGoingOn);
  CHECK(probed.record.minor_faults >= kManyPages);
  CHECK(probed.record.minor_faults < kTooManyPages);
}

TEST_CASE("probe: a job's switches are its own, and it says whether the thread slept before it") {
  std::uint64_t made = 0;
  for (const bool sleeps_before : {false, true}) {
    CAPTURE(sleeps_before);
    CHECK(mostly([&] {
      Probed probed;
      probed.probe.rest();
      if (sleeps_before) sleep_ms(1);
      probed.job(JobStart::kAnew, [&made] { made = sleep_and_count(); });
      const bool slept = (probed.record.flags & record::kSlept) != 0;
      if (probed.record.voluntary_switches != made || slept != sleeps_before) return false;
      probed.job(JobStart::kGoingOn, [&made] { made = sleep_and_count(); });
      return probed.record.voluntary_switches == made && (probed.record.flags & record::kSlept) == 0;
    }));
  }
}

TEST_CASE("probe: the CPU time of a job is its own, however it starts") {
  for (const auto start : {JobStart::kAnew, JobStart::kGoingOn}) {
    CAPTURE(static_cast<int>(start));
    Probed probed;
    probed.probe.own_cost();
    std::uint64_t used = 0;
    probed.empty_job(JobStart::kAnew);
    if (start != JobStart::kGoingOn) pmc_test::spin_ms(40);
    probed.job(start, [&used] {
      const auto before = system::thread_cpu_ns();
      pmc_test::spin_ms(20);
      used = system::thread_cpu_ns() - before;
    });
    CHECK(probed.record.cpu_time_ns + kMs >= used);  // less what the readings cost
    CHECK(probed.record.cpu_time_ns < 2 * used);
  }
}

TEST_CASE("probe: the readings' own cost is taken off jobs that go on, also when it was measured twice") {
  CHECK(mostly([] {
    Probed plain, once, twice;
    once.probe.own_cost();
    twice.probe.own_cost();
    twice.probe.own_cost();
    const auto with_readings = least_cpu(plain);
    return least_cpu(once) < with_readings / 2 && least_cpu(twice) < with_readings / 2;
  }));
}

TEST_CASE("probe: the own cost is that of both ends of a job") {
  CHECK(mostly([] {
    Probed probed;
    std::uint64_t both = UINT64_MAX;
    for (int i = 0; i < 300; ++i) {
      const auto before = system::monotonic_ns();
      probed.empty_job(JobStart::kAnew);
      both = std::min(both, system::monotonic_ns() - before);
    }
    const auto cost = probed.probe.own_cost();
    return cost > both * 3 / 4 && cost < both * 4 / 3;
  }));
}

TEST_CASE("probe: an empty job counts what its readings do, and nothing where nothing is counted") {
  for (const auto start : {JobStart::kAnew, JobStart::kGoingOn}) {
    Probed none;
    none.probe.own_cost(start);
    for (const auto& count : none.probe.empty_counts()) CHECK_FALSE(count);
    if (!pmc_test::software_events_work()) {
      MESSAGE("skipped: this machine counts no software events");
      return;
    }
    Probed probed({pmc_test::kPageFaults, pmc_test::kTaskClock});
    probed.probe.own_cost(start);
    const auto& empty = probed.probe.empty_counts();
    CHECK(empty[0] == 0u);
    REQUIRE(empty[1]);
    CHECK(*empty[1] > 0);
    CHECK_FALSE(empty[2]);
    std::uint64_t least = UINT64_MAX;
    probed.empty_job(JobStart::kAnew);
    for (int i = 0; i < 300; ++i) {
      probed.empty_job(start);
      least = std::min(least, probed.record.counters[1]);
    }
    CHECK(*empty[1] < 2 * least);
    CHECK(least < 2 * *empty[1]);
  }
}

TEST_CASE("probe: a record's clocks and ticks enclose the job, and its readings lie outside") {
  Probed probed;
  std::uint64_t first_ns = 0, last_ns = 0, first_ticks = 0, last_ticks = 0;
  const auto before_ns = system::monotonic_ns(), before_ticks = system::ticks();
  probed.job(JobStart::kAnew, [&] {
    first_ns = system::monotonic_ns();
    first_ticks = system::ticks();
    spin_ns(1000);
    last_ticks = system::ticks();
    last_ns = system::monotonic_ns();
  });
  const auto after_ns = system::monotonic_ns(), after_ticks = system::ticks();
  CHECK(before_ns <= probed.record.start_ns);
  CHECK(probed.record.start_ns <= first_ns);
  CHECK(last_ns <= probed.record.end_ns);
  CHECK(probed.record.end_ns <= after_ns);
  CHECK(before_ticks <= probed.record.start_ticks);
  CHECK(probed.record.start_ticks <= first_ticks);
  CHECK(last_ticks <= probed.record.end_ticks);
  CHECK(probed.record.end_ticks <= after_ticks);
}

TEST_CASE("probe: the cores are those of both ends, also of a job that was moved") {
  const auto cores = system::get_affinity(0);
  if (cores.size() < 2) {
    MESSAGE("skipped: needs two cores");
    return;
  }
  std::thread([&cores] {
    Probed probed;
    for (int i = 0; i < 2; ++i) {
      const int from = cores[i], to = cores[1 - i];
      REQUIRE(system::set_affinity(0, {from}) == 0);
      probed.job(JobStart::kAnew, [to] { CHECK(system::set_affinity(0, {to}) == 0); });
      CHECK(probed.record.start_core == from);
      CHECK(probed.record.core == to);
    }
  }).join();
}

TEST_CASE("probe: counts are the job's, and flags nobody else's") {
  if (!pmc_test::software_events_work()) {
    MESSAGE("skipped: this machine counts no software events");
    return;
  }
  Probed probed({pmc_test::kPageFaults});
  probed.record.flags = record::kWarmup | record::kHasDeadline;
  REQUIRE(pmc_test::touch_pages(kTooManyPages));
  probed.job(JobStart::kAnew, [] { CHECK(pmc_test::touch_pages(kManyPages)); });
  CHECK(probed.record.counter_mask == 1);
  CHECK(probed.record.counters[0] >= kManyPages);
  CHECK(probed.record.counters[0] < kTooManyPages);
  CHECK((probed.record.flags & ~record::kSlept) == record::kHasCounters);
  CHECK(probed.record.time_enabled_ns > 0);

  Probed without;
  without.record.flags = record::kWarmup;
  without.empty_job(JobStart::kAnew);
  CHECK((without.record.flags & ~record::kSlept) == 0);
  CHECK(without.record.counter_mask == 0);
}
