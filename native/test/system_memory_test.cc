// The heap, what of it is counted, and limits on memory.
#include <doctest/doctest.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "refusal_support.h"
#include "system/heap.h"
#include "system/rights.h"

using namespace isochron::system;

namespace {

/// What another test, or who started it, may have left of the soft limit does not matter: it is the hard one meanwhile.
refusal_test::SoftLimit without_soft_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  return {RLIMIT_DATA, limit.rlim_max};
}

}  // namespace

TEST_CASE(
    "what malloc_info writes: the main arena by itself, without what is free in it; the sums do not count again") {
  const auto use = parse_malloc_info(R"(<malloc version="1">
<heap nr="0">
<sizes>
  <size from="33" to="33" total="66" count="2"/>
  <unsorted from="1185" to="1185" total="1185" count="1"/>
</sizes>
<total type="fast" count="2" size="66"/>
<total type="rest" count="2" size="5434"/>
<system type="current" size="135168"/>
<system type="max" size="135168"/>
<aspace type="total" size="135168"/>
<aspace type="mprotect" size="135168"/>
</heap>
<heap nr="1">
<sizes>
</sizes>
<total type="fast" count="0" size="0"/>
<total type="rest" count="1" size="100"/>
<system type="current" size="1000"/>
<system type="max" size="2000"/>
</heap>
<heap nr="2">
<total type="fast" count="0" size="0"/>
<total type="rest" count="1" size="1"/>
<system type="current" size="11"/>
</heap>
<total type="fast" count="2" size="66"/>
<total type="rest" count="4" size="5535"/>
<total type="mmap" count="1" size="5000000000"/>
<system type="current" size="136179"/>
</malloc>
)");
  CHECK(use.main == 135168 - 66 - 5434);
  CHECK(use.others == 900 + 10 + 5'000'000'000);
  CHECK(use.total() == use.main + use.others);
  CHECK(parse_malloc_info("").total() == 0);
  CHECK(parse_malloc_info(std::string(1000, 'x') + "\n<heap nr=").total() == 0);
}

TEST_CASE("private memory is what the kernel says of it") {
  const auto told = [] {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line) && line.find("VmData:") != 0) {
    }
    return std::stoull(line.substr(line.find_first_of("0123456789"))) * 1024;
  };
  for (;;) {
    const auto before = told();
    const auto data = data_in_use();
    if (told() != before) continue;  // reading it took memory
    CHECK(data == std::optional<std::uint64_t>(before));
    break;
  }
}

TEST_CASE("a data limit is put back, and only ever lowered") {
  const auto unlimited = without_soft_limit();
  rlimit before{}, during{}, after{};
  getrlimit(RLIMIT_DATA, &before);
  {
    DataLimit limit;
    CHECK(limit.lower_to(1ull << 40) == (before.rlim_cur > (1ull << 40)));
    CHECK_FALSE(limit.lower_to(1ull << 41));
    getrlimit(RLIMIT_DATA, &during);
    CHECK(during.rlim_cur == std::min<rlim_t>(before.rlim_cur, 1ull << 40));
  }
  getrlimit(RLIMIT_DATA, &after);
  CHECK(after.rlim_cur == before.rlim_cur);
}

TEST_CASE("a data limit that was lowered twice goes back to what was there before the first time") {
  const auto unlimited = without_soft_limit();
  rlimit before{}, after{};
  getrlimit(RLIMIT_DATA, &before);
  {
    DataLimit limit;
    if (!limit.lower_to(1ull << 40)) {
      MESSAGE("skipped: the data limit is low already");
      return;
    }
    CHECK(limit.lower_to(1ull << 39));
  }
  getrlimit(RLIMIT_DATA, &after);
  CHECK(after.rlim_cur == before.rlim_cur);
}

TEST_CASE("a data limit that is there already, or that can't be read or set, is left alone and said to be") {
  const auto unlimited = without_soft_limit();
  rlimit before{}, after{};
  getrlimit(RLIMIT_DATA, &before);
  {
    DataLimit limit, again;
    if (!limit.lower_to(1ull << 40)) {
      MESSAGE("skipped: the data limit is low already");
      return;
    }
    CHECK_FALSE(again.lower_to(1ull << 40));
  }
  constexpr unsigned kOnlyRead = 0;  // no new limit: getrlimit
  refusal_test::where_refused({{SYS_prlimit64, EPERM, 2, kOnlyRead}}, [] { CHECK_FALSE(DataLimit().lower_to(1)); });
  getrlimit(RLIMIT_DATA, &after);
  CHECK(after.rlim_cur == before.rlim_cur);
  constexpr unsigned kNotRead = 0;  // no place for the old limit: setrlimit
  refusal_test::where_refused({{SYS_prlimit64, EPERM, 3, kNotRead}}, [] { CHECK_FALSE(DataLimit().lower_to(1)); });
  getrlimit(RLIMIT_DATA, &after);
  CHECK(after.rlim_cur == before.rlim_cur);
}

TEST_CASE("the heap in use grows by what is allocated, small or large; private memory by what is mapped") {
  constexpr std::size_t kLarge = 64u << 20;
  constexpr std::size_t kSmall = 4000, kMany = 1000;
  const auto heap = heap_in_use();
  const auto data = data_in_use();
  REQUIRE(data);
  // not by malloc, which gives nothing back where a run has been
  void* const mapped = mmap(nullptr, kLarge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(mapped != MAP_FAILED);
  CHECK(data_in_use().value_or(0) >= *data + kLarge);
  CHECK(data_in_use().value_or(0) < *data + 2 * kLarge);
  munmap(mapped, kLarge);
  const auto large = std::make_unique<char[]>(kLarge);
  const auto with_large = heap_in_use();
  std::vector<std::unique_ptr<char[]>> many;
  for (std::size_t i = 0; i < kMany; ++i) many.push_back(std::make_unique<char[]>(kSmall));
  const auto with_many = heap_in_use();
  if (!heap || with_large->total() == heap->total()) {
    MESSAGE("skipped: this allocator doesn't tell what is in use");
    return;
  }
  CHECK(with_large->total() - heap->total() >= kLarge);
  CHECK(with_large->total() - heap->total() < 2 * kLarge);
  CHECK(with_many->total() - with_large->total() >= kSmall * kMany);
  CHECK(with_many->total() - with_large->total() < 2 * kSmall * kMany);
}

TEST_CASE("a soft limit is a number of bytes, and none is no limit") {
  CHECK(finite_limit(0) == std::optional<std::uint64_t>(0));
  CHECK(finite_limit(4096) == std::optional<std::uint64_t>(4096));
  CHECK_FALSE(finite_limit(RLIM_INFINITY));
}

TEST_CASE("the limits of locked memory and of priorities are read from the process") {
  {
    const refusal_test::SoftLimit locked(RLIMIT_MEMLOCK, 4096);
    CHECK(read_rights().memlock_limit == std::optional<std::uint64_t>(4096));
  }
  rlimit priority{};
  REQUIRE(getrlimit(RLIMIT_RTPRIO, &priority) == 0);
  CHECK(read_rights().rtprio_limit == priority.rlim_cur);
  rlimit higher = priority;
  higher.rlim_cur = higher.rlim_max = 42;
  if (setrlimit(RLIMIT_RTPRIO, &higher) == 0) {  // needs the right where the hard limit is lower
    CHECK(read_rights().rtprio_limit == 42);
    setrlimit(RLIMIT_RTPRIO, &priority);
  }
}

TEST_CASE("the rights of a thread are those of its capabilities, each its own") {
  refusal_test::without_capabilities([] {
    const auto rights = read_rights();
    CHECK_FALSE(rights.sys_nice);
    CHECK_FALSE(rights.ipc_lock);
    CHECK_FALSE(rights.perfmon);
  });
  constexpr unsigned kPerfmon = 38;
  for (const unsigned capability : {unsigned{CAP_SYS_NICE}, unsigned{CAP_IPC_LOCK}, unsigned{CAP_SYS_ADMIN}, kPerfmon})
    refusal_test::with_only(capability, [capability] {
      CAPTURE(capability);
      const auto rights = read_rights();
      CHECK(rights.sys_nice == (capability == CAP_SYS_NICE));
      CHECK(rights.ipc_lock == (capability == CAP_IPC_LOCK));
      CHECK(rights.perfmon == (capability == CAP_SYS_ADMIN || capability == kPerfmon));
    });
}

TEST_CASE("where capabilities are not told, there are none") {
  refusal_test::where_refused({{SYS_capget, EPERM}}, [] {
    const auto rights = read_rights();
    CHECK_FALSE((rights.sys_nice || rights.ipc_lock || rights.perfmon));
  });
}
