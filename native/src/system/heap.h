// How much of the heap is in use, and the kernel's own limit on private memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace isochron::system {

/// Bytes that malloc has handed out in this process.
struct HeapUse {
  std::uint64_t main = 0;    // of the main arena, from which the process's first thread allocates
  std::uint64_t others = 0;  // of the other threads' arenas, and in chunks with mappings of their own
  std::uint64_t total() const noexcept { return main + others; }
};

/// Absent where the C library doesn't tell (musl); an interposed allocator's are not in it. Holds the lock of one arena
/// after the other.
std::optional<HeapUse> heap_in_use() noexcept;

/// What malloc_info(3) writes (pure; unit-tested).
HeapUse parse_malloc_info(const std::string& text);

/// True where malloc has given the calling thread no arena of its own.
bool allocates_from_main_arena();

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
