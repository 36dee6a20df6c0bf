// Keeps the core busy for a given time.
#pragma once

#include <cstdint>

#include "workload/workload.h"

namespace isochron::workload {

/// One job polls CLOCK_MONOTONIC (a read of the vDSO, no system call) until `us` microseconds of wall time have passed
/// since the job's start. A preemption within the job therefore counts as part of it: the job's length is known, its
/// CPU time is what was granted. For a fixed amount of *work*, use bandwidth or latency: their jobs execute the same
/// instructions every time.
class Spin final : public Workload {
 public:
  explicit Spin(std::uint64_t us) : duration_ns_(us * 1000) {}

  void init() override {}
  void execute() override;
  void teardown() noexcept override {}

 private:
  std::uint64_t duration_ns_;
};

}  // namespace isochron::workload
