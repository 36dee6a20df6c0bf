// What a workload says of itself after init: the native side of WorkloadInfo in src/addon/native.ts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isochron::workload {

struct Quantization {
  double scale = 0;
  std::int64_t zero_point = 0;
};

struct TensorInfo {
  std::string name;
  std::string type;  // TFLite's type name in lower case: float32, int8, uint8, …
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = 0;
  std::optional<Quantization> quantization;  // per tensor; absent for none
};

struct XnnpackInfo {
  bool requested = false;
  std::optional<std::uint64_t> delegated_nodes;  // nodes that the delegate took; absent where that can't be observed
  std::optional<std::uint64_t> total_nodes;      // of the graph before delegation; absent where it can't be observed
  std::optional<std::uint64_t> partitions;       // delegate kernels that replaced them; absent as delegated_nodes
  std::vector<std::string> taken;                // the nodes by graph, "0-27,30"; empty where they can't be observed
  std::vector<std::string> refusals;             // sentences about operators that it offered to take and then could not
};

struct TfliteInfo {
  std::string version;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  XnnpackInfo xnnpack;
  /// ns that each stage of init took, in the order in which they ran:
  /// loadEngine, loadModel, createDelegate, createInterpreter, allocateTensors, fillInputs.
  std::vector<std::pair<std::string, std::uint64_t>> stages;
  std::vector<std::string> messages;  // the engine's last messages through its error reporter
};

struct WorkloadInfo {
  std::vector<std::string> extra_metrics;  // column names
  std::optional<TfliteInfo> tflite;        // absent for synthetic workloads and plugins
};

}  // namespace isochron::workload
