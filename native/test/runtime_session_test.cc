// Several tasks of one session: each with a thread, a grid and workers of its own, all from the same first release.
#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <thread>

#include "run_support.h"
#include "runtime/session.h"
#include "runtime/task.h"
#include "system/thread.h"

using namespace isochron;
using run_test::Calls;
using run_test::FakeWorkload;
using run_test::kMs;
using runtime::Overrun;

namespace {

/// A task whose workload makes a thread in its init, as an engine does.
struct Worked {
  explicit Worked(const char* name, std::uint64_t period_ns) {
    auto plan = run_test::periodic_plan(period_ns, 5, Overrun::kQueue).task;
    plan.name = name;
    auto workload = std::make_unique<FakeWorkload>(std::make_shared<Calls>());
    workload->creates_threads = true;
    workload->on_init = [this] {
      worker = std::thread([this] {
        tid.set_value(system::current_tid());
        over.get_future().wait();
      });
      own_worker = tid.get_future().get();
    };
    workload->on_teardown = [this] {
      over.set_value();
      worker.join();
    };
    task = std::make_unique<runtime::Task>(std::move(plan), std::move(workload));
  }

  void prepare(runtime::Session& session) {
    task->prepare(session,
                  [this](auto outcome) { prepared.set_value(std::holds_alternative<runtime::Prepared>(outcome)); });
  }
  void start() {
    task->start([this](runtime::Finished end) { finished.set_value(std::move(end)); });
  }

  std::thread worker;
  std::promise<pid_t> tid;
  std::promise<void> over;
  pid_t own_worker = 0;
  std::promise<bool> prepared;
  std::promise<runtime::Finished> finished;
  std::unique_ptr<runtime::Task> task;
};

}  // namespace

TEST_CASE("two tasks are released from one beginning, each on its grid, and neither takes the other's workers") {
  runtime::Session session(run_test::plain_plan().lending);
  Worked one("isochron-one", 2 * kMs), two("isochron-two", 3 * kMs);
  one.prepare(session);
  two.prepare(session);
  REQUIRE(one.prepared.get_future().get());
  REQUIRE(two.prepared.get_future().get());
  one.start();
  two.start();
  const auto first = one.finished.get_future().get();
  const auto second = two.finished.get_future().get();
  one.task->join();
  two.task->join();

  CHECK(first.jobs == 5);
  CHECK(second.jobs == 5);
  CHECK(first.t0_ns == second.t0_ns);
  REQUIRE(first.workers.size() == 1);
  REQUIRE(second.workers.size() == 1);
  CHECK(first.workers[0].tid == one.own_worker);
  CHECK(second.workers[0].tid == two.own_worker);

  std::vector<record::JobRecord> records(5);
  REQUIRE(two.task->drain(record::Stream::jobs, reinterpret_cast<std::byte*>(records.data()), 5 * sizeof records[0]) ==
          5 * sizeof records[0]);
  for (std::size_t k = 0; k < 5; ++k) CHECK(records[k].release_ns == second.t0_ns + k * 3 * kMs);
}

TEST_CASE("the first that asks decides the first release") {
  runtime::Session session(run_test::plain_plan().lending);
  const auto before = system::monotonic_ns();
  const auto t0 = session.first_release(kMs);
  CHECK(t0 >= before + kMs);
  CHECK(session.first_release(0) == t0);
  CHECK(session.first_release(5 * kMs) == t0);
}
