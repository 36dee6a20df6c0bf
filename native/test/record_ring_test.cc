#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "record/ring.h"
#include "record/streams.h"

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

TEST_CASE("a stream that nobody takes has no ring, gives nothing and loses nothing") {
  using namespace isochron::record;
  CHECK(stream_named("jobs") == Stream::jobs);
  CHECK(stream_named("samples") == Stream::samples);
  CHECK_FALSE(stream_named("").has_value());
  CHECK_FALSE(stream_named("job").has_value());

  StreamCounts capacities;
  capacities.samples = 2;
  Rings rings(capacities);
  CHECK_FALSE(rings.jobs.has_value());
  REQUIRE(rings.samples.has_value());
  for (std::uint64_t i = 1; i <= 3; ++i) {
    SampleRecord sample{};
    sample.time_ns = i;
    rings.samples->push(sample);
  }
  CHECK(rings.lost().jobs == 0);
  CHECK(rings.lost().samples == 1);
  std::vector<std::byte> bytes(4 * sizeof(SampleRecord) + 1);
  CHECK(rings.drain(Stream::jobs, bytes.data(), bytes.size()) == 0);
  CHECK(rings.drain(Stream::samples, bytes.data() + 1, bytes.size() - 1) == 2 * sizeof(SampleRecord));
  SampleRecord second;
  std::memcpy(&second, bytes.data() + 1 + sizeof second, sizeof second);
  CHECK(second.time_ns == 2);
}
