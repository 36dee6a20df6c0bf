// A thread that works at a given time: where and how it runs. Job and sampler are placed by this, whatever they do
// then.
#pragma once

#include <optional>
#include <vector>

#include "system/policy.h"

namespace isochron::system {

struct Place {
  const char* name = nullptr;           // at most 15 bytes; threads that this thread creates inherit it
  int signal = 0;                       // stays unblocked besides those that a fault raises; 0: none
  std::vector<int> cores;               // empty: stays where it is
  std::optional<FixedPriority> policy;  // absent: stays as its creator was
};

/// errno of each step, 0 for one that was granted or not asked for. Every step is tried.
struct PlaceErrors {
  int affinity = 0;
  int policy = 0;
  int timer_slack = 0;
};

/// Places the calling thread. The kernel may wake it without slack from then on.
PlaceErrors place_this_thread(const Place& place) noexcept;

}  // namespace isochron::system
