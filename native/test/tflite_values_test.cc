// Feeding a model and reading its outputs from outside. Needs ISOCHRON_ENGINE and ISOCHRON_SHARED, as
// tflite_engine_test.cc does.
#include <doctest/doctest.h>

#include <cstdlib>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "error_support.h"
#include "workload/tflite/tflite_workload.h"

using namespace isochron::workload;

namespace {

std::optional<TflitePlan> resnet8() {
  const char* engine = std::getenv("ISOCHRON_ENGINE");
  const char* shared = std::getenv("ISOCHRON_SHARED");
  if (engine == nullptr || *engine == '\0' || shared == nullptr || *shared == '\0') {
    MESSAGE("skipped: ISOCHRON_ENGINE and ISOCHRON_SHARED are not both set");
    return std::nullopt;
  }
  TflitePlan plan;
  plan.library = engine;
  plan.model = std::string(shared) + "/models/resnet8_cifar10_fp32.tflite";
  return plan;
}

constexpr std::size_t kInput = 32 * 32 * 3;

std::vector<float> classify(TfliteWorkload& workload, const std::vector<float>& image) {
  std::vector<float> classes(10, -1.0f);
  workload.set_input(0, image.data(), image.size() * sizeof(float));
  workload.execute();
  REQUIRE(workload.output_bytes(0) == classes.size() * sizeof(float));
  workload.copy_output(0, classes.data());
  return classes;
}

using error_test::code_of;

}  // namespace

TEST_CASE("a model answers to what it is fed, the same each time") {
  const auto plan = resnet8();
  if (!plan) return;
  TfliteWorkload workload(*plan);
  workload.init();
  const std::vector<float> dark(kInput, 10.0f);
  std::vector<float> striped(kInput);
  for (std::size_t i = 0; i < kInput; ++i) striped[i] = (i / 12) % 2 == 0 ? 255.0f : 0.0f;
  const auto first = classify(workload, dark);
  CHECK(std::accumulate(first.begin(), first.end(), 0.0) == doctest::Approx(1.0));
  CHECK(classify(workload, striped) != first);
  CHECK(classify(workload, dark) == first);
  workload.teardown();
}

TEST_CASE("tensors that are not there, and sizes that are not theirs, are refused") {
  const auto plan = resnet8();
  if (!plan) return;
  TfliteWorkload workload(*plan);
  workload.init();
  std::vector<char> bytes(kInput * sizeof(float));
  CHECK(code_of([&] { workload.set_input(1, bytes.data(), bytes.size()); }) == "E_INPUT_INDEX");
  CHECK(code_of([&] { workload.set_input(0, bytes.data(), bytes.size() - 1); }) == "E_INPUT_SIZE");
  CHECK(code_of([&] { workload.copy_output(1, bytes.data()); }) == "E_OUTPUT_INDEX");
  CHECK(code_of([&] { workload.output_bytes(1); }) == "E_OUTPUT_INDEX");
  workload.teardown();
}
