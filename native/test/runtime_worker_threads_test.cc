// The workload's threads: what they worked over the jobs.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "run_support.h"
#include "runtime/worker_threads.h"
#include "system/clocks.h"
#include "system/thread.h"

using namespace isochron;
using run_test::kMs;

namespace {

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
  void leave() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void live() {
    while (!over_) {
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
  std::thread thread_;
};

/// Runs `body` on a thread of the job thread's name, as the executor does.
void on_job_thread(const std::function<void(runtime::WorkerThreads&, pmc::Counters&)>& body) {
  system::Thread job(
      [&] {
        system::name_this_thread(runtime::kJobThreadName);
        runtime::WorkerThreads workers(system::current_tid(), {});
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
