#include "workload/factory.h"

#include "workload/plugin/plugin_workload.h"
#include "workload/synthetic/bandwidth.h"
#include "workload/synthetic/latency.h"
#include "workload/synthetic/noop.h"
#include "workload/synthetic/spin.h"
#include "workload/tflite/tflite_workload.h"

namespace isochron::workload {
namespace {

struct Maker {
  using Made = std::unique_ptr<Workload>;
  Made operator()(const NoopPlan&) const { return std::make_unique<Noop>(); }
  Made operator()(const SpinPlan& plan) const { return std::make_unique<Spin>(plan.us); }
  Made operator()(const BandwidthPlan& plan) const { return std::make_unique<Bandwidth>(plan); }
  Made operator()(const LatencyPlan& plan) const { return std::make_unique<Latency>(plan); }
  Made operator()(const TflitePlan& plan) const { return std::make_unique<TfliteWorkload>(plan); }
  Made operator()(const PluginPlan& plan) const { return std::make_unique<PluginWorkload>(plan); }
};

}  // namespace

std::unique_ptr<Workload> make_workload(const WorkloadPlan& plan) { return std::visit(Maker{}, plan); }

}  // namespace isochron::workload
