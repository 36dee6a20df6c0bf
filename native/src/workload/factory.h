// From a plan to a workload: the one place that knows every implementation.
#pragma once

#include <memory>

#include "workload/workload.h"
#include "workload/workload_plan.h"

namespace isochron::workload {

/// Cheap: files and libraries are opened by Workload::init() on the job thread. Throws isochron::Error.
std::unique_ptr<Workload> make_workload(const WorkloadPlan& plan);

}  // namespace isochron::workload
