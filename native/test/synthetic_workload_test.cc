#include <doctest/doctest.h>
#include <time.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "system/error.h"
#include "workload/factory.h"
#include "workload/random.h"
#include "workload/synthetic/latency.h"

using namespace isochron::workload;

namespace {

SyntheticPlan spin_of(std::uint64_t us) { return {"spin", Settings({{"us", us}})}; }
SyntheticPlan bandwidth_of(std::uint64_t bytes, const char* access) {
  return {"bandwidth", Settings({{"sizeBytes", bytes}, {"access", std::string(access)}})};
}
SyntheticPlan latency_of(std::uint64_t bytes) { return {"latency", Settings({{"sizeBytes", bytes}})}; }

std::string code_of_init(const WorkloadPlan& plan, std::string* message = nullptr) {
  try {
    make_workload(plan)->init();
  } catch (const isochron::Error& error) {
    if (message != nullptr) *message = error.what();
    return error.code();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the generator's sequence is the published one, on every platform") {
  SplitMix64 random(1234567);  // first outputs as given with the reference implementation
  CHECK(random.next() == 6457827717110365317u);
  CHECK(random.next() == 3203168211198807973u);
}

TEST_CASE("below() stays below and reaches every value") {
  SplitMix64 random(1);
  std::vector<int> seen(7, 0);
  for (int i = 0; i < 1000; ++i) ++seen.at(random.below(7));
  for (const int n : seen) CHECK(n > 0);
}

TEST_CASE("the latency chain is one cycle through every line") {
  for (const std::size_t count : {std::size_t{2}, std::size_t{3}, std::size_t{1000}}) {
    std::vector<Line> lines(count);
    link_in_one_random_cycle(lines);
    std::vector<bool> visited(count, false);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      REQUIRE_FALSE(visited.at(at));
      visited[at] = true;
      at = lines.at(at).word;
    }
    CHECK(at == 0);
  }
}

TEST_CASE("noop has no extra metrics and no threads") {
  auto noop = make_workload(SyntheticPlan{"noop", {}});
  noop->init();
  noop->execute();
  noop->finish();
  CHECK(noop->info().extra_metrics.empty());
  CHECK_FALSE(noop->info().tflite.has_value());
  CHECK_FALSE(noop->may_create_threads());
  noop->teardown();
}

TEST_CASE("spin lasts at least as long as asked") {
  auto spin = make_workload(spin_of(300));
  spin->init();
  timespec before{}, after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  spin->execute();
  clock_gettime(CLOCK_MONOTONIC, &after);
  const auto elapsed = (after.tv_sec - before.tv_sec) * 1'000'000'000LL + (after.tv_nsec - before.tv_nsec);
  CHECK(elapsed >= 300'000);
  spin->teardown();
}

TEST_CASE("bandwidth reports the bytes of whole lines per elapsed time") {
  for (const char* access : {"read", "write"}) {
    auto bandwidth = make_workload(bandwidth_of(100 * 64 + 63, access));
    bandwidth->init();
    bandwidth->execute();
    CHECK(bandwidth->info().extra_metrics == std::vector<std::string>{"bandwidth_mb_s"});
    double value = 0;
    bandwidth->extra_metrics(2000, &value);  // 6400 bytes in 2 us
    CHECK(value == doctest::Approx(3200.0));
    bandwidth->extra_metrics(0, &value);
    CHECK(std::isnan(value));
    bandwidth->teardown();
  }
}

TEST_CASE("latency reports the time per visited line") {
  auto latency = make_workload(latency_of(64 * 50));
  latency->init();
  latency->execute();
  CHECK(latency->info().extra_metrics == std::vector<std::string>{"ns_per_access"});
  double value = 0;
  latency->extra_metrics(5000, &value);
  CHECK(value == doctest::Approx(100.0));
  latency->teardown();
}

TEST_CASE("a buffer that holds no line is refused with a sentence") {
  CHECK(code_of_init(bandwidth_of(63, "read")) == "E_WORKLOAD_SIZE");
  CHECK(code_of_init(latency_of(127)) == "E_WORKLOAD_SIZE");
}

TEST_CASE("a plan of what there is not, or with settings of another kind, is refused by name") {
  std::string message;
  CHECK(code_of_init(SyntheticPlan{"nope", {}}, &message) == "E_PLAN");
  CHECK(message == "plan.workload.name must be the name of a workload.");
  CHECK(code_of_init(bandwidth_of(64, "both"), &message) == "E_PLAN");
  CHECK(message == "plan.workload.access must be 'read' or 'write'.");
  CHECK(code_of_init(SyntheticPlan{"spin", {}}, &message) == "E_PLAN");
  CHECK(message == "plan.workload.us must be a whole number.");
  CHECK(code_of_init(SyntheticPlan{"latency", Settings({{"sizeBytes", std::string("64")}})}) == "E_PLAN");
}
