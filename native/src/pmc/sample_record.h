// One sample of the counters while jobs run: the only definition on the native side. src/metrics/sample-record.ts
// stands beside it, and test/metrics/sample-record.test.ts holds the two equal through the addon.
#pragma once

#include <cstdint>
#include <type_traits>

#include "runtime/job_record.h"

namespace isochron::pmc {

enum SampleFlag : std::uint32_t {
  kSampleJobRunning = 1u << 0,   // a job was running; the counts are those of this job so far
  kSampleHasJob = 1u << 1,       // `job` is meaningful: at least one job has begun
  kSampleHasCounters = 1u << 2,  // time_enabled_ns / time_running_ns are meaningful
};

/// Counts are cumulative within the current job, as RT-Bench's are. Between jobs nothing is counted (mask 0).
struct SampleRecord {
  std::uint64_t time_ns;          // CLOCK_MONOTONIC, in the middle of the reading
  std::uint64_t job;              // 0-based index of the running job, or of the last one; if kSampleHasJob
  std::uint64_t time_enabled_ns;  // within the job, of the counter group that was scheduled least
  std::uint64_t time_running_ns;
  std::uint64_t counters[runtime::kMaxCounters];
  std::uint32_t flags;         // SampleFlag
  std::uint32_t counter_mask;  // bit i: counters[i] was read
};

static_assert(std::is_trivially_copyable_v<SampleRecord>);
static_assert(sizeof(SampleRecord) == 4 * 8 + runtime::kMaxCounters * 8 + 2 * 4);

}  // namespace isochron::pmc
