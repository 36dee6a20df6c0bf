// A buffer of whole cache lines, shared by the workloads that move memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "system/error.h"

namespace isochron::workload {

inline constexpr std::size_t kLineBytes = 64;  // of every Armv8-A core in this field and of x86-64

/// One cache line; the first word is the one that is touched.
struct alignas(kLineBytes) Line {
  std::uint64_t word = 0;
  std::uint64_t padding[kLineBytes / sizeof(std::uint64_t) - 1] = {};
};
static_assert(sizeof(Line) == kLineBytes);

/// How many whole lines `size_bytes` holds. Throws E_WORKLOAD_SIZE for fewer than `at_least`.
inline std::size_t whole_lines(const char* workload, std::uint64_t size_bytes, std::size_t at_least) {
  const std::uint64_t lines = size_bytes / kLineBytes;
  if (lines < at_least || lines > SIZE_MAX / kLineBytes) {
    throw Error("E_WORKLOAD_SIZE",
                std::string(workload) + " needs a buffer of at least " + std::to_string(at_least * kLineBytes) +
                    " bytes that fits the address space, not " + std::to_string(size_bytes) + ".",
                "Choose another --size, for example --size 16M.");
  }
  return static_cast<std::size_t>(lines);
}

}  // namespace isochron::workload
