// The job that does nothing: what is left in its records is the cost of the runtime itself.
#pragma once

#include "workload/workload.h"

namespace isochron::workload {

class Noop final : public Workload {
 public:
  void init() override {}
  void execute() override {}
  void teardown() noexcept override {}
};

}  // namespace isochron::workload
