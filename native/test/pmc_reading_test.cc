#include <doctest/doctest.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pmc/reading.h"
#include "pmc/user_read.h"

using namespace isochron;
using pmc::Reading;

namespace {

Reading of_one_group(std::vector<unsigned> slots, std::vector<std::uint64_t> values, pmc::GroupTimes times) {
  Reading reading;
  pmc::add_group(reading, {slots.data(), values.data(), static_cast<unsigned>(slots.size()), times});
  return reading;
}

void store_difference(const Reading& before, const Reading& after, record::JobRecord& record) {
  pmc::store_difference(before, after, record, record::kHasCounters);
}

}  // namespace

TEST_CASE("pmc reading: counts land in the slots of the requested events") {
  const Reading r = of_one_group({0, 3}, {10, 20}, {100, 100});
  CHECK(r.mask == 0b1001);
  CHECK(r.counts[0] == 10);
  CHECK(r.counts[3] == 20);
  CHECK(r.groups == 1);
}

TEST_CASE("pmc reading: threads add up, and an event that one thread lacks is absent from the sum") {
  Reading r = of_one_group({0, 1}, {10, 20}, {100, 100});
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {5};
  pmc::add_group(r, {slots, values, 1, {50, 50}});
  CHECK(r.counts[0] == 15);
  CHECK(r.mask == 0b01);
  CHECK(r.groups == 2);
}

TEST_CASE("pmc reading: a group that could not be read empties the mask, whichever place it has") {
  Reading last = of_one_group({0}, {10}, {100, 100});
  pmc::add_group(last, {nullptr, nullptr, 0, {}});
  CHECK(last.mask == 0);
  Reading first;
  pmc::add_group(first, {nullptr, nullptr, 0, {}});
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {5};
  pmc::add_group(first, {slots, values, 1, {50, 50}});
  CHECK(first.mask == 0);
}

TEST_CASE("pmc reading: a slot beyond a record's is left out, and so is a group beyond the last") {
  const Reading r = of_one_group({record::kMaxCounters - 1, record::kMaxCounters, 40}, {3, 4, 5}, {100, 100});
  CHECK(r.mask == 1u << (record::kMaxCounters - 1));
  CHECK(r.counts[record::kMaxCounters - 1] == 3);
  Reading many;
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {1};
  for (unsigned g = 0; g <= pmc::kMaxGroups; ++g) pmc::add_group(many, {slots, values, 1, {g + 1, g + 1}});
  CHECK(many.groups == pmc::kMaxGroups);
  CHECK(many.times[pmc::kMaxGroups - 1].enabled_ns == pmc::kMaxGroups);
}

TEST_CASE("pmc difference: of shares that are equal, the first group's times are told; one ns of running counts") {
  Reading before = of_one_group({0}, {0}, {0, 0}), after = of_one_group({0}, {1}, {200, 100});
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {0};
  pmc::add_group(before, {slots, values, 1, {0, 0}});
  pmc::add_group(after, {slots, values, 1, {400, 200}});
  CHECK(pmc::difference(before, after).times.enabled_ns == 200);
  const auto one = pmc::difference(of_one_group({0}, {0}, {0, 0}), of_one_group({0}, {9}, {1, 1}));
  CHECK(one.times.enabled_ns == 1);
  CHECK(one.mask == 1);
  CHECK(one.counts[0] == 9);
  record::JobRecord record{};
  store_difference(of_one_group({0}, {0}, {0, 0}), of_one_group({0}, {9}, {1, 1}), record);
  CHECK(record.flags == record::kHasCounters);
  const auto last = record::kMaxCounters - 1;
  store_difference(of_one_group({last}, {1}, {0, 0}), of_one_group({last}, {9}, {1, 1}), record);
  CHECK(record.counters[last] == 8);
}

TEST_CASE("pmc difference: only the times of the groups that a reading has count") {
  const Reading before = of_one_group({0}, {0}, {0, 0});
  Reading after = of_one_group({0}, {1}, {200, 100});
  after.times[1] = {1000, 1};  // what an earlier reading of more groups has left there
  CHECK(pmc::difference(before, after).times.enabled_ns == 200);

  Reading fewer = before;
  fewer.times[1] = {900, 900};
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {0};
  after = of_one_group({0}, {1}, {200, 200});
  pmc::add_group(after, {slots, values, 1, {1000, 250}});
  const auto d = pmc::difference(fewer, after);
  CHECK(d.times.enabled_ns == 1000);
  CHECK(d.times.running_ns == 250);
}

TEST_CASE("pmc difference: what did not run in between has counted nothing, which is 0; one ns without is not") {
  const Reading reading = of_one_group({0, 1}, {7, 8}, {100, 100});
  const auto still = pmc::difference(reading, reading);
  CHECK(still.mask == 0b11);
  CHECK(still.counts[0] == 0);
  CHECK(still.times.enabled_ns == 0);
  const auto waited = pmc::difference(of_one_group({0}, {0}, {0, 0}), of_one_group({0}, {0}, {1, 0}));
  CHECK(waited.mask == 0);
  CHECK(waited.times.enabled_ns == 1);
}

TEST_CASE("pmc difference: raw counts, never scaled up for multiplexing") {
  const auto d = pmc::difference(of_one_group({0}, {100}, {1000, 1000}), of_one_group({0}, {150}, {3000, 2000}));
  CHECK(d.counts[0] == 50);
  CHECK(d.mask == 1);
  CHECK(d.times.enabled_ns == 2000);
  CHECK(d.times.running_ns == 1000);
}

TEST_CASE("pmc difference: saturates at 0 and keeps only what both readings have") {
  const auto d = pmc::difference(of_one_group({0, 1}, {100, 7}, {10, 10}), of_one_group({0, 2}, {90, 9}, {20, 20}));
  CHECK(d.mask == 0b001);
  CHECK(d.counts[0] == 0);
  CHECK(d.counts[1] == 0);
  CHECK(d.counts[2] == 0);
}

TEST_CASE("pmc difference: the times are those of the group with the smallest share, by differences") {
  Reading before = of_one_group({0}, {0}, {1000, 10});  // a poor share so far, but a full one from here on
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {0};
  pmc::add_group(before, {slots, values, 1, {1000, 1000}});
  Reading after = of_one_group({0}, {1}, {2000, 1010});
  pmc::add_group(after, {slots, values, 1, {2000, 1250}});
  const auto d = pmc::difference(before, after);
  CHECK(d.times.enabled_ns == 1000);
  CHECK(d.times.running_ns == 250);
}

TEST_CASE("pmc difference: a thread that slept through the job has no say in the share") {
  Reading before = of_one_group({0}, {0}, {100, 100});
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {0};
  pmc::add_group(before, {slots, values, 1, {70, 0}});
  Reading after = of_one_group({0}, {4}, {200, 200});
  pmc::add_group(after, {slots, values, 1, {70, 0}});
  const auto d = pmc::difference(before, after);
  CHECK(d.times.enabled_ns == 100);
  CHECK(d.times.running_ns == 100);
  CHECK(d.mask == 1);
}

TEST_CASE("pmc difference: a thread added in between counts from 0") {
  const Reading before = of_one_group({0}, {100}, {100, 100});
  Reading after = of_one_group({0}, {110}, {200, 200});
  const unsigned slots[] = {0};
  const std::uint64_t values[] = {7};
  pmc::add_group(after, {slots, values, 1, {50, 50}});
  CHECK(pmc::difference(before, after).counts[0] == 17);
}

TEST_CASE("pmc difference: a group that was enabled and never ran counted nothing, which is not 0") {
  const auto d = pmc::difference(of_one_group({0}, {0}, {0, 0}), of_one_group({0}, {0}, {1000, 0}));
  CHECK(d.mask == 0);
  CHECK(d.times.enabled_ns == 1000);
  CHECK(d.times.running_ns == 0);
}

TEST_CASE("pmc store_difference: fills a record's counters, mask, times and flag, and clears old ones") {
  record::JobRecord record{};
  std::memset(record.counters, 0xff, sizeof record.counters);
  record.flags = record::kWarmup;
  store_difference(of_one_group({1}, {1}, {10, 10}), of_one_group({1}, {5}, {30, 30}), record);
  CHECK(record.counters[0] == 0);
  CHECK(record.counters[1] == 4);
  CHECK(record.counter_mask == 0b10);
  CHECK(record.time_enabled_ns == 20);
  CHECK(record.time_running_ns == 20);
  CHECK(record.flags == (record::kWarmup | record::kHasCounters));

  store_difference(Reading{}, Reading{}, record);
  CHECK(record.counter_mask == 0);
  CHECK(record.counters[1] == 0);
  CHECK(record.flags == record::kWarmup);
}

TEST_CASE("pmc user reads: a counter is sign-extended from its width onto the kernel's offset") {
  CHECK(pmc::extend_counter(5, 48, 100) == 105);
  CHECK(pmc::extend_counter(0xffff'ffff'ffff, 48, 100) == 99);      // -1 in 48 bits
  CHECK(pmc::extend_counter(0x1'8000'0000, 32, 0x8000'0000) == 0);  // only the low 32 bits count
  CHECK(pmc::extend_counter(0xffff'ffff'ffff'ffff, 64, 1) == 0);
  CHECK(pmc::extend_counter(1, 1, 5) == 4);                                          // -1 in one bit
  CHECK(pmc::extend_counter(0x7fff'ffff'ffff'ffff, 63, 0) == ~0ull);                 // -1 in 63 bits
  CHECK(pmc::extend_counter(0x8000'0000'0000'0001, 0, 0) == 0x8000'0000'0000'0001);  // a kernel that tells no width
}

namespace {

/// What the CPU is made to say: how often it was asked, and what happens to the page while it is.
struct Cpu {
  perf_event_mmap_page page{};
  std::uint64_t ticks = 0;
  std::optional<std::uint64_t> counter;
  std::uint32_t index = 0;
  int readings = 0, disturbed = 0;
};
Cpu cpu;

std::optional<pmc::UserPage::Value> read_of_cpu() {
  return pmc::read_page(
      cpu.page, [] { return cpu.ticks; },
      [](std::uint32_t index) {
        cpu.index = index;
        if (++cpu.readings <= cpu.disturbed) cpu.page.lock = cpu.page.lock + 2;  // the kernel was here
        return cpu.counter;
      });
}

/// An event that counts since 1000 ticks, on counter 7, 48 bits wide, with a tick of 2 ns.
void let_cpu_count() {
  cpu = Cpu{};
  cpu.page.lock = 2;
  cpu.page.index = 7;
  cpu.page.offset = 50;
  cpu.page.cap_user_rdpmc = cpu.page.cap_user_time = 1;
  cpu.page.pmc_width = 48;
  cpu.page.time_enabled = 900;
  cpu.page.time_running = 600;
  cpu.page.time_mult = 8;
  cpu.page.time_shift = 2;
  cpu.page.time_offset = 30;
  cpu.ticks = 1000;
  cpu.counter = 5;
}

}  // namespace

TEST_CASE("pmc user reads: the count is the counter's on the kernel's, the times go on since the page was written") {
  let_cpu_count();
  const auto value = read_of_cpu();
  REQUIRE(value);
  CHECK(cpu.index == 7);
  CHECK(cpu.readings == 1);
  CHECK(value->count == 55);
  CHECK(value->times.enabled_ns == 900 + 30 + 2000);
  CHECK(value->times.running_ns == 600 + 30 + 2000);
}

TEST_CASE("pmc user reads: a short clock is put back on the cycles that the kernel knows") {
  let_cpu_count();
  cpu.page.cap_user_time_short = 1;
  cpu.page.time_cycles = 0x1'0000'0100;
  cpu.page.time_mask = 0xffff'ffff;
  cpu.ticks = 0x110;  // 32 bits wide: 16 ticks after the kernel's
  cpu.page.time_mult = 4;
  const auto value = read_of_cpu();
  REQUIRE(value);
  CHECK(value->times.enabled_ns == 900 + 30 + 0x1'0000'0110);
}

TEST_CASE("pmc user reads: nothing is told where the page forbids it, times can't be told, or no counter counts") {
  const std::pair<const char*, void (*)()> cases[] = {
      {"reading counters is forbidden", [] { cpu.page.cap_user_rdpmc = 0; }},
      {"the clock is no user's", [] { cpu.page.cap_user_time = 0; }},
      {"no counter now", [] { cpu.page.index = 0; }},
      {"a counter that this CPU can't read", [] { cpu.counter.reset(); }},
  };
  for (const auto& [why, change] : cases) {
    INFO(why);
    let_cpu_count();
    change();
    CHECK_FALSE(read_of_cpu());
    CHECK(cpu.readings == (cpu.counter ? 0 : 1));
  }
  let_cpu_count();
  cpu.page.index = 1;  // the first counter is one
  CHECK(read_of_cpu());
}

TEST_CASE("pmc user reads: what the kernel changed meanwhile is read again, a few times") {
  let_cpu_count();
  cpu.disturbed = 3;
  CHECK(read_of_cpu());
  CHECK(cpu.readings == 4);
  let_cpu_count();
  cpu.disturbed = 4;
  CHECK_FALSE(read_of_cpu());
  CHECK(cpu.readings == 4);
}

TEST_CASE("pmc user reads: a page is mapped from its event, moved with its owner, and unmapped once") {
  CHECK(pmc::UserPage::map(-1).empty());
  CHECK(pmc::UserPage().empty());
  const int fd = memfd_create("page", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  perf_event_mmap_page content{};
  content.lock = 77;
  REQUIRE(ftruncate(fd, sysconf(_SC_PAGESIZE)) == 0);
  REQUIRE(write(fd, &content, sizeof content) == static_cast<ssize_t>(sizeof content));
  const auto mappings = [] {
    int count = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
      if (line.find("memfd:page") != std::string::npos) ++count;
    return count;
  };
  {
    auto page = pmc::UserPage::map(fd);
#if defined(__x86_64__) || defined(__aarch64__)
    REQUIRE_FALSE(page.empty());
    CHECK(page.sequence() == 77);
    CHECK_FALSE(page.read());  // no counter in it
    CHECK(mappings() == 1);
    pmc::UserPage second(std::move(page));
    CHECK(page.empty());  // NOLINT(bugprone-use-after-move): what is left of it is the point
    CHECK(second.sequence() == 77);
    pmc::UserPage third;
    third = std::move(second);
    CHECK(third.sequence() == 77);
    CHECK(mappings() == 1);
#else
    CHECK(page.empty());
#endif
  }
  CHECK(mappings() == 0);
  close(fd);
}

namespace {

/// A page of a test's own: what it tells, and in how many of its readings the thread was switched out.
struct Page {
  std::optional<pmc::UserPage::Value> value;
  int switches = 0;
  mutable std::uint32_t lock = 8;
  mutable int readings = 0;

  std::uint32_t sequence() const noexcept { return lock; }
  std::optional<pmc::UserPage::Value> read() const noexcept {
    if (++readings <= switches) lock += 2;
    return value;
  }
};

pmc::UserPage::Value value_of(std::uint64_t count, pmc::GroupTimes times) {
  pmc::UserPage::Value value;
  value.count = count;
  value.times = times;
  return value;
}

}  // namespace

TEST_CASE("pmc user reads: the pages of a group give each event's count and the leader's times") {
  const std::vector<Page> pages{{value_of(5, {30, 20})}, {value_of(6, {40, 10})}, {value_of(7, {50, 0})}};
  Reading reading;
  REQUIRE(pmc::add_pages(reading, {2, 0, 5}, pages));
  CHECK(reading.mask == 0b100101);
  CHECK(reading.counts[2] == 5);
  CHECK(reading.counts[0] == 6);
  CHECK(reading.counts[5] == 7);
  CHECK(reading.groups == 1);
  CHECK(reading.times[0].enabled_ns == 30);
  CHECK(reading.times[0].running_ns == 20);
  for (const auto& page : pages) CHECK(page.readings == 1);
}

TEST_CASE("pmc user reads: a group of which one page tells nothing is not read at all") {
  const std::vector<Page> pages{{value_of(5, {30, 20})}, {std::nullopt}};
  Reading reading;
  CHECK_FALSE(pmc::add_pages(reading, {0, 1}, pages));
  CHECK(reading.mask == 0);
  CHECK(reading.groups == 0);
}

TEST_CASE("pmc user reads: a group is read again when its thread was switched out meanwhile, a few times") {
  for (const int switches : {0, 1, 3, 4, 100}) {
    CAPTURE(switches);
    const std::vector<Page> pages{{value_of(5, {30, 20}), switches}, {value_of(6, {30, 20})}};
    Reading reading;
    CHECK(pmc::add_pages(reading, {0, 1}, pages) == (switches < 4));
    CHECK(pages[1].readings == std::min(switches + 1, 4));
    CHECK(reading.groups == (switches < 4 ? 1 : 0));
    CHECK(reading.counts[1] == (switches < 4 ? 6 : 0));
  }
}

TEST_CASE("pmc user reads: x86 and software events ask for nothing") {
#if !defined(__aarch64__)
  CHECK(pmc::user_read_config1(PERF_TYPE_RAW) == 0);
#endif
  CHECK(pmc::user_read_config1(PERF_TYPE_SOFTWARE) == 0);
}

TEST_CASE("pmc user reads: clock ticks become ns without overflow after months of uptime") {
  CHECK(pmc::ticks_to_ns(1000, 1 << 10, 10, 0) == 1000);
  // 8.333 MHz as on the Coral Dev Board: mult = 120 << 24 = 2013265920 makes 120 ns of each tick.
  CHECK(pmc::ticks_to_ns(8'333'333, 120u << 24, 24, 0) == 8'333'333ull * 120);
  const std::uint64_t year_of_3ghz = 3'000'000'000ull * 86400 * 365;
  CHECK(pmc::ticks_to_ns(year_of_3ghz, 1u << 30, 31, 7) == year_of_3ghz / 2 + 7);
  CHECK(pmc::ticks_to_ns(0, 1, 1, ~0ull) == ~0ull);  // time_offset wraps, as the kernel's does
}
