#include "system/ticks.h"

#include <time.h>

namespace isochron::system {
namespace {

std::uint64_t raw_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);  // not slewed by NTP
  return to_ns(t);
}

ClockPair read_pair() noexcept { return read_both(&ticks, &raw_ns); }

}  // namespace

TickRate::TickRate() noexcept {
  const ClockPair pair = read_pair();
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
  const ClockPair now = read_pair();
  if (now.ns == start_ns_) return 0;
  return static_cast<double>(now.ticks - start_ticks_) * 1e9 / static_cast<double>(now.ns - start_ns_);
#endif
}

}  // namespace isochron::system
