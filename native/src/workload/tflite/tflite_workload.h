// One inference per job.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workload/tflite/engine_library.h"
#include "workload/tflite/error_log.h"
#include "workload/tflite/xnnpack.h"
#include "workload/workload.h"
#include "workload/workload_plan.h"

namespace isochron::workload {

/// init loads library and model, creates the delegate and the interpreter, allocates and fills; a job is one Invoke on
/// the same inputs; finish writes the outputs of the last job if asked to.
///
/// XNNPACK runs only where the plan asks for it: this code adds the delegate at most once. A library that applies
/// XNNPACK on its own account says so on stderr, which the parent process reads. A graph that the delegate refuses is
/// tried again with fewer kinds of 8-bit operators (operators_to_try); what was refused is in the info's messages, and
/// the time that it took is the stage "refusedByXnnpack". A graph that it refuses in every way, and that can be
/// prepared without it, fails with E_XNNPACK_REFUSED: nothing runs otherwise than it was asked for.
class TfliteWorkload final : public Workload {
 public:
  explicit TfliteWorkload(const TflitePlan& plan) : plan_(plan) {}

  void init() override;
  void execute() override;
  std::optional<std::vector<TensorInfo>> finish() override;
  void teardown() noexcept override;
  WorkloadInfo info() const override;
  bool may_create_threads() const override { return plan_.threads != 1; }
  bool may_allocate() const override { return true; }

  /// Other values for the next execute, instead of what init filled in. Throws E_INPUT_SIZE unless `size` is what the
  /// tensor takes, E_INPUT_INDEX for an input that the model doesn't have. After init only.
  void set_input(std::size_t index, const void* data, std::size_t size);

  /// Size of an output after the last execute; a model may decide it only then. Throws E_OUTPUT_INDEX.
  std::size_t output_bytes(std::size_t index) const;

  /// Copies an output of the last execute, output_bytes(index) bytes. Throws E_OUTPUT_INDEX.
  void copy_output(std::size_t index, void* data) const;

 private:
  // Destroyed from the last to the first: the interpreter uses all that stands before it.
  struct Engine {
    explicit Engine(const std::string& path) : library(path) {}
    tflite::EngineLibrary library;
    tflite::ErrorLog log;
    std::unique_ptr<tflite::Model, void (*)(tflite::Model*)> model{nullptr, nullptr};
    tflite::DelegatePtr delegate{nullptr, nullptr};
    std::unique_ptr<tflite::Interpreter, void (*)(tflite::Interpreter*)> interpreter{nullptr, nullptr};
  };

  template <typename Work>
  void stage(const char* name, Work work);
  void load_model(Engine& engine);
  void prepare_graph(Engine& engine);
  void prepare_graph_with_xnnpack(Engine& engine);
  void create_interpreter(Engine& engine);
  void allocate_tensors(Engine& engine);
  void fill_inputs(Engine& engine);
  const tflite::Tensor* output(std::size_t index) const;

  TflitePlan plan_;
  std::unique_ptr<Engine> engine_;
  TfliteInfo info_;
};

}  // namespace isochron::workload
