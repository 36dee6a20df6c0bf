#include <doctest/doctest.h>

#include <cstring>
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
  runtime::JobRecord record{};
  std::memset(record.counters, 0xff, sizeof record.counters);
  record.flags = runtime::kWarmup;
  pmc::store_difference(of_one_group({1}, {1}, {10, 10}), of_one_group({1}, {5}, {30, 30}), record);
  CHECK(record.counters[0] == 0);
  CHECK(record.counters[1] == 4);
  CHECK(record.counter_mask == 0b10);
  CHECK(record.time_enabled_ns == 20);
  CHECK(record.time_running_ns == 20);
  CHECK(record.flags == (runtime::kWarmup | runtime::kHasCounters));

  pmc::store_difference(Reading{}, Reading{}, record);
  CHECK(record.counter_mask == 0);
  CHECK(record.counters[1] == 0);
  CHECK(record.flags == runtime::kWarmup);
}

TEST_CASE("pmc user reads: a counter is sign-extended from its width onto the kernel's offset") {
  CHECK(pmc::extend_counter(5, 48, 100) == 105);
  CHECK(pmc::extend_counter(0xffff'ffff'ffff, 48, 100) == 99);      // -1 in 48 bits
  CHECK(pmc::extend_counter(0x1'8000'0000, 32, 0x8000'0000) == 0);  // only the low 32 bits count
  CHECK(pmc::extend_counter(0xffff'ffff'ffff'ffff, 64, 1) == 0);
}

TEST_CASE("pmc user reads: clock ticks become ns without overflow after months of uptime") {
  CHECK(pmc::ticks_to_ns(1000, 1 << 10, 10, 0) == 1000);
  // 8.333 MHz as on the Coral Dev Board: mult = 120 << 24 = 2013265920 makes 120 ns of each tick.
  CHECK(pmc::ticks_to_ns(8'333'333, 120u << 24, 24, 0) == 8'333'333ull * 120);
  const std::uint64_t year_of_3ghz = 3'000'000'000ull * 86400 * 365;
  CHECK(pmc::ticks_to_ns(year_of_3ghz, 1u << 30, 31, 7) == year_of_3ghz / 2 + 7);
  CHECK(pmc::ticks_to_ns(0, 1, 1, ~0ull) == ~0ull);  // time_offset wraps, as the kernel's does
}
