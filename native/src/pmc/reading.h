// Counter arithmetic: plain values and pure functions, tested on machines without a PMU.
#pragma once

#include <cstdint>

#include "record/job.h"

namespace isochron::pmc {

/// Most threads (the job thread and the engine's workers) that one run counts.
inline constexpr unsigned kMaxGroups = 64;

/// For how long one group was enabled, and for how long it really had counters. Only the thread's running time counts.
struct GroupTimes {
  std::uint64_t enabled_ns = 0;
  std::uint64_t running_ns = 0;
};

/// All events at one instant, summed over the groups. counts[i] belongs to the i-th *requested* event; mask says
/// which are real. Counts are raw: nothing is ever scaled up, because a scaled count is a guess.
struct Reading {
  std::uint64_t counts[record::kMaxCounters] = {};
  std::uint32_t mask = 0;
  std::uint32_t groups = 0;      // how many entries of `times` are set
  GroupTimes times[kMaxGroups];  // per group, because shares of different groups can't be subtracted from each other
};

/// What was counted between two readings.
struct Difference {
  std::uint64_t counts[record::kMaxCounters] = {};
  std::uint32_t mask = 0;
  GroupTimes times;  // of the group that had its counters for the smallest share of the time
};

/// The values that one group contributes: `slots[j]` is the requested event that values[j] counts.
struct GroupValues {
  const unsigned* slots;
  const std::uint64_t* values;
  unsigned count;
  GroupTimes times;
};

/// Adds one more group to a reading. The first group sets the mask; every further one can only narrow it: a sum over
/// threads is true only if all of them were counted.
void add_group(Reading& into, const GroupValues& group) noexcept;

/// after - before, saturating at 0; mask = both. A group that appears only in `after` started from 0. Where a group
/// was enabled and never had its counters, nothing was counted: the mask is then 0 and times tells (running 0).
Difference difference(const Reading& before, const Reading& after) noexcept;

/// The difference, written into a record of a job or of a sample: counters, counter_mask, times, and of the flags the
/// one that says that the times are meaningful.
template <typename Record>
void store_difference(const Reading& before, const Reading& after, Record& record,
                      std::uint32_t has_counters) noexcept {
  const Difference d = difference(before, after);
  for (unsigned i = 0; i < record::kMaxCounters; ++i) record.counters[i] = d.counts[i];
  record.counter_mask = d.mask;
  record.time_enabled_ns = d.times.enabled_ns;
  record.time_running_ns = d.times.running_ns;
  record.flags &= ~has_counters;
  if (d.times.enabled_ns > 0) record.flags |= has_counters;
}

}  // namespace isochron::pmc
