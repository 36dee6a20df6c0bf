// A thread on another core that reads the job's counters every so often, while the job runs (RT-Bench's -M -C -B).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "pmc/counters.h"
#include "pmc/job_baseline.h"
#include "record/ring.h"
#include "record/sample.h"
#include "system/interruptible_sleep.h"
#include "system/thread.h"

namespace isochron::pmc {

struct SamplerOptions {
  int core = 0;                   // where the sampler runs; never one of the job's cores
  std::uint64_t interval_ns = 0;  // one sample per grid point of CLOCK_MONOTONIC, starting at begin()
  int fifo_priority = 0;          // SCHED_FIFO priority of the sampler, 0: SCHED_OTHER; not granted: goes on without
};

/// Owns its thread. `counters`, `baseline` and `ring` must outlive it.
///   executor: construct in prepare; start() after open_on_this_thread; begin() on the job's thread; stop() before
///   Counters goes away.
///   consumer: the ring may be popped from one other thread at any time, also after stop().
/// Each sample interrupts the job's core for about a microsecond (the kernel asks that core for its counters).
class Sampler {
 public:
  /// Throws Error E_SAMPLER for an interval of 0, E_SIGNAL as InterruptibleSleep does.
  Sampler(Counters& counters, JobBaseline& baseline, record::RecordRing<record::SampleRecord>& ring,
          const SamplerOptions& options);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /// Starts the thread and returns when it runs on its core, where it sleeps until begin(): whoever starts it may have
  /// the same core and no priority, and something to do before the first job. Throws Error E_SAMPLER if it can't run
  /// there, E_THREAD.
  void start();
  /// Job thread, once, before its first job: samples are due from now on.
  void begin() noexcept;
  /// Ends the thread, within one reading. Harmless at any time.
  void stop() noexcept;

  /// Samples that were due while a job ran and were not taken of it or not kept: grid points that passed during a slow
  /// reading or before the sampler could run, readings across the start or end of a job that could not be told apart,
  /// and records that found the ring full. Points between jobs are none: there is nothing to count, and they become no
  /// row. Complete after stop(), of jobs that have ended.
  std::uint64_t lost() const noexcept;
  /// Whether the priority that was asked for was granted; valid after start().
  bool fifo_granted() const noexcept { return fifo_granted_; }

 private:
  void run() noexcept;
  std::uint64_t await_begin() noexcept;  // the first point of the grid; 0 if stopped before
  bool settle() noexcept;                // signals, core, priority, name
  bool sample(record::SampleRecord& out) noexcept;

  Counters& counters_;
  JobBaseline& baseline_;
  record::RecordRing<record::SampleRecord>& ring_;
  const SamplerOptions options_;
  std::atomic<std::uint64_t> kept_{0};  // of those that were due while the job ran of which they are
  Reading now_;                         // the thread's own scratch, too large for comfort on a small stack
  JobBaseline::View job_;

  std::mutex mutex_;  // guards the five below
  std::condition_variable changed_;
  bool settled_ = false;
  bool stopped_ = false;
  std::uint64_t first_ns_ = 0;  // 0 until begin()
  int settle_error_ = 0;
  bool fifo_granted_ = false;  // written before settled_
  system::InterruptibleSleep sleep_;
  system::Thread thread_;  // last: joined by stop() before the rest goes
};

}  // namespace isochron::pmc
