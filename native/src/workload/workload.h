// What the runtime runs. Implementations: tflite/, synthetic/, plugin/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workload/workload_info.h"

namespace isochron::workload {

/// All functions are called on the job thread, in the order init, execute*, teardown.
/// What a workload does not know: periods, deadlines, counters, records, Node.
class Workload {
 public:
  virtual ~Workload() = default;

  /// Everything that can be done before the first release. Throws isochron::Error.
  virtual void init() = 0;

  /// One job. Must not allocate, log or block once warm. Throws isochron::Error when the job can't be done.
  virtual void execute() = 0;

  /// Called once after the last job, also after a failed execute; not called when init threw.
  virtual void teardown() noexcept = 0;

  /// Column names of the extra metrics, valid after construction; at most runtime::kMaxExtras.
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
};

}  // namespace isochron::workload
