#include "workload/factory.h"

#include "workload/plugin/plugin_workload.h"
#include "workload/synthetic/synthetic.h"
#include "workload/tflite/tflite_workload.h"

namespace isochron::workload {
namespace {

struct Maker {
  using Made = std::unique_ptr<Workload>;
  Made operator()(const SyntheticPlan& plan) const { return make_synthetic(plan); }
  Made operator()(const TflitePlan& plan) const { return std::make_unique<TfliteWorkload>(plan); }
  Made operator()(const PluginPlan& plan) const { return std::make_unique<PluginWorkload>(plan); }
};

}  // namespace

std::unique_ptr<Workload> make_workload(const WorkloadPlan& plan) { return std::visit(Maker{}, plan); }

}  // namespace isochron::workload
