// What this process has mapped, as the kernel lists it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace isochron::system {

/// One line of /proc/self/maps.
struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool readable = false;
  bool writable = false;
  std::string path;  // a file, "[heap]", "[stack]", …, or empty
};

/// Parses /proc/PID/maps; lines that are none are left out (pure; unit-tested).
std::vector<Mapping> parse_maps(const std::string& text);

/// Of this process.
std::vector<Mapping> own_mappings();

/// A mapping with what /proc/PID/smaps says of it.
struct MappingUse {
  Mapping mapping;
  std::uint64_t present_bytes = 0;
  bool locked = false;
  bool lockable =
      true;  // not where mlock is without effect: devices' memory, huge pages of hugetlbfs, the kernel's own
};

/// Parses /proc/PID/smaps (pure; unit-tested).
std::vector<MappingUse> parse_smaps(const std::string& text);

/// Of this process; empty where the kernel does not tell.
std::vector<MappingUse> own_mappings_in_use();

}  // namespace isochron::system
