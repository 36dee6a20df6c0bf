// Tensors as plain values, and what goes into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "workload/tflite/c_api.h"
#include "workload/workload_info.h"

namespace isochron::workload::tflite {

/// TFLite's name of a type in lower case; "type 99" for one that is newer than this code.
std::string type_name(Type type);

TensorInfo describe(const Api& api, const Tensor* tensor);

/// Throws E_INPUT_UNSUPPORTED for an input that no bytes can be prepared for: strings, resources, or a dimension that
/// the model leaves open (0 or negative).
void check_input(const TensorInfo& info, Type type, unsigned index);

/// Writes values that a model can work with, the same for the same seed on every platform:
/// floats uniform in [-1, 1) on a grid coarse enough that none is denormal (2^-23 for float32 and float64, 2^-10 for
/// float16); int8, uint8 and int16 over their whole range, as quantized activations use it; wider integers and bools 0
/// or 1, because such inputs are mostly indices or lengths, and an index out of range makes a kernel fail.
/// Throws E_INPUT_UNSUPPORTED for other types.
void generate(Type type, std::uint64_t seed, void* data, std::size_t bytes);

/// The same, uniform in [low, high] instead: whole numbers for integers, for float types a grid of 2^20 steps. Types
/// for which that means nothing (bool, complex) get their ordinary values.
void generate_within(Type type, double low, double high, std::uint64_t seed, void* data, std::size_t bytes);

/// Reads exactly `bytes` bytes from `path`. Throws E_INPUT_FILE for a file that can't be read or has another size;
/// the message names the tensor and what it takes.
void read_input_file(const std::string& path, const TensorInfo& info, void* data, std::size_t bytes);

/// "float32[1,224,224,3]"
std::string type_and_shape(const TensorInfo& info);

}  // namespace isochron::workload::tflite
