// The XNNPACK delegate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workload/tflite/engine_library.h"

namespace isochron::workload::tflite {

using DelegatePtr = std::unique_ptr<Delegate, void (*)(Delegate*)>;

/// Which operators for 8-bit models the delegate may take.
struct XnnpackOperators {
  bool signed_8bit = true;
  bool unsigned_8bit = true;
};

/// What to try, in this order, until the engine accepts a model. An XNNPACK may refuse a whole graph because of the
/// parameters of one quantized operator that it had offered to take (2.9 does so for some uint8 models); without that
/// kind of operators it accepts the graph. Versions in which the choice isn't ours have one entry.
std::vector<XnnpackOperators> operators_to_try(const EngineLibrary& library);

/// "signed 8-bit, unsigned 8-bit" …, for messages.
std::string to_string(XnnpackOperators operators);

/// Creates the delegate with `threads` threads. Throws E_XNNPACK_MISSING for a library that was built without it,
/// E_XNNPACK_FAILED when the library refuses.
DelegatePtr create_xnnpack(const EngineLibrary& library, int threads, XnnpackOperators operators);

}  // namespace isochron::workload::tflite
