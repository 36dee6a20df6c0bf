// The last job's outputs as files, so that a run can be checked against another engine.
#pragma once

#include <string>
#include <vector>

#include "workload/tflite/c_api.h"
#include "workload/workload_info.h"

namespace isochron::workload::tflite {

/// Writes output0.raw … (raw little-endian values, in the order of the model) into `folder`, which is made if need be.
/// Returns what they are: outputs.json, which lists them (src/formats/outputs-json.ts), comes after them, so that where
/// it is the rest is whole. Throws E_OUTPUT_WRITE.
std::vector<TensorInfo> dump_outputs(const Api& api, const Interpreter* interpreter, const std::string& folder);

}  // namespace isochron::workload::tflite
