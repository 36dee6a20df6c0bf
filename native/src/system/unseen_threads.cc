#include "system/unseen_threads.h"

#include <algorithm>

#include "system/clocks.h"
#include "system/thread.h"

namespace isochron::system {

// The two orders of reading make what is unseen too little by the reading itself, never too much.

void UnseenThreads::begin() {
  threads_ns_.clear();
  for (const pid_t tid : all_threads())
    if (const auto ns = thread_cpu_ns(tid)) threads_ns_[tid] = *ns;
  process_ns_ = process_cpu_ns();
  begun_ = true;
}

std::optional<std::uint64_t> UnseenThreads::end(const std::function<bool(pid_t)>& known) const {
  if (!begun_ || threads_ns_.empty()) return std::nullopt;
  const std::uint64_t used = process_cpu_ns() - process_ns_;
  std::uint64_t seen = 0;
  for (const pid_t tid : all_threads()) {
    const auto now = thread_cpu_ns(tid);
    if (!now) continue;
    const auto then = threads_ns_.find(tid);
    if (then != threads_ns_.end())
      seen += *now - std::min(*now, then->second);
    else if (known(tid))
      seen += *now;
  }
  return used - std::min(used, seen);
}

}  // namespace isochron::system
