#include "workload/tflite/xnnpack.h"

#include <cstdint>

#include "system/error.h"

namespace isochron::workload::tflite {
namespace {

// TfLiteXNNPackDelegateOptions is passed by address and has grown over the versions, so what we pass is longer than any
// of them and zero beyond the fields that we know; zero is "none" for all of those up to 2.15.
struct Options {
  std::int32_t num_threads = 0;
  std::uint32_t flags = 0;  // up to 2.15 or later; newer versions have runtime_flags here, and flags after it
  std::uint64_t rest[62] = {};
};

constexpr std::uint32_t kSigned8Bit = 1;    // TFLITE_XNNPACK_DELEGATE_FLAG_QS8
constexpr std::uint32_t kUnsigned8Bit = 2;  // TFLITE_XNNPACK_DELEGATE_FLAG_QU8

/// Versions whose struct is longer than 16 bytes, and therefore returned through memory on x86-64 and arm64 alike.
bool has_long_options(const EngineVersion& version) { return version.major == 2 && version.minor >= 16; }

/// Versions whose struct begins as Options does.
bool has_known_options(const EngineVersion& version) { return version.between(0, 16); }

}  // namespace

std::vector<XnnpackOperators> operators_to_try(const EngineLibrary& library) {
  if (!has_known_options(library.version())) return {{true, true}};
  return {{true, true}, {true, false}, {false, true}, {false, false}};
}

std::string to_string(XnnpackOperators operators) {
  if (operators.signed_8bit && operators.unsigned_8bit) return "signed and unsigned 8-bit";
  if (operators.signed_8bit) return "signed 8-bit";
  return operators.unsigned_8bit ? "unsigned 8-bit" : "no 8-bit";
}

DelegatePtr create_xnnpack(const EngineLibrary& library, int threads, XnnpackOperators operators) {
  if (!library.has_xnnpack()) {
    throw Error("E_XNNPACK_MISSING", "The TensorFlow Lite library " + library.path() + " was built without XNNPACK.",
                "Run with --no-xnnpack, or choose a library that has it: `isochron engine install` fetches one.");
  }
  Options options;
  const Options* chosen = &options;
  if (has_known_options(library.version())) {
    options.flags = (operators.signed_8bit ? kSigned8Bit : 0) | (operators.unsigned_8bit ? kUnsigned8Bit : 0);
  } else if (has_long_options(library.version()) && library.api().xnnpack_options_default != nullptr) {
    // The library's own defaults have both 8-bit flags on wherever it was built with those operators. Only the number
    // of threads, the first field in every version, is ours.
    options = reinterpret_cast<Options (*)()>(library.api().xnnpack_options_default)();
  } else {
    chosen = nullptr;  // an unknown layout: the library's defaults, without a say in the number of threads
  }
  options.num_threads = threads;
  DelegatePtr delegate(library.api().xnnpack_create(chosen), library.api().xnnpack_delete);
  if (delegate == nullptr) {
    throw Error("E_XNNPACK_FAILED", "The engine could not create its XNNPACK delegate.",
                "Run with --no-xnnpack, or with another engine (--engine PATH).");
  }
  return delegate;
}

}  // namespace isochron::workload::tflite
