#include <doctest/doctest.h>
#include <time.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "system/error.h"
#include "workload/factory.h"
#include "workload/random.h"
#include "workload/synthetic/latency.h"

using namespace isochron::workload;

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
  auto noop = make_workload(NoopPlan{});
  noop->init();
  noop->execute();
  noop->finish();
  CHECK(noop->info().extra_metrics.empty());
  CHECK_FALSE(noop->info().tflite.has_value());
  CHECK_FALSE(noop->may_create_threads());
  noop->teardown();
}

TEST_CASE("spin lasts at least as long as asked") {
  auto spin = make_workload(SpinPlan{300});
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
  for (const auto access : {BandwidthPlan::Access::kRead, BandwidthPlan::Access::kWrite}) {
    auto bandwidth = make_workload(BandwidthPlan{100 * 64 + 63, access});
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
  auto latency = make_workload(LatencyPlan{64 * 50});
  latency->init();
  latency->execute();
  CHECK(latency->info().extra_metrics == std::vector<std::string>{"ns_per_access"});
  double value = 0;
  latency->extra_metrics(5000, &value);
  CHECK(value == doctest::Approx(100.0));
  latency->teardown();
}

TEST_CASE("a buffer that holds no line is refused with a sentence") {
  auto code_of_init = [](const WorkloadPlan& plan) {
    try {
      make_workload(plan)->init();
    } catch (const isochron::Error& error) {
      return error.code();
    }
    return std::string("no error");
  };
  CHECK(code_of_init(BandwidthPlan{63, BandwidthPlan::Access::kRead}) == "E_WORKLOAD_SIZE");
  CHECK(code_of_init(LatencyPlan{127}) == "E_WORKLOAD_SIZE");
}
