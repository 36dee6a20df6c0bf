// One record per job. The list of fields is the only definition on the native side; src/addon/job-record.ts has the
// same list, and the two are held against each other whenever the addon is loaded.
#pragma once

#include <type_traits>

#include "record/fields.h"
#include "record/limits.h"

namespace isochron::record {

enum JobFlag : u32 {
  kWarmup = 1u << 0,       // executed before the measured jobs; left out of the summary
  kHasDeadline = 1u << 1,  // deadline_ns is meaningful
  kDeadlineMet = 1u << 2,  // end_ns <= deadline_ns
  kHasCounters = 1u << 3,  // time_enabled_ns / time_running_ns are meaningful
  kWoken = 1u << 4,  // woken_ns is meaningful: the thread waited for the release (a continuous job is not waited for)
  kSlept = 1u << 5,  // it gave up its core while it waited: it was woken up, and not just in time or late
};

// Times are CLOCK_MONOTONIC nanoseconds; ticks are CNTVCT_EL0 on arm64 and the TSC on x86.
// Counts are differences over the job, summed over the job thread and the workload's worker threads.
// clang-format off
#define ISOCHRON_JOB_FIELDS(ONE, MANY)                                                     \
  ONE(u64, job)                 /* 0-based index of the executed job, warm-up included */  \
  ONE(u64, release_ns)          /* r_k */                                                  \
  ONE(u64, woken_ns)            /* first thing after the wait for r_k, if kWoken */        \
  ONE(u64, start_ns)            /* s_k */                                                  \
  ONE(u64, end_ns)              /* e_k */                                                  \
  ONE(u64, deadline_ns)         /* d_k, if kHasDeadline */                                 \
  ONE(u64, start_ticks)                                                                    \
  ONE(u64, end_ticks)                                                                      \
  ONE(u64, skipped_releases)    /* passed over between this job and the next one */        \
  ONE(u64, withheld_releases)   /* left out by the tool before the next one: not missed */ \
  ONE(u64, cpu_time_ns)         /* CLOCK_THREAD_CPUTIME_ID of the job thread, in the job */ \
  ONE(u64, time_enabled_ns)     /* of the counter group that was scheduled least */        \
  ONE(u64, time_running_ns)                                                                \
  MANY(u64, counters, kMaxCounters)                                                        \
  MANY(f64, extras, kMaxExtras) /* the workload's extra metrics; NaN is absent */          \
  ONE(u32, minor_faults)                                                                   \
  ONE(u32, major_faults)                                                                   \
  ONE(u32, voluntary_switches)                                                             \
  ONE(u32, involuntary_switches)                                                           \
  ONE(i32, core)                /* the core on which the job ended */                      \
  ONE(u32, flags)               /* JobFlag */                                              \
  ONE(u32, counter_mask)        /* bit i: counters[i] was read */                          \
  ONE(i32, start_core)          /* the core on which the job started: another after a migration */
// clang-format on

struct JobRecord {
  ISOCHRON_JOB_FIELDS(ISOCHRON_MEMBER, ISOCHRON_MEMBERS)
};

struct JobLayout {
  using Record = JobRecord;
  static constexpr Field kFields[] = {ISOCHRON_JOB_FIELDS(ISOCHRON_FIELD, ISOCHRON_FIELDS)};
};

/// The flags of a job that ended at `end_ns` and had a deadline.
constexpr u32 deadline_flags(u64 end_ns, u64 deadline_ns) noexcept {
  return kHasDeadline | (end_ns <= deadline_ns ? kDeadlineMet : 0u);
}

static_assert(std::is_trivially_copyable_v<JobRecord>);
static_assert(sizeof(JobRecord) % 8 == 0);

}  // namespace isochron::record
