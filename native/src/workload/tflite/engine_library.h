// A TensorFlow Lite library, opened at run time.
#pragma once

#include <string>

#include "workload/shared_object.h"
#include "workload/tflite/c_api.h"

namespace isochron::workload::tflite {

/// Major and minor of TfLiteVersion(); {0, 0} where the text isn't of that form.
struct EngineVersion {
  int major = 0;
  int minor = 0;

  bool between(int from_minor, int below_minor) const {
    return major == 2 && minor >= from_minor && minor < below_minor;
  }
};

EngineVersion parse_version(const std::string& text);

class EngineLibrary {
 public:
  /// Opens the library and resolves every function once. Throws E_ENGINE_MISSING, or E_ENGINE_INVALID for a file that
  /// is no shared library, is of another architecture, lacks a library of its own or a function of the C API.
  explicit EngineLibrary(const std::string& path);

  const Api& api() const noexcept { return api_; }
  bool has_xnnpack() const noexcept { return api_.xnnpack_create != nullptr && api_.xnnpack_delete != nullptr; }
  const std::string& path() const noexcept { return object_.path(); }
  const std::string& version_text() const noexcept { return version_text_; }
  EngineVersion version() const { return parse_version(version_text_); }

 private:
  SharedObject object_;
  Api api_{};
  std::string version_text_;
};

}  // namespace isochron::workload::tflite
