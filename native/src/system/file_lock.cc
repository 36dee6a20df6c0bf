#include "system/file_lock.h"

#include <sys/file.h>

#include <cerrno>

namespace isochron::system {

int try_lock_file(int descriptor, bool exclusive) noexcept {
  return flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ? 0 : errno;
}

}  // namespace isochron::system
