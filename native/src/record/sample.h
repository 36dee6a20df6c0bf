// One sample of the counters while jobs run. The list of fields is the only definition on the native side;
// src/addon/sample-record.ts has the same list, and the two are held against each other whenever the addon is loaded.
#pragma once

#include <type_traits>

#include "record/fields.h"
#include "record/limits.h"

namespace isochron::record {

enum SampleFlag : u32 {
  kSampleJobRunning = 1u << 0,   // a job was running; the counts are those of this job so far
  kSampleHasJob = 1u << 1,       // `job` is meaningful: at least one job has begun
  kSampleHasCounters = 1u << 2,  // time_enabled_ns / time_running_ns are meaningful
};

// Counts are cumulative within the current job, as RT-Bench's are. Between jobs nothing is counted (mask 0).
// clang-format off
#define ISOCHRON_SAMPLE_FIELDS(ONE, MANY)                                                 \
  ONE(u64, time_ns)         /* CLOCK_MONOTONIC, in the middle of the reading */           \
  ONE(u64, job)             /* 0-based index of the running job, or of the last one; if kSampleHasJob */ \
  ONE(u64, time_enabled_ns) /* within the job, of the counter group that was scheduled least */ \
  ONE(u64, time_running_ns)                                                               \
  MANY(u64, counters, kMaxCounters)                                                       \
  ONE(u32, flags)           /* SampleFlag */                                              \
  ONE(u32, counter_mask)    /* bit i: counters[i] was read */
// clang-format on

struct SampleRecord {
  ISOCHRON_SAMPLE_FIELDS(ISOCHRON_MEMBER, ISOCHRON_MEMBERS)
};

struct SampleLayout {
  using Record = SampleRecord;
  static constexpr Field kFields[] = {ISOCHRON_SAMPLE_FIELDS(ISOCHRON_FIELD, ISOCHRON_FIELDS)};
};

static_assert(std::is_trivially_copyable_v<SampleRecord>);
static_assert(sizeof(SampleRecord) % 8 == 0);

}  // namespace isochron::record
