#include "system/heap.h"

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include "system/mappings.h"

namespace isochron::system {
namespace {

using MallocInfo = int (*)(int, FILE*);

// Looked up at run time: musl has none.
MallocInfo find_malloc_info() noexcept { return reinterpret_cast<MallocInfo>(dlsym(RTLD_DEFAULT, "malloc_info")); }

/// Reads what malloc_info writes, piece by piece, so that the text takes no heap itself. An arena's lines are
///   <heap nr="0"> … <total type="fast" count="1" size="32"/> <total type="rest" …/> <system type="current" …/> …
///   </heap>
/// the main one is the first, what is free is fast or rest, and behind them all come the sums.
class InfoReader {
 public:
  void take(const char* text, std::size_t length) noexcept {
    for (std::size_t i = 0; i < length; ++i) {
      if (text[i] == '\n') {
        line_[filled_] = '\0';
        filled_ = 0;
        take_line();
      } else if (filled_ + 1 < sizeof line_) {
        line_[filled_++] = text[i];
      }
    }
  }
  const HeapUse& use() const noexcept { return use_; }

 private:
  void take_line() noexcept {
    std::uint64_t arena = 0, bytes = 0;
    if (std::sscanf(line_, "<heap nr=\"%" SCNu64, &arena) == 1) {
      within_ = arena == 0 ? &use_.main : &use_.others;
    } else if (std::strcmp(line_, "</heap>") == 0) {
      within_ = nullptr;
    } else if (within_ == nullptr) {
      if (std::sscanf(line_, "<total type=\"mmap\" count=\"%*u\" size=\"%" SCNu64, &bytes) == 1) use_.others += bytes;
    } else if (std::sscanf(line_, "<total type=\"%*[a-z]\" count=\"%*u\" size=\"%" SCNu64, &bytes) == 1) {
      *within_ -= bytes;  // what the arena has of the system follows: modulo 2^64 the sum is right
    } else if (std::sscanf(line_, "<system type=\"current\" size=\"%" SCNu64, &bytes) == 1) {
      *within_ += bytes;
    }
  }

  char line_[256];
  std::size_t filled_ = 0;
  std::uint64_t* within_ = nullptr;
  HeapUse use_;
};

ssize_t write_to_reader(void* reader, const char* text, std::size_t length) noexcept {
  static_cast<InfoReader*>(reader)->take(text, length);
  return static_cast<ssize_t>(length);
}

}  // namespace

std::optional<HeapUse> heap_in_use() noexcept {
  const auto malloc_info = find_malloc_info();
  if (malloc_info == nullptr) return std::nullopt;
  InfoReader reader;
  FILE* const file = fopencookie(&reader, "w", {nullptr, &write_to_reader, nullptr, nullptr});
  if (file == nullptr) return std::nullopt;
  std::setvbuf(file, nullptr, _IONBF, 0);
  const bool told = malloc_info(0, file) == 0;
  const bool closed = std::fclose(file) == 0;
  return told && closed ? std::optional<HeapUse>(reader.use()) : std::nullopt;
}

HeapUse parse_malloc_info(const std::string& text) {
  InfoReader reader;
  reader.take(text.data(), text.size());
  return reader.use();
}

bool allocates_from_main_arena() {
  constexpr std::size_t kUncached = 4096;  // the thread's cache of freed chunks, which may be another arena's, has less
  const auto probe = std::make_unique<char[]>(kUncached);
  const auto at = reinterpret_cast<std::uintptr_t>(probe.get());
  const auto mappings = own_mappings();
  return std::any_of(mappings.begin(), mappings.end(), [at](const Mapping& mapping) {
    return mapping.path == "[heap]" && mapping.begin <= at && at < mapping.end;
  });
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
