// What the runtime runs. Implementations: tflite/, synthetic/, plugin/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workload/workload_info.h"

namespace isochron::workload {

/// All functions are called on the job thread, in the order init, execute*, finish (once, only if every execute
/// succeeded), teardown.
/// What a workload does not know: periods, deadlines, counters, records, Node.
class Workload {
 public:
  virtual ~Workload() = default;

  /// Everything that can be done before the first release. Throws isochron::Error.
  virtual void init() = 0;

  /// One job. Must not allocate, log or block once warm. Throws isochron::Error when the job can't be done.
  virtual void execute() = 0;

  /// What is left to do with the results of the last job (a model's outputs are written here), outside of any job and
  /// before teardown. The executor calls it once after the last job of a run that did not fail, also when the run was
  /// stopped early, and not when no job ran. It may allocate and block. Returns what was written, as it is after the
  /// last job (a shape may depend on the data); absent where nothing was to be. Throws isochron::Error: the run then
  /// counts as failed, its records stay.
  virtual std::optional<std::vector<TensorInfo>> finish() { return std::nullopt; }

  /// Called once after the last job and finish, also after a failed execute or finish; not called when init threw
  /// (init cleans up after itself).
  virtual void teardown() noexcept = 0;

  /// Column names of the extra metrics, valid after init (a plugin's are known only then); at most record::kMaxExtras.
  virtual std::vector<std::string> extra_metric_names() const { return {}; }

  /// Values for the last execute, in the order of extra_metric_names(); NaN is absent. `elapsed_ns` is the job's
  /// measured duration. Must not allocate.
  virtual void extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept {
    (void)elapsed_ns;
    (void)out;
  }

  /// What this workload says of itself; valid after init. Called between init and the first job.
  virtual WorkloadInfo info() const { return {extra_metric_names(), std::nullopt}; }

  /// True if init or the first execute may create threads (the runtime then looks for them, pins and counts them).
  virtual bool may_create_threads() const { return false; }
  /// The first jobs allocate what the later ones use.
  virtual bool may_allocate() const { return false; }
};

}  // namespace isochron::workload
