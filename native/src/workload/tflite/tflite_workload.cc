#include "workload/tflite/tflite_workload.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>

#include "system/clocks.h"
#include "system/error.h"
#include "workload/random.h"
#include "workload/tflite/delegate_watch.h"
#include "workload/tflite/output_dump.h"
#include "workload/tflite/tensors.h"

namespace isochron::workload {
namespace {

using tflite::ErrorLog;
using tflite::Status;

/// The engine tells only stderr what is wrong with a file that it can't open, so the plain cases are told apart here.
void check_model_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int error = errno;
    throw Error(
        "E_MODEL_MISSING",
        "The model " + path +
            (error == ENOENT ? " does not exist." : " can't be read: " + std::generic_category().message(error) + "."));
  }
  char head[8] = {};
  file.read(head, sizeof head);
  // A flatbuffer has its file identifier at byte 4; TFLite's is TFL3.
  if (file.gcount() != sizeof head || std::memcmp(head + 4, "TFL3", 4) != 0) {
    throw Error("E_MODEL_INVALID", "The file " + path + " is not a TensorFlow Lite model.",
                "A model is a .tflite file, as the TensorFlow Lite converter writes it.");
  }
}

std::string with_log(const std::string& sentence, const ErrorLog& log) {
  const std::string text = log.text();
  return text.empty() ? sentence + "." : sentence + ". The engine says: " + text;
}

/// The word that follows `marker` in `text`, up to one of `ends`; empty where the marker is not there.
std::string word_after(const std::string& text, const std::string& marker, const char* ends) {
  const auto found = text.find(marker);
  if (found == std::string::npos) return "";
  const auto begin = found + marker.size();
  const auto end = text.find_first_of(ends, begin);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

/// The Edge TPU's compiler puts its part of a model into one operator of this name.
constexpr char kEdgeTpuOperator[] = "edgetpu-custom-op";

Error unresolved(const std::string& op, const TflitePlan& plan, const ErrorLog& log) {
  if (op == kEdgeTpuOperator) {
    return {"E_EDGETPU_MODEL",
            "The model " + plan.model + " is compiled for the Coral Edge TPU, which this engine does not drive.",
            "Use the file that it was compiled from: the one without _edgetpu in its name."};
  }
  return {"E_UNRESOLVED_OP",
          with_log("The model " + plan.model + " needs the custom operator " + op + ", which this engine doesn't have",
                   log),
          "Use a library that has the operator built in (--engine PATH), or a model without it."};
}

/// The engine's refusal of a model as an error. The engine names an operator that it doesn't have in its messages.
Error refusal(const std::string& what, const TflitePlan& plan, const ErrorLog& log) {
  const std::string text = log.text();
  const std::string op = word_after(text, "unresolved custom op: ", " .");
  // Operators of TensorFlow itself (the converter's "Select TF ops") are custom operators named Flex….
  if (text.find("Select TensorFlow op") != std::string::npos || op.rfind("Flex", 0) == 0) {
    const std::string name = op.empty() ? word_after(text, "(Flex", ") ") : op.substr(4);
    return {"E_FLEX_OP",
            with_log("The model " + plan.model + " needs " + (name.empty() ? "operators" : "the operator " + name) +
                         " of TensorFlow itself (Select TF ops), which this engine doesn't have",
                     log),
            "Convert the model without Select TF ops (only TFLITE_BUILTINS), or use a library that has them built in "
            "(--engine PATH)."};
  }
  if (!op.empty()) return unresolved(op, plan, log);
  return {"E_MODEL_UNSUPPORTED", with_log("The engine can't " + what + " " + plan.model, log),
          "Another engine may be able to: --engine PATH."};
}

/// The model is sound (it could be prepared without the delegate), so this is said instead of blaming the model.
Error refused_by_xnnpack(const TflitePlan& plan, const std::string& reason) {
  return {
      "E_XNNPACK_REFUSED",
      "XNNPACK refused the model " + plan.model + ", which the engine prepares without it. " +
          (reason.empty() ? "The engine gives no reason; usual ones are tensors sized only at run time and variables."
                          : "The engine says: " + reason),
      "Run it with --no-xnnpack."};
}

void require_index(const char* code, const std::string& what, std::size_t index, std::size_t count) {
  if (index < count) return;
  throw Error(code, "There is no " + what + " " + std::to_string(index) + "; the model has " + std::to_string(count) +
                        ", counted from 0.");
}

}  // namespace

template <typename Work>
void TfliteWorkload::stage(const char* name, Work work) {
  const std::uint64_t start = system::monotonic_ns();
  work();
  info_.stages.emplace_back(name, system::monotonic_ns() - start);
}

void TfliteWorkload::init() {
  info_ = TfliteInfo{};
  std::unique_ptr<Engine> engine;
  stage("loadEngine", [&] { engine = std::make_unique<Engine>(plan_.library); });
  info_.version = engine->library.version_text();
  info_.xnnpack.requested = plan_.xnnpack;

  stage("loadModel", [&] { load_model(*engine); });
  if (plan_.xnnpack) {
    prepare_graph_with_xnnpack(*engine);
  } else {
    prepare_graph(*engine);
    info_.xnnpack.delegated_nodes = 0;  // no delegate was added
    info_.xnnpack.partitions = 0;
  }
  stage("fillInputs", [&] { fill_inputs(*engine); });
  const tflite::Api& api = engine->library.api();
  for (std::int32_t i = 0; i < api.output_count(engine->interpreter.get()); ++i) {
    info_.outputs.push_back(tflite::describe(api, api.output(engine->interpreter.get(), i)));
  }
  engine_ = std::move(engine);
}

void TfliteWorkload::prepare_graph(Engine& engine) {
  stage("createInterpreter", [&] { create_interpreter(engine); });
  stage("allocateTensors", [&] { allocate_tensors(engine); });
}

void TfliteWorkload::prepare_graph_with_xnnpack(Engine& engine) {
  const std::vector<tflite::XnnpackOperators> choices = tflite::operators_to_try(engine.library);
  const std::uint64_t start = system::monotonic_ns();
  const auto stages_before = info_.stages;
  std::string first_reason;
  for (std::size_t i = 0;; ++i) {
    info_.stages = stages_before;
    if (i > 0) info_.stages.emplace_back("refusedByXnnpack", system::monotonic_ns() - start);
    try {
      stage("createDelegate",
            [&] { engine.delegate = tflite::create_xnnpack(engine.library, plan_.threads, choices[i]); });
      // The layouts that the watch relies on have been the same in these versions.
      std::optional<tflite::DelegateWatch> watch;
      if (engine.library.version().between(5, 20)) watch.emplace(*engine.delegate);
      prepare_graph(engine);
      if (const auto counts = watch ? watch->counts() : std::nullopt) {
        info_.xnnpack.delegated_nodes = counts->delegated_nodes;
        info_.xnnpack.total_nodes = counts->total_nodes;
        info_.xnnpack.partitions = counts->partitions;
        for (const auto& graph : counts->taken) info_.xnnpack.taken.push_back(tflite::as_ranges(graph));
      }
      return;
    } catch (const Error& error) {
      if (error.code() != "E_MODEL_UNSUPPORTED") throw;
      const std::string reason = engine.log.text();
      if (first_reason.empty()) first_reason = reason;
      engine.interpreter.reset();  // before the delegate, which it uses
      engine.delegate.reset();
      engine.log.clear();
      if (i + 1 == choices.size()) {
        prepare_graph(engine);  // throws what the engine has against the model itself
        throw refused_by_xnnpack(plan_, first_reason);
      }
      info_.xnnpack.refusals.push_back("XNNPACK refused the model with its " + to_string(choices[i]) +
                                       " operators: " + (reason.empty() ? "the engine gives no reason" : reason));
    }
  }
}

void TfliteWorkload::load_model(Engine& engine) {
  check_model_file(plan_.model);
  const tflite::Api& api = engine.library.api();
  engine.model = {api.model_create_from_file(plan_.model.c_str()), api.model_delete};
  if (engine.model == nullptr) {
    throw Error("E_MODEL_INVALID", "The model " + plan_.model + " is truncated or damaged: the engine can't read it.",
                "Copy or convert the model again.");
  }
}

void TfliteWorkload::create_interpreter(Engine& engine) {
  const tflite::Api& api = engine.library.api();
  using Options = tflite::InterpreterOptions;
  const std::unique_ptr<Options, void (*)(Options*)> options(api.options_create(), api.options_delete);
  api.options_set_num_threads(options.get(), plan_.threads);
  api.options_set_error_reporter(options.get(), &ErrorLog::report, &engine.log);
  if (engine.delegate != nullptr) api.options_add_delegate(options.get(), engine.delegate.get());
  engine.interpreter = {api.interpreter_create(engine.model.get(), options.get()), api.interpreter_delete};
  if (engine.interpreter == nullptr) throw refusal("make an interpreter for the model", plan_, engine.log);
}

void TfliteWorkload::allocate_tensors(Engine& engine) {
  const tflite::Api& api = engine.library.api();
  // Before the allocation, which would fail for some of these with a message about something else.
  for (std::int32_t i = 0; i < api.input_count(engine.interpreter.get()); ++i) {
    const tflite::Tensor* tensor = api.input(engine.interpreter.get(), i);
    tflite::check_input(tflite::describe(api, tensor), api.tensor_type(tensor), static_cast<unsigned>(i));
  }
  if (api.interpreter_allocate_tensors(engine.interpreter.get()) != Status::kOk) {
    throw refusal("allocate the tensors of the model", plan_, engine.log);
  }
}

void TfliteWorkload::fill_inputs(Engine& engine) {
  const tflite::Api& api = engine.library.api();
  const auto count = static_cast<unsigned>(api.input_count(engine.interpreter.get()));
  for (const InputFile& file : plan_.inputs) {
    if (file.index >= count) {
      throw Error("E_INPUT_FILE", "The file " + file.path + " is meant for input " + std::to_string(file.index) +
                                      ", but the model has " + std::to_string(count) + " input(s), counted from 0.");
    }
  }
  SplitMix64 seeds(plan_.seed);  // a seed per input: giving a file for one changes nothing for the others
  for (unsigned i = 0; i < count; ++i) {
    tflite::Tensor* tensor = api.input(engine.interpreter.get(), static_cast<std::int32_t>(i));
    info_.inputs.push_back(tflite::describe(api, tensor));
    const TensorInfo& info = info_.inputs.back();
    const std::uint64_t seed = seeds.next();
    void* data = api.tensor_data(tensor);
    if (data == nullptr) {
      throw Error("E_INPUT_UNSUPPORTED",
                  "The engine has no memory for input " + std::to_string(i) + " (" + info.name + ").");
    }
    const std::string* path = nullptr;
    for (const InputFile& file : plan_.inputs) {
      if (file.index == i) path = &file.path;
    }
    if (path != nullptr) {
      tflite::read_input_file(*path, info, data, static_cast<std::size_t>(info.bytes));
    } else {
      const auto range = std::find_if(plan_.ranges.begin(), plan_.ranges.end(),
                                      [i](const InputRange& candidate) { return candidate.index == i; });
      const auto bytes = static_cast<std::size_t>(info.bytes);
      if (range == plan_.ranges.end()) {
        tflite::generate(api.tensor_type(tensor), seed, data, bytes);
      } else {
        tflite::generate_within(api.tensor_type(tensor), range->low, range->high, seed, data, bytes);
      }
    }
  }
}

void TfliteWorkload::execute() {
  if (engine_->library.api().interpreter_invoke(engine_->interpreter.get()) != Status::kOk) {
    const bool generated = plan_.inputs.size() < info_.inputs.size();
    throw Error("E_INVOKE_FAILED", with_log("The engine failed to run the model " + plan_.model, engine_->log),
                generated ? "Its inputs were generated (seed " + std::to_string(plan_.seed) +
                                "): give it values that suit it with --input NAME=FILE, or another --seed."
                          : "");
  }
}

std::optional<std::vector<TensorInfo>> TfliteWorkload::finish() {
  if (plan_.dump_output.empty()) return std::nullopt;
  return tflite::dump_outputs(engine_->library.api(), engine_->interpreter.get(), plan_.dump_output);
}

void TfliteWorkload::set_input(std::size_t index, const void* data, std::size_t size) {
  require_index("E_INPUT_INDEX", "input", index, info_.inputs.size());
  const TensorInfo& info = info_.inputs[index];
  if (size != info.bytes) {
    throw Error("E_INPUT_SIZE", "The tensor " + info.name + " (" + tflite::type_and_shape(info) + ") takes " +
                                    std::to_string(info.bytes) + " bytes, not " + std::to_string(size) + ".");
  }
  const tflite::Api& api = engine_->library.api();
  std::memcpy(api.tensor_data(api.input(engine_->interpreter.get(), static_cast<std::int32_t>(index))), data, size);
}

const tflite::Tensor* TfliteWorkload::output(std::size_t index) const {
  require_index("E_OUTPUT_INDEX", "output", index, info_.outputs.size());
  return engine_->library.api().output(engine_->interpreter.get(), static_cast<std::int32_t>(index));
}

std::size_t TfliteWorkload::output_bytes(std::size_t index) const {
  const tflite::Tensor* tensor = output(index);
  const tflite::Api& api = engine_->library.api();
  return api.tensor_data(tensor) == nullptr ? 0 : api.tensor_byte_size(tensor);
}

void TfliteWorkload::copy_output(std::size_t index, void* data) const {
  const std::size_t bytes = output_bytes(index);
  if (bytes > 0) std::memcpy(data, engine_->library.api().tensor_data(output(index)), bytes);
}

void TfliteWorkload::teardown() noexcept { engine_.reset(); }

WorkloadInfo TfliteWorkload::info() const {
  WorkloadInfo info{extra_metric_names(), info_};
  info.tflite->messages = info_.xnnpack.refusals;
  if (engine_ != nullptr) {
    for (std::string& message : engine_->log.messages()) info.tflite->messages.push_back(std::move(message));
  }
  return info;
}

}  // namespace isochron::workload
