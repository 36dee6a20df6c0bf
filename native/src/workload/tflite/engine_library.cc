#include "workload/tflite/engine_library.h"

#include <cstdio>

#include "system/error.h"

namespace isochron::workload::tflite {
namespace {

constexpr char kHint[] =
    "`isochron engine install` fetches a library that fits this machine; --engine PATH or ISOCHRON_ENGINE chooses "
    "another one.";

/// Resolves functions and remembers the names of those that are missing.
class Resolver {
 public:
  explicit Resolver(const SharedObject& object) : object_(object) {}

  template <typename Function>
  void required(Function& function, const char* name) {
    optional(function, name);
    if (function == nullptr) missing_ += (missing_.empty() ? "" : ", ") + std::string(name);
  }

  template <typename Function>
  void optional(Function& function, const char* name) {
    function = object_.function<Function>(name);
  }

  const std::string& missing() const { return missing_; }

 private:
  const SharedObject& object_;
  std::string missing_;
};

}  // namespace

EngineVersion parse_version(const std::string& text) {
  EngineVersion version;
  if (std::sscanf(text.c_str(), "%d.%d", &version.major, &version.minor) != 2) return {};
  return version;
}

EngineLibrary::EngineLibrary(const std::string& path)
    : object_(path, {"TensorFlow Lite library", "E_ENGINE_MISSING", "E_ENGINE_INVALID", kHint}) {
  Resolver resolve(object_);
  resolve.required(api_.version, "TfLiteVersion");
  resolve.required(api_.model_create_from_file, "TfLiteModelCreateFromFile");
  resolve.required(api_.model_delete, "TfLiteModelDelete");
  resolve.required(api_.options_create, "TfLiteInterpreterOptionsCreate");
  resolve.required(api_.options_delete, "TfLiteInterpreterOptionsDelete");
  resolve.required(api_.options_set_num_threads, "TfLiteInterpreterOptionsSetNumThreads");
  resolve.required(api_.options_add_delegate, "TfLiteInterpreterOptionsAddDelegate");
  resolve.required(api_.options_set_error_reporter, "TfLiteInterpreterOptionsSetErrorReporter");
  resolve.required(api_.interpreter_create, "TfLiteInterpreterCreate");
  resolve.required(api_.interpreter_delete, "TfLiteInterpreterDelete");
  resolve.required(api_.interpreter_allocate_tensors, "TfLiteInterpreterAllocateTensors");
  resolve.required(api_.interpreter_invoke, "TfLiteInterpreterInvoke");
  resolve.required(api_.input_count, "TfLiteInterpreterGetInputTensorCount");
  resolve.required(api_.input, "TfLiteInterpreterGetInputTensor");
  resolve.required(api_.output_count, "TfLiteInterpreterGetOutputTensorCount");
  resolve.required(api_.output, "TfLiteInterpreterGetOutputTensor");
  resolve.required(api_.tensor_type, "TfLiteTensorType");
  resolve.required(api_.tensor_num_dims, "TfLiteTensorNumDims");
  resolve.required(api_.tensor_dim, "TfLiteTensorDim");
  resolve.required(api_.tensor_byte_size, "TfLiteTensorByteSize");
  resolve.required(api_.tensor_data, "TfLiteTensorData");
  resolve.required(api_.tensor_name, "TfLiteTensorName");
  resolve.required(api_.tensor_quantization_params, "TfLiteTensorQuantizationParams");
  resolve.optional(api_.xnnpack_create, "TfLiteXNNPackDelegateCreate");
  resolve.optional(api_.xnnpack_delete, "TfLiteXNNPackDelegateDelete");
  resolve.optional(api_.xnnpack_options_default, "TfLiteXNNPackDelegateOptionsDefault");
  if (!resolve.missing().empty()) {
    throw Error("E_ENGINE_INVALID",
                path + " is not a library with TensorFlow Lite's C API: it lacks " + resolve.missing() + ".", kHint);
  }
  const char* version = api_.version();
  version_text_ = version == nullptr ? "" : version;
}

}  // namespace isochron::workload::tflite
