// What the sampler must know of the job that is running: its index, and the counts at its start.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "pmc/reading.h"

namespace isochron::pmc {

/// A seqlock with one writer, the job thread, which never waits: it stores some twenty words per job, and only runs
/// with a sampler have one. The executor calls begin() with the reading that it takes at the job's start anyway, so
/// that samples and the job's record start from the same counts, and end() when the job has ended.
class JobBaseline {
 public:
  /// Job thread, right after reading the counters at the start of job `job`.
  void begin(std::uint64_t job, const Reading& at_start) noexcept;
  /// Job thread, when the job has ended and before it reads the counters again: no sample then exceeds the record.
  void end() noexcept;

  struct View {
    std::uint64_t sequence = 0;  // changes with every begin() and end()
    bool running = false;
    std::uint64_t job = 0;  // of the running job, or of the last one
    bool any = false;       // false before the first begin()
    Reading at_start;
  };
  /// Any thread. False if the writer was at work during every attempt (the view is then undefined).
  bool view(View& out) const noexcept;
  std::uint64_t sequence() const noexcept { return sequence_.load(std::memory_order_acquire); }

 private:
  using Word = std::atomic<std::uint64_t>;
  Word sequence_{0};  // odd while the writer is at work
  Word state_{0};     // bit 0: running; bit 1: any
  Word job_{0};
  Word shape_{0};  // mask | groups << 32
  std::array<Word, record::kMaxCounters> counts_{};
  std::array<Word, std::size_t{2} * kMaxGroups> times_{};
};

}  // namespace isochron::pmc
