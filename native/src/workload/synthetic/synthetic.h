// The workloads that lie in the addon itself.
#pragma once

#include <memory>

#include "workload/workload.h"
#include "workload/workload_plan.h"

namespace isochron::workload {

/// Throws isochron::Error E_PLAN for a name that none of them has, or settings that it can't have.
std::unique_ptr<Workload> make_synthetic(const SyntheticPlan& plan);

}  // namespace isochron::workload
