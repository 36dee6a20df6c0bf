#include "runtime/job_probe.h"

#include <sched.h>

#include <algorithm>

#include "system/clocks.h"
#include "system/ticks.h"

namespace isochron::runtime {

void JobProbe::begin(std::uint64_t job, JobStart start) noexcept {
  // Right after a sleep, too: it may have blocked or not, so that its switches can only be read, not known.
  system::Usage usage;
  if (start == JobStart::kAnew) usage = system::thread_usage();
  start_core_ = sched_getcpu();
  if (!counters_.empty()) counters_.read(counts_before_);
  if (baseline_ != nullptr) baseline_->begin(job, counts_before_);
  if (start == JobStart::kGoingOn)
    accounts_.go_on();
  else
    accounts_.begin_anew(usage, system::thread_cpu_ns());
  start_ticks_ = system::ticks();
  start_ns_ = system::monotonic_ns();
}

void JobProbe::end(record::JobRecord& record) noexcept {
  record.end_ns = system::monotonic_ns();
  record.end_ticks = system::ticks();
  const auto cpu_ns = system::thread_cpu_ns();
  record.flags = accounts_.slept() ? record::kSlept : 0u;
  if (baseline_ != nullptr) baseline_->end();
  if (!counters_.empty()) {
    counters_.read(counts_after_);
    pmc::store_difference(counts_before_, counts_after_, record, record::kHasCounters);
  }
  if (baseline_ != nullptr) baseline_->note_due();
  const auto used = accounts_.end(system::thread_usage(), cpu_ns);
  record.core = sched_getcpu();
  record.start_ns = start_ns_;
  record.start_ticks = start_ticks_;
  record.start_core = start_core_;
  record.cpu_time_ns = used.cpu_time_ns;
  record.minor_faults = static_cast<std::uint32_t>(used.minor_faults);
  record.major_faults = static_cast<std::uint32_t>(used.major_faults);
  record.voluntary_switches = static_cast<std::uint32_t>(used.voluntary_switches);
  record.involuntary_switches = static_cast<std::uint32_t>(used.involuntary_switches);
}

void JobProbe::abandon() noexcept {
  if (baseline_ == nullptr) return;
  baseline_->end();
  baseline_->note_due();
}

void JobProbe::note_empty(const record::JobRecord& record, bool first) noexcept {
  for (unsigned i = 0; i < record::kMaxCounters; ++i) {
    auto& least = empty_counts_[i];
    if ((record.counter_mask >> i & 1u) == 0)
      least.reset();
    else if (first || (least && record.counters[i] < *least))
      least = record.counters[i];
  }
}

std::uint64_t JobProbe::own_cost(JobStart start) noexcept {
  constexpr int kMeasurements = 200;
  auto* const baseline = baseline_;
  pmc::JobBaseline nobodys;  // what the sampler is told counts, too, where there is one
  if (baseline != nullptr) baseline_ = &nobodys;
  accounts_.set_own_cpu(0);
  record::JobRecord record{};
  std::uint64_t least = UINT64_MAX;
  std::uint64_t least_cpu = UINT64_MAX;
  for (int i = 0; i < kMeasurements; ++i) {
    const auto before = system::monotonic_ns();
    begin(0, JobStart::kAnew);
    end(record);
    least = std::min(least, system::monotonic_ns() - before);
    if (start == JobStart::kAnew) note_empty(record, i == 0);
    begin(0, JobStart::kGoingOn);
    end(record);
    least_cpu = std::min(least_cpu, record.cpu_time_ns);
    if (start == JobStart::kGoingOn) note_empty(record, i == 0);
  }
  accounts_.set_own_cpu(least_cpu);
  baseline_ = baseline;
  return least;
}

}  // namespace isochron::runtime
