// A process on some cores only, and back.
#pragma once

#include <sys/types.h>

#include <map>
#include <vector>

namespace isochron::system {

/// Keeps every thread of this process on `cores` for as long as it lives, those included that they create meanwhile. At
/// its end each is where it was (a new one: where the thread was that began this), unless somebody else has moved it
/// since.
class Confinement {
 public:
  /// Throws Error E_CORE_ABSENT, E_CORE_OFFLINE or E_AFFINITY_DENIED; then everything is as before.
  explicit Confinement(const std::vector<int>& cores);
  ~Confinement();
  Confinement(const Confinement&) = delete;
  Confinement& operator=(const Confinement&) = delete;

 private:
  struct Cores {
    std::vector<int> before;
    std::vector<int> given;  // what the kernel made of `cores`: the thread's cpuset cuts it
  };
  void end();

  std::map<pid_t, Cores> threads_;
  Cores caller_;
};

}  // namespace isochron::system
