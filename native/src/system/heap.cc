#include "system/heap.h"

#include <dlfcn.h>
#include <sys/resource.h>

#include <cstddef>
#include <fstream>
#include <string>

namespace isochron::system {
namespace {

// glibc's struct mallinfo2 and mallinfo (mallinfo(3)): the same ten fields as size_t and as int.
template <typename Count>
struct MallocInfo {
  Count arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

using Mallinfo2 = MallocInfo<std::size_t> (*)();
using Mallinfo = MallocInfo<int> (*)();

// Looked up at run time: mallinfo2 appeared in glibc 2.33, and the addon must load with 2.31.
Mallinfo2 find_mallinfo2() noexcept { return reinterpret_cast<Mallinfo2>(dlsym(RTLD_DEFAULT, "mallinfo2")); }
Mallinfo find_mallinfo() noexcept { return reinterpret_cast<Mallinfo>(dlsym(RTLD_DEFAULT, "mallinfo")); }

}  // namespace

std::optional<std::uint64_t> heap_in_use() noexcept {
  if (const auto mallinfo2 = find_mallinfo2()) {
    const auto info = mallinfo2();
    return static_cast<std::uint64_t>(info.uordblks) + info.hblkhd;
  }
  if (const auto mallinfo = find_mallinfo()) {
    const auto info = mallinfo();
    return static_cast<std::uint32_t>(static_cast<std::uint32_t>(info.uordblks) +
                                      static_cast<std::uint32_t>(info.hblkhd));
  }
  return std::nullopt;
}

bool heap_counts_wrap() noexcept { return find_mallinfo2() == nullptr; }

std::uint64_t heap_growth(std::uint64_t before, std::uint64_t after, bool wraps) noexcept {
  if (wraps) {
    const auto difference = static_cast<std::int32_t>(static_cast<std::uint32_t>(after - before));
    return difference > 0 ? static_cast<std::uint64_t>(difference) : 0;
  }
  return after > before ? after - before : 0;
}

std::optional<std::uint64_t> data_in_use() {
  std::ifstream status("/proc/self/status");
  std::uint64_t kib = 0;
  for (std::string word; status >> word;)
    if (word == "VmData:" && status >> kib) return kib * 1024;
  return std::nullopt;
}

bool DataLimit::lower_to(std::uint64_t bytes) noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_DATA, &limit) != 0 || limit.rlim_cur <= bytes) return false;
  const auto previous = limit.rlim_cur;
  limit.rlim_cur = bytes;
  if (setrlimit(RLIMIT_DATA, &limit) != 0) return false;
  if (!previous_) previous_ = previous;
  return true;
}

DataLimit::~DataLimit() {
  rlimit limit{};
  if (!previous_ || getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = *previous_;
  setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace isochron::system
