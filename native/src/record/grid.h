// Grids of instants, of releases and of samples.
#pragma once

#include <cstdint>

namespace isochron::record {

/// How many points of the grid next, next + step, … have passed at `now`; one that lies exactly on `now` has not.
constexpr std::uint64_t points_passed(std::uint64_t next, std::uint64_t now, std::uint64_t step) noexcept {
  return now <= next ? 0 : (now - next - 1) / step + 1;
}

}  // namespace isochron::record
