// What of a thread's CPU time, faults and switches belongs to which job: arithmetic only, fed with readings.
#pragma once

#include <cstdint>

#include "system/usage.h"

namespace isochron::runtime {

/// A sleep that is at least this long ought to block the thread; a shorter one may find its time come before it does.
inline constexpr std::uint64_t kBlockingSleepNs = 200'000;
/// A thread that wakes up within this long of its time has slept; beyond it, one more system call is lost in the delay.
inline constexpr std::uint64_t kPromptNs = 50'000;

/// Whether usage may be read before a sleep until `release_ns`, to keep the system call out of the release latency.
constexpr bool ought_to_block(std::uint64_t now_ns, std::uint64_t release_ns) noexcept {
  return release_ns > now_ns && release_ns - now_ns > kBlockingSleepNs;
}

/// Which readings the start of a job needs.
enum class JobStart {
  kAnew,        // all
  kAfterSleep,  // faults and switches are those read before the sleep
  kGoingOn,     // those of the last end: nothing but our own few instructions lies between
};

/// Whether a reading before the sleep, if there is one, still tells where the job starts. A thread that was kept from
/// running before it could go to sleep, or was stopped while it slept, has switched another number of times than once:
/// but it comes late, too.
constexpr JobStart start_after_sleep(bool read_before, std::uint64_t release_ns, std::uint64_t now_ns) noexcept {
  return read_before && now_ns <= release_ns + kPromptNs ? JobStart::kAfterSleep : JobStart::kAnew;
}

/// The part of one job.
struct JobUsage {
  std::uint64_t cpu_time_ns = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
};

class JobAccounts {
 public:
  /// What the readings of a job that goes on from the last one cost in CPU time: taken off such jobs.
  void set_own_cpu(std::uint64_t ns) noexcept { own_cpu_ns_ = ns; }

  /// A job starts, and everything was read just now.
  void begin_anew(const system::Usage& usage, std::uint64_t cpu_ns) noexcept { begin(usage, cpu_ns, 0, 0); }

  /// A job starts after a sleep before which `usage` was read.
  void begin_after_sleep(const system::Usage& usage, std::uint64_t cpu_ns) noexcept { begin(usage, cpu_ns, 1, 0); }

  /// A job starts right after the last one's end, whose readings are its own.
  void go_on() noexcept { begin(usage_, cpu_ns_, 0, own_cpu_ns_); }

  /// The job that began last has ended.
  JobUsage end(const system::Usage& usage, std::uint64_t cpu_ns) noexcept {
    JobUsage job;
    // Less than the readings cost is less than can be told from nothing.
    job.cpu_time_ns = minus(cpu_ns - cpu_ns_, own_part_ns_);
    job.minor_faults = usage.minor_faults - usage_.minor_faults;
    job.major_faults = usage.major_faults - usage_.major_faults;
    // No switch at all: then the sleep did not block.
    job.voluntary_switches = minus(usage.voluntary_switches - usage_.voluntary_switches, sleeps_);
    job.involuntary_switches = usage.involuntary_switches - usage_.involuntary_switches;
    usage_ = usage;
    cpu_ns_ = cpu_ns;
    return job;
  }

 private:
  static constexpr std::uint64_t minus(std::uint64_t from, std::uint64_t part) noexcept {
    return from > part ? from - part : 0;
  }

  void begin(const system::Usage& usage, std::uint64_t cpu_ns, unsigned sleeps, std::uint64_t own_part_ns) noexcept {
    usage_ = usage;
    cpu_ns_ = cpu_ns;
    sleeps_ = sleeps;
    own_part_ns_ = own_part_ns;
  }

  system::Usage usage_;  // at the start of the current job, or at the end of the last one
  std::uint64_t cpu_ns_ = 0;
  unsigned sleeps_ = 0;  // that the current job's usage holds and that aren't its own
  std::uint64_t own_part_ns_ = 0;
  std::uint64_t own_cpu_ns_ = 0;
};

}  // namespace isochron::runtime
