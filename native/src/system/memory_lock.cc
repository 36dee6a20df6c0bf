#include "system/memory_lock.h"

#include <errno.h>
#include <sys/mman.h>

namespace isochron::system {

int MemoryLock::lock(bool future) noexcept {
  if (mlockall(future ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT) != 0) return errno;
  held_ = true;
  return 0;
}

MemoryLock::~MemoryLock() {
  if (held_) munlockall();
}

}  // namespace isochron::system
