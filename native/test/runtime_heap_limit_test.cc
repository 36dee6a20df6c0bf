// The limit on the heap's growth by itself: from where it counts, what is within it, and what it lowers meanwhile.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "error_support.h"
#include "runtime/heap_limit.h"
#include "system/heap.h"
#include "system/malloc_policy.h"

using namespace isochron;
using runtime::HeapLimit;

namespace {

constexpr std::size_t kMiB = 1 << 20;
constexpr std::size_t kBlock = 64 * kMiB;

/// As a job does: on a thread that is not the process's first.
void as_a_job(const std::function<void()>& body) {
  system::keep_malloc_in_arenas();
  std::thread(body).join();
}

std::unique_ptr<char[]> take_block() { return std::make_unique<char[]>(kBlock); }

/// What the limit says of one block allocated after its construction; absent where the allocator doesn't tell.
std::optional<std::uint64_t> growth_by_a_block() {
  const HeapLimit limit(1ull << 40);
  const auto block = take_block();
  const auto grown = limit.growth();
  if (grown < kBlock) {
    MESSAGE("skipped: this allocator doesn't tell what is in use");
    return std::nullopt;
  }
  return grown;
}

rlim_t soft_data_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  return limit.rlim_cur;
}

}  // namespace

TEST_CASE("heap limit: what was in use before does not count, what comes after does") {
  as_a_job([] {
    const auto before = take_block();
    const auto grown = growth_by_a_block();
    if (!grown) return;
    CHECK(*grown < kBlock + kMiB);
    const HeapLimit limit(kMiB);
    CHECK(limit.growth() < kMiB);
  });
}

TEST_CASE("heap limit: what making ready took is told apart from what came later") {
  as_a_job([] {
    if (!growth_by_a_block()) return;
    HeapLimit limit(kBlock + kBlock / 2);
    const auto first = take_block();
    limit.require_within_after_init();
    CHECK_FALSE(limit.exceeded(0));
    const auto second = take_block();
    const auto failure = limit.exceeded(0);
    CHECK(failure);
    if (!failure) return;
    const std::string said = failure->what();
    CHECK(said.find("had taken 128.0") != std::string::npos);
    CHECK(said.find(" of heap, 64.0") != std::string::npos);
  });
}

TEST_CASE("heap limit: growth to the very limit is within it, a byte more is not, and both sizes are told") {
  as_a_job([] {
    const auto grown = growth_by_a_block();
    if (!grown) return;
    {
      HeapLimit limit(*grown);
      const auto block = take_block();
      if (limit.growth() == *grown) {
        CHECK_NOTHROW(limit.require_within_after_init());
        CHECK_FALSE(limit.exceeded(0));
      }
    }
    HeapLimit limit(3 * kMiB / 2);
    const auto block = take_block();
    CHECK_FALSE(limit.exceeded(kBlock));
    const auto failure = limit.exceeded(0);
    CHECK(failure);
    if (!failure) return;
    CHECK(failure->code() == "E_HEAP_LIMIT");
    CHECK(std::string(failure->what()).find("had taken 64.0") != std::string::npos);
    CHECK(std::string(failure->what()).find("0.00 MiB of it when it was made ready") != std::string::npos);
    CHECK(std::string(failure->what()).find("limit is 1.50 MiB") != std::string::npos);
    try {
      limit.require_within_after_init();
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      CHECK(error.code() == "E_HEAP_LIMIT");
      CHECK(std::string(error.what()).find("took 64.0") != std::string::npos);
      CHECK(error.hint().find("above 64.0") != std::string::npos);
    }
  });
}

TEST_CASE("heap limit: what the process's first thread allocates counts only where a job has its arena") {
  bool told = false;
  as_a_job([&] { told = growth_by_a_block().has_value(); });
  if (!told) return;
  HeapLimit limit(kMiB);
  std::vector<std::unique_ptr<char[]>> small;
  for (int i = 0; i < 1024; ++i) small.push_back(std::make_unique<char[]>(4096));
  CHECK(limit.growth() < kMiB);
  as_a_job([&] { CHECK_NOTHROW(limit.require_within_after_init()); });
  // here, this thread's is that arena
  CHECK(error_test::code_of([&] { limit.require_within_after_init(); }) == "E_HEAP_LIMIT");
  CHECK(limit.growth() >= 4 * kMiB);
}

TEST_CASE("heap limit: none limits nothing, and takes nothing from the process") {
  const auto before = soft_data_limit();
  HeapLimit none(0);
  CHECK_FALSE(none.limited());
  CHECK(soft_data_limit() == before);
  const auto block = take_block();
  CHECK(none.growth() == 0);
  CHECK_FALSE(none.exceeded(0));
  CHECK_NOTHROW(none.require_within_after_init());
  CHECK(none.allocation_failed().code() == "E_OUT_OF_MEMORY");
  const HeapLimit least(1);
  CHECK(least.limited());
  CHECK(least.allocation_failed().code() == "E_HEAP_LIMIT");
}

TEST_CASE("heap limit: the backstop leaves room for the limit and a margin beyond what is mapped") {
  const auto before = soft_data_limit();
  const auto data = system::data_in_use();
  REQUIRE(data);
  {
    const HeapLimit limit(16 * kMiB);
    const auto wanted = *data + 16 * kMiB + HeapLimit::kMarginBytes;
    if (before < wanted) return;
    CHECK(soft_data_limit() >= wanted);
    CHECK(soft_data_limit() < wanted + 16 * kMiB);
  }
  CHECK(soft_data_limit() == before);
}
