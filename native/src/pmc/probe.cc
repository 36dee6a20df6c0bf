#include "pmc/probe.h"

#include <algorithm>
#include <chrono>

#include "system/thread.h"

namespace isochron::pmc {
namespace {

// Longer than several turns of the kernel's rotation (perf_event_mux_interval_ms, 1 to 4 ms), so that a group which
// fits but finds the counters in use for the moment gets its turn.
constexpr std::chrono::milliseconds kPatience{20};

}  // namespace

bool gets_counters(const std::function<bool(Reading&)>& read) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    Reading reading;
    if (!read(reading)) return false;
    if (reading.times[0].running_ns > 0) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

ProbeResult probe(const std::vector<EventSpec>& events, bool include_kernel) {
  ProbeResult result;
  EventGroup group = EventGroup::open(events, system::kThisThread, include_kernel, result.events);
  const bool crowded =
      std::any_of(result.events.begin(), result.events.end(), [](const EventStatus& s) { return s.no_room; });
  group.enable();
  result.fits = !crowded && (group.empty() || gets_counters([&](Reading& reading) { return group.read(reading); }));
  return result;
}

}  // namespace isochron::pmc
