// What is in memory, and what it costs to get it there: the file cache, prefaulting, the yardstick of a fault.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pmc_test_support.h"
#include "refusal_support.h"
#include "system/clocks.h"
#include "system/descriptor.h"
#include "system/dma_latency.h"
#include "system/error.h"
#include "system/fault_cost.h"
#include "system/file_cache.h"
#include "system/file_lock.h"
#include "system/prefault.h"
#include "system/usage.h"

using namespace isochron;

namespace {

constexpr std::size_t kPages = 200;

/// A file of kPages pages, on the disk and in the cache, removed with the object. In the build's folder, for /tmp may
/// be a tmpfs, whose files can't leave memory.
class ScratchFile {
 public:
  explicit ScratchFile(std::size_t length = kPages * 4096) {
    path_ = std::string(ISOCHRON_TEST_PLUGINS) + "/scratch-XXXXXX";
    const int fd = mkstemp(path_.data());
    REQUIRE(fd >= 0);
    const std::vector<char> bytes(length, 'x');
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

constexpr uid_t kNobody = 65534;

/// Runs `body` on a thread of its own that the kernel takes for another user's wherever it is about files, and that has
/// lost root's rights to them; as it is where this is not root.
template <typename Body>
void as_nobody(Body body) {
  std::thread([&] {
    if (geteuid() == 0) {
      setfsuid(kNobody);
      setfsgid(kNobody);
      REQUIRE(setfsuid(kNobody) == static_cast<int>(kNobody));
    }
    body();
  }).join();
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
  CHECK(system::drop_file_cache(file.path()).resident.value_or(0) > 0);
  munmap(view, 4096);
  fclose(stream);
}

TEST_CASE("a file that is not there, or can't be looked at, is an error that names it and the reason") {
  CHECK_THROWS_WITH_AS(system::drop_file_cache("/nowhere/model"),
                       doctest::Contains("/nowhere/model can't be opened: No such file"), Error);
  CHECK_THROWS_AS(system::fault_cost("/nowhere/model"), Error);
  const ScratchFile file;
  const int before = pmc_test::open_descriptors();
  std::vector<refusal_test::Refused> no_status{{SYS_fstat, EIO}};
#ifdef SYS_newfstatat
  no_status.push_back({SYS_newfstatat, EIO});
#endif
  refusal_test::where_refused(no_status, [&] {
    CHECK_THROWS_WITH_AS(system::file_cache(file.path()), doctest::Contains("Input/output error"), Error);
  });
  CHECK(pmc_test::open_descriptors() == before);
}

TEST_CASE("an empty file has nothing in the cache, and one that ends within a page has the whole page") {
  const ScratchFile empty(0), odd(5000), one(1), whole(4096), more(4097);
  CHECK(system::file_cache(one.path()).resident == 4096);
  CHECK(system::file_cache(whole.path()).resident == 4096);
  CHECK(system::file_cache(more.path()).resident == 8192);
  CHECK(system::file_cache(empty.path()).bytes == 0);
  CHECK(system::file_cache(empty.path()).resident == 0);
  CHECK(system::file_cache(odd.path()).bytes == 5000);
  CHECK(system::file_cache(odd.path()).resident == 8192);
}

TEST_CASE("where nobody tells what is in the cache, it is not known") {
  const ScratchFile file;
  for (const auto& refused :
       {refusal_test::Refused{SYS_mmap, ENOMEM, 2, PROT_READ}, refusal_test::Refused{SYS_mincore, EPERM}})
    refusal_test::where_refused({refused}, [&file] {
      const auto cache = system::file_cache(file.path());
      CHECK(cache.bytes == kPages * 4096);
      CHECK(cache.resident == std::nullopt);
    });
}

TEST_CASE("of a file of somebody else's that this user may not write, what is in the cache is not known") {
  as_nobody([] {
    const auto cache = system::file_cache("/bin/sh");
    CHECK(cache.bytes > 0);
    CHECK(cache.resident == std::nullopt);
    // the kernel claims that all of it is there, and nobody says what was dropped
    CHECK(system::drop_file_cache("/bin/sh").resident == std::nullopt);
  });
}

TEST_CASE("who owns a file is told what of it is in the cache, and so is who may write it") {
  if (geteuid() != 0) return;  // giving a file away needs root
  std::string folder = "/tmp/isochron-test-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  REQUIRE(chmod(folder.c_str(), 0755) == 0);
  const auto path = folder + "/model";
  std::ofstream(path) << std::string(4096, 'x');
  const auto told_with = [&path](uid_t owner, mode_t mode) {
    REQUIRE(chown(path.c_str(), owner, 0) == 0);
    REQUIRE(chmod(path.c_str(), mode) == 0);
    bool told = false;
    as_nobody([&] { told = system::file_cache(path).resident.has_value(); });
    return told;
  };
  CHECK_FALSE(told_with(0, 0644));
  CHECK(told_with(kNobody, 0444));
  CHECK(told_with(0, 0666));
  CHECK_FALSE(told_with(0, 0444));
  CHECK(system::file_cache(path).resident.has_value());  // (root, of anybody's)
  unlink(path.c_str());
  rmdir(folder.c_str());
}

TEST_CASE("looking at a file leaves neither a mapping nor a descriptor behind") {
  constexpr long kKib = 64 << 10;
  const ScratchFile file(1);
  REQUIRE(truncate(file.path().c_str(), kKib << 10) == 0);
  const auto mapped_kib = [] {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == "VmSize:") {
        long kib = 0;
        status >> kib;
        return kib;
      }
    return -1L;
  };
  const auto before = mapped_kib();
  const int descriptors = pmc_test::open_descriptors();
  for (int i = 0; i < 4; ++i) system::file_cache(file.path());
  CHECK(mapped_kib() < before + kKib);
  system::fault_cost(file.path());
  CHECK(mapped_kib() < before + kKib / 16);
  CHECK(pmc_test::open_descriptors() == descriptors);
}

TEST_CASE("a descriptor has one owner, also of itself; 0 is one and -1 is none") {
  const int before = pmc_test::open_descriptors();
  {
    system::Descriptor one(dup(0)), other(dup(0));
    CHECK(pmc_test::open_descriptors() == before + 2);
    system::Descriptor& same = one;
    one = std::move(same);
    CHECK(one.valid());
    CHECK(pmc_test::open_descriptors() == before + 2);
    const int number = other.get();
    one = std::move(other);
    CHECK(one.get() == number);
    CHECK_FALSE(other.valid());  // NOLINT(bugprone-use-after-move): what is left of it is the point
    CHECK(other.get() == -1);
    CHECK(pmc_test::open_descriptors() == before + 1);
  }
  CHECK(pmc_test::open_descriptors() == before);
  CHECK_FALSE(system::Descriptor().valid());
  const int saved = dup(0);
  {
    const system::Descriptor zero(0);
    CHECK(zero.valid());
  }
  CHECK(pmc_test::open_descriptors() == before);  // 0 was closed, and its copy stands for it
  REQUIRE(dup2(saved, 0) == 0);
  close(saved);
}

TEST_CASE("a lock on a file is one's own or shared, and taken by nobody else meanwhile") {
  const ScratchFile file(1);
  FILE* const ours = fopen(file.path().c_str(), "r");
  FILE* const theirs = fopen(file.path().c_str(), "r");
  REQUIRE(ours != nullptr);
  REQUIRE(theirs != nullptr);
  CHECK(system::try_lock_file(fileno(ours), true) == 0);
  CHECK(system::try_lock_file(fileno(theirs), true) == EWOULDBLOCK);
  CHECK(system::try_lock_file(fileno(theirs), false) == EWOULDBLOCK);
  CHECK(system::try_lock_file(fileno(ours), false) == 0);  // shares what was its own
  CHECK(system::try_lock_file(fileno(theirs), false) == 0);
  CHECK(system::try_lock_file(fileno(ours), true) == EWOULDBLOCK);
  fclose(theirs);
  CHECK(system::try_lock_file(fileno(ours), true) == 0);
  fclose(ours);
}

TEST_CASE("a request for no idle latency is in force as long as it is held, once") {
  const auto in_force = [] {  // the kernel tells the smallest of all requests
    std::int32_t microseconds = -1;
    if (FILE* const device = fopen("/dev/cpu_dma_latency", "r")) {
      if (fread(&microseconds, sizeof microseconds, 1, device) != 1) microseconds = -1;
      fclose(device);
    }
    return microseconds;
  };
  const int descriptors = pmc_test::open_descriptors();
  {
    system::DmaLatency latency;
    CHECK_FALSE(latency.held());
    const int error = latency.hold();
    CHECK(latency.held() == (error == 0));
    if (error != 0) {
      MESSAGE("skipped: idle latencies can't be asked for here");
      return;
    }
    CHECK(in_force() == 0);
    CHECK(pmc_test::open_descriptors() == descriptors + 1);
    CHECK(latency.hold() == 0);
    CHECK(pmc_test::open_descriptors() == descriptors + 1);
  }
  CHECK(pmc_test::open_descriptors() == descriptors);
  constexpr unsigned kBytesOfTheRequest = 4;
  refusal_test::where_refused({{SYS_write, EINVAL, 2, kBytesOfTheRequest}}, [] {
    system::DmaLatency latency;
    CHECK(latency.hold() == EINVAL);
    CHECK_FALSE(latency.held());
  });
  CHECK(pmc_test::open_descriptors() == descriptors);
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

TEST_CASE("prefaulting needs no right to lock, and where the kernel can't populate, none but that") {
  SKIP_UNDER_SANITIZERS();
  constexpr std::size_t kLength = kPages * 4096;
  struct Row {
    const char* why;
    std::vector<refusal_test::Refused> refused;
    std::uint64_t present;
  };
  const Row rows[] = {
      {"locking is refused, and not needed", {{SYS_mlock, EPERM}}, kLength},
      {"an old kernel populates nothing", {{SYS_madvise, EINVAL}}, kLength},
      {"neither way is open", {{SYS_madvise, EINVAL}, {SYS_mlock, ENOMEM}}, 0},
  };
  for (const auto& row : rows) {
    INFO(row.why);
    void* const memory = mmap(nullptr, kLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    refusal_test::where_refused(row.refused, [&] {
      CHECK(system::prefault({mapping_of(memory, kLength, true)}) == row.present);
      std::vector<unsigned char> pages(kPages);
      REQUIRE(mincore(memory, kLength, pages.data()) == 0);
      for (const auto flags : pages) CHECK((flags & 1) == (row.present > 0 ? 1 : 0));
    });
    munmap(memory, kLength);
    CHECK(system::prefault({}) == 0);
  }
}

TEST_CASE("what was locked to make it present is not left locked") {
  SKIP_UNDER_SANITIZERS();
  constexpr std::size_t kLength = kPages * 4096;
  void* const memory = mmap(nullptr, kLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  refusal_test::where_refused({{SYS_madvise, EINVAL}}, [&] { system::prefault({mapping_of(memory, kLength, true)}); });
  CHECK(madvise(memory, kLength, MADV_DONTNEED) == 0);  // the kernel refuses that on locked memory
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
  const ScratchFile file, empty(0);
  std::thread([&] {
    pmc_test::spin_ms(200);  // what the thread did before is no part of the cost
    const auto cost = system::fault_cost(file.path());
    for (const auto& ns : {cost.anonymous_ns, cost.file_ns}) {
      REQUIRE(ns);
      CHECK(*ns > 0);
      CHECK(*ns < 100'000);  // hundreds, or thousands where a page is emulated
    }
  }).join();
  CHECK(system::fault_cost(ScratchFile(1).path()).file_ns);
  const auto of_empty = system::fault_cost(empty.path());
  CHECK(of_empty.anonymous_ns);
  CHECK_FALSE(of_empty.file_ns);
}

TEST_CASE("the cost of a fault is that of one, whatever the thread has faulted before") {
  SKIP_UNDER_SANITIZERS();
  const ScratchFile file;
  constexpr std::size_t kMany = 2048;
  pmc_test::touch_pages(kMany);
  const auto before = system::thread_cpu_ns();
  pmc_test::touch_pages(kMany);
  const double expected = static_cast<double>(system::thread_cpu_ns() - before) / kMany;
  const auto cost = system::fault_cost(file.path());
  REQUIRE(cost.anonymous_ns);
  CHECK(*cost.anonymous_ns > expected / 8);  // of the right magnitude: the machine has other work, too
  CHECK(*cost.anonymous_ns < expected * 8);
}

TEST_CASE("the middle of several rounds: one that was disturbed does not count, wherever it stands") {
  struct Row {
    std::vector<double> values;
    double middle;
  };
  const Row rows[] = {{{4}, 4}, {{1, 2}, 2}, {{2, 1}, 2}, {{900, 1, 2}, 2}, {{3, 900, 1, 2, 4}, 3}, {{4, 3, 2, 1}, 3}};
  for (const auto& row : rows) CHECK(system::median(row.values) == std::optional<double>(row.middle));
  CHECK_FALSE(system::median({}));
}

TEST_CASE("where memory can't be mapped, a fault has no cost") {
  const ScratchFile file;
  refusal_test::where_refused({{SYS_mmap, ENOMEM, 2, PROT_READ}},
                              [&] { CHECK_FALSE(system::fault_cost(file.path()).file_ns); });
}
