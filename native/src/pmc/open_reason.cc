#include "pmc/open_reason.h"

#include <dirent.h>
#include <linux/perf_event.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "system/rights.h"

namespace isochron::pmc {
namespace {

const char* needed_paranoid(bool kernel_mode) { return kernel_mode ? "1" : "2"; }

// Levels above 2 are a patch of Debian's and Android's kernels: nobody without CAP_SYS_ADMIN opens any event then, and
// CAP_PERFMON does not help (seen on Debian 13's 6.12).
constexpr int kNobody = 3;

// Docker's own profile lets perf_event_open through to who has CAP_PERFMON or CAP_SYS_ADMIN.
constexpr const char* kLetThrough =
    "; in a container: docker run --cap-add PERFMON, or --security-opt seccomp=unconfined (or a profile that allows "
    "it)";

std::string denied(int error, bool kernel_mode, const CounterEnvironment& machine) {
  std::string text = kernel_mode ? "counting kernel mode is not permitted" : "opening counters is not permitted";
  const int limit = kernel_mode ? 1 : 2;
  const bool by_paranoid = machine.paranoid && *machine.paranoid > limit && !machine.entitled;
  // The kernel's own answer to a lack of rights is EACCES (perf_event_open(2)); a filter's is what its author chose,
  // which is EPERM in every container engine's default.
  if (machine.filtered.value_or(false) && (error == EPERM || !by_paranoid))
    return text + ": a seccomp filter forbids perf_event_open" + kLetThrough;
  if (!by_paranoid) return text + ": a security policy forbids perf_event_open" + kLetThrough;
  text += " (kernel.perf_event_paranoid is " + std::to_string(*machine.paranoid) + ")";
  text += "; run as root, or: sudo sysctl kernel.perf_event_paranoid=" + std::string(needed_paranoid(kernel_mode));
  if (*machine.paranoid >= kNobody) return text;
  return text + ", or: sudo setcap cap_perfmon+ep \"$(readlink -f \"$(command -v node)\")\"";
}

std::string no_such_event(std::uint32_t type, const CounterEnvironment& machine) {
  if (type == PERF_TYPE_SOFTWARE) return "this kernel has no such software event";
  if (!machine.has_core_pmu) return "this machine shows no hardware PMU (a virtual machine often has none)";
  return "this machine's PMU has no such event";
}

}  // namespace

bool is_core_pmu(const std::string& name) {
  return name == "cpu" || name == "cpu_core" || name == "cpu_atom" || name.rfind("armv", 0) == 0 ||
         name.rfind("apple_", 0) == 0;
}

bool shows_core_pmu(const char* folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(folder), &closedir);
  if (!dir) return false;
  while (const dirent* entry = readdir(dir.get()))
    if (is_core_pmu(entry->d_name)) return true;
  return false;
}

std::optional<bool> filter_in_force(std::istream& status) {
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string key, mode;
    if (words >> key >> mode && key == "Seccomp:") return mode == "2";  // SECCOMP_MODE_FILTER
  }
  return std::nullopt;
}

CounterEnvironment read_counter_environment() {
  CounterEnvironment machine;
  std::ifstream setting("/proc/sys/kernel/perf_event_paranoid");
  if (int paranoid = 0; setting >> paranoid) machine.paranoid = paranoid;
  std::ifstream status("/proc/thread-self/status");  // filters belong to threads
  machine.filtered = filter_in_force(status);
  machine.entitled = system::read_rights().perfmon;
  machine.has_core_pmu = shows_core_pmu("/sys/bus/event_source/devices");
  return machine;
}

bool happens_in_kernel(std::uint32_t type, std::uint64_t config) noexcept {
  constexpr std::uint64_t kCgroupSwitches = 11;  // PERF_COUNT_SW_CGROUP_SWITCHES, absent from older headers
  return type == PERF_TYPE_SOFTWARE && (config == PERF_COUNT_SW_CONTEXT_SWITCHES ||
                                        config == PERF_COUNT_SW_CPU_MIGRATIONS || config == kCgroupSwitches);
}

std::string explain_open_failure(int error, std::uint32_t type, bool kernel_mode, const CounterEnvironment& machine) {
  switch (error) {
    case ENOENT:
    case ENXIO:
      return no_such_event(type, machine);
    case ENODEV:
    case EOPNOTSUPP:
      return machine.has_core_pmu ? "this machine's PMU can't count this event"
                                  : "this machine shows no hardware PMU (a virtual machine often has none)";
    case EACCES:
    case EPERM:
      return denied(error, kernel_mode, machine);
    case ENOSYS:
      // The kernel shows its setting, so it has perf events, and something in between says that it has not.
      if (machine.paranoid && machine.filtered.value_or(true))
        return std::string("a seccomp filter hides perf_event_open, which this kernel has") + kLetThrough;
      return "this kernel has no perf_event_open (built without perf events, or an emulator)";
    case EINVAL:
      return "the kernel rejects this event's encoding";
    case EMFILE:
    case ENFILE:
      return "too many open files; raise the limit (ulimit -n)";
    case ENOMEM:
      return "the kernel has no memory for another counter";
    case ENOSPC:
      return "all counters that could take this event are taken";
    case EBUSY:
      return "another process holds the PMU exclusively";
    case ESRCH:
      return "the thread to count has ended";
    case E2BIG:
      return "this kernel is too old for the way in which events are opened here";
    default:
      return std::string("perf_event_open failed: ") + std::strerror(error);
  }
}

std::string explain_no_room(unsigned others) {
  return "it opens alone, but not in one group with the " + std::to_string(others) +
         " before it: the core has no counter left, or it belongs to another PMU (--event-passes counts it in a second "
         "run)";
}

}  // namespace isochron::pmc
