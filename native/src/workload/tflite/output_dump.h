// The last job's outputs as files, so that a run can be checked against another engine.
#pragma once

#include <string>
#include <vector>

#include "workload/tflite/c_api.h"
#include "workload/workload_info.h"

namespace isochron::workload::tflite {

/// outputs.json for these tensors: {"outputs": [{"file", "name", "type", "shape", "bytes", "quantization"}]}, in the
/// order of the model. Valid JSON for any name: bytes that are not UTF-8 become U+FFFD.
std::string outputs_json(const std::vector<TensorInfo>& outputs);

/// Writes output0.raw … (raw little-endian values) and outputs.json into `folder`, which is made if need be. The JSON
/// comes last: where it is, the rest is whole. Throws E_OUTPUT_WRITE.
void dump_outputs(const Api& api, const Interpreter* interpreter, const std::string& folder);

}  // namespace isochron::workload::tflite
