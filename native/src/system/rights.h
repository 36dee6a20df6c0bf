// What this process may do, to explain a denial by its cause.
#pragma once

#include <cstdint>
#include <optional>

namespace isochron::system {

struct Rights {
  bool sys_nice = false;                           // CAP_SYS_NICE
  bool ipc_lock = false;                           // CAP_IPC_LOCK
  bool perfmon = false;                            // CAP_PERFMON (Linux 5.8), or CAP_SYS_ADMIN, which includes it
  std::uint64_t rtprio_limit = 0;                  // RLIMIT_RTPRIO, soft (ulimit -r)
  std::optional<std::uint64_t> memlock_limit = 0;  // RLIMIT_MEMLOCK, soft, bytes (ulimit -l is in KiB); absent: none
};

/// A soft limit as getrlimit(2) tells it; absent where there is none (pure).
std::optional<std::uint64_t> finite_limit(std::uint64_t soft) noexcept;

/// Of the calling thread.
Rights read_rights() noexcept;

}  // namespace isochron::system
