#include "workload/tflite/tensors.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "system/error.h"
#include "workload/random.h"

namespace isochron::workload::tflite {
namespace {

/// Fills `bytes` bytes with values of type T made by `make`; memcpy because nothing promises the buffer's alignment.
template <typename T, typename Make>
void fill(void* data, std::size_t bytes, Make make) {
  auto* out = static_cast<unsigned char*>(data);
  for (std::size_t i = 0; i + sizeof(T) <= bytes; i += sizeof(T)) {
    const T value = make();
    std::memcpy(out + i, &value, sizeof value);
  }
}

/// k / 2^10 as an IEEE half for |k| <= 2^10: exact, and normal unless it is zero.
std::uint16_t half_of_1024ths(int k) {
  if (k == 0) return 0;
  const unsigned sign = k < 0 ? 0x8000u : 0u;
  const auto magnitude = static_cast<unsigned>(k < 0 ? -k : k);
  unsigned exponent = 0;
  while ((magnitude >> exponent) > 1) ++exponent;
  const unsigned mantissa = (magnitude << (10 - exponent)) & 0x3ffu;
  return static_cast<std::uint16_t>(sign | ((exponent + 15 - 10) << 10) | mantissa);
}

double minus_one_to_one(SplitMix64& random) {
  return static_cast<double>(static_cast<std::int64_t>(random.bits(24)) - (1 << 23)) / (1 << 23);
}

}  // namespace

std::string type_name(Type type) {
  static constexpr const char* kNames[] = {
      "notype",  "float32", "int32",      "uint8",  "int64",    "string",  "bool",   "int16",  "complex64", "int8",
      "float16", "float64", "complex128", "uint64", "resource", "variant", "uint32", "uint16", "int4"};
  const int index = static_cast<int>(type);
  if (index < 0 || index >= static_cast<int>(std::size(kNames))) return "type " + std::to_string(index);
  return kNames[index];
}

TensorInfo describe(const Api& api, const Tensor* tensor) {
  TensorInfo info;
  const char* name = api.tensor_name(tensor);
  info.name = name == nullptr ? "" : name;
  info.type = type_name(api.tensor_type(tensor));
  const std::int32_t dims = api.tensor_num_dims(tensor);
  for (std::int32_t i = 0; i < dims; ++i) info.shape.push_back(api.tensor_dim(tensor, i));
  info.bytes = api.tensor_byte_size(tensor);
  const QuantizationParams params = api.tensor_quantization_params(tensor);
  if (params.scale != 0.0f) info.quantization = Quantization{params.scale, params.zero_point};
  return info;
}

std::string type_and_shape(const TensorInfo& info) {
  std::string text = info.type + "[";
  for (std::size_t i = 0; i < info.shape.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(info.shape[i]);
  return text + "]";
}

void check_input(const TensorInfo& info, Type type, unsigned index) {
  const std::string subject = "Input " + std::to_string(index) + " (" + info.name + ") of the model";
  if (type == Type::kString) {
    throw Error("E_INPUT_UNSUPPORTED", subject + " takes strings, which isochron can't provide.",
                "Benchmark the part of the model behind its string operators.");
  }
  if (type == Type::kResource || type == Type::kVariant || type == Type::kNone) {
    throw Error("E_INPUT_UNSUPPORTED", subject + " is of type " + info.type + ", which isochron can't provide.");
  }
  if (std::any_of(info.shape.begin(), info.shape.end(), [](std::int64_t dim) { return dim <= 0; })) {
    throw Error("E_INPUT_UNSUPPORTED", subject + " leaves a dimension open: " + type_and_shape(info) + ".",
                "Convert the model with a fixed input shape: a job must do the same work every time.");
  }
}

void generate(Type type, std::uint64_t seed, void* data, std::size_t bytes) {
  SplitMix64 random(seed);
  switch (type) {
    case Type::kFloat32:
      return fill<float>(data, bytes, [&] { return static_cast<float>(minus_one_to_one(random)); });
    case Type::kFloat64:
      return fill<double>(data, bytes, [&] { return minus_one_to_one(random); });
    case Type::kFloat16:
      return fill<std::uint16_t>(data, bytes,
                                 [&] { return half_of_1024ths(static_cast<int>(random.bits(11)) - 1024); });
    case Type::kInt8:
    case Type::kUInt8:
      return fill<std::uint8_t>(data, bytes, [&] { return static_cast<std::uint8_t>(random.bits(8)); });
    case Type::kInt16:
    case Type::kUInt16:
      return fill<std::uint16_t>(data, bytes, [&] { return static_cast<std::uint16_t>(random.bits(16)); });
    case Type::kBool:
      return fill<std::uint8_t>(data, bytes, [&] { return static_cast<std::uint8_t>(random.bits(1)); });
    case Type::kInt32:
    case Type::kUInt32:
      return fill<std::uint32_t>(data, bytes, [&] { return static_cast<std::uint32_t>(random.bits(1)); });
    case Type::kInt64:
    case Type::kUInt64:
      return fill<std::uint64_t>(data, bytes, [&] { return random.bits(1); });
    default:
      throw Error("E_INPUT_UNSUPPORTED", "isochron generates no inputs of type " + type_name(type) + ".",
                  "Give the input as a raw little-endian file: --input NAME=FILE.");
  }
}

void generate_within(Type type, double low, double high, std::uint64_t seed, void* data, std::size_t bytes) {
  SplitMix64 random(seed);
  const auto whole = [&] {
    const auto values = static_cast<std::uint64_t>(high - low) + 1;
    return static_cast<std::int64_t>(low) + static_cast<std::int64_t>(random.bits(32) % values);
  };
  const auto real = [&] { return low + (high - low) * static_cast<double>(random.bits(20)) / (1 << 20); };
  switch (type) {
    case Type::kFloat32:
      return fill<float>(data, bytes, [&] { return static_cast<float>(real()); });
    case Type::kFloat64:
      return fill<double>(data, bytes, real);
    case Type::kInt8:
    case Type::kUInt8:
      return fill<std::uint8_t>(data, bytes, [&] { return static_cast<std::uint8_t>(whole()); });
    case Type::kInt16:
    case Type::kUInt16:
      return fill<std::uint16_t>(data, bytes, [&] { return static_cast<std::uint16_t>(whole()); });
    case Type::kInt32:
    case Type::kUInt32:
      return fill<std::uint32_t>(data, bytes, [&] { return static_cast<std::uint32_t>(whole()); });
    case Type::kInt64:
    case Type::kUInt64:
      return fill<std::uint64_t>(data, bytes, [&] { return static_cast<std::uint64_t>(whole()); });
    default:
      return generate(type, seed, data, bytes);
  }
}

void read_input_file(const std::string& path, const TensorInfo& info, void* data, std::size_t bytes) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    throw Error("E_INPUT_FILE",
                "The input file " + path + " can't be opened: " + std::generic_category().message(errno) + ".");
  }
  const auto size = static_cast<std::int64_t>(file.tellg());
  if (size < 0 || static_cast<std::uint64_t>(size) != bytes) {
    throw Error("E_INPUT_FILE",
                "The input file " + path + " has " + std::to_string(size) + " bytes; the tensor " + info.name + " (" +
                    type_and_shape(info) + ") takes exactly " + std::to_string(bytes) + ".",
                "An input file holds the tensor's raw little-endian values, nothing else.");
  }
  file.seekg(0);
  file.read(static_cast<char*>(data), static_cast<std::streamsize>(bytes));
  if (!file) throw Error("E_INPUT_FILE", "The input file " + path + " could not be read to its end.");
}

}  // namespace isochron::workload::tflite
