#include <doctest/doctest.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "record/ring.h"

using isochron::record::RecordRing;

TEST_CASE("a ring holds a power of two of records, at least what was asked for") {
  CHECK(RecordRing<int>(1).capacity() == 1);
  CHECK(RecordRing<int>(5).capacity() == 8);
  CHECK(RecordRing<int>(8).capacity() == 8);
}

TEST_CASE("records come out in order; those that find the ring full are counted and lost") {
  RecordRing<int> ring(4);
  for (int i = 0; i < 6; ++i) CHECK(ring.push(i) == (i < 4));
  CHECK(ring.full());
  CHECK(ring.lost() == 2);
  std::vector<int> out(8, -1);
  CHECK(ring.pop(out.data(), 3) == 3);
  CHECK(ring.push(6));
  CHECK(ring.pop(out.data() + 3, 5) == 2);
  CHECK(out == std::vector<int>{0, 1, 2, 3, 6, -1, -1, -1});
  CHECK(ring.pop(out.data(), 8) == 0);
}

TEST_CASE("one thread may push while another pops: whole records, in order, none twice") {
  struct Wide {
    std::uint64_t first, middle[20], last;
  };
  constexpr std::uint64_t kRecords = 200'000;
  RecordRing<Wide> ring(64);
  std::uint64_t pushed = 0;
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      Wide record{};
      record.first = record.last = i;
      if (ring.push(record))
        ++pushed;
      else
        std::this_thread::yield();
    }
  });
  std::uint64_t popped = 0, previous = 0;
  bool whole = true, ordered = true;
  std::vector<Wide> chunk(16);
  const auto take = [&] {
    const auto n = ring.pop(chunk.data(), chunk.size());
    for (std::size_t i = 0; i < n; ++i) {
      whole = whole && chunk[i].first == chunk[i].last;
      ordered = ordered && (popped == 0 || chunk[i].first > previous);
      previous = chunk[i].first;
      ++popped;
    }
    return n;
  };
  while (ring.lost() + popped < kRecords)
    if (take() == 0) std::this_thread::yield();
  producer.join();
  CHECK(whole);
  CHECK(ordered);
  CHECK(popped == pushed);
  CHECK(pushed + ring.lost() == kRecords);
}
