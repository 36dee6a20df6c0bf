#include "system/prefault.h"

#include <sys/mman.h>

// Older C libraries don't name them (linux/mman.h, since 5.14).
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace isochron::system {
namespace {

bool populate(const Mapping& mapping) noexcept {
  void* const begin = reinterpret_cast<void*>(mapping.begin);
  const auto length = mapping.end - mapping.begin;
  if (madvise(begin, length, mapping.writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) == 0) return true;
  if (mlock(begin, length) != 0) return false;
  munlock(begin, length);
  return true;
}

}  // namespace

std::uint64_t prefault(const std::vector<Mapping>& mappings) noexcept {
  std::uint64_t bytes = 0;
  for (const auto& mapping : mappings)
    if (populate(mapping)) bytes += mapping.end - mapping.begin;
  return bytes;
}

}  // namespace isochron::system
