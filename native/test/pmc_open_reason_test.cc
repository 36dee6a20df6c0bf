#include <doctest/doctest.h>
#include <linux/perf_event.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "pmc/open_reason.h"
#include "pmc_test_support.h"
#include "refusal_support.h"

using isochron::pmc::CounterEnvironment;
using isochron::pmc::explain_open_failure;
using isochron::pmc::happens_in_kernel;

namespace {

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

const CounterEnvironment kBoard{2, true, false, std::nullopt};
const CounterEnvironment kVirtualMachine{2, false, false, std::nullopt};

}  // namespace

TEST_CASE("pmc reasons: an unknown event and a machine without a PMU are told apart") {
  CHECK(has(explain_open_failure(ENOENT, PERF_TYPE_RAW, false, kBoard), "PMU has no such event"));
  CHECK(has(explain_open_failure(ENOENT, PERF_TYPE_HARDWARE, false, kVirtualMachine), "no hardware PMU"));
  CHECK(has(explain_open_failure(ENOENT, PERF_TYPE_SOFTWARE, false, kVirtualMachine), "no such software event"));
  CHECK(has(explain_open_failure(EOPNOTSUPP, PERF_TYPE_HARDWARE, false, kVirtualMachine), "no hardware PMU"));
}

TEST_CASE("pmc reasons: a denial names the setting that denies, its value and the fix") {
  CounterEnvironment strict{3, true, false, std::nullopt};
  const auto user = explain_open_failure(EACCES, PERF_TYPE_HARDWARE, false, strict);
  CHECK(has(user, "kernel.perf_event_paranoid is 3"));
  CHECK(has(user, "sysctl kernel.perf_event_paranoid=2"));
  CHECK_FALSE(has(user, "cap_perfmon"));  // of no use at level 3
  const auto kernel = explain_open_failure(EACCES, PERF_TYPE_SOFTWARE, true, kBoard);
  CHECK(has(kernel, "kernel mode"));
  CHECK(has(kernel, "sysctl kernel.perf_event_paranoid=1"));
  CHECK(has(kernel, "setcap cap_perfmon+ep"));
}

TEST_CASE("pmc reasons: the setting is blamed only where it denies") {
  struct Case {
    const char* why;
    bool kernel_mode;
    int paranoid;
    bool entitled;
    bool blamed;
  };
  const Case cases[] = {
      {"2 lets user mode through", false, 2, false, false}, {"3 is Debian's nobody", false, 3, false, true},
      {"kernel mode needs 1", true, 2, false, true},        {"1 lets kernel mode through", true, 1, false, false},
      {"a capability passes it", true, 3, true, false},     {"-1 lets everything through", true, -1, false, false}};
  for (const auto& c : cases) {
    INFO(c.why);
    CounterEnvironment machine{c.paranoid, true, false, std::nullopt};
    machine.entitled = c.entitled;
    machine.filtered = false;
    const auto text = explain_open_failure(EACCES, PERF_TYPE_HARDWARE, c.kernel_mode, machine);
    CHECK(has(text, "perf_event_paranoid is") == c.blamed);
    CHECK(has(text, "a security policy forbids") == !c.blamed);
  }
}

TEST_CASE("pmc reasons: a container's filter is named, with the options that mend it") {
  struct Case {
    const char* why;
    int error;
    int paranoid;
    bool entitled;
  };
  const Case cases[] = {{"root, whom paranoid never denies", EPERM, 3, true},
                        {"a user whom paranoid would let through", EACCES, 2, false},
                        {"paranoid denies with EACCES, so this is not it", EPERM, 3, false},
                        {"a filter that denies the call's existence", ENOSYS, 2, true}};
  for (const auto& c : cases) {
    INFO(c.why);
    CounterEnvironment machine{c.paranoid, true, false, std::nullopt};
    machine.entitled = c.entitled;
    machine.filtered = true;
    const auto text = explain_open_failure(c.error, PERF_TYPE_SOFTWARE, false, machine);
    CHECK(has(text, "seccomp filter"));
    CHECK(has(text, "--cap-add PERFMON"));
    CHECK(has(text, "--security-opt seccomp="));
  }
  CounterEnvironment strict{3, true, false, std::nullopt};
  strict.filtered = true;  // there is one, and yet the kernel's setting is what denies
  CHECK(has(explain_open_failure(EACCES, PERF_TYPE_HARDWARE, false, strict), "perf_event_paranoid is 3"));
}

TEST_CASE("pmc reasons: without a filter, or without the kernel's setting, ENOSYS is the kernel's own word") {
  CounterEnvironment emulator{2, true, false, std::nullopt};  // qemu-user shows the host's /proc
  emulator.filtered = false;
  CHECK(has(explain_open_failure(ENOSYS, PERF_TYPE_SOFTWARE, false, emulator), "emulator"));
  CounterEnvironment bare;
  bare.filtered = true;
  CHECK(has(explain_open_failure(ENOSYS, PERF_TYPE_SOFTWARE, false, bare), "built without perf events"));
}

TEST_CASE("pmc reasons: what nobody tells is not blamed, but for a call that the kernel must have") {
  CounterEnvironment silent;  // neither the setting nor a filter is told
  CHECK(has(explain_open_failure(EPERM, PERF_TYPE_HARDWARE, false, silent), "a security policy forbids"));
  CHECK(
      has(explain_open_failure(EACCES, PERF_TYPE_HARDWARE, true, silent), "kernel mode is not permitted: a security"));
  CounterEnvironment no_status{2, true, false, std::nullopt};
  CHECK(has(explain_open_failure(EPERM, PERF_TYPE_HARDWARE, false, no_status), "a security policy forbids"));
  CHECK(has(explain_open_failure(ENOSYS, PERF_TYPE_HARDWARE, false, no_status), "a seccomp filter hides"));
  CHECK(has(explain_open_failure(EOPNOTSUPP, PERF_TYPE_HARDWARE, false, kBoard), "PMU can't count this event"));
  CHECK(has(explain_open_failure(ENODEV, PERF_TYPE_HARDWARE, false, kVirtualMachine), "no hardware PMU"));
  CHECK(has(isochron::pmc::explain_no_room(3), "the 3 before it"));
}

TEST_CASE("pmc reasons: the setting that mends is the one that the event needs") {
  CounterEnvironment strict{4, true, false, false};
  CHECK(has(explain_open_failure(EACCES, PERF_TYPE_HARDWARE, false, strict), "perf_event_paranoid=2"));
  CHECK(has(explain_open_failure(EACCES, PERF_TYPE_HARDWARE, true, strict), "perf_event_paranoid=1"));
  CHECK_FALSE(has(explain_open_failure(EACCES, PERF_TYPE_HARDWARE, true, strict), "setcap"));
}

TEST_CASE("pmc reasons: a core's PMU is known by its name on each architecture") {
  for (const char* name : {"cpu", "cpu_core", "cpu_atom", "armv8_cortex_a53", "armv8_pmuv3_0", "apple_icestorm_pmu"}) {
    CAPTURE(name);
    CHECK(isochron::pmc::is_core_pmu(name));
  }
  for (const char* name : {"software", "uncore_imc", "cpu_clock", "arm_dsu_0", "my_armv8", "xarmv8", "an_apple_x",
                           "xapple_m1", "msr", ""}) {
    CAPTURE(name);
    CHECK_FALSE(isochron::pmc::is_core_pmu(name));
  }
}

TEST_CASE("pmc reasons: a folder shows a core's PMU if one of its names is one, wherever it stands") {
  std::string folder = "/tmp/isochron-pmus-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const auto add = [&](const char* name) { std::ofstream(folder + "/" + name) << 1; };
  using isochron::pmc::shows_core_pmu;
  CHECK_FALSE(shows_core_pmu((folder + "/absent").c_str()));
  CHECK_FALSE(shows_core_pmu(folder.c_str()));
  for (const char* name : {"software", "uncore_imc"}) add(name);
  const int descriptors = pmc_test::open_descriptors();
  CHECK_FALSE(shows_core_pmu(folder.c_str()));
  add("armv8_cortex_a53");
  CHECK(shows_core_pmu(folder.c_str()));
  for (const char* name : {"breakpoint", "msr", "a", "z"}) add(name);  // before it and after it, as folders are read
  CHECK(shows_core_pmu(folder.c_str()));
  CHECK(pmc_test::open_descriptors() == descriptors);
  std::filesystem::remove_all(folder);
}

TEST_CASE("pmc reasons: a filter is in force where the line of that name says 2") {
  struct Row {
    const char* status;
    std::optional<bool> filtered;
  };
  const Row rows[] = {
      {"Name:\tnode\nSeccomp:\t2\nSeccomp_filters:\t1\n", true},
      {"Seccomp:\t0\nSeccomp_filters:\t2\n", false},
      {"Seccomp:\t1\n", false},  // the strict mode, in which nothing of ours runs
      {"Seccomp:\t3\n", false},
      {"Name:\tSeccomp:\nUid:\t2\n", std::nullopt},
      {"Seccomp:\n2\n", std::nullopt},
      {"Seccomp_filters:\t2\n", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : rows) {
    INFO(row.status);
    std::istringstream status(row.status);
    CHECK(isochron::pmc::filter_in_force(status) == row.filtered);
  }
}

TEST_CASE("pmc reasons: entitlement and filters are those of the thread that asks") {
  using isochron::pmc::read_counter_environment;
  refusal_test::where_refused({{SYS_sethostname, EPERM}},
                              [] { CHECK(read_counter_environment().filtered == std::optional<bool>(true)); });
  refusal_test::without_capabilities([] { CHECK_FALSE(read_counter_environment().entitled); });
  refusal_test::with_only(CAP_SYS_ADMIN, [] { CHECK(read_counter_environment().entitled); });
}

TEST_CASE("pmc reasons: the machine's own facts are read, and nothing stays open") {
  const int descriptors = pmc_test::open_descriptors();
  const auto machine = isochron::pmc::read_counter_environment();
  CHECK(pmc_test::open_descriptors() == descriptors);
  int paranoid = 0;
  if (std::ifstream file("/proc/sys/kernel/perf_event_paranoid"); file >> paranoid)
    CHECK(machine.paranoid == std::optional<int>(paranoid));
  bool has_core_pmu = false;
  for (const char* name : {"cpu", "cpu_core", "armv8_pmuv3_0", "armv8_cortex_a53"})
    has_core_pmu = has_core_pmu || access(("/sys/bus/event_source/devices/" + std::string(name)).c_str(), F_OK) == 0;
  CHECK(machine.has_core_pmu >= has_core_pmu);
  if (access("/sys/bus/event_source/devices/cpu", F_OK) != 0 && !has_core_pmu) CHECK_FALSE(machine.has_core_pmu);
  REQUIRE(machine.filtered.has_value());
  std::string key, value, mode;
  for (std::ifstream status("/proc/self/status"); status >> key && std::getline(status, value);)
    if (key == "Seccomp:") mode = value;
  CHECK(*machine.filtered == (mode.find('2') != std::string::npos));
}

TEST_CASE("pmc reasons: every errno that perf_event_open gives has words of its own, others the system's") {
  CHECK(has(explain_open_failure(ENOSYS, PERF_TYPE_SOFTWARE, false, CounterEnvironment{}), "emulator"));
  CHECK(has(explain_open_failure(EINVAL, PERF_TYPE_RAW, false, kBoard), "encoding"));
  CHECK(has(explain_open_failure(EMFILE, PERF_TYPE_RAW, false, kBoard), "ulimit -n"));
  CHECK(has(explain_open_failure(ESRCH, PERF_TYPE_RAW, false, kBoard), "has ended"));
  CHECK(has(explain_open_failure(ENOMEM, PERF_TYPE_RAW, false, kBoard), "no memory"));
  CHECK(has(explain_open_failure(ENOSPC, PERF_TYPE_RAW, false, kBoard), "are taken"));
  CHECK(has(explain_open_failure(EBUSY, PERF_TYPE_RAW, false, kBoard), "exclusively"));
  CHECK(has(explain_open_failure(E2BIG, PERF_TYPE_RAW, false, kBoard), "too old"));
  CHECK(has(explain_open_failure(EXDEV, PERF_TYPE_RAW, false, kBoard), "perf_event_open failed: "));
}

TEST_CASE("pmc reasons: switches and migrations happen in the kernel; faults and clocks don't need it") {
  CHECK(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES));
  CHECK(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS));
  CHECK_FALSE(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS));
  CHECK_FALSE(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK));
  CHECK_FALSE(happens_in_kernel(PERF_TYPE_HARDWARE, PERF_COUNT_SW_CONTEXT_SWITCHES));
}
