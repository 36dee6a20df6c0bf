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

/// Before a release, enough to go to sleep for it like for any other.
inline constexpr std::uint64_t kSettleNs = 100'000;

/// How many releases to leave out, from `next_ns` on, so that what the tool did from the end of a job until `now_ns`
/// makes none late. Releases that the job itself has made late (kQueue) stay: of those, as many as the tool took time
/// for, so that none of the rest is later than the job made it.
constexpr std::uint64_t releases_to_withhold(std::uint64_t next_ns, std::uint64_t end_ns, std::uint64_t now_ns,
                                             std::uint64_t period_ns) noexcept {
  if (next_ns > end_ns) return record::points_passed(next_ns, now_ns + kSettleNs, period_ns);
  return (now_ns - end_ns + period_ns - 1) / period_ns;
}

}  // namespace isochron::runtime
