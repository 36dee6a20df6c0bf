// What a page fault costs here, as a yardstick for the faults that are counted in jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isochron::system {

struct FaultCost {
  std::optional<double> anonymous_ns;  // of fresh memory: a page is found, zeroed and mapped
  std::optional<double> file_ns;       // of a page that the page cache holds: it is mapped, with its neighbours
};

/// Touches memory of its own, and a mapping of `path`, page after page; median of several rounds, on the calling
/// thread. What could not be measured is absent. Throws Error E_NO_FILE.
FaultCost fault_cost(const std::string& path);

/// The value in the middle, of an even number the upper one; absent of none (pure).
std::optional<double> median(std::vector<double> values);

}  // namespace isochron::system
