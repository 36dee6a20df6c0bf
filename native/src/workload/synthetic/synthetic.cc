#include "workload/synthetic/synthetic.h"

#include <string>

#include "workload/synthetic/bandwidth.h"
#include "workload/synthetic/latency.h"
#include "workload/synthetic/noop.h"
#include "workload/synthetic/spin.h"

namespace isochron::workload {
namespace {

using Made = std::unique_ptr<Workload>;

struct Synthetic {
  const char* name;
  Made (*make)(const Settings&);
};

/// Names and settings are those of the plan's workload (src/benchmark/plan-workload.ts).
constexpr Synthetic kAll[] = {
    {"noop", [](const Settings&) -> Made { return std::make_unique<Noop>(); }},
    {"spin", [](const Settings& s) -> Made { return std::make_unique<Spin>(s.count("us")); }},
    {"bandwidth", [](const Settings& s) -> Made { return std::make_unique<Bandwidth>(s); }},
    {"latency", [](const Settings& s) -> Made { return std::make_unique<Latency>(s.count("sizeBytes")); }},
};

}  // namespace

Made make_synthetic(const SyntheticPlan& plan) {
  for (const Synthetic& synthetic : kAll)
    if (plan.name == synthetic.name) return synthetic.make(plan.settings);
  Settings::fail("name", "the name of a workload");
}

}  // namespace isochron::workload
