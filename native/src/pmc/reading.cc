#include "pmc/reading.h"

namespace isochron::pmc {
namespace {

std::uint64_t minus(std::uint64_t after, std::uint64_t before) noexcept { return after > before ? after - before : 0; }

// a.running/a.enabled < b.running/b.enabled, for enabled > 0. Doubles are exact enough to order shares, and 1 stays 1.
bool smaller_share(const GroupTimes& a, const GroupTimes& b) noexcept {
  return static_cast<double>(a.running_ns) / static_cast<double>(a.enabled_ns) <
         static_cast<double>(b.running_ns) / static_cast<double>(b.enabled_ns);
}

}  // namespace

void add_group(Reading& into, const GroupValues& group) noexcept {
  std::uint32_t mask = 0;
  for (unsigned j = 0; j < group.count; ++j) {
    const unsigned slot = group.slots[j];
    if (slot >= record::kMaxCounters) continue;
    into.counts[slot] += group.values[j];
    mask |= 1u << slot;
  }
  into.mask = into.groups == 0 ? mask : (into.mask & mask);
  if (into.groups < kMaxGroups) into.times[into.groups++] = group.times;
}

Difference difference(const Reading& before, const Reading& after) noexcept {
  Difference d;
  d.mask = before.mask & after.mask;
  for (std::uint32_t g = 0; g < after.groups; ++g) {
    const GroupTimes start = g < before.groups ? before.times[g] : GroupTimes{};
    const GroupTimes times{minus(after.times[g].enabled_ns, start.enabled_ns),
                           minus(after.times[g].running_ns, start.running_ns)};
    if (times.enabled_ns == 0) continue;  // this thread did not run in between: it has nothing to say
    if (d.times.enabled_ns == 0 || smaller_share(times, d.times)) d.times = times;
  }
  if (d.times.enabled_ns > 0 && d.times.running_ns == 0) d.mask = 0;
  for (unsigned i = 0; i < record::kMaxCounters; ++i)
    d.counts[i] = (d.mask >> i & 1u) != 0 ? minus(after.counts[i], before.counts[i]) : 0;
  return d;
}

}  // namespace isochron::pmc
