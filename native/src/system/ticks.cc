#include "system/ticks.h"

#include <time.h>

#include "system/clocks.h"

namespace isochron::system {
namespace {

struct Pair {
  std::uint64_t ticks;
  std::uint64_t ns;
};

std::uint64_t raw_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);  // not slewed by NTP
  return to_ns(t);
}

/// The tightest of several readings of both clocks: an interrupt between the two would bend the rate.
Pair read_pair() noexcept {
  Pair best{};
  std::uint64_t tightest = UINT64_MAX;
  for (int i = 0; i < 16; ++i) {
    const auto before = ticks();
    const auto ns = raw_ns();
    const auto after = ticks();
    if (after - before < tightest) {
      tightest = after - before;
      best = {midpoint(before, after), ns};
    }
  }
  return best;
}

}  // namespace

TickRate::TickRate() noexcept {
  const Pair pair = read_pair();
  start_ticks_ = pair.ticks;
  start_ns_ = pair.ns;
}

double TickRate::per_second() const noexcept {
#if defined(__aarch64__)
  std::uint64_t frequency;
  asm volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
  return static_cast<double>(frequency);
#else
  constexpr std::uint64_t kSpan = 10'000'000;
  const auto passed = raw_ns() - start_ns_;
  if (passed < kSpan) {
    const timespec rest = to_timespec(kSpan - passed);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nullptr);
  }
  const Pair now = read_pair();
  if (now.ns == start_ns_) return 0;
  return static_cast<double>(now.ticks - start_ticks_) * 1e9 / static_cast<double>(now.ns - start_ns_);
#endif
}

}  // namespace isochron::system
