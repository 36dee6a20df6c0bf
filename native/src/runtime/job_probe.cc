#include "runtime/job_probe.h"

#include <sched.h>

#include <algorithm>

#include "system/clocks.h"
#include "system/ticks.h"

namespace isochron::runtime {
namespace {

std::uint32_t difference(std::uint64_t after, std::uint64_t before) noexcept {
  return static_cast<std::uint32_t>(after - before);
}

}  // namespace

void JobProbe::before_sleep() noexcept {
  usage_before_ = system::thread_usage();
  ++usage_before_.voluntary_switches;  // the sleep itself, which blocks once
  usage_is_fresh_ = true;
}

void JobProbe::begin(std::uint64_t job, bool fresh) noexcept {
  if (fresh && !usage_is_fresh_) usage_before_ = system::thread_usage();
  usage_is_fresh_ = false;
  start_core_ = static_cast<std::uint32_t>(sched_getcpu());
  if (!counters_.empty()) counters_.read(counts_before_);
  if (baseline_ != nullptr) baseline_->begin(job, counts_before_);
  cpu_correction_ns_ = fresh ? 0 : own_cpu_ns_;
  if (fresh) cpu_before_ns_ = system::thread_cpu_ns();
  start_ticks_ = system::ticks();
  start_ns_ = system::monotonic_ns();
}

void JobProbe::end(JobRecord& record) noexcept {
  record.end_ns = system::monotonic_ns();
  record.end_ticks = system::ticks();
  const auto cpu_after = system::thread_cpu_ns();
  const auto cpu_time = cpu_after - cpu_before_ns_;
  record.cpu_time_ns = cpu_time > cpu_correction_ns_ ? cpu_time - cpu_correction_ns_ : 0;
  cpu_before_ns_ = cpu_after;
  record.flags = 0;
  if (baseline_ != nullptr) baseline_->end();
  if (!counters_.empty()) {
    counters_.read(counts_after_);
    pmc::store_difference(counts_before_, counts_after_, record);
  }
  const auto usage = system::thread_usage();
  record.core = sched_getcpu();
  record.start_ns = start_ns_;
  record.start_ticks = start_ticks_;
  record.start_core = start_core_;
  record.minor_faults = difference(usage.minor_faults, usage_before_.minor_faults);
  record.major_faults = difference(usage.major_faults, usage_before_.major_faults);
  record.voluntary_switches = difference(usage.voluntary_switches, usage_before_.voluntary_switches);
  record.involuntary_switches = difference(usage.involuntary_switches, usage_before_.involuntary_switches);
  usage_before_ = usage;
}

void JobProbe::abandon() noexcept {
  if (baseline_ != nullptr) baseline_->end();
}

std::uint64_t JobProbe::own_cost() noexcept {
  constexpr int kMeasurements = 200;
  auto* const baseline = baseline_;
  baseline_ = nullptr;
  own_cpu_ns_ = 0;
  JobRecord record{};
  std::uint64_t least = UINT64_MAX;
  std::uint64_t least_cpu = UINT64_MAX;
  for (int i = 0; i < kMeasurements; ++i) {
    const auto before = system::monotonic_ns();
    begin(0, true);
    end(record);
    least = std::min(least, system::monotonic_ns() - before);
    begin(0, false);
    end(record);
    least_cpu = std::min(least_cpu, record.cpu_time_ns);
  }
  own_cpu_ns_ = least_cpu;
  baseline_ = baseline;
  return least;
}

}  // namespace isochron::runtime
