// What of a thread's usage belongs to which job: a row for each way in which jobs can follow each other.
#include <doctest/doctest.h>

#include <vector>

#include "record/job.h"
#include "runtime/job_accounts.h"

using namespace isochron;
using runtime::JobAccounts;
using runtime::JobUsage;

namespace {

constexpr std::uint64_t kOwnCpu = 700;

enum class How { kAnew, kAfterSleep, kGoingOn };

/// One job: how it began, with which readings (of no use to one that goes on), and what was read at its end.
struct Job {
  How how;
  system::Usage at_start;
  std::uint64_t cpu_at_start;
  system::Usage at_end;
  std::uint64_t cpu_at_end;
};

std::vector<JobUsage> account_for(const std::vector<Job>& jobs) {
  JobAccounts accounts;
  accounts.set_own_cpu(kOwnCpu);
  std::vector<JobUsage> result;
  for (const auto& job : jobs) {
    if (job.how == How::kAnew) accounts.begin_anew(job.at_start, job.cpu_at_start);
    if (job.how == How::kAfterSleep) accounts.begin_after_sleep(job.at_start, job.cpu_at_start);
    if (job.how == How::kGoingOn) accounts.go_on();
    result.push_back(accounts.end(job.at_end, job.cpu_at_end));
  }
  return result;
}

void check(const JobUsage& job, std::uint64_t cpu, const system::Usage& usage) {
  CHECK(job.cpu_time_ns == cpu);
  CHECK(job.minor_faults == usage.minor_faults);
  CHECK(job.major_faults == usage.major_faults);
  CHECK(job.voluntary_switches == usage.voluntary_switches);
  CHECK(job.involuntary_switches == usage.involuntary_switches);
}

}  // namespace

TEST_CASE("accounts: a job that was read anew has what was used between its two readings") {
  const auto jobs = account_for({{How::kAnew, {100, 10, 1000, 50}, 5'000, {103, 11, 1004, 55}, 25'000}});
  check(jobs[0], 20'000, {3, 1, 4, 5});
}

TEST_CASE("accounts: jobs that go on have each what was used since the last end, and pay for no readings") {
  const auto jobs = account_for({
      {How::kAnew, {100, 10, 1000, 50}, 5'000, {164, 12, 1001, 50}, 25'000},
      {How::kGoingOn, {}, 0, {164, 12, 1001, 50}, 26'000},  // used nothing: the first job's 64 faults aren't its own
      {How::kGoingOn, {}, 0, {171, 13, 1003, 54}, 36'000},
  });
  check(jobs[0], 20'000, {64, 2, 1, 0});
  check(jobs[1], 1'000 - kOwnCpu, {0, 0, 0, 0});
  check(jobs[2], 10'000 - kOwnCpu, {7, 1, 2, 4});
}

TEST_CASE("accounts: the cost of readings is taken off only those jobs that hold it") {
  const auto jobs = account_for({
      {How::kGoingOn, {}, 0, {}, 10'000},
      {How::kAnew, {}, 50'000, {}, 60'000},
      {How::kAfterSleep, {}, 90'000, {0, 0, 1, 0}, 100'000},
  });
  CHECK(jobs[0].cpu_time_ns == 10'000 - kOwnCpu);
  CHECK(jobs[1].cpu_time_ns == 10'000);
  CHECK(jobs[2].cpu_time_ns == 10'000);
}

TEST_CASE("accounts: a job that takes no longer than the readings used no time that could be told") {
  for (const std::uint64_t cpu : {kOwnCpu - 1, kOwnCpu})
    CHECK(account_for({{How::kGoingOn, {}, 0, {}, cpu}})[0].cpu_time_ns == 0);
  CHECK(account_for({{How::kGoingOn, {}, 0, {}, kOwnCpu + 1}})[0].cpu_time_ns == 1);
}

TEST_CASE("accounts: what was used between jobs belongs to none") {
  const auto jobs = account_for({
      {How::kAnew, {100, 10, 1000, 50}, 5'000, {101, 10, 1000, 50}, 6'000},
      {How::kAnew, {900, 90, 9000, 500}, 70'000, {902, 90, 9000, 500}, 71'000},
  });
  check(jobs[1], 1'000, {2, 0, 0, 0});
}

TEST_CASE("accounts: the sleep before a job is no switch of the job's, if it was one") {
  struct Row {
    std::uint64_t switched, of_the_job;
  };
  for (const Row row : {
           Row{0, 0},  // time had come before the thread could go to sleep: not 2^64 - 1
           Row{1, 0},  // the sleep
           Row{2, 1},
           Row{9, 8},
       }) {
    CAPTURE(row.switched);
    const auto jobs =
        account_for({{How::kAfterSleep, {5, 1, 1000, 7}, 40'000, {6, 1, 1000 + row.switched, 9}, 41'000}});
    check(jobs[0], 1'000, {1, 0, row.of_the_job, 2});
  }
}

TEST_CASE("accounts: after a sleep, the next job starts from its own readings again") {
  const auto jobs = account_for({
      {How::kAfterSleep, {0, 0, 10, 0}, 1'000, {0, 0, 12, 0}, 2'000},
      {How::kAnew, {0, 0, 12, 0}, 3'000, {0, 0, 14, 0}, 5'000},
      {How::kGoingOn, {}, 0, {0, 0, 17, 0}, 10'000},
  });
  CHECK(jobs[0].voluntary_switches == 1);
  CHECK(jobs[1].voluntary_switches == 2);
  CHECK(jobs[2].voluntary_switches == 3);
}

TEST_CASE("accounts: usage is read ahead only of a sleep that is long enough to block") {
  constexpr auto kLong = runtime::kBlockingSleepNs;
  CHECK(runtime::ought_to_block(1'000, 1'001 + kLong));
  CHECK_FALSE(runtime::ought_to_block(1'000, 1'000 + kLong));
  CHECK_FALSE(runtime::ought_to_block(1'000, 1'000));
  CHECK_FALSE(runtime::ought_to_block(10 * kLong, 1'000));  // a late job of `queue`: its time came long ago
}

TEST_CASE("accounts: a reading ahead, if there is one, holds only for a thread that woke up when it should") {
  constexpr auto kPrompt = runtime::kPromptNs;
  constexpr std::uint64_t kRelease = 1'000'000;
  struct Row {
    const char* why;
    bool read_before;
    std::uint64_t now;
    runtime::JobStart start;
  };
  const Row rows[] = {
      {"in time", true, kRelease, runtime::JobStart::kAfterSleep},
      {"in time, as far as can be asked for", true, kRelease + kPrompt, runtime::JobStart::kAfterSleep},
      {"a nanosecond too late", true, kRelease + kPrompt + 1, runtime::JobStart::kAnew},
      {"late", true, 9 * kRelease, runtime::JobStart::kAnew},
      {"in time, but nothing was read", false, kRelease, runtime::JobStart::kAnew},
      {"late, and nothing was read", false, 9 * kRelease, runtime::JobStart::kAnew},
  };
  for (const auto& row : rows) {
    INFO(row.why);
    CHECK(runtime::start_after_sleep(row.read_before, kRelease, row.now) == row.start);
  }
}

TEST_CASE("a deadline is met by a job that ends at it, and missed by one that ends later") {
  constexpr auto kMet = record::kHasDeadline | record::kDeadlineMet;
  CHECK(record::deadline_flags(99, 100) == kMet);
  CHECK(record::deadline_flags(100, 100) == kMet);
  CHECK(record::deadline_flags(101, 100) == record::kHasDeadline);
}
