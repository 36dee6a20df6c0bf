#include <doctest/doctest.h>
#include <linux/perf_event.h>

#include <cerrno>
#include <string>

#include "pmc/open_reason.h"

using isochron::pmc::CounterEnvironment;
using isochron::pmc::explain_open_failure;
using isochron::pmc::happens_in_kernel;

namespace {

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

const CounterEnvironment kBoard{2, true};
const CounterEnvironment kVirtualMachine{2, false};

}  // namespace

TEST_CASE("pmc reasons: an unknown event and a machine without a PMU are told apart") {
  CHECK(has(explain_open_failure(ENOENT, PERF_TYPE_RAW, false, kBoard), "PMU has no such event"));
  CHECK(has(explain_open_failure(ENOENT, PERF_TYPE_HARDWARE, false, kVirtualMachine), "no hardware PMU"));
  CHECK(has(explain_open_failure(ENOENT, PERF_TYPE_SOFTWARE, false, kVirtualMachine), "no such software event"));
  CHECK(has(explain_open_failure(EOPNOTSUPP, PERF_TYPE_HARDWARE, false, kVirtualMachine), "no hardware PMU"));
}

TEST_CASE("pmc reasons: a denial names the setting that denies, its value and the fix") {
  CounterEnvironment strict{3, true};
  const auto user = explain_open_failure(EACCES, PERF_TYPE_HARDWARE, false, strict);
  CHECK(has(user, "kernel.perf_event_paranoid is 3"));
  CHECK(has(user, "sysctl kernel.perf_event_paranoid=2"));
  CHECK_FALSE(has(user, "cap_perfmon"));  // of no use at level 3
  const auto kernel = explain_open_failure(EACCES, PERF_TYPE_SOFTWARE, true, kBoard);
  CHECK(has(kernel, "kernel mode"));
  CHECK(has(kernel, "sysctl kernel.perf_event_paranoid=1"));
  CHECK(has(kernel, "setcap cap_perfmon+ep"));
}

TEST_CASE("pmc reasons: paranoid is not blamed where it would allow it") {
  const auto text = explain_open_failure(EPERM, PERF_TYPE_HARDWARE, false, CounterEnvironment{-1, true});
  CHECK_FALSE(has(text, "perf_event_paranoid is"));
  CHECK(has(text, "security policy"));
}

TEST_CASE("pmc reasons: every errno that perf_event_open gives has words of its own, others the system's") {
  CHECK(has(explain_open_failure(ENOSYS, PERF_TYPE_SOFTWARE, false, CounterEnvironment{}), "emulator"));
  CHECK(has(explain_open_failure(EINVAL, PERF_TYPE_RAW, false, kBoard), "encoding"));
  CHECK(has(explain_open_failure(EMFILE, PERF_TYPE_RAW, false, kBoard), "ulimit -n"));
  CHECK(has(explain_open_failure(ESRCH, PERF_TYPE_RAW, false, kBoard), "has ended"));
  CHECK(has(explain_open_failure(EXDEV, PERF_TYPE_RAW, false, kBoard), "perf_event_open failed: "));
}

TEST_CASE("pmc reasons: switches and migrations happen in the kernel; faults and clocks don't need it") {
  CHECK(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES));
  CHECK(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS));
  CHECK_FALSE(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS));
  CHECK_FALSE(happens_in_kernel(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK));
  CHECK_FALSE(happens_in_kernel(PERF_TYPE_HARDWARE, PERF_COUNT_SW_CONTEXT_SWITCHES));
}
