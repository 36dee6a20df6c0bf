#include "runtime/job_probe.h"

#include <sched.h>

#include "system/clocks.h"
#include "system/ticks.h"

namespace isochron::runtime {
namespace {

std::uint32_t difference(std::uint64_t after, std::uint64_t before) noexcept {
  return static_cast<std::uint32_t>(after - before);
}

}  // namespace

void JobProbe::begin(std::uint64_t job, bool fresh) noexcept {
  if (fresh) usage_before_ = system::thread_usage();
  start_core_ = static_cast<std::uint32_t>(sched_getcpu());
  if (!counters_.empty()) counters_.read(counts_before_);
  if (baseline_ != nullptr) baseline_->begin(job, counts_before_);
  cpu_before_ns_ = system::thread_cpu_ns();
  start_ticks_ = system::ticks();
  start_ns_ = system::monotonic_ns();
}

void JobProbe::end(JobRecord& record) noexcept {
  record.end_ns = system::monotonic_ns();
  record.end_ticks = system::ticks();
  record.cpu_time_ns = system::thread_cpu_ns() - cpu_before_ns_;
  record.flags = 0;
  if (!counters_.empty()) {
    counters_.read(counts_after_);
    pmc::store_difference(counts_before_, counts_after_, record);
  }
  if (baseline_ != nullptr) baseline_->end();
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
  JobRecord record{};
  std::uint64_t least = UINT64_MAX;
  for (int i = 0; i < kMeasurements; ++i) {
    const auto before = system::monotonic_ns();
    begin(0, true);
    end(record);
    const auto after = system::monotonic_ns();
    if (after - before < least) least = after - before;
  }
  baseline_ = baseline;
  return least;
}

}  // namespace isochron::runtime
