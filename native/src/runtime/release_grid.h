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

/// Instants that follow each other at the same distance. `step_ns` 0: there are none.
struct Instants {
  std::uint64_t first_ns = 0;
  std::uint64_t step_ns = 0;

  /// The first of them at or after `now_ns`, or that itself where there are none.
  constexpr std::uint64_t at_or_after(std::uint64_t now_ns) const noexcept {
    return step_ns == 0 ? now_ns : first_ns + record::points_passed(first_ns, now_ns, step_ns) * step_ns;
  }

  /// How far `at_ns`, which is not before the first of them, is after the nearest one.
  constexpr std::int64_t offset(std::uint64_t at_ns) const noexcept {
    const std::uint64_t after = (at_ns - first_ns) % step_ns;
    return after > step_ns / 2 ? -static_cast<std::int64_t>(step_ns - after) : static_cast<std::int64_t>(after);
  }
};

/// Before a release, enough to go to sleep for it like for any other.
inline constexpr std::uint64_t kSettleNs = 100'000;

/// Releases to leave out after a job, in their order.
struct LeftOut {
  std::uint64_t late;      // that the job itself has made late: they count as skipped
  std::uint64_t withheld;  // that the tool would make late
};

/// From `next_ns` on, so that what the tool did from the end of a job until `now_ns` makes none late. Where the job
/// itself has made some late (kQueue), as many are left out as the tool took time for, these first, so that none of the
/// rest is later than the job made it.
constexpr LeftOut releases_to_leave_out(std::uint64_t next_ns, std::uint64_t end_ns, std::uint64_t now_ns,
                                        std::uint64_t period_ns) noexcept {
  const std::uint64_t late = record::points_passed(next_ns, end_ns, period_ns);
  if (late == 0) return {0, record::points_passed(next_ns, now_ns + kSettleNs, period_ns)};
  const std::uint64_t all = (now_ns - end_ns + period_ns - 1) / period_ns;
  return all <= late ? LeftOut{all, 0} : LeftOut{late, all - late};
}

}  // namespace isochron::runtime
