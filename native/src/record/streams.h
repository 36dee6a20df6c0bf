// The streams of records of a run: a ring for each that somebody takes. The list is the only one on the native side;
// src/addon/streams.ts has the same, and the two are held against each other whenever the addon is loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "record/job.h"
#include "record/ring.h"
#include "record/sample.h"

namespace isochron::record {

// ONE(name, layout, what Finished calls the number of records that were lost)
// clang-format off
#define ISOCHRON_STREAMS(ONE)                                             \
  ONE(jobs, JobLayout, lostRecords)       /* one record a job */          \
  ONE(samples, SampleLayout, lostSamples) /* the sampler's readings */
// clang-format on

enum class Stream {
#define ISOCHRON_STREAM(name, Layout, Lost) name,
  ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
};

/// Absent for a name that is no stream's.
inline std::optional<Stream> stream_named(std::string_view wanted) noexcept {
#define ISOCHRON_STREAM(name, Layout, Lost) \
  if (wanted == #name) return Stream::name;
  ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
  return std::nullopt;
}

/// A number for each stream.
struct StreamCounts {
#define ISOCHRON_STREAM(name, Layout, Lost) std::uint64_t name = 0;
  ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
};

/// Copies as many whole records as fit into `bytes` at `into` (any alignment) and returns the bytes written.
template <typename Record>
std::size_t copy_out(RecordRing<Record>& ring, std::byte* into, std::size_t bytes) {
  constexpr std::size_t kChunk = 32;
  Record chunk[kChunk];
  std::size_t written = 0;
  for (std::size_t room = bytes / sizeof(Record); room > 0;) {
    const std::size_t n = ring.pop(chunk, room < kChunk ? room : kChunk);
    if (n == 0) break;
    std::memcpy(into + written, chunk, n * sizeof(Record));
    written += n * sizeof(Record);
    room -= n;
  }
  return written;
}

/// The ring of each stream by its name; absent where nobody takes the stream. Whoever produces records pushes into it.
struct Rings {
  explicit Rings(const StreamCounts& capacities) {
#define ISOCHRON_STREAM(name, Layout, Lost) \
  if (capacities.name > 0) name.emplace(static_cast<std::size_t>(capacities.name));
    ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
  }

  /// As copy_out(); 0 where nobody takes the stream.
  std::size_t drain(Stream stream, std::byte* into, std::size_t bytes) {
    switch (stream) {
#define ISOCHRON_STREAM(name, Layout, Lost) \
  case Stream::name:                        \
    return name ? copy_out(*name, into, bytes) : 0;
      ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
    }
    return 0;
  }

  /// Records that found their ring full.
  StreamCounts lost() const noexcept {
    StreamCounts counts;
#define ISOCHRON_STREAM(name, Layout, Lost) \
  if (name) counts.name = name->lost();
    ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
    return counts;
  }

#define ISOCHRON_STREAM(name, Layout, Lost) std::optional<RecordRing<Layout::Record>> name;
  ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
};

}  // namespace isochron::record
