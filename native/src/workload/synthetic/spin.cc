#include "workload/synthetic/spin.h"

#include <time.h>

namespace isochron::workload {
namespace {

std::uint64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

void Spin::execute() {
  const std::uint64_t start = monotonic_ns();
  while (monotonic_ns() - start < duration_ns_) {
  }
}

}  // namespace isochron::workload
