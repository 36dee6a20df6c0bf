#include "workload/synthetic/spin.h"

#include "system/clocks.h"

namespace isochron::workload {

void Spin::execute() {
  const std::uint64_t start = system::monotonic_ns();
  while (system::monotonic_ns() - start < duration_ns_) {
  }
}

}  // namespace isochron::workload
