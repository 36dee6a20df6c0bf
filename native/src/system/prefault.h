// Pages made present before they are needed, without being locked there.
#pragma once

#include <cstdint>
#include <vector>

#include "system/mappings.h"

namespace isochron::system {

/// Makes the pages of the mappings present: read in where they come from a file, written to where they may be written.
/// By madvise(MADV_POPULATE_*) (Linux 5.14), else by locking and unlocking. Returns the bytes of the mappings for which
/// that worked.
std::uint64_t prefault(const std::vector<Mapping>& mappings) noexcept;

}  // namespace isochron::system
