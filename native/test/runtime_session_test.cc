// Several tasks of one session: each with a thread, a grid and workers of its own, all from the same first release.
#include <doctest/doctest.h>
#include <errno.h>
#include <sys/syscall.h>

#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "refusal_support.h"
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

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
unsigned long locked_kib() {
  std::ifstream status("/proc/self/status");
  unsigned long kib = 0;
  for (std::string word; status >> word;)
    if (word == "VmLck:" && status >> kib) return kib;
  return 0;
}
#endif

/// A task whose workload makes a thread in its init, as an engine does.
struct Worked {
  explicit Worked(const char* name, std::uint64_t period_ns) {
    auto plan = run_test::periodic_plan(period_ns, 5, Overrun::kQueue).task;  // 0: continuous, without a deadline
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
  // on a busy machine releases are left out
  for (const auto& record : records) CHECK((record.release_ns - second.t0_ns) % (3 * kMs) == 0);
}

TEST_CASE("the first release is decided when the last task is ready, with the longest lead") {
  runtime::Session session(run_test::plain_plan().lending);
  session.expect(0);
  session.expect(5 * kMs);
  session.ready();
  CHECK(session.first_release() == 0);
  const auto before = system::monotonic_ns();
  session.ready();
  const auto t0 = session.first_release();
  CHECK(t0 >= before + 5 * kMs);
  CHECK(session.first_release() == t0);
}

TEST_CASE("the first release is one of the instants that a task asks for, and leaves the lead") {
  runtime::Session session(run_test::plain_plan().lending);
  session.expect(5 * kMs);
  session.expect(0);
  const auto wish = system::monotonic_ns() - 7;
  session.ready({wish, 2 * kMs});
  const auto before = system::monotonic_ns();
  session.ready();
  CHECK(session.first_release() >= before + 5 * kMs);
  CHECK((session.first_release() - wish) % (2 * kMs) == 0);
}

TEST_CASE("a task alone is released with its own lead; one that gives up is not waited for") {
  for (const bool with_another : {false, true}) {
    CAPTURE(with_another);
    runtime::Session session(run_test::plain_plan().lending);
    session.expect(0);
    if (with_another) session.expect(0);
    session.ready();
    if (with_another) CHECK(session.first_release() == 0);
    const auto before = system::monotonic_ns();
    if (with_another) session.give_up();
    if (with_another)
      CHECK(session.first_release() > before);
    else
      CHECK(session.first_release() <= before);
    CHECK(session.first_release() != 0);
  }
  runtime::Session nobody(run_test::plain_plan().lending);
  nobody.expect(0);
  nobody.give_up();
  CHECK(nobody.first_release() == 0);
}

TEST_CASE("of a continuous task and a periodic one that is started later, neither begins before the other can") {
  runtime::Session session(run_test::plain_plan().lending);
  Worked one("isochron-one", 0), two("isochron-two", 3 * kMs);
  one.prepare(session);
  two.prepare(session);
  REQUIRE(one.prepared.get_future().get());
  REQUIRE(two.prepared.get_future().get());
  one.start();
  run_test::sleep_ms(5);
  const auto before = system::monotonic_ns();
  two.start();
  const auto first = one.finished.get_future().get();
  const auto second = two.finished.get_future().get();
  one.task->join();
  two.task->join();

  CHECK(first.jobs == 5);
  CHECK(second.jobs == 5);
  CHECK(first.t0_ns == second.t0_ns);
  CHECK(second.t0_ns >= before);
  record::JobRecord record;
  for (auto* task : {one.task.get(), two.task.get()}) {
    REQUIRE(task->drain(record::Stream::jobs, reinterpret_cast<std::byte*>(&record), sizeof record) == sizeof record);
    CHECK(record.release_ns == second.t0_ns);
    CHECK(record.start_ns >= record.release_ns);
  }
}

TEST_CASE("a task that waits for another one can be stopped, and is not held up by one that is abandoned") {
  runtime::Session session(run_test::plain_plan().lending);
  Worked stopped("isochron-one", kMs), never("isochron-two", kMs);
  stopped.prepare(session);
  never.prepare(session);
  REQUIRE(stopped.prepared.get_future().get());
  REQUIRE(never.prepared.get_future().get());
  stopped.start();
  stopped.task->stop();
  const auto finished = stopped.finished.get_future().get();
  CHECK(finished.reason == runtime::FinishReason::kStopped);
  CHECK(finished.jobs == 0);
  CHECK(finished.t0_ns == 0);
  stopped.task->join();
  never.task->join();

  runtime::Session again(run_test::plain_plan().lending);
  Worked one("isochron-one", kMs), two("isochron-two", kMs);
  one.prepare(again);
  two.prepare(again);
  REQUIRE(one.prepared.get_future().get());
  REQUIRE(two.prepared.get_future().get());
  one.start();
  two.task->join();
  CHECK(one.finished.get_future().get().jobs == 5);
  one.task->join();
}

// Sanitizers turn mlock into nothing.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a task whose memory can't be locked takes nothing from another one, and each is told what it got itself") {
  constexpr std::size_t kStack = 64 * 1024;
  runtime::Lending lending{true, true, false, 0};
  runtime::Session session(lending);
  const auto first = session.lend(kStack);
  if (!first.memory_locked) {
    MESSAGE("skipped: no memory can be locked here");
    return;
  }
  const auto locked = locked_kib();
  CHECK(locked > 0);
  REQUIRE(first.prefaulted_bytes);
  refusal_test::where_refused({{SYS_mlock, EPERM}}, [&] {
    const auto second = session.lend(kStack);
    CHECK_FALSE(second.memory_locked);
    REQUIRE(second.denied.size() == 1);
    CHECK(second.denied[0].code == "E_MEMORY_LOCK_DENIED");
    REQUIRE(second.prefaulted_bytes);
  });
  CHECK(locked_kib() >= locked);
  const auto third = session.lend(kStack);
  CHECK(third.memory_locked);
  CHECK(third.denied.empty());
}

TEST_CASE("a task that is refused alone leaves nothing locked") {
  const auto before = locked_kib();
  runtime::Session session(runtime::Lending{true, false, false, 0});
  refusal_test::where_refused({{SYS_mlock, EPERM}}, [&] { CHECK_FALSE(session.lend(64 * 1024).memory_locked); });
  CHECK(locked_kib() == before);
}
#endif
