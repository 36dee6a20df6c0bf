#include "runtime/grant_watch.h"

#include <utility>

#include "system/affinity.h"
#include "system/clocks.h"
#include "system/policy.h"
#include "system/thread.h"

namespace isochron::runtime {
namespace {

Granted grants_of(pid_t tid) {
  Granted granted;
  const auto scheduling = system::get_scheduling(tid);
  granted.policy = scheduling.policy;
  granted.priority = scheduling.priority;
  granted.cores = system::get_affinity(tid);
  return granted;
}

bool same(const Granted& a, const Granted& b) {
  return a.policy == b.policy && a.priority == b.priority && a.cores == b.cores;
}

}  // namespace

void GrantWatch::begin(const Granted& granted) {
  const std::lock_guard<std::mutex> lock(mutex_);
  tid_ = system::current_tid();
  granted_ = granted;
  compare();
}

void GrantWatch::end() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  tid_ = 0;
}

void GrantWatch::look() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto now = system::monotonic_ns();
  if (tid_ == 0 || other_ || now - looked_ns_ < kIntervalNs) return;
  looked_ns_ = now;
  compare();
}

void GrantWatch::compare() {
  auto found = grants_of(tid_);
  if (!same(found, granted_)) other_ = std::move(found);
}

}  // namespace isochron::runtime
