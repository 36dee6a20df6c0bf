#include "system/parent_death.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

namespace isochron::system {

bool die_with_parent(pid_t parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return getppid() == parent;
}

}  // namespace isochron::system
