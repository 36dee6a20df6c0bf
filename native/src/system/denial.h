// From an errno to a sentence that names the fix: pure functions.
#pragma once

#include <string>
#include <vector>

#include "system/policy.h"
#include "system/rights.h"

namespace isochron::system {

/// Something that was asked for and not granted.
struct Denial {
  std::string what;     // "affinity" | "policy" | "memory" | "dma_latency" | "timer_slack"
  std::string code;     // E_FIFO_DENIED, …
  std::string message;  // one sentence
  std::string hint;     // what to do about it
};

/// `pinned`: the thread may not run on every core. It matters for SCHED_DEADLINE only.
Denial policy_denial(Policy policy, int priority, int error, const Rights& rights, bool pinned);

/// `allowed`: the cores on which the thread may run now.
Denial affinity_denial(const std::vector<int>& cores, int error, const std::vector<int>& allowed);

Denial memory_lock_denial(int error, const Rights& rights);

Denial dma_latency_denial(int error);

Denial timer_slack_denial(int error);

}  // namespace isochron::system
