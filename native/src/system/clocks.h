// Clock reads, inlined because both ends of every job make them.
#pragma once

#include <time.h>

#include <cstdint>

namespace isochron::system {

inline constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

inline std::uint64_t to_ns(const timespec& t) noexcept {
  return static_cast<std::uint64_t>(t.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(t.tv_nsec);
}

inline timespec to_timespec(std::uint64_t ns) noexcept {
  timespec t{};
  t.tv_sec = static_cast<time_t>(ns / kNsPerSecond);
  t.tv_nsec = static_cast<decltype(t.tv_nsec)>(ns % kNsPerSecond);
  return t;
}

/// CLOCK_MONOTONIC now (the vDSO answers it without a system call).
inline std::uint64_t monotonic_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return to_ns(t);
}

/// CPU time of the calling thread (a system call).
inline std::uint64_t thread_cpu_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return to_ns(t);
}

}  // namespace isochron::system
