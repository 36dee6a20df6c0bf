// PM QoS: no idle state from which waking takes time, for as long as an object lives.
#pragma once

#include "system/descriptor.h"

namespace isochron::system {

/// /dev/cpu_dma_latency with 0 written, held open: the kernel drops the request when the descriptor is closed
/// (Documentation/power/pm_qos_interface.rst).
class DmaLatency {
 public:
  /// 0 or errno.
  int hold() noexcept;
  bool held() const noexcept { return fd_.valid(); }

 private:
  Descriptor fd_;
};

}  // namespace isochron::system
