#include "system/rights.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace isochron::system {
namespace {

constexpr unsigned kPerfmon = 38;  // CAP_PERFMON, absent from older headers

/// 0, where it can't be read.
rlim_t soft_limit(decltype(RLIMIT_DATA) resource) noexcept {
  rlimit limit{};
  getrlimit(resource, &limit);
  return limit.rlim_cur;
}

}  // namespace

std::optional<std::uint64_t> finite_limit(std::uint64_t soft) noexcept {
  if (soft == RLIM_INFINITY) return std::nullopt;
  return soft;
}

Rights read_rights() noexcept {
  Rights rights;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) == 0) {
    const auto has = [&data](unsigned capability) {
      return (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
    };
    rights.sys_nice = has(CAP_SYS_NICE);
    rights.ipc_lock = has(CAP_IPC_LOCK);
    rights.perfmon = has(kPerfmon) || has(CAP_SYS_ADMIN);
  }
  rights.rtprio_limit = soft_limit(RLIMIT_RTPRIO);
  rights.memlock_limit = finite_limit(soft_limit(RLIMIT_MEMLOCK));
  return rights;
}

}  // namespace isochron::system
