// How much of the heap is in use, and the kernel's own limit on private memory.
#pragma once

#include <cstdint>
#include <optional>

namespace isochron::system {

/// Bytes that malloc has handed out in this process, all arenas and mapped chunks; absent where the C library doesn't
/// tell (musl) or an interposed allocator doesn't. glibc before 2.33 has only mallinfo, whose counts wrap at 4 GiB:
/// take differences modulo 2^32 there (heap_growth does).
std::optional<std::uint64_t> heap_in_use() noexcept;

/// after - before, 0 if it shrank; right also where the counts have 32 bits, for growth below 2 GiB.
std::uint64_t heap_growth(std::uint64_t before, std::uint64_t after, bool wraps) noexcept;

/// True where heap_in_use() comes from the 32-bit mallinfo.
bool heap_counts_wrap() noexcept;

/// Private writable memory of this process in bytes, as RLIMIT_DATA counts it (VmData); absent without /proc.
std::optional<std::uint64_t> data_in_use();

/// The soft RLIMIT_DATA, put back on destruction. A backstop: beyond it malloc fails rather than the machine.
class DataLimit {
 public:
  DataLimit() = default;
  ~DataLimit();
  DataLimit(const DataLimit&) = delete;
  DataLimit& operator=(const DataLimit&) = delete;

  /// Lowers the soft limit to `bytes`; never raises it. False if it stayed as it was.
  bool lower_to(std::uint64_t bytes) noexcept;

 private:
  std::optional<std::uint64_t> previous_;
};

}  // namespace isochron::system
