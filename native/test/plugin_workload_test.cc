#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "error_support.h"
#include "heap_support.h"
#include "system/error.h"
#include "workload/factory.h"

using namespace isochron::workload;

namespace {

PluginPlan plan_of(const std::string& name, const std::string& args = {}) {
  return {std::string(ISOCHRON_TEST_PLUGINS) + "/" + name + ".so", args};
}

using error_test::code_of;

/// The signal that ended a child process which ran the plugin's third job.
int signal_of_third_job(const std::string& args) {
  const pid_t child = fork();
  if (child == 0) {
    // Without a core file, and without a sanitizer's or doctest's handlers: the plain end of a process.
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    auto workload = make_workload(plan_of("plugin_crash", args));
    workload->init();
    for (int i = 0; i < 3; ++i) workload->execute();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("a plugin runs and its extra metrics arrive in their order") {
  auto workload = make_workload(plan_of("plugin_count", "10"));
  workload->init();
  CHECK(workload->info().extra_metrics == std::vector<std::string>{"jobs_so_far", "sum"});
  workload->execute();
  workload->execute();
  double values[2] = {};
  workload->extra_metrics(1, values);
  CHECK(values[0] == 2.0);
  CHECK(values[1] == 55.0);
  workload->finish();
  workload->teardown();
}

TEST_CASE("a plugin's own reason for not starting is passed on") {
  std::string message;
  CHECK(code_of([] { make_workload(plan_of("plugin_fail", "init"))->init(); }, &message) == "E_PLUGIN_INIT");
  CHECK(message.find("could not start: it was told to fail.") != std::string::npos);
}

TEST_CASE("a failed job names the plugin and its error") {
  auto workload = make_workload(plan_of("plugin_fail"));
  workload->init();
  workload->execute();
  workload->execute();
  std::string message;
  CHECK(code_of([&] { workload->execute(); }, &message) == "E_PLUGIN_EXECUTE");
  CHECK(message.find("error 42") != std::string::npos);
  workload->teardown();
}

TEST_CASE("files that are no plugin are refused") {
  std::string message;
  CHECK(code_of([] { make_workload(plan_of("plugin_none"))->init(); }) == "E_PLUGIN_MISSING");
  CHECK(code_of([] { make_workload(plan_of("plugin_old"))->init(); }, &message) == "E_PLUGIN_INVALID");
  CHECK(message.find("has ABI 2; this isochron speaks 1") != std::string::npos);
  CHECK(code_of([] { make_workload(PluginPlan{"/proc/version", ""})->init(); }, &message) == "E_PLUGIN_INVALID");
  CHECK(message.find("is not a shared library") != std::string::npos);
}

TEST_CASE("the crashing plugin really crashes, both ways") {
  CHECK(signal_of_third_job("") == SIGSEGV);
  CHECK(signal_of_third_job("abort") == SIGABRT);
}

TEST_CASE("the hungry plugin keeps what it takes until teardown") {
  constexpr std::uint64_t kMegabyte = 1 << 20;
  auto workload = make_workload(plan_of("plugin_hog"));
  workload->init();
  const auto before = test_heap::allocated();
  if (!before) {
    MESSAGE("skipped: this allocator doesn't tell what is in use");
    workload->teardown();
    return;
  }
  for (std::uint64_t job = 1; job <= 4; ++job) {
    workload->execute();
    const auto taken = *test_heap::allocated() - *before;
    CHECK(taken >= job * kMegabyte);
    CHECK(taken < (job + 1) * kMegabyte);
  }
  workload->teardown();
  CHECK(*test_heap::allocated() < *before + kMegabyte);
}

TEST_CASE("told to, the hungry plugin takes its memory in init") {
  const auto before = test_heap::allocated();
  auto workload = make_workload(plan_of("plugin_hog", "init"));
  workload->init();
  if (before) CHECK(*test_heap::allocated() - *before >= 256u << 20);
  workload->teardown();
}
