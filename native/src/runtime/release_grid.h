// Which release follows a job: the overrun policies as a pure function.
#pragma once

#include <cstdint>

#include "record/grid.h"
#include "runtime/run_plan.h"

namespace isochron::runtime {

struct NextRelease {
  std::uint64_t release_ns;
  std::uint64_t skipped;  // releases passed over on the way
};

/// The release after a job that was released at `release_ns` and ended at `end_ns`, for a period > 0.
/// An overrun is end > release + period; a job that ends exactly on the next release leaves that release be.
/// kStop behaves as kSkip here: it matters only for warm-up jobs, whose misses don't end the run.
constexpr NextRelease next_release(std::uint64_t release_ns, std::uint64_t end_ns, std::uint64_t period_ns,
                                   Overrun overrun) noexcept {
  const std::uint64_t following = release_ns + period_ns;
  if (overrun == Overrun::kQueue) return {following, 0};
  const std::uint64_t skipped = record::points_passed(following, end_ns, period_ns);
  return {following + skipped * period_ns, skipped};
}

}  // namespace isochron::runtime
