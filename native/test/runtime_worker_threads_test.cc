// The workload's threads: what they worked over the jobs.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "run_support.h"
#include "runtime/worker_threads.h"
#include "system/affinity.h"
#include "system/clocks.h"
#include "system/thread.h"

using namespace isochron;
using run_test::kMs;

namespace {

constexpr char kName[] = "isochron-job";

/// A thread with the job thread's name that works when it is told to.
class Hand {
 public:
  Hand() : thread_([this] { live(); }) {}
  ~Hand() { leave(); }
  Hand(const Hand&) = delete;
  Hand& operator=(const Hand&) = delete;

  /// Returns when the thread has had `ns` of CPU time for it.
  void work(std::uint64_t ns) {
    task_ = ns;
    while (task_ != 0) run_test::sleep_ms(1);
  }
  pid_t tid() const {
    while (tid_ == 0) run_test::sleep_ms(1);
    return tid_;
  }
  /// 0 or errno, of the thread itself.
  int become_fifo(int priority) {
    priority_ = priority;
    while (error_ < 0) run_test::sleep_ms(1);
    return error_;
  }
  void leave() {
    over_ = true;
    if (!thread_.joinable()) return;
    thread_.join();
    // that returns a moment before the kernel has forgotten the thread
    while (!system::thread_name(tid_).empty()) run_test::sleep_ms(1);
  }

 private:
  void live() {
    tid_ = system::current_tid();
    while (!over_) {
      if (priority_ > 0 && error_ < 0) error_ = system::set_fixed_priority(system::Policy::kFifo, priority_);
      if (task_ != 0) {
        const auto end = system::thread_cpu_ns() + task_;
        while (system::thread_cpu_ns() < end) {
        }
        task_ = 0;
      }
      run_test::sleep_ms(1);
    }
  }

  std::atomic<std::uint64_t> task_{0};
  std::atomic<bool> over_{false};
  std::atomic<pid_t> tid_{0};
  std::atomic<int> priority_{0}, error_{-1};
  std::thread thread_;
};

/// Runs `body` on a thread of the job thread's name, as the executor does.
void on_job_thread(const std::function<void(runtime::WorkerThreads&, pmc::Counters&)>& body) {
  system::Thread job(
      [&] {
        system::name_this_thread(kName);
        runtime::WorkerThreads workers(kName, system::current_tid(), {});
        pmc::Counters counters({}, false);
        body(workers, counters);
      },
      1 << 20);
  job.join();
}

}  // namespace

TEST_CASE("a worker's CPU time is that of the jobs: what it worked before the first one is left out") {
  on_job_thread([](runtime::WorkerThreads& workers, pmc::Counters& counters) {
    Hand hand;
    hand.work(200 * kMs);
    CHECK(workers.adopt_new(counters));
    workers.begin_jobs();
    hand.work(10 * kMs);
    workers.end_jobs();
    REQUIRE(workers.found().size() == 1);
    REQUIRE(workers.found()[0].cpu_time_ns);
    CHECK(*workers.found()[0].cpu_time_ns >= 10 * kMs);
    CHECK(*workers.found()[0].cpu_time_ns < 200 * kMs);  // it only sleeps besides, by the millisecond
  });
}

TEST_CASE("all that a worker has worked counts if a job made it") {
  on_job_thread([](runtime::WorkerThreads& workers, pmc::Counters& counters) {
    Hand before;
    CHECK(workers.adopt_new(counters));
    workers.begin_jobs();
    Hand within;
    within.work(20 * kMs);
    CHECK(workers.adopt_new(counters));
    workers.end_jobs();
    REQUIRE(workers.found().size() == 2);
    REQUIRE(workers.found()[1].cpu_time_ns);
    CHECK(*workers.found()[1].cpu_time_ns >= 20 * kMs);
    CHECK(workers.found()[0].cpu_time_ns);
  });
}

TEST_CASE("a worker is adopted once, with what it has: core, policy, priority") {
  on_job_thread([](runtime::WorkerThreads& workers, pmc::Counters& counters) {
    CHECK_FALSE(workers.adopt_new(counters));
    Hand hand;
    const int error = hand.become_fifo(3);
    CHECK(workers.adopt_new(counters));
    CHECK_FALSE(workers.adopt_new(counters));
    REQUIRE(workers.found().size() == 1);
    const auto& worker = workers.found()[0];
    CHECK(worker.tid == hand.tid());
    CHECK(worker.cores == system::get_affinity(0));
    CHECK(worker.policy == (error == 0 ? system::Policy::kFifo : system::Policy::kOther));
    CHECK(worker.priority == (error == 0 ? 3 : 0));
    CHECK_FALSE(worker.counted);
    CHECK_FALSE(worker.cpu_time_ns);
  });
}

TEST_CASE("what a worker has worked until the last call of begin_jobs is left out") {
  on_job_thread([](runtime::WorkerThreads& workers, pmc::Counters& counters) {
    Hand hand;
    CHECK(workers.adopt_new(counters));
    workers.begin_jobs();
    hand.work(200 * kMs);
    workers.begin_jobs();
    workers.end_jobs();
    REQUIRE(workers.found()[0].cpu_time_ns);
    CHECK(*workers.found()[0].cpu_time_ns < 200 * kMs);
  });
}

TEST_CASE("the run tells what its workers have worked for its jobs") {
  auto plan = run_test::periodic_plan(5 * kMs, 2, runtime::Overrun::kSkip);
  run_test::TestRun run(plan);
  std::unique_ptr<Hand> hand;
  run.workload().creates_threads = true;
  run.workload().on_init = [&] {
    hand = std::make_unique<Hand>();
    hand->work(200 * kMs);
  };
  run.workload().on_execute = [&](int) { hand->work(2 * kMs); };
  run.workload().on_teardown = [&] { hand.reset(); };
  const auto finished = run.run_to_end().first;
  REQUIRE(finished.workers.size() == 1);
  REQUIRE(finished.workers[0].cpu_time_ns);
  CHECK(*finished.workers[0].cpu_time_ns >= 4 * kMs);
  CHECK(*finished.workers[0].cpu_time_ns < 200 * kMs);
}

TEST_CASE("a thread that a later job makes is nobody's worker, and told at the end") {
  for (const int born_in : {0, 3}) {
    CAPTURE(born_in);
    run_test::TestRun run(run_test::periodic_plan(5 * kMs, 5, runtime::Overrun::kSkip));
    std::unique_ptr<Hand> hand;
    run.workload().creates_threads = true;
    run.workload().on_execute = [&](int job) {
      if (job == born_in) hand = std::make_unique<Hand>();
      if (job == 4) hand->work(2 * kMs);
    };
    pid_t tid = 0;
    run.workload().on_teardown = [&] {
      tid = hand->tid();
      hand.reset();
    };
    const auto finished = run.run_to_end().first;
    const bool late = born_in > 0;
    CHECK(finished.workers.size() == (late ? 0 : 1));
    REQUIRE(finished.late_threads.size() == (late ? 1 : 0));
    if (!late) continue;
    CHECK(finished.late_threads[0].tid == tid);
    CHECK(finished.late_threads[0].cores == system::get_affinity(0));
    CHECK_FALSE(finished.late_threads[0].counted);
    CHECK(finished.late_threads[0].cpu_time_ns >= 2 * kMs);
  }
}

TEST_CASE("the CPU time of a worker that has ended is absent, not 0") {
  on_job_thread([](runtime::WorkerThreads& workers, pmc::Counters& counters) {
    Hand stays, goes;
    CHECK(workers.adopt_new(counters));
    workers.begin_jobs();
    goes.leave();
    workers.end_jobs();
    REQUIRE(workers.found().size() == 2);
    CHECK(workers.found()[0].cpu_time_ns);
    CHECK_FALSE(workers.found()[1].cpu_time_ns);
  });
}

TEST_CASE("what threads used that came and went since the first job, or that hide under another name, is told") {
  const auto spin = [](const char* name, std::uint64_t ns) {
    if (name != nullptr) system::name_this_thread(name);
    const auto end = system::thread_cpu_ns() + ns;
    while (system::thread_cpu_ns() < end) {
    }
  };
  on_job_thread([&spin](runtime::WorkerThreads& workers, pmc::Counters& counters) {
    workers.adopt_new(counters);
    workers.begin_jobs();
    CHECK_FALSE(workers.unseen_ns());
    std::thread(spin, nullptr, 30 * kMs).join();  // in the first job: not judged
    workers.end_first_job();
    spin(nullptr, 30 * kMs);  // the job thread's own
    workers.end_jobs();
    REQUIRE(workers.unseen_ns());
    CHECK(*workers.unseen_ns() < 10 * kMs);
    std::thread(spin, nullptr, 30 * kMs).join();
    workers.end_jobs();
    // what the reading itself takes is missing from it
    CHECK(*workers.unseen_ns() >= 20 * kMs);
    CHECK(*workers.unseen_ns() < 60 * kMs);

    std::atomic<bool> spun{false}, over{false};
    std::thread hidden([&] {
      spin("another", 30 * kMs);
      spun = true;
      while (!over) run_test::sleep_ms(1);
    });
    while (!spun) run_test::sleep_ms(1);
    workers.end_jobs();
    CHECK(*workers.unseen_ns() >= 45 * kMs);
    over = true;
    hidden.join();
  });
}

TEST_CASE("a worker that has renamed itself is found all the same where it is known who was there before") {
  Hand before;
  system::Thread job(
      [] {
        system::name_this_thread(kName);
        runtime::WorkerThreads workers(kName, system::current_tid(), {}, {}, system::all_threads());
        pmc::Counters counters({}, false);
        std::atomic<bool> renamed{false}, over{false};
        std::atomic<pid_t> tid{0};
        std::thread hidden([&] {
          system::name_this_thread("another");
          tid = system::current_tid();
          renamed = true;
          while (!over) run_test::sleep_ms(1);
        });
        while (!renamed) run_test::sleep_ms(1);
        CHECK(workers.adopt_new(counters));
        REQUIRE(workers.found().size() == 1);
        CHECK(workers.found()[0].tid == tid);
        CHECK(workers.late().empty());
        over = true;
        hidden.join();
      },
      1 << 20);
  job.join();
}
