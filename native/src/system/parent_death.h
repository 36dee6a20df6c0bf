// A process that serves another has no reason to outlive it.
#pragma once

#include <sys/types.h>

namespace isochron::system {

/// From now on the kernel kills this process when the thread that has started it ends, whatever this one is doing
/// (PR_SET_PDEATHSIG): somebody else's code may hang in it. False where it is too late: `parent` is gone already.
bool die_with_parent(pid_t parent) noexcept;

}  // namespace isochron::system
