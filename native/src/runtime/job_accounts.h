// What of a thread's CPU time, faults and switches belongs to which job: arithmetic only, fed with readings.
#pragma once

#include <cstdint>

#include "system/usage.h"

namespace isochron::runtime {

/// Which readings the start of a job needs.
enum class JobStart {
  kAnew,     // all
  kGoingOn,  // those of the last end: nothing but our own few instructions lies between
};

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

  /// What was used until now is no job's: read between jobs, after work that is not the loop's own.
  void rest(const system::Usage& usage) noexcept { usage_ = usage; }

  /// A job starts, and everything was read just now.
  void begin_anew(const system::Usage& usage, std::uint64_t cpu_ns) noexcept {
    slept_ = usage.voluntary_switches != usage_.voluntary_switches;
    usage_ = usage;
    cpu_ns_ = cpu_ns;
    own_part_ns_ = 0;
  }

  /// A job starts right after the last one's end, whose readings are its own.
  void go_on() noexcept {
    slept_ = false;
    own_part_ns_ = own_cpu_ns_;
  }

  /// Whether the thread gave up its core by itself between the last end (or rest) and the job that began last.
  bool slept() const noexcept { return slept_; }

  /// The job that began last has ended.
  JobUsage end(const system::Usage& usage, std::uint64_t cpu_ns) noexcept {
    JobUsage job;
    // Less than the readings cost is less than can be told from nothing.
    job.cpu_time_ns = minus(cpu_ns - cpu_ns_, own_part_ns_);
    job.minor_faults = usage.minor_faults - usage_.minor_faults;
    job.major_faults = usage.major_faults - usage_.major_faults;
    job.voluntary_switches = usage.voluntary_switches - usage_.voluntary_switches;
    job.involuntary_switches = usage.involuntary_switches - usage_.involuntary_switches;
    usage_ = usage;
    cpu_ns_ = cpu_ns;
    return job;
  }

 private:
  static constexpr std::uint64_t minus(std::uint64_t from, std::uint64_t part) noexcept {
    return from > part ? from - part : 0;
  }

  system::Usage usage_;  // at the start of the current job, at the end of the last one, or after it
  std::uint64_t cpu_ns_ = 0;
  bool slept_ = false;
  std::uint64_t own_part_ns_ = 0;
  std::uint64_t own_cpu_ns_ = 0;
};

}  // namespace isochron::runtime
