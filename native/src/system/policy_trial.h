// Whether the kernel would grant a policy, found out by asking for it on a thread that ends at once.
#pragma once

#include "system/policy.h"

namespace isochron::system {

/// 0, or the errno with which a thread of its own was refused this policy. Nothing of the caller's changes. Limits and
/// capabilities don't tell all: CONFIG_RT_GROUP_SCHED and seccomp filters refuse what they allow. `policy`: kFifo or
/// kRoundRobin. Throws Error E_THREAD.
int try_fixed_priority(Policy policy, int priority);

}  // namespace isochron::system
