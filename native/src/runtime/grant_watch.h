// Whether a thread still has, while jobs run, what it was granted.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <optional>

#include "runtime/run_result.h"

namespace isochron::runtime {

/// Looks at the job's thread from another one, by two system calls every now and then: what is changed and put back
/// while jobs run stands nowhere else.
class GrantWatch {
 public:
  static constexpr std::uint64_t kIntervalNs = 100'000'000;

  /// On the job's thread, when it should be as it was granted to be, which its first job may have changed: looks at
  /// once. Not between its second job and its last.
  void begin(const Granted& granted);
  /// There, after the last job.
  void end() noexcept;

  /// On a thread whose core is no job's.
  void look();

  /// Policy, priority and cores of the first look that found others than were granted; after end().
  const std::optional<Granted>& other() const noexcept { return other_; }

 private:
  void compare();

  std::mutex mutex_;  // a thread that has ended is not looked at
  pid_t tid_ = 0;     // 0: none to look at
  Granted granted_;
  std::optional<Granted> other_;
  std::uint64_t looked_ns_ = 0;
};

}  // namespace isochron::runtime
