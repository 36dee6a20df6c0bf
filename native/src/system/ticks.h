// The cycle-like counter that RT-Bench logs: CNTVCT_EL0 on arm64, the TSC on x86.
#pragma once

#include <cstdint>

#include "system/clocks.h"
#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

namespace isochron::system {

/// Readable from user space on every supported machine; 0 on other architectures.
inline std::uint64_t ticks() noexcept {
#if defined(__aarch64__)
  std::uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#elif defined(__x86_64__) || defined(__i386__)
  return __rdtsc();
#else
  return 0;
#endif
}

struct ClockPair {
  std::uint64_t ticks = 0;
  std::uint64_t ns = 0;
};

/// Two clocks at one instant: of several readings the tightest, for an interrupt between the two would bend the rate.
template <typename Ticks, typename Ns>
ClockPair read_both(Ticks read_ticks, Ns read_ns) noexcept {
  ClockPair best;
  std::uint64_t tightest = UINT64_MAX;
  for (int i = 0; i < 16; ++i) {
    const std::uint64_t before = read_ticks();
    const std::uint64_t ns = read_ns();
    const std::uint64_t taken = read_ticks() - before;
    if (taken < tightest) {
      tightest = taken;
      best = {midpoint(before, before + taken), ns};
    }
  }
  return best;
}

/// How fast ticks() counts. arm64 tells it (CNTFRQ_EL0); on x86 it is measured against CLOCK_MONOTONIC_RAW between
/// construction and per_second(), so make one early and ask late: only what is missing of 10 ms is slept.
class TickRate {
 public:
  TickRate() noexcept;
  double per_second() const noexcept;

 private:
  std::uint64_t start_ticks_;
  std::uint64_t start_ns_;
};

}  // namespace isochron::system
