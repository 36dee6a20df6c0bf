// How late the kernel may wake a thread that has no real-time policy (prctl(2), PR_SET_TIMERSLACK).
#pragma once

#include <cstdint>

namespace isochron::system {

/// Of the calling thread and, from then on, of threads that it creates. 0 or errno.
int set_timer_slack(std::uint64_t ns) noexcept;

/// Of the calling thread, ns. The kernel answers 0 for threads with a real-time policy: they have none.
std::uint64_t get_timer_slack() noexcept;

}  // namespace isochron::system
