// When jobs are released and what their records say: relations between records, never durations.
#include <doctest/doctest.h>

#include "pmc_test_support.h"
#include "run_support.h"

using namespace run_test;
using isochron::record::JobRecord;
using runtime::FinishReason;
using runtime::Overrun;

namespace {

bool has(const JobRecord& record, record::JobFlag flag) { return (record.flags & flag) != 0; }

/// What holds for every record of every run.
void check_sanity(const std::vector<JobRecord>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i];
    CAPTURE(i);
    CHECK(record.job == i);
    CHECK(record.start_ns >= record.release_ns);
    CHECK(record.end_ns >= record.start_ns);
    CHECK(record.end_ticks >= record.start_ticks);
    CHECK(record.core >= 0);
    CHECK(record.counter_mask == 0);
    CHECK_FALSE(has(record, record::kHasCounters));
    if (has(record, record::kHasDeadline))
      CHECK(has(record, record::kDeadlineMet) == (record.end_ns <= record.deadline_ns));
    if (i > 0) CHECK(record.start_ns >= records[i - 1].end_ns);
  }
}

}  // namespace

TEST_CASE("skip: releases stay on the grid, and those that passed are counted on the job that overran") {
  constexpr auto kPeriod = 4 * kMs;
  TestRun run(periodic_plan(kPeriod, 12, Overrun::kSkip));
  run.workload().on_execute = [](int job) {
    if (job % 4 == 1) spin_ns(5 * kPeriod / 2);
  };
  const auto [finished, records] = run.run_to_end();
  CHECK(finished.reason == FinishReason::kJobs);
  REQUIRE(records.size() == 12);
  check_sanity(records);
  CHECK(finished.t0_ns == records.front().release_ns);
  CHECK(finished.end_ns == records.back().end_ns);
  for (std::size_t i = 0; i < records.size(); ++i) {
    CAPTURE(i);
    const auto& record = records[i];
    CHECK(record.deadline_ns == record.release_ns + kPeriod);
    if (i % 4 == 1) CHECK(record.skipped_releases >= 2);
    const auto response = record.end_ns - record.release_ns;
    CHECK(record.skipped_releases == (response <= kPeriod ? 0 : (response - 1) / kPeriod));
    if (i + 1 < records.size())
      CHECK(records[i + 1].release_ns == record.release_ns + (1 + record.skipped_releases) * kPeriod);
  }
}

TEST_CASE("queue: late jobs keep their own release times and nothing is skipped") {
  constexpr auto kPeriod = 2 * kMs;
  TestRun run(periodic_plan(kPeriod, 10, Overrun::kQueue));
  run.workload().on_execute = [](int job) {
    if (job == 2) spin_ns(4 * kPeriod);
  };
  const auto [finished, records] = run.run_to_end();
  REQUIRE(records.size() == 10);
  check_sanity(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(records[i].release_ns == finished.t0_ns + i * kPeriod);
    CHECK(records[i].skipped_releases == 0);
  }
  CHECK(records[3].start_ns > records[3].deadline_ns);  // it waited behind job 2
}

TEST_CASE("stop: the run ends with the record of the first job that misses its deadline") {
  auto plan = periodic_plan(100 * kMs, 10, Overrun::kStop);
  plan.task.schedule.deadline_ns = 50 * kMs;
  TestRun run(plan);
  run.workload().on_execute = [](int job) {
    if (job == 2) spin_ns(60 * kMs);
  };
  const auto [finished, records] = run.run_to_end();
  CHECK(finished.reason == FinishReason::kDeadlineMiss);
  REQUIRE(!records.empty());
  REQUIRE(records.size() <= 3);
  check_sanity(records);
  for (std::size_t i = 0; i < records.size(); ++i)
    CHECK(has(records[i], record::kDeadlineMet) == (i + 1 < records.size()));
  CHECK(run.calls->finish == 1);
  CHECK(run.calls->teardown == 1);
}

TEST_CASE("stop: a miss during warm-up doesn't end the run") {
  auto plan = periodic_plan(20 * kMs, 1, Overrun::kStop);
  plan.task.schedule.warmup_jobs = 2;
  TestRun run(plan);
  run.workload().on_execute = [](int job) {
    if (job == 0) spin_ns(30 * kMs);
  };
  const auto [finished, records] = run.run_to_end();
  REQUIRE(records.size() == 3);
  CHECK_FALSE(has(records[0], record::kDeadlineMet));
  CHECK(records[0].skipped_releases >= 1);
}

TEST_CASE("warm-up jobs come on top of the measured ones and are flagged") {
  auto plan = periodic_plan(kMs, 4, Overrun::kSkip);
  plan.task.schedule.warmup_jobs = 3;
  const auto [finished, records] = TestRun(plan).run_to_end();
  CHECK(finished.jobs == 7);
  REQUIRE(records.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) CHECK(has(records[i], record::kWarmup) == (i < 3));
}

TEST_CASE("continuous: each job is released when the previous one ended, without deadlines") {
  auto plan = plain_plan();
  plan.task.schedule.jobs = 50;
  const auto [finished, records] = TestRun(plan).run_to_end();
  REQUIRE(records.size() == 50);
  check_sanity(records);
  CHECK(records[0].release_ns == finished.t0_ns);
  for (std::size_t i = 1; i < records.size(); ++i) CHECK(records[i].release_ns == records[i - 1].end_ns);
  for (const auto& record : records) CHECK_FALSE(has(record, record::kHasDeadline));
}

TEST_CASE("continuous: a deadline counts from each release") {
  auto plan = plain_plan();
  plan.task.schedule.jobs = 3;
  plan.task.schedule.deadline_ns = 7;
  TestRun run(plan);
  run.workload().on_execute = [](int) { spin_ns(1000); };
  const auto [finished, records] = run.run_to_end();
  for (const auto& record : records) {
    CHECK(record.deadline_ns == record.release_ns + 7);
    CHECK_FALSE(has(record, record::kDeadlineMet));
  }
}

TEST_CASE("a duration counts from the first release: no job is released at or after its end") {
  auto plan = periodic_plan(3 * kMs, 0, Overrun::kSkip);
  plan.task.schedule.duration_ns = 20 * kMs;
  const auto [finished, records] = TestRun(plan).run_to_end();
  CHECK(finished.reason == FinishReason::kDuration);
  REQUIRE(!records.empty());
  for (const auto& record : records) CHECK(record.release_ns < finished.t0_ns + 20 * kMs);
  const auto& last = records.back();
  CHECK(last.release_ns + (1 + last.skipped_releases) * 3 * kMs >= finished.t0_ns + 20 * kMs);
}

TEST_CASE("periodic: a full ring loses records, counts them and holds no release up") {
  auto plan = periodic_plan(kMs, 12, Overrun::kQueue);
  plan.task.rings.jobs = 4;
  const auto [finished, records] = TestRun(plan).run_to_end();
  CHECK(finished.jobs == 12);
  CHECK(records.size() == 4);
  CHECK(finished.lost.jobs == 8);
  CHECK(records.back().job == 3);
}

TEST_CASE("continuous: a full ring makes the job thread wait between jobs, and nothing is lost") {
  auto plan = plain_plan();
  plan.task.schedule.jobs = 40;
  plan.task.rings.jobs = 4;
  TestRun run(plan);
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  await(run.calls->execute, 4);
  sleep_ms(20);
  CHECK(run.calls->execute == 4);  // it can't go on: nobody has drained
  const auto drained_ns = system::monotonic_ns();
  std::vector<JobRecord> records;
  while (records.size() < 40) {
    const auto more = run.drain();
    records.insert(records.end(), more.begin(), more.end());
  }
  const auto finished = run.finish();
  CHECK(finished.lost.jobs == 0);
  check_sanity(records);
  // The job after the wait was released after it, so the wait is no latency of the job's.
  CHECK(records[4].release_ns >= drained_ns);
  CHECK(records[4].voluntary_switches < 10);
}

TEST_CASE("a continuous run that waits for room can be stopped") {
  auto plan = plain_plan();
  plan.task.rings.jobs = 2;
  TestRun run(plan);
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  await(run.calls->execute, 2);
  run.executor->stop();
  const auto finished = run.finish();
  CHECK(finished.reason == FinishReason::kStopped);
  CHECK(finished.jobs == 2);
  CHECK(finished.lost.jobs == 0);
}

TEST_CASE("CPU time, faults and switches of a record are those of its job") {
  auto plan = periodic_plan(20 * kMs, 4, Overrun::kSkip);
  TestRun run(plan);
  run.workload().on_execute = [](int job) {
    if (job == 1) sleep_ms(5);           // a voluntary switch
    if (job == 2) pmc_test::spin_ms(5);  // CPU time
    if (job == 3) CHECK(pmc_test::touch_pages(64));
  };
  const auto [finished, records] = run.run_to_end();
  REQUIRE(records.size() == 4);
  CHECK(records[0].voluntary_switches == 0);
  CHECK(records[1].voluntary_switches >= 1);
  CHECK(records[2].voluntary_switches == 0);
  CHECK(records[2].cpu_time_ns > records[1].cpu_time_ns);
  CHECK(records[3].minor_faults >= 64);
}
