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

  /// Job thread: samples are due at first_ns, first_ns + step_ns, … from here on.
  void expect_samples(std::uint64_t first_ns, std::uint64_t step_ns) noexcept;
  /// Job thread, once after each end() and after the counters were read: its divisions would count as the job's.
  void note_due() noexcept;
  /// Samples that were due while a job ran, from the instant that View tells as its start until its end() was known to
  /// all; of jobs that were noted. Between jobs there is nothing to count, and none is due.
  std::uint64_t due() const noexcept { return due_.load(std::memory_order_relaxed); }

  struct View {
    std::uint64_t sequence = 0;  // changes with every begin() and end()
    bool running = false;
    std::uint64_t job = 0;  // of the running job, or of the last one
    bool any = false;       // false before the first begin()
    std::uint64_t start_ns = 0;
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
  Word start_ns_{0};
  Word shape_{0};  // mask | groups << 32
  std::array<Word, record::kMaxCounters> counts_{};
  std::array<Word, std::size_t{2} * kMaxGroups> times_{};
  Word due_{0};
  // of the job thread alone; at first a grid whose only point has long passed, which costs what any other does
  std::uint64_t first_due_ns_ = 0, step_ns_ = UINT64_MAX, ended_ns_ = 0;
};

}  // namespace isochron::pmc
