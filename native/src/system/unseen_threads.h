// CPU time of threads that came and went.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace isochron::system {

/// The process's CPU time is that of all threads it ever had; what those that are there do not account for was used by
/// others. Not on a job's path: it reads a clock for every thread.
class UnseenThreads {
 public:
  void begin();

  /// What was used since by threads that were not there then, and are gone now or not `known`. Absent before `begin`,
  /// or where the kernel does not list threads.
  std::optional<std::uint64_t> end(const std::function<bool(pid_t)>& known) const;

 private:
  bool begun_ = false;
  std::uint64_t process_ns_ = 0;
  std::map<pid_t, std::uint64_t> threads_ns_;
};

}  // namespace isochron::system
