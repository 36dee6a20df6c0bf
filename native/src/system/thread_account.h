// What the kernel has counted of a thread, its own or another of this process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace isochron::system {

/// Since the thread was made; each absent where the kernel does not tell.
struct ThreadAccount {
  std::optional<std::uint64_t> minor_faults, major_faults;
  std::optional<std::uint64_t> voluntary_switches, involuntary_switches;
  std::optional<std::uint64_t> migrations;    // CONFIG_SCHED_DEBUG
  std::optional<std::uint64_t> run_delay_ns;  // ready, and waiting for a core
};

/// The files of /proc/PID/task/TID (proc(5), kernel documentation "sched-stats").
struct ThreadFiles {
  std::string stat, status, sched, schedstat;
};

/// Pure; unit-tested.
ThreadAccount parse_account(const ThreadFiles& files);

/// Reads four files: not on a job's path.
ThreadAccount thread_account(pid_t tid);

/// Those of the calling thread alone, without allocating anything.
std::optional<std::uint64_t> own_run_delay_ns() noexcept;
std::optional<std::uint64_t> own_migrations() noexcept;

/// What has come since; absent where either is, or where it became less.
ThreadAccount since(const ThreadAccount& before, const ThreadAccount& after) noexcept;

}  // namespace isochron::system
