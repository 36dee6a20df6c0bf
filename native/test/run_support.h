// A workload that tests control, and a whole run of the executor in one call.
#pragma once

#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/executor.h"
#include "system/clocks.h"

namespace run_test {

using namespace isochron;

inline constexpr std::uint64_t kMs = 1'000'000;

/// What was called, readable from the test's thread while the run is on.
struct Calls {
  std::atomic<int> init{0}, execute{0}, finish{0}, teardown{0};
};

/// Does in each function what the test says.
class FakeWorkload : public workload::Workload {
 public:
  explicit FakeWorkload(std::shared_ptr<Calls> calls) : calls_(std::move(calls)) {}

  std::function<void()> on_init, on_finish, on_teardown;
  std::function<void(int job)> on_execute;
  std::function<void()> on_extras;
  bool creates_threads = false;
  std::optional<std::vector<workload::TensorInfo>> kept;
  std::vector<std::string> extras;  // each job's first one is its own duration, as it was told

  void init() override {
    ++calls_->init;
    if (on_init) on_init();
  }
  void execute() override {
    if (on_execute) on_execute(calls_->execute);
    ++calls_->execute;
  }
  std::optional<std::vector<workload::TensorInfo>> finish() override {
    ++calls_->finish;
    if (on_finish) on_finish();
    return kept;
  }
  void teardown() noexcept override {
    ++calls_->teardown;
    if (on_teardown) on_teardown();
  }
  bool may_create_threads() const override { return creates_threads; }
  std::vector<std::string> extra_metric_names() const override { return extras; }
  void extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept override {
    if (!extras.empty()) out[0] = static_cast<double>(elapsed_ns);
    if (on_extras) on_extras();
  }

 private:
  std::shared_ptr<Calls> calls_;
};

inline void sleep_ms(std::uint64_t ms) {
  const timespec pause = system::to_timespec(ms * kMs);
  clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
}

/// Keeps the calling thread busy for `ns` at least.
inline void spin_ns(std::uint64_t ns) {
  const auto end = system::monotonic_ns() + ns;
  while (system::monotonic_ns() < end) {
  }
}

inline void await(const std::atomic<int>& value, int wanted) {
  while (value < wanted) sleep_ms(1);
}

/// A plan that asks for no rights.
inline runtime::RunPlan plain_plan() {
  runtime::RunPlan plan;
  plan.lending.lock_memory = false;
  plan.lending.hold_dma_latency = false;
  plan.task.placement.stack_prefault_bytes = 64 * 1024;
  plan.task.rings.jobs = plan.task.rings.samples = 1024;
  return plan;
}

inline runtime::RunPlan periodic_plan(std::uint64_t period_ns, std::uint64_t jobs, runtime::Overrun overrun) {
  auto plan = plain_plan();
  plan.task.schedule.period_ns = period_ns;
  plan.task.schedule.deadline_ns = period_ns;
  plan.task.schedule.jobs = jobs;
  plan.task.schedule.overrun = overrun;
  return plan;
}

/// A run under the test's control, step by step.
class TestRun {
 public:
  explicit TestRun(runtime::RunPlan plan) : workload_(std::make_unique<FakeWorkload>(calls)), plan_(std::move(plan)) {}

  std::shared_ptr<Calls> calls = std::make_shared<Calls>();
  /// Before prepare() only.
  FakeWorkload& workload() { return *workload_; }

  /// The outcome of the preparation; joined already if it failed.
  std::variant<runtime::Prepared, Error> prepare() {
    executor.emplace(plan_, std::move(workload_));
    std::promise<std::variant<runtime::Prepared, Error>> outcome;
    executor->prepare([&outcome](auto result) { outcome.set_value(std::move(result)); });
    auto result = outcome.get_future().get();
    if (std::holds_alternative<Error>(result)) executor->join();
    return result;
  }

  void start() {
    executor->start([this](runtime::Finished finished) { finished_.set_value(std::move(finished)); });
  }

  /// Waits for the end without draining.
  runtime::Finished finish() {
    auto finished = finished_.get_future().get();
    executor->join();
    return finished;
  }

  std::vector<record::JobRecord> drain() {
    std::vector<record::JobRecord> records(4096);
    const auto bytes = executor->drain(record::Stream::jobs, reinterpret_cast<std::byte*>(records.data()),
                                       records.size() * sizeof records[0]);
    records.resize(bytes / sizeof records[0]);
    return records;
  }

  /// prepare, start, wait for the end, drain.
  std::pair<runtime::Finished, std::vector<record::JobRecord>> run_to_end() {
    auto outcome = prepare();
    if (auto* error = std::get_if<Error>(&outcome)) throw Error(*error);
    start();
    auto finished = finish();
    return {std::move(finished), drain()};
  }

  std::optional<runtime::Executor> executor;

 private:
  std::unique_ptr<FakeWorkload> workload_;
  runtime::RunPlan plan_;
  std::promise<runtime::Finished> finished_;
};

inline std::string code_of(const std::variant<runtime::Prepared, Error>& outcome) {
  const auto* error = std::get_if<Error>(&outcome);
  return error != nullptr ? error->code() : "prepared";
}

}  // namespace run_test
