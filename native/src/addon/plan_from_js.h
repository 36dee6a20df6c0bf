// NativePlan of src/addon/native.ts as the plain structs that the runtime takes.
#pragma once

#include <napi.h>

#include <vector>

#include "pmc/event_group.h"
#include "runtime/run_plan.h"
#include "workload/workload_plan.h"

namespace isochron::addon {

/// All of these throw isochron::Error E_PLAN.
runtime::RunPlan run_plan_from_js(const Napi::Value& plan);
workload::WorkloadPlan workload_plan_from_js(const Napi::Value& plan);
/// A NativeWorkload of the kind tflite that stands by itself.
workload::TflitePlan tflite_plan_from_js(const Napi::Value& workload);
std::vector<pmc::EventSpec> events_from_js(const Napi::Value& events);

}  // namespace isochron::addon
