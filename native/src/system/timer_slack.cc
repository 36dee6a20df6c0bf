#include "system/timer_slack.h"

#include <errno.h>
#include <sys/prctl.h>

#include <algorithm>

namespace isochron::system {

int set_timer_slack(std::uint64_t ns) noexcept {
  return prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(ns)) == 0 ? 0 : errno;
}

std::uint64_t get_timer_slack() noexcept { return static_cast<std::uint64_t>(std::max(prctl(PR_GET_TIMERSLACK), 0)); }

}  // namespace isochron::system
