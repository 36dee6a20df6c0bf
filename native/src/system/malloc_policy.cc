#include "system/malloc_policy.h"

#include <climits>  // names the C library, too

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace isochron::system {

bool keep_malloc_in_arenas() noexcept {
#ifdef __GLIBC__
  constexpr int kArenas = 256;  // more than threads; glibc's own limit depends on the cores
  const bool arenas = mallopt(M_ARENA_MAX, kArenas) != 0;
  const bool unmapped = mallopt(M_MMAP_MAX, 0) != 0;
  const bool kept = mallopt(M_TRIM_THRESHOLD, INT_MAX) != 0;
  return arenas && unmapped && kept;
#else
  return false;
#endif
}

}  // namespace isochron::system
