// The loop and its readings without an executor around them: what a job's record holds of what happened beside the job.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "pmc_test_support.h"
#include "run_support.h"
#include "runtime/job_loop.h"
#include "system/usage.h"

using namespace run_test;
using isochron::record::JobRecord;
using runtime::FinishReason;
using runtime::JobStart;
using runtime::Overrun;

namespace {

using pmc_test::kManyPages;
constexpr long kLongMs = 20;

/// Everything that a run of the loop needs, on the test's own thread.
struct Bench {
  std::shared_ptr<Calls> calls = std::make_shared<Calls>();
  FakeWorkload workload{calls};
  pmc::Counters counters;
  pmc::JobBaseline baseline;
  runtime::JobProbe probe{counters, &baseline};
  record::Rings rings{run_test::plain_plan().task.rings};
  system::InterruptibleSleep sleep;
  std::function<bool()> after_first_job;
  std::function<runtime::AfterFirstJob()> after_first() const {
    if (!after_first_job) return {};
    return [this] { return runtime::AfterFirstJob{after_first_job(), {}}; };
  }

  explicit Bench(std::vector<pmc::EventSpec> events = {}) : counters(std::move(events), false) {
    counters.open_on_this_thread();
  }

  std::pair<runtime::LoopResult, std::vector<JobRecord>> run(const runtime::Schedule& schedule) {
    probe.own_cost();
    const auto result = runtime::run_jobs(schedule, system::monotonic_ns() + runtime::lead_ns(schedule),
                                          {workload, probe, rings, sleep, after_first(), !workload.extras.empty()});
    std::vector<JobRecord> records(64);
    records.resize(rings.jobs->pop(records.data(), records.size()));
    return {result, records};
  }
};

runtime::Schedule continuous(std::uint64_t jobs) {
  runtime::Schedule schedule;
  schedule.jobs = jobs;
  return schedule;
}

runtime::Schedule periodic(std::uint64_t period_ns, std::uint64_t jobs) {
  auto schedule = continuous(jobs);
  schedule.period_ns = schedule.deadline_ns = period_ns;
  schedule.overrun = Overrun::kQueue;
  return schedule;
}

}  // namespace

TEST_CASE("continuous: faults, switches and CPU time are each job's own and add up to the thread's") {
  Bench bench;
  bench.workload.on_execute = [](int job) {
    if (job == 1) CHECK(pmc_test::touch_pages(kManyPages));
    if (job == 3) pmc_test::spin_ms(kLongMs);
    if (job == 5)
      for (int i = 0; i < 50; ++i) sleep_ms(1);
  };
  const auto before = system::thread_usage();
  const auto cpu_before = system::thread_cpu_ns();
  const auto [result, records] = bench.run(continuous(8));
  const auto cpu_after = system::thread_cpu_ns();
  const auto after = system::thread_usage();
  REQUIRE(records.size() == 8);
  std::uint64_t faults = 0, switches = 0, cpu = 0;
  for (const auto& record : records) {
    CAPTURE(record.job);
    CHECK((record.minor_faults >= kManyPages) == (record.job == 1));
    CHECK((record.voluntary_switches >= 40) == (record.job == 5));
    if (record.job == 3) CHECK(record.cpu_time_ns >= (kLongMs - 1) * kMs);
    if (record.job % 2 == 0) CHECK(record.cpu_time_ns < kLongMs * kMs);
    faults += record.minor_faults;
    switches += record.voluntary_switches + record.involuntary_switches;
    cpu += record.cpu_time_ns;
  }
  CHECK(faults <= after.minor_faults - before.minor_faults);
  CHECK(switches <= after.voluntary_switches + after.involuntary_switches - before.voluntary_switches -
                        before.involuntary_switches);
  CHECK(cpu <= cpu_after - cpu_before);
}

TEST_CASE("continuous: what is done for the threads of the first job costs no job anything") {
  Bench bench;
  std::uint64_t adopted_ns = 0;
  bench.after_first_job = [&] {
    CHECK(pmc_test::touch_pages(kManyPages));
    pmc_test::spin_ms(kLongMs);
    for (int i = 0; i < 50; ++i) sleep_ms(1);
    adopted_ns = system::monotonic_ns();
    return true;
  };
  const auto [result, records] = bench.run(continuous(4));
  REQUIRE(records.size() == 4);
  for (const auto& record : records) {
    CAPTURE(record.job);
    CHECK(record.minor_faults < kManyPages);
    CHECK(record.voluntary_switches < 40);
    CHECK(record.cpu_time_ns < kLongMs * kMs);
    if (record.job > 0) CHECK(record.release_ns >= adopted_ns);
    if (record.job > 1) CHECK(record.release_ns == records[record.job - 1].end_ns);
  }
  CHECK(records[0].end_ns < adopted_ns);
}

TEST_CASE("continuous: what a workload does after a job, for its extra metrics, is no part of the next one") {
  Bench bench;
  bench.workload.extras = {"duration_ns"};
  std::vector<std::uint64_t> ended;
  bench.workload.on_extras = [&ended] {
    CHECK(pmc_test::touch_pages(kManyPages));
    pmc_test::spin_ms(kLongMs);
    for (int i = 0; i < 50; ++i) sleep_ms(1);
    ended.push_back(system::monotonic_ns());
  };
  const auto [result, records] = bench.run(continuous(4));
  REQUIRE(records.size() == 4);
  for (const auto& record : records) {
    CAPTURE(record.job);
    CHECK(record.minor_faults < kManyPages);
    CHECK(record.voluntary_switches < 40);
    CHECK(record.cpu_time_ns < kLongMs * kMs);
    if (record.job > 0) CHECK(record.release_ns >= ended[record.job - 1]);
  }
}

TEST_CASE(
    "periodic: what is done for the threads of the first job makes no job late: releases are left out, and told") {
  for (const auto overrun : {Overrun::kQueue, Overrun::kSkip, Overrun::kStop}) {
    for (const long work_ms : {0L, kLongMs}) {
      CAPTURE(static_cast<int>(overrun));
      CAPTURE(work_ms);
      Bench bench;
      int looked = 0;
      std::uint64_t done_ns = 0;
      bench.after_first_job = [&] {
        sleep_ms(static_cast<std::uint64_t>(work_ms));
        done_ns = system::monotonic_ns();
        return ++looked > 1;
      };
      constexpr std::uint64_t kPeriod = 10 * kMs;
      auto schedule = periodic(kPeriod, 4);
      schedule.overrun = overrun;
      schedule.deadline_ns = 5 * kMs;
      const auto [result, records] = bench.run(schedule);
      CHECK(looked == 1);
      REQUIRE(records.size() > 1);
      const auto& first = records[0];
      CHECK(first.withheld_releases >= static_cast<std::uint64_t>(work_ms) / 10);
      CHECK(first.withheld_releases < 100);
      CHECK(records[1].release_ns > done_ns);
      std::uint64_t expected = result.t0_ns;
      for (const auto& record : records) {
        CAPTURE(record.job);
        CHECK(record.release_ns == expected);
        if (record.job > 0) CHECK(record.withheld_releases == 0);
        expected += (1 + record.skipped_releases + record.withheld_releases) * kPeriod;
      }
    }
  }
}

TEST_CASE("queue: releases that the first job made late and that are left out are its own, not the tool's") {
  Bench bench;
  bench.workload.on_execute = [](int job) {
    if (job == 0) spin_ns(25 * kMs);
  };
  bench.after_first_job = [] {
    spin_ns(kMs);
    return false;
  };
  auto schedule = periodic(kMs, 3);
  schedule.overrun = Overrun::kQueue;
  const auto [result, records] = bench.run(schedule);
  REQUIRE(records.size() == 3);
  const auto backlog = record::points_passed(records[0].release_ns + kMs, records[0].end_ns, kMs);
  CHECK(records[0].skipped_releases >= 1);
  CHECK((records[0].withheld_releases == 0 || records[0].skipped_releases == backlog));
  CHECK(records[1].release_ns ==
        records[0].release_ns + (1 + records[0].skipped_releases + records[0].withheld_releases) * kMs);
  CHECK(records[1].skipped_releases == 0);
}

TEST_CASE("periodic: the switches of a job are those that it made, whether it was slept for or came late") {
  Bench bench;
  std::vector<std::uint64_t> made(20);  // in each job, by its own account
  bench.workload.on_execute = [&](int job) {
    const auto before = system::thread_usage();
    sleep_ms(1);
    if (job % 8 == 3) pmc_test::spin_ms(25);  // the next ones are late, and those after them nearly in time
    made[static_cast<std::size_t>(job)] = system::thread_usage().voluntary_switches - before.voluntary_switches;
  };
  const auto [result, records] = bench.run(periodic(5 * kMs, made.size()));
  REQUIRE(records.size() == made.size());
  std::size_t exact = 0;
  for (const auto& record : records) {
    CAPTURE(record.job);
    CHECK(record.voluntary_switches < 1000);
    if (record.voluntary_switches == made[record.job]) ++exact;
  }
  CHECK(exact > made.size() / 2);  // a thread may also wait in the kernel, beside its job
}

TEST_CASE(
    "what a job waits for is its wake-up, and what the tool does then is not: woken before the readings, start after") {
  Bench bench;
  bench.workload.on_execute = [](int job) {
    if (job == 2) spin_ns(12 * kMs);  // the next two find their release passed
  };
  const auto [result, records] = bench.run(periodic(5 * kMs, 12));
  REQUIRE(records.size() == 12);
  std::size_t slept = 0;
  for (const auto& record : records) {
    CAPTURE(record.job);
    CHECK((record.flags & record::kWoken) != 0);
    CHECK(record.release_ns <= record.woken_ns);
    CHECK(record.woken_ns < record.start_ns);
    if ((record.flags & record::kSlept) != 0) ++slept;
  }
  CHECK(records[3].woken_ns - records[3].release_ns > 6 * kMs);
  CHECK((records[3].flags & record::kSlept) == 0);
  CHECK((records[4].flags & record::kSlept) == 0);
  CHECK(slept >= 6);
  Bench back_to_back;
  for (const auto& record : back_to_back.run(continuous(4)).second) {
    CAPTURE(record.job);
    CHECK((record.flags & record::kWoken) == 0);  // nothing was waited for: neither a wake-up nor one of 0 ns
  }
}

TEST_CASE("periodic: the faults of a job are its own, whether it was slept for, briefly or not at all") {
  REQUIRE(pmc_test::touch_pages(4 * kManyPages));  // a reading from before the run would hold these
  for (const std::uint64_t period : {std::uint64_t{1}, 100 * kMs / 1000, 5 * kMs}) {
    CAPTURE(period);
    Bench bench;
    bench.workload.on_execute = [](int job) {
      if (job == 3) CHECK(pmc_test::touch_pages(kManyPages));
    };
    const auto [result, records] = bench.run(periodic(period, 8));
    REQUIRE(records.size() == 8);
    for (const auto& record : records) {
      CAPTURE(record.job);
      CHECK((record.minor_faults >= kManyPages) == (record.job == 3));
      CHECK(record.minor_faults < 4 * kManyPages);  // a sanitizer has two and a few of its own for each
      CHECK(record.release_ns == result.t0_ns + record.job * period);
    }
  }
}

TEST_CASE("the first release is after the call, with a lead to sleep in if there is a period") {
  for (const std::uint64_t period : {std::uint64_t{0}, kMs}) {
    CAPTURE(period);
    Bench bench;
    std::uint64_t started_ns = 0;
    bench.workload.on_execute = [&started_ns](int job) {
      if (job == 0) started_ns = system::monotonic_ns();
    };
    const auto called_ns = system::monotonic_ns();
    const auto [result, records] = bench.run(period > 0 ? periodic(period, 1) : continuous(1));
    REQUIRE(records.size() == 1);
    CHECK(result.reason == FinishReason::kJobs);
    CHECK(result.jobs == 1);
    CHECK(result.t0_ns > called_ns);
    CHECK(result.t0_ns <= started_ns);
    CHECK(records[0].release_ns == result.t0_ns);
    CHECK(result.end_ns == records[0].end_ns);
    CHECK(records[0].skipped_releases * kMs <= records[0].end_ns - result.t0_ns);
  }
}

TEST_CASE("a workload is told each job's duration, and places that it has no metric for are no number") {
  Bench bench;
  bench.workload.extras = {"duration_ns"};
  bench.workload.on_execute = [](int job) { spin_ns(static_cast<std::uint64_t>(job) * 1000); };
  const auto [result, records] = bench.run(continuous(5));
  REQUIRE(records.size() == 5);
  for (const auto& record : records) {
    CHECK(record.extras[0] == static_cast<double>(record.end_ns - record.start_ns));
    for (unsigned i = 1; i < record::kMaxExtras; ++i) CHECK(std::isnan(record.extras[i]));
    CHECK(record.skipped_releases == 0);
    CHECK(record.deadline_ns == 0);
    CHECK((record.flags & record::kHasDeadline) == 0);
  }
}

TEST_CASE("a deadline of a nanosecond is one") {
  Bench bench;
  auto schedule = continuous(2);
  schedule.deadline_ns = 1;
  const auto [result, records] = bench.run(schedule);
  REQUIRE(records.size() == 2);
  for (const auto& record : records) {
    CHECK(record.deadline_ns == record.release_ns + 1);
    CHECK((record.flags & (record::kHasDeadline | record::kDeadlineMet)) ==
          record::deadline_flags(record.end_ns, record.deadline_ns));
  }
}

TEST_CASE("a duration ends a run before the release that lies on its end, and a shorter one after the first job") {
  Bench bench;
  auto schedule = periodic(5 * kMs, 0);
  schedule.duration_ns = 20 * kMs;
  const auto [result, records] = bench.run(schedule);
  const bool late = system::monotonic_ns() >= result.t0_ns + schedule.duration_ns;  // the clock has ended it, too
  CHECK(result.reason == FinishReason::kDuration);
  CHECK(result.jobs <= 4);
  CHECK((result.jobs == 4 || late));
  Bench brief;
  auto least = continuous(3);
  least.duration_ns = 1;
  CHECK(brief.run(least).first.reason == FinishReason::kDuration);
}

TEST_CASE("a duration ends a run by the clock, too, however many releases are queued by then") {
  Bench bench;
  bench.workload.on_execute = [](int) { spin_ns(10 * kMs); };
  auto schedule = periodic(kMs, 0);
  schedule.duration_ns = 20 * kMs;
  const auto [result, records] = bench.run(schedule);
  CHECK(result.reason == FinishReason::kDuration);
  CHECK(result.jobs <= 2);
}

TEST_CASE("counts of a first job that were not everybody's are left out, with their times; later ones stand") {
  if (!pmc_test::software_events_work()) {
    MESSAGE("skipped: this machine counts no software events");
    return;
  }
  for (const bool incomplete : {true, false}) {
    CAPTURE(incomplete);
    Bench bench{{pmc_test::kTaskClock}};
    bench.after_first_job = [incomplete] { return incomplete; };
    const auto [result, records] = bench.run(continuous(3));
    REQUIRE(records.size() == 3);
    for (const auto& record : records) {
      CAPTURE(record.job);
      const bool counted = record.job > 0 || !incomplete;
      CHECK(record.counter_mask == (counted ? 1u : 0u));
      CHECK((record.time_enabled_ns > 0) == counted);
      CHECK((record.time_running_ns > 0) == counted);
      CHECK(((record.flags & record::kHasCounters) != 0) == counted);
    }
  }
}

TEST_CASE("a failed job leaves no running job behind for the sampler, whatever was thrown") {
  const std::function<void()> throws[] = {[] { throw Error("E_TEST", "no"); }, [] { throw std::bad_alloc(); },
                                          [] { throw std::runtime_error("odd"); }};
  const char* const codes[] = {"E_TEST", "E_OUT_OF_MEMORY", "E_WORKLOAD"};
  for (int i = 0; i < 3; ++i) {
    Bench bench;
    pmc::JobBaseline::View during, after;
    bench.workload.on_execute = [&](int job) {
      if (job != 2) return;
      REQUIRE(bench.baseline.view(during));
      throws[i]();
    };
    const auto [result, records] = bench.run(continuous(5));
    CHECK(result.reason == FinishReason::kFailed);
    REQUIRE(result.error);
    CHECK(result.error->code() == codes[i]);
    CHECK(result.jobs == 2);
    CHECK(records.size() == 2);
    CHECK(during.running);
    CHECK(during.job == 2);
    REQUIRE(bench.baseline.view(after));
    CHECK(after.any);
    CHECK_FALSE(after.running);
    CHECK(after.job == 2);
  }
}

TEST_CASE("the sampler hears of every job, and of none while the own cost is measured") {
  Bench bench;
  CHECK(bench.probe.own_cost() > 0);
  CHECK(bench.baseline.sequence() == 0);
  pmc::JobBaseline::View view;
  bench.probe.begin(7, JobStart::kAnew);
  REQUIRE(bench.baseline.view(view));
  CHECK(view.running);
  CHECK(view.job == 7);
  JobRecord record{};
  bench.probe.end(record);
  REQUIRE(bench.baseline.view(view));
  CHECK_FALSE(view.running);
  CHECK(view.any);
}

TEST_CASE("without a sampler nobody is told of jobs") {
  pmc::Counters none({}, false);
  runtime::JobProbe probe(none, nullptr);
  CHECK(probe.own_cost() > 0);
  JobRecord record{};
  probe.begin(0, JobStart::kAnew);
  probe.end(record);
  probe.begin(1, JobStart::kGoingOn);
  probe.abandon();
  CHECK(record.end_ns >= record.start_ns);
}
