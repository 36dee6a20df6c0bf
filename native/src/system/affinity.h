// On which cores threads may run.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace isochron::system {

/// "0-2,5" (the format of /sys/devices/system/cpu/online) as numbers; what isn't a number or a range is left out.
std::vector<int> parse_core_list(std::string_view text);

/// [0, 1, 2, 5] as "0-2,5".
std::string format_core_list(const std::vector<int>& cores);

/// Cores that exist / that are online, from sysfs; empty where sysfs is absent.
std::vector<int> present_cores();
std::vector<int> online_cores();

/// Throws Error E_CORE_ABSENT or E_CORE_OFFLINE for the first of `cores` that this machine doesn't have or doesn't run.
void require_online(const std::vector<int>& cores);
/// The same of these cores that are online and present; where nobody knows (none is online), nothing is refused (pure).
void require_among(const std::vector<int>& cores, const std::vector<int>& online, const std::vector<int>& present);

/// Cores on which thread `tid` (0: the calling one) may run; empty if it is gone.
std::vector<int> get_affinity(pid_t tid);

/// 0 or errno. EINVAL: none of `cores` is in the thread's cpuset. Of several it is kept to those that are.
int set_affinity(pid_t tid, const std::vector<int>& cores) noexcept;

/// The same, and EINVAL where the thread was kept to a part of them.
int set_whole_affinity(pid_t tid, const std::vector<int>& cores) noexcept;

}  // namespace isochron::system
