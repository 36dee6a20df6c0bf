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

enum class How { kAnew, kGoingOn };

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
  });
  CHECK(jobs[0].cpu_time_ns == 10'000 - kOwnCpu);
  CHECK(jobs[1].cpu_time_ns == 10'000);
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

TEST_CASE("accounts: switches are read, not known: a job keeps its own whether the sleep before it blocked or not") {
  struct Row {
    const char* why;
    std::uint64_t at_start, at_end;
    bool slept;
    std::uint64_t of_the_job;
  };
  for (const Row& row : {
           Row{"its time had come before the thread could go to sleep", 1000, 1000, false, 0},
           Row{"the same, and the job itself waits", 1000, 1003, false, 3},
           Row{"the sleep", 1001, 1001, true, 0},
           Row{"the sleep, and the job itself waits", 1001, 1009, true, 8},
           Row{"stopped while it slept", 1004, 1005, true, 1},
       }) {
    INFO(row.why);
    JobAccounts accounts;
    accounts.begin_anew({5, 1, 900, 7}, 10'000);
    accounts.end({5, 1, 1000, 7}, 20'000);
    accounts.begin_anew({5, 1, row.at_start, 7}, 40'000);
    CHECK(accounts.slept() == row.slept);
    check(accounts.end({6, 1, row.at_end, 9}, 41'000), 1'000, {1, 0, row.of_the_job, 2});
    accounts.go_on();
    CHECK_FALSE(accounts.slept());
  }
}

TEST_CASE("accounts: who was preempted before a job has not slept for it, nor who waited for other work between jobs") {
  JobAccounts accounts;
  accounts.begin_anew({}, 0);
  accounts.end({0, 0, 10, 0}, 1'000);
  accounts.begin_anew({0, 0, 10, 5}, 2'000);
  CHECK_FALSE(accounts.slept());
  accounts.end({0, 0, 10, 5}, 3'000);
  accounts.rest({7, 0, 30, 5});
  accounts.begin_anew({7, 0, 30, 5}, 4'000);
  CHECK_FALSE(accounts.slept());
  check(accounts.end({8, 0, 32, 5}, 6'000), 2'000, {1, 0, 2, 0});
}

TEST_CASE("a deadline is met by a job that ends at it, and missed by one that ends later") {
  constexpr auto kMet = record::kHasDeadline | record::kDeadlineMet;
  CHECK(record::deadline_flags(99, 100) == kMet);
  CHECK(record::deadline_flags(100, 100) == kMet);
  CHECK(record::deadline_flags(101, 100) == record::kHasDeadline);
}
