// Offsets of the records' fields, for the tests that hold the TypeScript decoders equal to the C++ structs.
#pragma once

#include <napi.h>

namespace isochron::addon {

Napi::Value record_layout(const Napi::CallbackInfo& info);
Napi::Value sample_layout(const Napi::CallbackInfo& info);

}  // namespace isochron::addon
