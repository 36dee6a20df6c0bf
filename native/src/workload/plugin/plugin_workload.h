// A workload from a shared object of the user's (isochron_plugin.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workload/plugin/isochron_plugin.h"
#include "workload/shared_object.h"
#include "workload/workload.h"
#include "workload/workload_plan.h"

namespace isochron::workload {

/// What a plugin does wrong beyond its return values (a crash, a leak, a thread left behind) is the run's process's
/// affair: the parent process reports it.
class PluginWorkload final : public Workload {
 public:
  explicit PluginWorkload(const PluginPlan& plan) : plan_(plan) {}

  /// Throws E_PLUGIN_MISSING, E_PLUGIN_INVALID (no plugin, or of another ABI), E_PLUGIN_INIT (the plugin's own reason).
  void init() override;
  /// Throws E_PLUGIN_EXECUTE.
  void execute() override;
  void teardown() noexcept override;
  std::vector<std::string> extra_metric_names() const override { return extra_names_; }
  void extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept override;
  bool may_create_threads() const override { return true; }
  bool may_allocate() const override { return true; }

 private:
  PluginPlan plan_;
  std::unique_ptr<SharedObject> object_;
  const isochron_plugin* plugin_ = nullptr;  // in the shared object
  void* state_ = nullptr;                    // the plugin's own
  std::vector<std::string> extra_names_;
};

}  // namespace isochron::workload
