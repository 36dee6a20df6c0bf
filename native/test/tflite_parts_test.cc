// What needs no engine: generated inputs, the error log, execution plans, libraries that are none.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "system/error.h"
#include "workload/tflite/delegate_watch.h"
#include "workload/tflite/engine_library.h"
#include "workload/tflite/error_log.h"
#include "workload/tflite/tensors.h"

using namespace isochron::workload;
using namespace isochron::workload::tflite;

namespace {

template <typename T>
std::vector<T> generated(Type type, std::uint64_t seed, std::size_t count) {
  std::vector<T> values(count);
  generate(type, seed, values.data(), count * sizeof(T));
  return values;
}

void report(ErrorLog& log, const char* format, ...) {
  std::va_list args;
  va_start(args, format);
  ErrorLog::report(&log, format, args);
  va_end(args);
}

struct TemporaryFile {
  explicit TemporaryFile(const std::string& content)
      : path((std::filesystem::temp_directory_path() /
              ("isochron-test-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))))
                 .string()) {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path;
};

std::string code_of_opening(const std::string& path, std::string* message = nullptr) {
  try {
    EngineLibrary library(path);
  } catch (const isochron::Error& error) {
    if (message != nullptr) *message = error.what();
    return error.code();
  }
  return "opened";
}

}  // namespace

TEST_CASE("generated floats lie in [-1, 1), are never denormal and depend only on the seed") {
  const auto values = generated<float>(Type::kFloat32, 7, 10000);
  float low = 0, high = 0;
  for (const float v : values) {
    REQUIRE((v == 0.0f || std::isnormal(v)));
    low = std::min(low, v);
    high = std::max(high, v);
  }
  CHECK(low >= -1.0f);
  CHECK(low < -0.99f);
  CHECK(high < 1.0f);
  CHECK(high > 0.99f);
  CHECK(values == generated<float>(Type::kFloat32, 7, 10000));
  CHECK(values != generated<float>(Type::kFloat32, 8, 10000));
  // Pinned: the same on every platform.
  CHECK(generated<std::uint8_t>(Type::kUInt8, 1234567, 2) == std::vector<std::uint8_t>{0x59, 0x2c});
}

TEST_CASE("generated half floats decode to [-1, 1] and are never denormal") {
  for (const std::uint16_t half : generated<std::uint16_t>(Type::kFloat16, 3, 10000)) {
    const int exponent = (half >> 10) & 0x1f;
    const int mantissa = half & 0x3ff;
    REQUIRE((exponent != 0 || mantissa == 0));
    const double value = exponent == 0 ? 0 : std::ldexp(1024 + mantissa, exponent - 25);
    REQUIRE(value <= 1.0);
    REQUIRE(std::fmod(value * 1024, 1.0) == 0.0);
  }
}

TEST_CASE("generated integers are usable as indices, narrow ones use their whole range") {
  for (const std::int64_t v : generated<std::int64_t>(Type::kInt64, 5, 1000)) REQUIRE((v == 0 || v == 1));
  for (const std::int32_t v : generated<std::int32_t>(Type::kInt32, 5, 1000)) REQUIRE((v == 0 || v == 1));
  std::vector<bool> seen(256);
  for (const std::uint8_t v : generated<std::uint8_t>(Type::kInt8, 5, 10000)) seen[v] = true;
  for (const bool s : seen) CHECK(s);
}

TEST_CASE("values within a range reach both ends and nothing beyond, for every type, and depend on the seed only") {
  const auto within = [](Type type, double low, double high, std::uint64_t seed, void* data, std::size_t bytes) {
    generate_within(type, low, high, seed, data, bytes);
  };
  std::vector<std::int64_t> wide(1000);
  within(Type::kInt64, -3, 4, 5, wide.data(), wide.size() * 8);
  CHECK(*std::min_element(wide.begin(), wide.end()) == -3);
  CHECK(*std::max_element(wide.begin(), wide.end()) == 4);
  std::vector<std::int8_t> narrow(5000);
  within(Type::kInt8, 1, 127, 5, narrow.data(), narrow.size());
  CHECK(*std::min_element(narrow.begin(), narrow.end()) == 1);
  CHECK(*std::max_element(narrow.begin(), narrow.end()) == 127);
  std::vector<std::uint8_t> bytes(5000), again(5000);
  within(Type::kUInt8, 129, 255, 5, bytes.data(), bytes.size());
  CHECK(*std::min_element(bytes.begin(), bytes.end()) == 129);
  CHECK(*std::max_element(bytes.begin(), bytes.end()) == 255);
  within(Type::kUInt8, 129, 255, 5, again.data(), again.size());
  CHECK(bytes == again);
  std::vector<std::int32_t> single(100);
  within(Type::kInt32, 0, 0, 5, single.data(), single.size() * 4);
  for (const std::int32_t v : single) REQUIRE(v == 0);
  std::vector<float> reals(1000);
  within(Type::kFloat32, 0.5, 1, 5, reals.data(), reals.size() * 4);
  for (const float v : reals) REQUIRE((v >= 0.5f && v < 1.0f));
}

TEST_CASE("inputs that can't be prepared are refused with their name, type and shape") {
  TensorInfo info{"words", "string", {1}, 0, std::nullopt};
  CHECK_THROWS_WITH_AS(check_input(info, Type::kString, 2),
                       doctest::Contains("Input 2 (words) of the model takes strings"), isochron::Error);
  info = {"image", "float32", {1, -1, 224, 3}, 0, std::nullopt};
  CHECK_THROWS_WITH_AS(check_input(info, Type::kFloat32, 0), doctest::Contains("float32[1,-1,224,3]"), isochron::Error);
  info.shape = {1, 224, 224, 3};
  CHECK_NOTHROW(check_input(info, Type::kFloat32, 0));
}

TEST_CASE("an input file of the wrong size is refused with both sizes") {
  const TemporaryFile file("12345");
  const TensorInfo info{"image", "uint8", {2, 3}, 6, std::nullopt};
  std::vector<char> data(6);
  CHECK_THROWS_WITH_AS(read_input_file(file.path, info, data.data(), 6),
                       doctest::Contains("has 5 bytes; the tensor image (uint8[2,3]) takes exactly 6"),
                       isochron::Error);
  read_input_file(file.path, {"image", "uint8", {5}, 5, std::nullopt}, data.data(), 5);
  CHECK(std::memcmp(data.data(), "12345", 5) == 0);
  CHECK_THROWS_AS(read_input_file(file.path + ".none", info, data.data(), 6), isochron::Error);
}

TEST_CASE("the error log keeps the last messages, cut and trimmed") {
  ErrorLog log;
  for (int i = 0; i < 30; ++i) report(log, "message %d\n", i);
  report(log, "%s", std::string(2000, 'x').c_str());
  const auto messages = log.messages();
  REQUIRE(messages.size() == ErrorLog::kMaxMessages);
  CHECK(messages.front() == "message 11");
  CHECK(messages.back().size() == ErrorLog::kMaxLength);
  log.clear();
  report(log, "%s", "an error");
  report(log, "%s", "a sentence.");
  report(log, "%s", "another");
  CHECK(log.text() == "an error; a sentence. another");
}

TEST_CASE("nodes that left the plan were delegated, nodes that entered it are the delegate's kernels") {
  // 0 and 4 stayed; 1,2,3 became kernel 6, 5 became kernel 7.
  const auto counts = compare_plans({0, 1, 2, 3, 4, 5}, {0, 6, 4, 7});
  REQUIRE(counts.has_value());
  CHECK(counts->total_nodes == 6);
  CHECK(counts->delegated_nodes == 4);
  CHECK(counts->partitions == 2);
  CHECK(counts->taken == std::vector<std::vector<int>>{{1, 2, 3, 5}});
  const auto untouched = compare_plans({0, 1}, {0, 1});
  REQUIRE(untouched.has_value());
  CHECK(untouched->delegated_nodes == 0);
  CHECK(untouched->partitions == 0);
}

TEST_CASE("nodes are told as ranges") {
  CHECK(as_ranges({}) == "");
  CHECK(as_ranges({4}) == "4");
  CHECK(as_ranges({0, 1, 2, 5, 7, 8}) == "0-2,5,7-8");
}

TEST_CASE("plans that no replacement explains give no counts") {
  CHECK_FALSE(compare_plans({0, 1}, {0}).has_value());        // a node vanished without a kernel
  CHECK_FALSE(compare_plans({0, 1}, {2, 3, 4}).has_value());  // more kernels than nodes
  CHECK_FALSE(compare_plans({-5, 1}, {2}).has_value());       // not node indices
}

TEST_CASE("the watch calls the delegate's own prepare and puts it back") {
  static int calls = 0;
  calls = 0;
  Delegate delegate{nullptr, [](Context*, Delegate*) {
                      ++calls;
                      return Status::kOk;
                    }};
  const auto original = delegate.prepare;
  {
    DelegateWatch watch(delegate);
    CHECK_FALSE(watch.counts().has_value());
    Context without_plan{0, nullptr};
    CHECK(delegate.prepare(&without_plan, &delegate) == Status::kOk);
    CHECK(calls == 1);
    CHECK_FALSE(watch.counts().has_value());
  }
  CHECK((delegate.prepare == original));
}

TEST_CASE("files that are no engine are refused with what is wrong with them") {
  std::string message;
  CHECK(code_of_opening("/nonexistent/libtensorflowlite_c.so", &message) == "E_ENGINE_MISSING");
  CHECK(message.find("does not exist") != std::string::npos);

  const TemporaryFile empty("");
  CHECK(code_of_opening(empty.path) == "E_ENGINE_INVALID");
  {
    const TemporaryFile text("this is no library at all");
    CHECK(code_of_opening(text.path, &message) == "E_ENGINE_INVALID");
    CHECK(message.find("is not a shared library") != std::string::npos);
  }
  std::string header = std::string(
                           "\x7f"
                           "ELF\x02\x01\x01",
                           7) +
                       std::string(9, '\0') + std::string("\x03\x00", 2);
  {
    const TemporaryFile other(header + std::string("\x16\x00", 2));  // EM_S390, on which no test runs
    CHECK(code_of_opening(other.path, &message) == "E_ENGINE_INVALID");
    CHECK(message.find("is built for another architecture (ELF machine 22)") != std::string::npos);
  }
  // A shared object without the C API: one of the test plugins.
  CHECK(code_of_opening(ISOCHRON_TEST_PLUGINS "/plugin_count.so", &message) == "E_ENGINE_INVALID");
  CHECK(message.find("lacks TfLiteVersion, TfLiteModelCreateFromFile") != std::string::npos);
}

TEST_CASE("versions are read from the engine's text") {
  CHECK(parse_version("2.9.0").minor == 9);
  CHECK(parse_version("2.18.0-rc1").between(5, 20));
  CHECK_FALSE(parse_version("2.20.0").between(5, 20));
  CHECK(parse_version("custom").major == 0);
}
