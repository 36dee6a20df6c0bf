// What is asked of the system, what it grants, and what is said of the rest.
#include <doctest/doctest.h>
#include <linux/perf_event.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "refusal_support.h"
#include "run_support.h"
#include "system/affinity.h"
#include "system/rights.h"
#include "system/thread_account.h"

using namespace run_test;
using refusal_test::where_refused;
using refusal_test::without_capabilities;
using runtime::Overrun;

namespace {

const system::Denial* find_denial(const runtime::Granted& granted, const std::string& what) {
  for (const auto& denial : granted.denied)
    if (denial.what == what) return &denial;
  return nullptr;
}

/// Threads that live until the object does.
class Crew {
 public:
  ~Crew() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  void hire() {
    threads_.emplace_back([this] {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return over_; });
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("a thread that is given another policy for a while is seen to have had it, though it ends as it began") {
  TestRun run(periodic_plan(kMs, 0, runtime::Overrun::kSkip));
  std::atomic<int> wanted{SCHED_OTHER}, has{SCHED_OTHER};
  run.workload().on_execute = [&](int) {
    const int policy = wanted;
    if (policy == has) return;
    const sched_param none{};
    CHECK(sched_setscheduler(0, policy, &none) == 0);
    has = policy;
  };
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  await(run.calls->execute, 3);
  wanted = SCHED_BATCH;
  while (has != SCHED_BATCH) sleep_ms(1);
  const auto looked_ns = system::monotonic_ns() + 2 * runtime::GrantWatch::kIntervalNs;
  while (system::monotonic_ns() < looked_ns) {
    run.drain();
    sleep_ms(10);
  }
  run.drain();
  wanted = SCHED_OTHER;
  while (has != SCHED_OTHER) sleep_ms(1);
  run.executor->stop();
  const auto finished = run.finish();
  REQUIRE(finished.at_end);
  CHECK(finished.at_end->policy == system::Policy::kOther);
  REQUIRE(finished.meanwhile);
  CHECK_FALSE(finished.meanwhile->policy);
  CHECK(finished.meanwhile->cores == finished.at_end->cores);
}

TEST_CASE("what the first job changes of its thread and the last one puts back is seen: what was granted is compared") {
  for (const bool makes_threads : {true, false}) {
    CAPTURE(makes_threads);
    TestRun run(periodic_plan(kMs, 3, runtime::Overrun::kSkip));
    std::atomic<bool> looked{false};
    run.workload().creates_threads = makes_threads;
    run.workload().on_execute = [&](int job) {
      const sched_param none{};
      if (job == 0) CHECK(sched_setscheduler(0, SCHED_BATCH, &none) == 0);
      if (job != 2) return;
      while (!looked) sleep_ms(1);
      CHECK(sched_setscheduler(0, SCHED_OTHER, &none) == 0);
    };
    REQUIRE(code_of(run.prepare()) == "prepared");
    run.start();
    await(run.calls->execute, 2);
    const auto until_ns = system::monotonic_ns() + 2 * runtime::GrantWatch::kIntervalNs;
    while (system::monotonic_ns() < until_ns) {
      run.drain();
      sleep_ms(10);
    }
    looked = true;
    const auto finished = run.finish();
    REQUIRE(finished.at_end);
    CHECK(finished.at_end->policy == system::Policy::kOther);
    REQUIRE(finished.meanwhile);
    CHECK_FALSE(finished.meanwhile->policy);
  }
}

TEST_CASE("moves of the job's thread count from when it was placed, though every job ends where it began") {
  const auto cores = system::get_affinity(0);
  if (cores.size() < 2) {
    MESSAGE("skipped: needs two cores");
    return;
  }
  if (!system::own_migrations()) {
    MESSAGE("skipped: this kernel does not tell of migrations");
    return;
  }
  constexpr int kJobs = 5;
  for (const bool makes_threads : {true, false}) {
    for (const bool moves : {true, false}) {
      CAPTURE(makes_threads);
      CAPTURE(moves);
      auto plan = periodic_plan(kMs, kJobs, Overrun::kSkip);
      plan.task.placement.cores = {cores[0]};
      TestRun run(plan);
      run.workload().creates_threads = makes_threads;
      run.workload().on_execute = [&](int job) {
        // after the first job of an engine that makes threads it is placed anew
        if (!moves || (job == 0 && !makes_threads)) return;
        CHECK(system::set_affinity(system::kThisThread, {cores[1]}) == 0);
        CHECK(system::set_affinity(system::kThisThread, {cores[0]}) == 0);
      };
      const auto [finished, records] = run.run_to_end();
      REQUIRE(finished.migrations);
      CHECK(*finished.migrations == (moves ? 2 * (kJobs - 1) : 0));
      for (const auto& record : records) CHECK(record.core == record.start_core);
    }
  }
}

TEST_CASE("affinity is granted to the job thread and read back") {
  const int core = system::get_affinity(0).back();
  auto plan = periodic_plan(kMs, 3, Overrun::kSkip);
  plan.task.placement.cores = {core};
  TestRun run(plan);
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  CHECK(std::get<runtime::Prepared>(outcome).granted.cores == std::vector<int>{core});
  CHECK(std::get<runtime::Prepared>(outcome).granted.denied.empty());
  run.start();
  run.finish();
  for (const auto& record : run.drain()) {
    CHECK(record.core == core);
    CHECK(record.start_core == core);
  }
}

TEST_CASE("without cores, the job may run where its process may") {
  TestRun run(periodic_plan(kMs, 1, Overrun::kSkip));
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  CHECK(std::get<runtime::Prepared>(outcome).granted.cores == system::get_affinity(0));
}

TEST_CASE("a core that this machine doesn't have is an error, best effort or not") {
  for (const bool best_effort : {false, true}) {
    auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
    plan.task.placement.cores = {8000};
    plan.task.placement.best_effort = best_effort;
    TestRun run(plan);
    const auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "E_CORE_ABSENT");
    CHECK(std::string(std::get<Error>(outcome).what()).find("8000") != std::string::npos);
    CHECK(run.calls->init == 0);
  }
}

TEST_CASE("fixed priorities are granted with the right: to jobs and workers, not to the workload's init") {
  if (!system::read_rights().sys_nice) {
    MESSAGE("skipped: needs CAP_SYS_NICE");
    return;
  }
  for (const auto policy : {system::Policy::kFifo, system::Policy::kRoundRobin}) {
    auto plan = periodic_plan(kMs, 2, Overrun::kSkip);
    plan.task.placement.policy = policy;
    plan.task.placement.priority = 7;
    TestRun run(plan);
    auto crew = std::make_unique<Crew>();
    int in_init = -1;
    std::vector<int> in_job;
    run.workload().creates_threads = true;
    run.workload().on_init = [&] {
      in_init = sched_getscheduler(0);
      crew->hire();
    };
    run.workload().on_execute = [&](int job) {
      in_job.push_back(sched_getscheduler(0));
      if (job == 0) crew->hire();
    };
    run.workload().on_teardown = [&] { crew.reset(); };
    auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "prepared");
    const auto& granted = std::get<runtime::Prepared>(outcome).granted;
    CHECK(granted.policy == policy);
    CHECK(granted.priority == 7);
    run.start();
    const auto finished = run.finish();
    const int expected = policy == system::Policy::kFifo ? SCHED_FIFO : SCHED_RR;
    CHECK(in_init == SCHED_OTHER);
    CHECK(in_job == std::vector<int>{expected, expected});
    REQUIRE(finished.workers.size() == 2);
    for (const auto& worker : finished.workers) {
      CHECK(worker.policy == policy);
      CHECK(worker.priority == 7);
    }
  }
}

TEST_CASE("a denied priority is an error that names the fix, before the workload is touched") {
  if (system::read_rights().rtprio_limit > 0) {
    MESSAGE("skipped: ulimit -r grants priorities here");
    return;
  }
  without_capabilities([] {
    auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
    plan.task.placement.policy = system::Policy::kFifo;
    plan.task.placement.priority = 90;
    TestRun run(plan);
    const auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "E_FIFO_DENIED");
    CHECK(std::get<Error>(outcome).hint().find("cap_sys_nice") != std::string::npos);
    CHECK(run.calls->init == 0);
  });
}

TEST_CASE("best effort goes on without a denied priority, and says so with what there is instead") {
  if (system::read_rights().rtprio_limit > 0) {
    MESSAGE("skipped: ulimit -r grants priorities here");
    return;
  }
  without_capabilities([] {
    auto plan = periodic_plan(kMs, 3, Overrun::kSkip);
    plan.task.placement.policy = system::Policy::kFifo;
    plan.task.placement.priority = 90;
    plan.task.placement.best_effort = true;
    TestRun run(plan);
    auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "prepared");
    const auto& granted = std::get<runtime::Prepared>(outcome).granted;
    CHECK(granted.policy == system::Policy::kOther);
    REQUIRE(find_denial(granted, "policy") != nullptr);
    CHECK(find_denial(granted, "policy")->code == "E_FIFO_DENIED");
    run.start();
    CHECK(run.finish().jobs == 3);
  });
}

TEST_CASE("locked memory and the DMA latency are never worth an error: held, or denied with the reason") {
  auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
  plan.lending.lock_memory = true;
  plan.lending.hold_dma_latency = true;
  TestRun run(plan);
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  const auto& granted = std::get<runtime::Prepared>(outcome).granted;
  CHECK(granted.memory_locked == (find_denial(granted, "memory") == nullptr));
  CHECK(granted.dma_latency_held == (find_denial(granted, "dma_latency") == nullptr));
}

namespace {

/// Runtime 4 ms of each 20, on whatever cores the process has.
runtime::RunPlan deadline_plan(std::uint64_t period_ns, std::uint64_t jobs) {
  auto plan = periodic_plan(period_ns, jobs, Overrun::kSkip);
  plan.task.placement.policy = system::Policy::kDeadline;
  plan.task.placement.dl_runtime_ns = 4 * kMs;
  plan.task.placement.dl_deadline_ns = plan.task.placement.dl_period_ns = 20 * kMs;
  plan.task.placement.best_effort = true;
  return plan;
}

}  // namespace

TEST_CASE("SCHED_DEADLINE is granted on all cores or denied with a reason") {
  TestRun run(deadline_plan(20 * kMs, 3));
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  const auto& granted = std::get<runtime::Prepared>(outcome).granted;
  CHECK((granted.policy == system::Policy::kDeadline) == (find_denial(granted, "policy") == nullptr));
  run.start();
  const auto finished = run.finish();
  CHECK(finished.jobs == 3);
  CHECK(finished.server.has_value() == (granted.policy == system::Policy::kDeadline));
}

TEST_CASE("under SCHED_DEADLINE releases are in phase with the server's periods, and it is told how far") {
  for (const std::uint64_t period : {40 * kMs, 30 * kMs}) {
    CAPTURE(period);
    TestRun run(deadline_plan(period, 3));
    const auto finished = run.run_to_end().first;
    if (!finished.server) {
      MESSAGE("skipped: SCHED_DEADLINE is not granted here");
      return;
    }
    CHECK(finished.server->t0_offset_ns == 0);
    const bool in_phase = period == 40 * kMs;
    CHECK(finished.server->end_offset_ns.has_value() == in_phase);
    if (finished.server->overruns) CHECK(*finished.server->overruns == 0);
  }
}

TEST_CASE("under SCHED_DEADLINE overruns of the runtime are told") {
  // the kernel tells at its ticks: a millisecond beside a multiple of theirs, some come while a job runs
  auto plan = deadline_plan(21 * kMs, 4);
  plan.task.placement.dl_deadline_ns = plan.task.placement.dl_period_ns = 21 * kMs;
  TestRun run(plan);
  run.workload().on_execute = [](int) {
    const auto end = system::thread_cpu_ns() + 10 * kMs;
    while (system::thread_cpu_ns() < end) {
    }
  };
  const auto finished = run.run_to_end().first;
  if (!finished.server || !finished.server->overruns) {
    MESSAGE("skipped: no SCHED_DEADLINE that tells overruns is granted here");
    return;
  }
#if !defined(__SANITIZE_THREAD__)  // it puts signals off until a later call
  CHECK(*finished.server->overruns > 0);
#endif
  CHECK(*finished.server->overruns <= 16);  // four jobs of three periods each, and some
}

TEST_CASE("under SCHED_DEADLINE the tool's work after the first job leaves the next one its whole runtime") {
  TestRun run(deadline_plan(20 * kMs, 3));
  auto crew = std::make_unique<Crew>();
  run.workload().creates_threads = true;
  run.workload().on_execute = [&](int job) {
    if (job == 0) crew->hire();
  };
  run.workload().on_teardown = [&] { crew.reset(); };
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  run.start();
  const auto finished = run.finish();
  const auto records = run.drain();
  if (!finished.server) {
    MESSAGE("skipped: SCHED_DEADLINE is not granted here");
    return;
  }
  REQUIRE(records.size() == 3);
  CHECK(records[0].withheld_releases >= 1);  // it went on in the next period of its server
  CHECK(records[1].withheld_releases == 0);
}

TEST_CASE("under SCHED_DEADLINE a workload that makes threads keeps all of its cores, which the kernel wants") {
  auto plan = deadline_plan(20 * kMs, 2);
  plan.task.placement.cores = system::online_cores();
  TestRun run(plan);
  run.workload().creates_threads = true;
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  const auto& granted = std::get<runtime::Prepared>(outcome).granted;
  if (granted.policy == system::Policy::kDeadline)
    CHECK(granted.cores == plan.task.placement.cores);
  else
    CHECK(granted.cores == std::vector<int>{plan.task.placement.cores.front()});
  run.start();
  CHECK(run.finish().jobs == 2);
}

TEST_CASE("threads of the workload are found, also those of the first job, and spread over the cores") {
  const auto cores = system::get_affinity(0);
  if (cores.size() < 2) {
    MESSAGE("skipped: needs two cores");
    return;
  }
  auto plan = periodic_plan(5 * kMs, 3, Overrun::kSkip);
  plan.task.placement.cores = {cores[1], cores[0]};
  TestRun run(plan);
  auto crew = std::make_unique<Crew>();
  run.workload().creates_threads = true;
  run.workload().on_init = [&] {
    crew->hire();
    crew->hire();
  };
  run.workload().on_execute = [&](int job) {
    if (job == 0) crew->hire();
  };
  run.workload().on_teardown = [&] { crew.reset(); };
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  CHECK(std::get<runtime::Prepared>(outcome).granted.cores == std::vector<int>{cores[1]});
  run.start();
  const auto finished = run.finish();
  REQUIRE(finished.workers.size() == 3);
  const std::vector<int> expected{cores[0], cores[1], cores[0]};
  std::set<pid_t> tids;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(finished.workers[i].cores == std::vector<int>{expected[i]});
    CHECK(finished.workers[i].policy == system::Policy::kOther);
    CHECK_FALSE(finished.workers[i].counted);
    tids.insert(finished.workers[i].tid);
  }
  CHECK(tids.size() == 3);
}

TEST_CASE(
    "threads of the first job are born on all of the job's cores, where they can work beside it, and it is pinned "
    "after") {
  const auto cores = system::get_affinity(0);
  if (cores.size() < 2) {
    MESSAGE("skipped: needs two cores");
    return;
  }
  auto plan = periodic_plan(50 * kMs, 3, Overrun::kSkip);
  plan.task.placement.cores = {cores[1], cores[0]};
  plan.task.placement.policy = system::Policy::kFifo;
  plan.task.placement.priority = 5;
  plan.task.placement.best_effort = true;
  for (const bool others_before : {false, true}) {
    CAPTURE(others_before);  // made by init, and in their places already
    TestRun run(plan);
    std::optional<Crew> crew;
    std::thread hand;
    std::set<int> born_on;                       // the cores that the thread had at its birth
    std::atomic<int> beside{0};                  // that it worked while the job waited for it without giving way
    std::vector<std::vector<int>> job_cores(3);  // of the job's thread, in each job
    run.workload().creates_threads = true;
    run.workload().on_execute = [&](int job) {
      const auto now = system::get_affinity(0);
      job_cores[static_cast<std::size_t>(job)] = now;
      if (job > 0) return;
      hand = std::thread([&] {
        for (const int core : system::get_affinity(0)) born_on.insert(core);
        beside = 1;
      });
      const auto end = system::monotonic_ns() + 2000 * kMs;
      while (beside == 0 && system::monotonic_ns() < end) {
      }
      if (beside == 1) beside = 2;
    };
    run.workload().on_init = [&] {
      if (others_before) crew.emplace().hire();
    };
    run.workload().on_teardown = [&] {
      hand.join();
      crew.reset();
    };
    auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "prepared");
    CHECK(std::get<runtime::Prepared>(outcome).granted.cores == std::vector<int>{cores[1]});
    run.start();
    run.finish();
    CHECK(beside == 2);
    CHECK(born_on == std::set<int>{cores[0], cores[1]});
    CHECK(job_cores[0].size() == 2);
    CHECK(job_cores[1] == std::vector<int>{cores[1]});
    CHECK(job_cores[2] == std::vector<int>{cores[1]});
  }
}

TEST_CASE("a refused pin after the first job keeps that job's record and is the run's failure, or a denial") {
  const auto cores = system::get_affinity(0);
  if (cores.size() < 2) {
    MESSAGE("skipped: needs two cores");
    return;
  }
  for (const bool best_effort : {false, true}) {
    CAPTURE(best_effort);
    auto plan = periodic_plan(5 * kMs, 3, Overrun::kSkip);
    plan.task.placement.cores = {cores[1], cores[0]};
    plan.task.placement.best_effort = best_effort;
    TestRun run(plan);
    bool refused = false;
    run.workload().creates_threads = true;
    run.workload().on_execute = [&](int job) {
      if (job == 0) refused = refusal_test::refuse({{SYS_sched_setaffinity, EPERM}});
    };
    auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "prepared");
    CHECK(std::get<runtime::Prepared>(outcome).granted.denied.empty());
    run.start();
    const auto finished = run.finish();
    if (!refused) {
      MESSAGE("skipped: no filter of system calls can be set here");
      return;
    }
    const auto records = run.drain();
    REQUIRE(!records.empty());
    CHECK(records[0].job == 0);
    CHECK(finished.denied.size() == (best_effort ? 1 : 0));
    CHECK(finished.jobs == (best_effort ? 3 : 1));
    CHECK(records.size() == finished.jobs);
    CHECK(finished.error.has_value() == !best_effort);
    CHECK((finished.error ? finished.error->code() : finished.denied[0].code) == "E_AFFINITY_DENIED");
    CHECK((finished.reason == runtime::FinishReason::kFailed) == !best_effort);
    CHECK(run.calls->teardown == 1);
  }
}

TEST_CASE("the first job has no counts if threads worked in it that nothing counted yet") {
  for (const bool in_first_job : {true, false}) {
    CAPTURE(in_first_job);
    auto plan = periodic_plan(5 * kMs, 3, Overrun::kSkip);
    plan.task.events = {{"context_switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES}};
    TestRun run(plan);
    auto crew = std::make_unique<Crew>();
    run.workload().creates_threads = true;
    run.workload().on_init = [&] { crew->hire(); };
    run.workload().on_execute = [&](int job) {
      if (job == 0 && in_first_job) crew->hire();
    };
    run.workload().on_teardown = [&] { crew.reset(); };
    auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "prepared");
    if (!std::get<runtime::Prepared>(outcome).event_status[0].opened) {
      MESSAGE("skipped: this machine counts nothing");
      return;
    }
    run.start();
    const auto finished = run.finish();
    const auto records = run.drain();
    REQUIRE(records.size() == 3);
    REQUIRE(finished.workers.size() == (in_first_job ? 2 : 1));
    for (const auto& worker : finished.workers) CHECK(worker.counted);
    CHECK(finished.overhead_ns.has_value() == in_first_job);  // there is more to read since
    for (const auto& record : records) {
      const bool expected = record.job > 0 || !in_first_job;
      CHECK((record.counter_mask == 1) == expected);
      CHECK(((record.flags & record::kHasCounters) != 0) == expected);
    }
  }
}

TEST_CASE("what is known before the first job is told: rate of the ticks, own cost, how counters are read") {
  TestRun run(periodic_plan(kMs, 1, Overrun::kSkip));
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  const auto& prepared = std::get<runtime::Prepared>(outcome);
  CHECK(prepared.ticks_per_second > 0);
  CHECK(prepared.overhead_ns > 0);
  CHECK(prepared.counter_read_method == "none");
  CHECK(prepared.events.empty());
}
