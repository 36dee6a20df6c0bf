// How much one record holds.
#pragma once

namespace isochron::record {

inline constexpr unsigned kMaxCounters = 16;
inline constexpr unsigned kMaxExtras = 4;

}  // namespace isochron::record
