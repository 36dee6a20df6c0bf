// Prepared and Finished as the objects that src/addon/native.ts declares.
#pragma once

#include <napi.h>

#include <vector>

#include "pmc/event_group.h"
#include "runtime/run_result.h"
#include "workload/workload_info.h"

namespace isochron::addon {

Napi::Object to_js(Napi::Env env, const runtime::Prepared& prepared);
Napi::Object to_js(Napi::Env env, const runtime::Finished& finished);
Napi::Object to_js(Napi::Env env, const workload::TfliteInfo& tflite);
/// `status` has one entry per event.
Napi::Array to_js(Napi::Env env, const std::vector<pmc::EventSpec>& events,
                  const std::vector<pmc::EventStatus>& status);
Napi::Array to_js(Napi::Env env, const std::vector<int>& numbers);

}  // namespace isochron::addon
