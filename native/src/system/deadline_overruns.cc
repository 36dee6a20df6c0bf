#include "system/deadline_overruns.h"

#include <sys/resource.h>

#include <atomic>

namespace isochron::system {
namespace {

std::atomic<std::uint64_t> overruns{0};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

void on_signal(int, siginfo_t* info, void*) {
  if (info != nullptr && info->si_code == SI_KERNEL) overruns.fetch_add(1, std::memory_order_relaxed);
}

bool cpu_time_is_limited() noexcept {
  rlimit limit{};
  return getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

DeadlineOverruns::DeadlineOverruns() noexcept {
  struct sigaction current {};
  if (cpu_time_is_limited() || sigaction(SIGXCPU, nullptr, &current) != 0) return;
  if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL) return;
  struct sigaction action {};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  counting_ = sigaction(SIGXCPU, &action, &previous_) == 0;
}

DeadlineOverruns::~DeadlineOverruns() {
  if (!counting_) return;
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGXCPU, &ignore, nullptr);  // drops those that are pending: by default they would end the process
  sigaction(SIGXCPU, &previous_, nullptr);
}

std::uint64_t DeadlineOverruns::count() const noexcept { return overruns.load(std::memory_order_relaxed); }

}  // namespace isochron::system
