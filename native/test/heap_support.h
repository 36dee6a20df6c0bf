// What malloc has handed out, under sanitizers too, whose allocators the C library doesn't know of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "system/heap.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace test_heap {

inline std::optional<std::uint64_t> allocated() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto use = isochron::system::heap_in_use();
  return use ? std::optional<std::uint64_t>(use->total()) : std::nullopt;
#endif
}

}  // namespace test_heap
