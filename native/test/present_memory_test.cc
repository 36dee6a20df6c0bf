// What is in memory, and what it costs to get it there: the file cache, prefaulting, the yardstick of a fault.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "system/error.h"
#include "system/fault_cost.h"
#include "system/file_cache.h"
#include "system/prefault.h"
#include "system/usage.h"

using namespace isochron;

namespace {

constexpr std::size_t kPages = 200;

/// A file of kPages pages, on the disk and in the cache, removed with the object. In the build's folder, for /tmp may
/// be a tmpfs, whose files can't leave memory.
class ScratchFile {
 public:
  ScratchFile() {
    path_ = std::string(ISOCHRON_TEST_PLUGINS) + "/scratch-XXXXXX";
    const int fd = mkstemp(path_.data());
    REQUIRE(fd >= 0);
    const std::vector<char> bytes(kPages * 4096, 'x');
    REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    close(fd);
  }
  ~ScratchFile() { unlink(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

system::Mapping mapping_of(void* begin, std::size_t length, bool writable) {
  system::Mapping mapping;
  mapping.begin = reinterpret_cast<std::uintptr_t>(begin);
  mapping.end = mapping.begin + length;
  mapping.readable = true;
  mapping.writable = writable;
  return mapping;
}

}  // namespace

TEST_CASE("a file that was just written is in the cache, and after it was dropped it is not") {
  const ScratchFile file;
  const auto before = system::file_cache(file.path());
  CHECK(before.bytes == kPages * 4096);
  CHECK(before.resident == before.bytes);
  const auto after = system::drop_file_cache(file.path());
  CHECK(after.bytes == before.bytes);
  CHECK(after.resident == 0);
}

TEST_CASE("pages that are mapped and touched can't be dropped, and that is said") {
  const ScratchFile file;
  FILE* const stream = fopen(file.path().c_str(), "r");
  REQUIRE(stream != nullptr);
  void* const view = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fileno(stream), 0);
  REQUIRE(view != MAP_FAILED);
  CHECK(*static_cast<volatile char*>(view) == 'x');
  CHECK(system::drop_file_cache(file.path()).resident > 0);
  munmap(view, 4096);
  fclose(stream);
}

TEST_CASE("a file that is not there is an error that names it") {
  CHECK_THROWS_WITH_AS(system::drop_file_cache("/nowhere/model"), doctest::Contains("/nowhere/model"), Error);
  CHECK_THROWS_AS(system::fault_cost("/nowhere/model"), Error);
}

// A sanitizer has shadow pages of its own, which fault, and makes mlock do nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SKIP_UNDER_SANITIZERS()                                  \
  MESSAGE("skipped: faults and locks are the sanitizer's here"); \
  return
#else
#define SKIP_UNDER_SANITIZERS() static_cast<void>(0)
#endif

TEST_CASE("touching prefaulted memory faults no more") {
  SKIP_UNDER_SANITIZERS();
  constexpr std::size_t kLength = kPages * 4096;
  void* const memory = mmap(nullptr, kLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  CHECK(system::prefault({mapping_of(memory, kLength, true)}) == kLength);
  const auto before = system::thread_usage().minor_faults;
  volatile char* const bytes = static_cast<char*>(memory);
  for (std::size_t at = 0; at < kLength; at += 4096) bytes[at] = 1;
  CHECK(system::thread_usage().minor_faults - before == 0);
  munmap(memory, kLength);
}

TEST_CASE("prefaulting a mapped file reads it in") {
  const ScratchFile file;
  system::drop_file_cache(file.path());
  FILE* const stream = fopen(file.path().c_str(), "r");
  REQUIRE(stream != nullptr);
  void* const view = mmap(nullptr, kPages * 4096, PROT_READ, MAP_SHARED, fileno(stream), 0);
  REQUIRE(view != MAP_FAILED);
  CHECK(system::prefault({mapping_of(view, kPages * 4096, false)}) == kPages * 4096);
  CHECK(system::file_cache(file.path()).resident == kPages * 4096);
  munmap(view, kPages * 4096);
  fclose(stream);
}

TEST_CASE("mappings that can't be made present are left out of the count") {
  SKIP_UNDER_SANITIZERS();
  void* const memory = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  CHECK(system::prefault({mapping_of(memory, 4096, false)}) == 0);
  munmap(memory, 4096);
}

TEST_CASE("the cost of a fault is a positive time for fresh memory and for a cached file") {
  const ScratchFile file;
  const auto cost = system::fault_cost(file.path());
  REQUIRE(cost.anonymous_ns);
  CHECK(*cost.anonymous_ns > 0);
  REQUIRE(cost.file_ns);
  CHECK(*cost.file_ns > 0);
}
