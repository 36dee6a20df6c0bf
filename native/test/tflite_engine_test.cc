// Real models in a real engine. Needs ISOCHRON_ENGINE (a libtensorflowlite_c.so) and ISOCHRON_SHARED (the folder that
// holds models/); each test says so and does nothing else where they are not set.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "system/error.h"
#include "workload/factory.h"
#include "workload/tflite/engine_library.h"

using namespace isochron::workload;

namespace {

struct Surroundings {
  std::string engine;
  std::string models;
};

bool have(Surroundings& found) {
  const char* engine = std::getenv("ISOCHRON_ENGINE");
  const char* shared = std::getenv("ISOCHRON_SHARED");
  if (engine == nullptr || *engine == '\0' || shared == nullptr || *shared == '\0') {
    MESSAGE("skipped: ISOCHRON_ENGINE and ISOCHRON_SHARED are not both set");
    return false;
  }
  found = {engine, std::string(shared) + "/models/"};
  return true;
}

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "isochron-tflite-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TflitePlan plan_for(const Surroundings& here, const std::string& model, bool xnnpack = false) {
  TflitePlan plan;
  plan.library = here.engine;
  plan.model = here.models + model;
  plan.xnnpack = xnnpack;
  plan.seed = 1;
  return plan;
}

struct Failure {
  std::string code, message, hint;
};

Failure failure_of_init(const TflitePlan& plan) {
  try {
    make_workload(plan)->init();
  } catch (const isochron::Error& error) {
    return {error.code(), error.what(), error.hint()};
  }
  return {"no error", "", ""};
}

/// Raw bytes of output 0 after `jobs` jobs.
std::string output_after(TflitePlan plan, int jobs) {
  const ScratchFolder folder;
  plan.dump_output = folder.file("out");
  auto workload = make_workload(plan);
  workload->init();
  for (int i = 0; i < jobs; ++i) workload->execute();
  workload->finish();
  workload->teardown();
  return content(folder.file("out/output0.raw"));
}

constexpr const char* kModels[] = {
    "autoencoder_ad01_fp32.tflite",
    "autoencoder_ad01_int8.tflite",
    "ds_cnn_kws_fp32.tflite",
    "ds_cnn_kws_int8.tflite",
    "mobilenet_v1_0.25_128_uint8.tflite",
    "mobilenet_v1_0.25_96_vww_fp32.tflite",
    "mobilenet_v1_0.25_96_vww_int8.tflite",
    "mobilenet_v2_1.0_224_uint8.tflite",
    "resnet8_cifar10_fp32.tflite",
    "resnet8_cifar10_int8.tflite",
};

}  // namespace

TEST_CASE("every model runs without XNNPACK, and no node is delegated then") {
  Surroundings here;
  if (!have(here)) return;
  for (const char* model : kModels) {
    CAPTURE(std::string(model));
    auto workload = make_workload(plan_for(here, model));
    workload->init();
    const WorkloadInfo info = workload->info();
    REQUIRE(info.tflite.has_value());
    CHECK_FALSE(info.tflite->version.empty());
    CHECK(info.tflite->inputs.size() == 1);
    CHECK(info.tflite->outputs.size() == 1);
    CHECK(info.tflite->inputs[0].bytes > 0);
    CHECK_FALSE(info.tflite->xnnpack.requested);
    CHECK(info.tflite->xnnpack.delegated_nodes == 0);
    CHECK_FALSE(info.tflite->xnnpack.total_nodes.has_value());
    workload->execute();
    workload->execute();
    workload->finish();
    workload->teardown();
  }
}

TEST_CASE("every model runs with XNNPACK, and what the delegate took is known") {
  Surroundings here;
  if (!have(here)) return;
  for (const char* model : kModels) {
    CAPTURE(std::string(model));
    auto workload = make_workload(plan_for(here, model, true));
    workload->init();
    const WorkloadInfo info = workload->info();
    const XnnpackInfo& xnnpack = info.tflite->xnnpack;
    CHECK(xnnpack.requested);
    REQUIRE(xnnpack.delegated_nodes.has_value());
    REQUIRE(xnnpack.total_nodes.has_value());
    REQUIRE(xnnpack.partitions.has_value());
    INFO(std::string(model) << ": " << *xnnpack.delegated_nodes << " of " << *xnnpack.total_nodes << " nodes in "
                            << *xnnpack.partitions << " partition(s)");
    CHECK(*xnnpack.delegated_nodes <= *xnnpack.total_nodes);
    CHECK(*xnnpack.partitions <= *xnnpack.delegated_nodes);
    // A delegate that takes nothing is one that had refused the model before, and then that is said.
    if (*xnnpack.delegated_nodes == 0) {
      REQUIRE_FALSE(info.tflite->messages.empty());
      CHECK(info.tflite->messages[0].find("XNNPACK refused the model") == 0);
    }
    workload->execute();
    workload->execute();
    workload->finish();
    workload->teardown();
  }
}

TEST_CASE("a float model is taken whole by XNNPACK") {
  Surroundings here;
  if (!have(here)) return;
  auto workload = make_workload(plan_for(here, "mobilenet_v1_0.25_96_vww_fp32.tflite", true));
  workload->init();
  const XnnpackInfo xnnpack = workload->info().tflite->xnnpack;
  CHECK(xnnpack.partitions == 1);
  CHECK(xnnpack.delegated_nodes == xnnpack.total_nodes);
  workload->teardown();
}

TEST_CASE("the stages of init are named and in the order in which they ran") {
  Surroundings here;
  if (!have(here)) return;
  auto workload = make_workload(plan_for(here, "resnet8_cifar10_fp32.tflite", true));
  workload->init();
  std::vector<std::string> names;
  const WorkloadInfo info = workload->info();
  for (const auto& stage : info.tflite->stages) names.push_back(stage.first);
  CHECK(names == std::vector<std::string>{"loadEngine", "loadModel", "createDelegate", "createInterpreter",
                                          "allocateTensors", "fillInputs"});
  workload->teardown();
}

TEST_CASE("a job changes neither its inputs nor its result") {
  Surroundings here;
  if (!have(here)) return;
  for (const bool xnnpack : {false, true}) {
    const TflitePlan plan = plan_for(here, "resnet8_cifar10_int8.tflite", xnnpack);
    CHECK(output_after(plan, 1) == output_after(plan, 5));
  }
}

TEST_CASE("inputs are read from a file, and the seed matters where there is none") {
  Surroundings here;
  if (!have(here)) return;
  const ScratchFolder folder;
  TflitePlan plan = plan_for(here, "mobilenet_v1_0.25_128_uint8.tflite");
  const std::string seed_1 = output_after(plan, 1);
  plan.seed = 2;
  CHECK(output_after(plan, 1) != seed_1);
  std::ofstream(folder.file("grey.raw"), std::ios::binary) << std::string(128 * 128 * 3, '\x80');
  plan.inputs = {{0, folder.file("grey.raw")}};
  const std::string grey = output_after(plan, 1);
  CHECK(grey != seed_1);
  plan.seed = 1;
  CHECK(output_after(plan, 1) == grey);
}

TEST_CASE("input files that don't fit are refused") {
  Surroundings here;
  if (!have(here)) return;
  const ScratchFolder folder;
  std::ofstream(folder.file("short.raw")) << "abc";
  TflitePlan plan = plan_for(here, "mobilenet_v1_0.25_128_uint8.tflite");
  plan.inputs = {{0, folder.file("short.raw")}};
  CHECK(failure_of_init(plan).code == "E_INPUT_FILE");
  CHECK(failure_of_init(plan).message.find("takes exactly 49152") != std::string::npos);
  plan.inputs = {{1, folder.file("short.raw")}};
  CHECK(failure_of_init(plan).message.find("the model has 1 input(s)") != std::string::npos);
}

TEST_CASE("several threads give the same quantized result as one") {
  Surroundings here;
  if (!have(here)) return;
  TflitePlan plan = plan_for(here, "mobilenet_v1_0.25_96_vww_int8.tflite", true);
  const std::string one = output_after(plan, 2);
  plan.threads = 2;
  CHECK(make_workload(plan)->may_create_threads());
  CHECK(output_after(plan, 2) == one);
}

TEST_CASE("an unresolved custom operator is named, with the engine's own words") {
  Surroundings here;
  if (!have(here)) return;
  for (const bool xnnpack : {false, true}) {
    const Failure failure = failure_of_init(plan_for(here, "invalid_model_invoking_error.tflite", xnnpack));
    CAPTURE(failure.message);
    CHECK(failure.code == "E_UNRESOLVED_OP");
    CHECK(failure.message.find("needs the custom operator ") != std::string::npos);
    CHECK(failure.message.find("The engine says: ") != std::string::npos);
    CHECK_FALSE(failure.hint.empty());
  }
}

TEST_CASE("a model that the engine prepares without XNNPACK only is refused by XNNPACK, and that is said") {
  Surroundings here;
  if (!have(here)) return;
  for (const char* model : {"odd/where.tflite", "odd/call_once_mul.tflite", "odd/sample_4x4x4x4x4.tflite"}) {
    CAPTURE(std::string(model));
    const Failure failure = failure_of_init(plan_for(here, model, true));
    CHECK(failure.code == "E_XNNPACK_REFUSED");
    CHECK(failure.hint.find("--no-xnnpack") != std::string::npos);
    CHECK(failure_of_init(plan_for(here, model)).code == "no error");
  }
  // refused with and without it: that is no matter of XNNPACK's
  CHECK(failure_of_init(plan_for(here, "odd/simple_squeeze.tflite", true)).code == "E_MODEL_UNSUPPORTED");
}

TEST_CASE("the nodes that XNNPACK took are listed for each graph of the model") {
  Surroundings here;
  if (!have(here)) return;
  const auto taken = [&](const char* model) {
    auto workload = make_workload(plan_for(here, model, true));
    workload->init();
    const XnnpackInfo xnnpack = workload->info().tflite->xnnpack;
    workload->teardown();
    return xnnpack.taken;
  };
  CHECK(taken("resnet8_cifar10_fp32.tflite") == std::vector<std::string>{"0-15"});
  CHECK(taken("odd/two_signatures.tflite").size() == 2);
  CHECK(taken("odd/nested_while.tflite").size() == 5);
  CHECK(taken("odd/split.float32.tflite") == std::vector<std::string>{""});
}

TEST_CASE("an input with a range has its values there, others as ever") {
  Surroundings here;
  if (!have(here)) return;
  TflitePlan plan = plan_for(here, "odd/simple_floor_mod.tflite");
  plan.ranges = {{0, 1, 8}, {1, 1, 8}};
  auto workload = make_workload(plan);
  workload->init();
  CHECK_NOTHROW(workload->execute());
  workload->teardown();
}

TEST_CASE("files that are no model are refused, wherever they were cut") {
  Surroundings here;
  if (!have(here)) return;
  const ScratchFolder folder;
  TflitePlan plan = plan_for(here, "none.tflite");
  CHECK(failure_of_init(plan).code == "E_MODEL_MISSING");
  const std::string whole = content(here.models + "resnet8_cifar10_int8.tflite");
  plan.model = folder.file("model.tflite");
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{9}, std::size_t{100},
                                 whole.size() / 2, whole.size() - 1}) {
    CAPTURE(size);
    std::ofstream(plan.model, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    CHECK(failure_of_init(plan).code == "E_MODEL_INVALID");
  }
  std::ofstream(plan.model, std::ios::trunc) << "just some text that is long enough";
  CHECK(failure_of_init(plan).code == "E_MODEL_INVALID");
  plan.model = folder.file("");  // a folder
  CHECK(failure_of_init(plan).code == "E_MODEL_INVALID");
}

TEST_CASE("outputs that can't be written are an error") {
  Surroundings here;
  if (!have(here)) return;
  const ScratchFolder folder;
  std::ofstream(folder.file("file")) << "in the way";
  TflitePlan plan = plan_for(here, "resnet8_cifar10_int8.tflite");
  plan.dump_output = folder.file("file/out");
  auto workload = make_workload(plan);
  workload->init();
  workload->execute();
  CHECK_THROWS_AS(workload->finish(), isochron::Error);
  workload->teardown();
  std::filesystem::create_directories(folder.file("full"));
  std::filesystem::create_symlink("/dev/full", folder.file("full/output0.raw"));
  plan.dump_output = folder.file("full");
  workload = make_workload(plan);
  workload->init();
  workload->execute();
  CHECK_THROWS_WITH_AS(workload->finish(), doctest::Contains("No space left"), isochron::Error);
  workload->teardown();
}
