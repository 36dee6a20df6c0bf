// One record per job: the only definition on the native side. src/metrics/job-record.ts stands beside it,
// and test/metrics/job-record.test.ts holds the two equal through addon/record_layout.cc.
#pragma once

#include <cstdint>
#include <type_traits>

namespace isochron::runtime {

inline constexpr unsigned kMaxCounters = 16;
inline constexpr unsigned kMaxExtras = 4;

enum JobFlag : std::uint32_t {
  kWarmup = 1u << 0,       // executed before the measured jobs; left out of the summary
  kHasDeadline = 1u << 1,  // deadline_ns is meaningful
  kDeadlineMet = 1u << 2,  // end_ns <= deadline_ns
  kHasCounters = 1u << 3,  // time_enabled_ns / time_running_ns are meaningful
};

/// Times are CLOCK_MONOTONIC nanoseconds; ticks are CNTVCT_EL0 on arm64 and the TSC on x86.
/// Counts are differences over the job, summed over the job thread and the workload's worker threads.
struct JobRecord {
  std::uint64_t job;          // 0-based index of the executed job, warm-up included
  std::uint64_t release_ns;   // r_k
  std::uint64_t start_ns;     // s_k
  std::uint64_t end_ns;       // e_k
  std::uint64_t deadline_ns;  // d_k, if kHasDeadline
  std::uint64_t start_ticks;
  std::uint64_t end_ticks;
  std::uint64_t skipped_releases;  // releases passed over between this job and the next one
  std::uint64_t cpu_time_ns;       // CLOCK_THREAD_CPUTIME_ID of the job thread, within the job
  std::uint64_t time_enabled_ns;   // of the counter group that was scheduled least
  std::uint64_t time_running_ns;
  std::uint64_t counters[kMaxCounters];
  double extras[kMaxExtras];  // the workload's extra metrics; NaN is absent
  std::uint32_t minor_faults;
  std::uint32_t major_faults;
  std::uint32_t voluntary_switches;
  std::uint32_t involuntary_switches;
  std::int32_t core;           // the core on which the job ended
  std::uint32_t flags;         // JobFlag
  std::uint32_t counter_mask;  // bit i: counters[i] was read
  std::uint32_t start_core;    // the core on which the job started (differs from core after a migration)
};

/// The flags of a job that ended at `end_ns` and had a deadline.
constexpr std::uint32_t deadline_flags(std::uint64_t end_ns, std::uint64_t deadline_ns) noexcept {
  return kHasDeadline | (end_ns <= deadline_ns ? kDeadlineMet : 0u);
}

static_assert(std::is_trivially_copyable_v<JobRecord>);
static_assert(sizeof(JobRecord) % 8 == 0);

}  // namespace isochron::runtime
