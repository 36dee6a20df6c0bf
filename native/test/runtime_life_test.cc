// From preparation to the end: stops, failures, and what is given back.
#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "error_support.h"
#include "pmc_test_support.h"
#include "run_support.h"
#include "system/heap.h"

using namespace run_test;
using runtime::FinishReason;
using runtime::Overrun;

namespace {

constexpr std::uint64_t kHour = 3600ull * 1000 * kMs;

int handled_realtime_signals() {
  int handled = 0;
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if ((action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL) ++handled;
  }
  return handled;
}

rlim_t data_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  return limit.rlim_cur;
}

/// False under sanitizers, whose allocator the C library doesn't see.
bool heap_is_observable() {
  const auto before = system::heap_in_use();
  const std::vector<char> block(4u << 20, 1);
  const auto after = system::heap_in_use();
  return before && after && after->total() >= before->total() + block.size();
}

}  // namespace

TEST_CASE("a run that sleeps for its next release ends at once when it is stopped") {
  for (int repetition = 0; repetition < 20; ++repetition) {
    TestRun run(periodic_plan(kHour, 0, Overrun::kSkip));
    REQUIRE(code_of(run.prepare()) == "prepared");
    run.start();
    await(run.calls->execute, 1);
    if (repetition % 2 == 1) spin_ns(static_cast<std::uint64_t>(repetition) * 20'000);
    run.executor->stop();
    const auto finished = run.finish();
    CHECK(finished.reason == FinishReason::kStopped);
    CHECK(finished.jobs == 1);
    CHECK(run.drain().size() == 1);
    CHECK(run.calls->finish == 1);
    CHECK(run.calls->teardown == 1);
  }
}

TEST_CASE("stopped before its start, a run executes nothing and has nothing to finish") {
  TestRun run(periodic_plan(kMs, 0, Overrun::kSkip));
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.executor->stop();
  run.executor->stop();
  run.start();
  const auto finished = run.finish();
  CHECK(finished.reason == FinishReason::kStopped);
  CHECK(finished.jobs == 0);
  CHECK(finished.t0_ns == 0);
  CHECK(run.calls->execute == 0);
  CHECK(run.calls->finish == 0);
  CHECK(run.calls->teardown == 1);
}

TEST_CASE("a prepared run that is dropped tears its workload down") {
  auto calls = std::shared_ptr<Calls>();
  {
    TestRun run(periodic_plan(kMs, 0, Overrun::kSkip));
    calls = run.calls;
    REQUIRE(code_of(run.prepare()) == "prepared");
  }
  CHECK(calls->execute == 0);
  CHECK(calls->teardown == 1);
}

TEST_CASE("a running run that is dropped is stopped and joined") {
  auto calls = std::shared_ptr<Calls>();
  {
    TestRun run(periodic_plan(kHour, 0, Overrun::kSkip));
    calls = run.calls;
    REQUIRE(code_of(run.prepare()) == "prepared");
    run.start();
    await(calls->execute, 1);
    run.executor.reset();
  }
  CHECK(calls->teardown == 1);
}

TEST_CASE("a failing init is the outcome of the preparation, and is not torn down") {
  TestRun run(periodic_plan(kMs, 5, Overrun::kSkip));
  run.workload().on_init = [] { throw Error("E_TEST", "No such thing.", "Try another."); };
  const auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "E_TEST");
  CHECK(std::get<Error>(outcome).hint() == "Try another.");
  CHECK(run.calls->teardown == 0);
  CHECK_THROWS_AS(run.start(), Error);
}

TEST_CASE("what a workload throws without being an Error is reported as well") {
  TestRun foreign(periodic_plan(kMs, 5, Overrun::kSkip));
  foreign.workload().on_init = [] { throw std::runtime_error("odd"); };
  CHECK(code_of(foreign.prepare()) == "E_WORKLOAD");
  TestRun memory(periodic_plan(kMs, 5, Overrun::kSkip));
  memory.workload().on_init = [] { throw std::bad_alloc(); };
  CHECK(code_of(memory.prepare()) == "E_OUT_OF_MEMORY");
}

TEST_CASE("a workload that ends the job's thread fails the run, with the records that there are") {
  TestRun run(periodic_plan(kMs, 10, Overrun::kQueue));
  run.workload().on_execute = [](int job) {
    if (job == 3) pthread_exit(nullptr);
  };
  const auto [finished, records] = run.run_to_end();
  CHECK(finished.reason == FinishReason::kFailed);
  REQUIRE(finished.error);
  CHECK(finished.error->code() == "E_WORKLOAD");
  CHECK(records.size() == 3);
  CHECK(run.calls->teardown == 1);
}

TEST_CASE("a failing job ends the run: earlier records stay, teardown is called, finish is not") {
  TestRun run(periodic_plan(kMs, 10, Overrun::kQueue));
  run.workload().on_execute = [](int job) {
    if (job == 3) throw Error("E_TEST", "The fourth job failed.");
  };
  const auto [finished, records] = run.run_to_end();
  CHECK(finished.reason == FinishReason::kFailed);
  REQUIRE(finished.error);
  CHECK(finished.error->code() == "E_TEST");
  CHECK(finished.jobs == 3);
  CHECK(records.size() == 3);
  CHECK(run.calls->finish == 0);
  CHECK(run.calls->teardown == 1);
}

TEST_CASE("a failing finish fails the run but keeps its records") {
  TestRun run(periodic_plan(kMs, 2, Overrun::kSkip));
  run.workload().on_finish = [] { throw Error("E_TEST", "The outputs can't be written."); };
  const auto [finished, records] = run.run_to_end();
  CHECK(finished.reason == FinishReason::kFailed);
  CHECK(records.size() == 2);
  CHECK(run.calls->teardown == 1);
}

TEST_CASE("what a finish throws without being an Error fails the run all the same, and its jobs are still told") {
  const std::pair<std::function<void()>, const char*> cases[] = {
      {[] { throw std::runtime_error("odd"); }, "E_WORKLOAD"}, {[] { throw std::bad_alloc(); }, "E_OUT_OF_MEMORY"}};
  for (const auto& [thrown, code] : cases) {
    CAPTURE(code);
    TestRun run(periodic_plan(kMs, 2, Overrun::kSkip));
    run.workload().on_finish = thrown;
    const auto [finished, records] = run.run_to_end();
    CHECK(finished.reason == FinishReason::kFailed);
    REQUIRE(finished.error);
    CHECK(finished.error->code() == code);
    CHECK(finished.jobs == 2);
    CHECK(finished.t0_ns == records.front().release_ns);
    CHECK(records.size() == 2);
    CHECK(run.calls->teardown == 1);
  }
}

TEST_CASE("what fails between the preparation and the first job is the run's end, not a second preparation") {
  class Late : public FakeWorkload {
   public:
    using FakeWorkload::FakeWorkload;
    bool may_create_threads() const override {
      if (asked_++ > 0) throw std::runtime_error("late");
      return false;
    }

   private:
    mutable int asked_ = 0;
  };
  auto calls = std::make_shared<Calls>();
  runtime::Executor executor(periodic_plan(kMs, 1, Overrun::kSkip), std::make_unique<Late>(calls));
  std::promise<void> prepared;
  std::promise<runtime::Finished> promised;
  executor.prepare([&prepared](auto) { prepared.set_value(); });
  prepared.get_future().get();
  executor.start([&promised](auto outcome) { promised.set_value(std::move(outcome)); });
  const auto finished = promised.get_future().get();
  executor.join();
  CHECK(finished.reason == FinishReason::kFailed);
  REQUIRE(finished.error);
  CHECK(finished.error->code() == "E_WORKLOAD");
  CHECK(calls->execute == 0);
  CHECK(calls->teardown == 1);
}

TEST_CASE("a run that is joined right after its start still runs to its end") {
  for (int repetition = 0; repetition < 20; ++repetition) {
    TestRun run(periodic_plan(kMs, 2, Overrun::kSkip));
    REQUIRE(code_of(run.prepare()) == "prepared");
    run.start();
    run.executor->join();
    CHECK(run.finish().reason == FinishReason::kJobs);
    CHECK(run.calls->execute == 2);
  }
}

TEST_CASE("a run that was dropped while it was being prepared says nothing more, and tears down what was made") {
  auto calls = std::make_shared<Calls>();
  auto workload = std::make_unique<FakeWorkload>(calls);
  std::atomic<bool> in_init{false}, go_on{false};
  workload->on_init = [&] {
    in_init = true;
    while (!go_on) sleep_ms(1);
  };
  std::atomic<int> told{0};
  {
    runtime::Executor executor(periodic_plan(kMs, 2, Overrun::kSkip), std::move(workload));
    executor.prepare([&told](auto) { ++told; });
    while (!in_init) sleep_ms(1);
    std::thread owner([&executor] { executor.join(); });
    sleep_ms(20);  // join() has nothing that could be waited for; should it come later, there is less to see here
    go_on = true;
    owner.join();
    CHECK(calls->teardown == 1);
  }
  CHECK(calls->execute == 0);
  CHECK(told <= 1);
}

TEST_CASE("what a run held is let go when it is joined: its workload, its counters, its callback") {
  const int descriptors = pmc_test::open_descriptors();
  const int signals = handled_realtime_signals();
  auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
  plan.task.events = {pmc_test::kTaskClock};
  auto calls = std::make_shared<Calls>();
  auto workload = std::make_unique<FakeWorkload>(calls);
  auto of_workload = std::make_shared<int>(1), of_callback = std::make_shared<int>(2);
  const std::weak_ptr<int> workload_lives = of_workload, callback_lives = of_callback;
  workload->on_finish = [held = std::move(of_workload)] {};
  runtime::Executor executor(plan, std::move(workload));
  std::promise<void> prepared, finished;
  executor.prepare([&prepared, held = std::move(of_callback)](auto) { prepared.set_value(); });
  prepared.get_future().get();
  executor.start([&finished](auto) { finished.set_value(); });
  finished.get_future().get();
  executor.join();
  CHECK(workload_lives.expired());
  CHECK(callback_lives.expired());
  CHECK(handled_realtime_signals() == signals);
  CHECK(pmc_test::open_descriptors() == descriptors);
  executor.stop();
  executor.join();
}

TEST_CASE("stopping or draining what was never prepared is harmless") {
  auto calls = std::make_shared<Calls>();
  runtime::Executor executor(periodic_plan(kMs, 1, Overrun::kSkip), std::make_unique<FakeWorkload>(calls));
  executor.stop();
  std::byte nothing[8];
  CHECK(executor.drain(record::Stream::jobs, nothing, sizeof nothing) == 0);
  CHECK_THROWS_AS(executor.start([](auto) {}), Error);
  executor.join();
  CHECK_THROWS_AS(executor.prepare([](auto) {}), Error);
  CHECK(calls->init == 0);
}

TEST_CASE("a job thread that can't be made is an error, and nothing stays borrowed") {
  const int signals = handled_realtime_signals();
  auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
  plan.task.placement.stack_prefault_bytes = std::size_t{1} << 47;  // more than there are addresses
  auto calls = std::make_shared<Calls>();
  runtime::Executor executor(plan, std::make_unique<FakeWorkload>(calls));
  try {
    executor.prepare([](auto) {});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == "E_THREAD");
  }
  CHECK(handled_realtime_signals() == signals);
  CHECK_THROWS_AS(executor.start([](auto) {}), Error);
  executor.stop();
  executor.join();
}

TEST_CASE("a sampler that can't run where it should fails the start, and the run is over with it") {
  auto plan = periodic_plan(kMs, 5, Overrun::kSkip);
  plan.task.sampler = runtime::SamplerPlan{1023, kMs};
  TestRun run(plan);
  REQUIRE(code_of(run.prepare()) == "prepared");
  try {
    run.start();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == "E_SAMPLER");
  }
  CHECK(run.calls->teardown == 1);
  CHECK(run.calls->execute == 0);
}

TEST_CASE("a workload may have as many extra metrics as a record holds, and they are told; one more is an error") {
  for (const std::size_t count : {std::size_t{record::kMaxExtras}, std::size_t{record::kMaxExtras} + 1}) {
    CAPTURE(count);
    TestRun run(periodic_plan(kMs, 1, Overrun::kSkip));
    run.workload().extras.assign(count, "extra");
    const auto outcome = run.prepare();
    CHECK(code_of(outcome) == (count > record::kMaxExtras ? "E_WORKLOAD" : "prepared"));
    if (const auto* prepared = std::get_if<runtime::Prepared>(&outcome))
      CHECK(prepared->workload.extra_metrics.size() == count);
    else
      CHECK(run.calls->teardown == 1);
  }
}

TEST_CASE("a run is prepared once and started once") {
  TestRun run(periodic_plan(kHour, 0, Overrun::kSkip));
  REQUIRE(code_of(run.prepare()) == "prepared");
  CHECK_THROWS_AS(run.executor->prepare([](auto) {}), Error);
  run.start();
  CHECK_THROWS_AS(run.executor->start([](auto) {}), Error);
  run.executor->stop();
  CHECK(run.finish().reason == FinishReason::kStopped);
}

TEST_CASE("the signal and the memory limit that a run borrows are given back") {
  const int signals = handled_realtime_signals();
  const auto limit = data_limit();
  for (int repetition = 0; repetition < 2; ++repetition) {
    auto plan = periodic_plan(kMs, 2, Overrun::kSkip);
    plan.lending.heap_limit_bytes = 64u << 20;
    TestRun run(plan);
    std::atomic<int> handled{0};
    std::atomic<bool> lowered{false};
    run.workload().on_execute = [&](int) {
      handled = handled_realtime_signals();
      lowered = data_limit() < limit;
    };
    CHECK(run.run_to_end().first.reason == FinishReason::kJobs);
    CHECK(handled_realtime_signals() == signals);
    CHECK(data_limit() == limit);
    CHECK(handled == signals + 1);
    if (limit == RLIM_INFINITY) CHECK(lowered);
  }
  CHECK(handled_realtime_signals() == signals);
  CHECK(data_limit() == limit);
}

TEST_CASE("an init that needs more heap than allowed fails with what it needed") {
  if (!heap_is_observable()) {
    MESSAGE("skipped: this allocator doesn't tell what is in use");
    return;
  }
  auto plan = periodic_plan(kMs, 2, Overrun::kSkip);
  plan.lending.heap_limit_bytes = 1u << 20;
  TestRun run(plan);
  auto block = std::make_shared<std::vector<char>>();
  run.workload().on_init = [block] { block->resize(8u << 20, 1); };
  const auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "E_HEAP_LIMIT");
  const std::string message = std::get<Error>(outcome).what();
  CHECK(message.find("took 8.") != std::string::npos);
  CHECK(message.find("limit is 1.00 MiB") != std::string::npos);
  CHECK(run.calls->teardown == 1);
}

namespace {

/// Runs a workload whose first jobs call `hoard` 32 times, under a limit of 4 MiB, and gives how that ended.
runtime::Finished hoarded(const std::function<void()>& hoard) {
  constexpr int kTimes = 32;
  auto plan = periodic_plan(kMs, 0, Overrun::kSkip);
  plan.lending.heap_limit_bytes = 4u << 20;
  TestRun run(plan);
  run.workload().on_execute = [&hoard](int job) {
    if (job < kTimes) hoard();
  };
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  while (run.calls->teardown == 0) {
    run.drain();
    sleep_ms(1);
  }
  CHECK(run.calls->finish == 0);
  return run.finish();
}

}  // namespace

TEST_CASE(
    "a heap that outgrows its limit during the run ends it with an error, whichever thread of the workload's "
    "allocates") {
  if (!heap_is_observable()) {
    MESSAGE("skipped: this allocator doesn't tell what is in use");
    return;
  }
  std::vector<std::vector<char>> blocks;
  const auto hoard = [&blocks] { blocks.emplace_back(1u << 20, 1); };
  for (const bool by_worker : {false, true}) {
    blocks.clear();
    const auto finished = hoarded([&] {
      if (by_worker)
        std::thread(hoard).join();
      else
        hoard();
    });
    CHECK(finished.reason == FinishReason::kFailed);
    REQUIRE(finished.error);
    CHECK(finished.error->code() == "E_HEAP_LIMIT");
  }
}

TEST_CASE("what the thread that drains the records allocates meanwhile is not the workload's") {
  auto plan = periodic_plan(kMs, 0, Overrun::kSkip);
  plan.lending.heap_limit_bytes = 1u << 20;
  TestRun run(plan);
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  std::vector<std::unique_ptr<char[]>> of_node;
  // several of the looks that a run takes at its heap
  constexpr int kLooks = 4;
  for (int i = 0; i < kLooks && run.calls->teardown == 0; ++i) {
    for (int k = 0; k < 1024; ++k) of_node.push_back(std::make_unique<char[]>(4096));
    sleep_ms(60);
    run.drain();
  }
  run.executor->stop();
  CHECK(run.finish().reason == FinishReason::kStopped);
}

TEST_CASE("a refused allocation under a memory limit is that limit's failure") {
  auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
  plan.lending.heap_limit_bytes = 1u << 20;
  TestRun run(plan);
  run.workload().on_init = [] { throw std::bad_alloc(); };
  CHECK(code_of(run.prepare()) == "E_HEAP_LIMIT");
}

TEST_CASE("records drain to any alignment, whole ones only") {
  TestRun run(periodic_plan(kMs, 3, Overrun::kQueue));
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  run.finish();
  std::vector<std::byte> bytes(3 * sizeof(record::JobRecord));
  CHECK(run.executor->drain(record::Stream::jobs, bytes.data(), sizeof(record::JobRecord) - 1) == 0);
  CHECK(run.executor->drain(record::Stream::jobs, bytes.data(), 0) == 0);
  CHECK(run.executor->drain(record::Stream::jobs, bytes.data() + 1, 2 * sizeof(record::JobRecord) + 5) ==
        2 * sizeof(record::JobRecord));
  std::uint64_t job = 99;
  std::memcpy(&job, bytes.data() + 1 + sizeof(record::JobRecord), sizeof job);
  CHECK(job == 1);
}

TEST_CASE("many records drain in order, in however many pieces") {
  auto plan = plain_plan();
  plan.task.schedule.jobs = 100;
  TestRun run(plan);
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  run.finish();
  std::vector<record::JobRecord> records(100);
  const auto take = [&](std::size_t from, std::size_t room) {
    return run.executor->drain(record::Stream::jobs, reinterpret_cast<std::byte*>(records.data() + from),
                               room * sizeof records[0]) /
           sizeof records[0];
  };
  CHECK(take(0, 33) == 33);
  CHECK(take(33, 67) == 67);
  CHECK(run.drain().empty());
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(records[i].job == i);
}

TEST_CASE("records that have no ring to go to are refused before anything begins") {
  auto plan = run_test::plain_plan();
  plan.task.rings.jobs = 0;
  CHECK(error_test::code_of([&] { TestRun(plan).prepare(); }) == "E_PLAN");
  plan = run_test::plain_plan();
  plan.task.sampler = runtime::SamplerPlan{0, kMs};
  plan.task.rings.samples = 0;
  CHECK(error_test::code_of([&] { TestRun(plan).prepare(); }) == "E_PLAN");
}

TEST_CASE("what a workload has written of its last job is told at the end, and not of a run that failed") {
  for (const bool fails : {false, true}) {
    CAPTURE(fails);
    TestRun run(run_test::periodic_plan(kMs, 2, Overrun::kSkip));
    run.workload().kept.emplace().push_back({"scores", "int8", {1, 10}, 10, std::nullopt});
    if (fails) run.workload().on_finish = [] { throw Error("E_OUTPUT_WRITE", "The disk is full.", ""); };
    const auto finished = run.run_to_end().first;
    CHECK(finished.kept_outputs.has_value() == !fails);
    if (finished.kept_outputs) CHECK(finished.kept_outputs->at(0).name == "scores");
  }
  CHECK_FALSE(TestRun(run_test::periodic_plan(kMs, 2, Overrun::kSkip)).run_to_end().first.kept_outputs.has_value());
}
