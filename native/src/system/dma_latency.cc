#include "system/dma_latency.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

namespace isochron::system {

int DmaLatency::hold() noexcept {
  if (held()) return 0;
  const int fd = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const std::int32_t microseconds = 0;
  if (write(fd, &microseconds, sizeof microseconds) != static_cast<ssize_t>(sizeof microseconds)) {
    const int error = errno;
    close(fd);
    return error;
  }
  fd_ = fd;
  return 0;
}

DmaLatency::~DmaLatency() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace isochron::system
