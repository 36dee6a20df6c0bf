// The layouts of the records, which have to be those that the TypeScript decoders were written for.
#pragma once

#include <napi.h>

namespace isochron::addon {

/// By stream, each {bytes, fields: [[name, type, count, offset], …]}.
Napi::Object record_layouts(Napi::Env env);

}  // namespace isochron::addon
