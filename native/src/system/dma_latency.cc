#include "system/dma_latency.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace isochron::system {

int DmaLatency::hold() noexcept {
  if (held()) return 0;
  Descriptor fd(open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return errno;
  const std::int32_t microseconds = 0;
  if (write(fd.get(), &microseconds, sizeof microseconds) != static_cast<ssize_t>(sizeof microseconds)) return errno;
  fd_ = std::move(fd);
  return 0;
}

}  // namespace isochron::system
