// Does a list of events work here, and all at once? A group may open and still never get its counters.
#pragma once

#include <functional>
#include <vector>

#include "pmc/event_group.h"

namespace isochron::pmc {

struct ProbeResult {
  std::vector<EventStatus> events;
  /// Everything that could be opened also ran together. Events that can't be opened at all don't count against it;
  /// one that finds no room beside the others (EventStatus::no_room) does.
  bool fits = false;
};

/// Opens the events as one group on the calling thread, keeps the core busy until the group has run (a few
/// microseconds; at most 20 ms when it never does), and closes it. Never throws for what the machine lacks.
ProbeResult probe(const std::vector<EventSpec>& events, bool include_kernel);

/// Whether a group that is enabled gets its counters while the core is kept busy; `read` reads it alone. False, too,
/// when it can't be read.
bool gets_counters(const std::function<bool(Reading&)>& read);

}  // namespace isochron::pmc
