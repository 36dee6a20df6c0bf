// Clock reads, inlined because both ends of every job make them.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <optional>

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

/// The instant in the middle of two, of which `from` is not the later one.
constexpr std::uint64_t midpoint(std::uint64_t from, std::uint64_t to) noexcept { return from + (to - from) / 2; }

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

/// CPU time of this process: of all of its threads, those that have ended among them.
inline std::uint64_t process_cpu_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return to_ns(t);
}

/// CPU time of another thread of this process; absent for one that has ended or is not of this process.
inline std::optional<std::uint64_t> thread_cpu_ns(pid_t tid) noexcept {
  // pthread_getcpuclockid wants a handle, which only the creator of a thread has. What it makes is the kernel's ABI
  // (linux/posix-timers.h): the complement of the id above three bits, "per thread" (4) and "scheduler's time" (2).
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(tid) << 3) | 4u | 2u);
  timespec t;
  if (clock_gettime(clock, &t) != 0) return std::nullopt;
  return to_ns(t);
}

}  // namespace isochron::system
