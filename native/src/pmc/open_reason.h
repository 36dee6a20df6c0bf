// Why an event could not be opened, in a sentence with the fix.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>

namespace isochron::pmc {

/// What the machine says about its counters; read once something could not be opened.
struct CounterEnvironment {
  std::optional<int> paranoid;   // kernel.perf_event_paranoid; absent where /proc hides it or the kernel has no perf
  bool has_core_pmu = false;     // sysfs shows a CPU's own PMU
  bool entitled = false;         // CAP_PERFMON or CAP_SYS_ADMIN: paranoid does not matter then
  std::optional<bool> filtered;  // a seccomp filter is in force; absent where /proc does not tell
};

/// Of the calling thread: reads /proc/sys/kernel/perf_event_paranoid, /proc/thread-self/status, the capabilities and
/// /sys/bus/event_source/devices; what is hidden counts as absent.
CounterEnvironment read_counter_environment();

/// True for the name of a core's own PMU among /sys/bus/event_source/devices: "cpu" (x86), "cpu_core" and "cpu_atom"
/// (hybrid x86), "armv8_cortex_a53", "armv8_pmuv3_0", "apple_…".
bool is_core_pmu(const std::string& name);
/// Whether such a name is in the folder; false where there is none.
bool shows_core_pmu(const char* folder);

/// Whether a seccomp filter is in force, from a /proc/…/status; absent where it does not say.
std::optional<bool> filter_in_force(std::istream& status);

/// True for software events that happen in the kernel only (context switches, migrations): counted with kernel mode
/// excluded they stay 0 whatever the thread does, so they are opened with it included, or not at all.
bool happens_in_kernel(std::uint32_t type, std::uint64_t config) noexcept;

/// A sentence for the errno of perf_event_open. `kernel_mode`: the event was asked to count kernel mode. Pure.
std::string explain_open_failure(int error, std::uint32_t type, bool kernel_mode, const CounterEnvironment& machine);

/// The sentence for an event that opens alone but not together with the `others` events before it.
std::string explain_no_room(unsigned others);

}  // namespace isochron::pmc
