#include "system/placed_thread.h"

#include "system/affinity.h"
#include "system/thread.h"
#include "system/timer_slack.h"

namespace isochron::system {

PlaceErrors place_this_thread(const Place& place) noexcept {
  constexpr std::uint64_t kSlackNs = 1;
  if (place.name != nullptr) name_this_thread(place.name);
  block_signals_except(place.signal);
  PlaceErrors errors;
  if (!place.cores.empty()) errors.affinity = set_whole_affinity(kThisThread, place.cores);
  if (place.policy) errors.policy = set_fixed_priority(place.policy->policy, place.policy->priority);
  errors.timer_slack = set_timer_slack(kSlackNs);
  return errors;
}

}  // namespace isochron::system
