// That what the plan asks for arrives at the kernel: looked at from within a job, or from the sampler's side.
#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "pmc_test_support.h"
#include "run_support.h"
#include "system/affinity.h"
#include "system/rights.h"
#include "system/usage.h"

using namespace run_test;
using runtime::Overrun;

namespace {

struct Stack {
  std::uintptr_t lowest = 0;
  std::size_t bytes = 0;
};

Stack stack_of_this_thread() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  void* lowest = nullptr;
  std::size_t bytes = 0;
  pthread_attr_getstack(&attributes, &lowest, &bytes);
  pthread_attr_destroy(&attributes);
  return {reinterpret_cast<std::uintptr_t>(lowest), bytes};
}

/// How many bytes right below the caller's frame are present in one piece.
std::size_t present_below(std::uintptr_t frame, std::size_t at_most) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::size_t present = 0;
  for (auto at = frame / page * page - page; present < at_most; at -= page, present += page) {
    unsigned char resident = 0;
    if (mincore(reinterpret_cast<void*>(at), page, &resident) != 0 || (resident & 1) == 0) break;
  }
  return present;
}

/// The id of this process's sampler thread; 0 without one.
pid_t sampler_thread() {
  pid_t found = 0;
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == nullptr) return found;
  while (const dirent* entry = readdir(tasks)) {
    std::string name;
    std::ifstream(std::string("/proc/self/task/") + entry->d_name + "/comm") >> name;
    if (name == "isochron-smp") found = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
  }
  closedir(tasks);
  return found;
}

/// A field of /proc/TID/status, e.g. "SigBlk".
std::string status_field(pid_t tid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(name + ":\t", 0) == 0) return line.substr(name.size() + 2);
  return {};
}

bool blocks(pid_t tid, int signal) {
  const auto mask = std::strtoull(status_field(tid, "SigBlk").c_str(), nullptr, 16);
  return (mask >> (signal - 1) & 1) != 0;
}

/// The real-time signals that the thread does not block.
int open_realtime_signals(pid_t tid) {
  int open = 0;
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal)
    if (!blocks(tid, signal)) ++open;
  return open;
}

runtime::RunPlan sampled_plan(std::uint64_t interval_ns) {
  auto plan = periodic_plan(5 * kMs, 3, Overrun::kSkip);
  plan.task.sampler = runtime::SamplerPlan{system::get_affinity(0).back(), interval_ns};
  return plan;
}

}  // namespace

TEST_CASE("the job thread's timers are precise, before init already, and it says so") {
  TestRun run(periodic_plan(kMs, 1, Overrun::kSkip));
  std::atomic<int> in_init{-1}, in_job{-1};
  run.workload().on_init = [&] { in_init = prctl(PR_GET_TIMERSLACK); };
  run.workload().on_execute = [&](int) { in_job = prctl(PR_GET_TIMERSLACK); };
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  CHECK(std::get<runtime::Prepared>(outcome).granted.timer_slack_ns == 1);
  run.start();
  run.finish();
  CHECK(in_init == 1);
  CHECK(in_job == 1);
}

TEST_CASE("the job's stack is as large as promised, and present as far down as the plan asks") {
  for (const std::size_t prefault : {std::size_t{64} << 10, std::size_t{3} << 20}) {
    CAPTURE(prefault);
    auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
    plan.task.placement.stack_prefault_bytes = prefault;
    TestRun run(plan);
    std::atomic<std::size_t> size{0}, left{0}, present{0};
    run.workload().on_execute = [&](int) {
      const auto stack = stack_of_this_thread();
      const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
      size = stack.bytes;
      left = frame - stack.lowest;
      present = present_below(frame, prefault);
    };
    auto outcome = run.prepare();
    REQUIRE(code_of(outcome) == "prepared");
    CHECK(std::get<runtime::Prepared>(outcome).granted.stack_prefault_bytes == prefault);
    run.start();
    run.finish();
    constexpr std::size_t kFrames = 64 << 10;      // between where the stack was made present and the job
    constexpr std::size_t kOfTheThread = 1 << 20;  // thread-local storage lies on the stack, most of it a sanitizer's
    constexpr std::size_t kForTheWorkload = 8 << 20;
    CHECK(present + kFrames >= prefault);
    CHECK(left + kOfTheThread >= kForTheWorkload + prefault);
    CHECK(size + kFrames >= kForTheWorkload + prefault);
  }
}

TEST_CASE("no signal of the process runs on the job thread but the one that ends its sleep, and faults") {
  TestRun run(periodic_plan(kMs, 1, Overrun::kSkip));
  std::atomic<pid_t> tid{0};
  std::atomic<int> open{-1};
  std::atomic<bool> terminates{false}, faults{false};
  run.workload().on_execute = [&](int) {
    tid = system::current_tid();
    open = open_realtime_signals(tid);
    terminates = !blocks(tid, SIGINT) || !blocks(tid, SIGTERM) || !blocks(tid, SIGCHLD) || !blocks(tid, SIGUSR1);
    faults = !blocks(tid, SIGSEGV) && !blocks(tid, SIGBUS) && !blocks(tid, SIGFPE) && !blocks(tid, SIGILL);
  };
  run.run_to_end();
  CHECK(open == 1);
  CHECK_FALSE(terminates);
  CHECK(faults);
}

TEST_CASE("the faults of init are told, without those before it") {
  auto plan = periodic_plan(kMs, 1, Overrun::kSkip);
  plan.task.placement.stack_prefault_bytes = 8 << 20;  // as many faults before init as would be seen in it
  TestRun run(plan);
  char name[] = "/tmp/isochron-faults-XXXXXX";
  const int file = mkstemp(name);
  REQUIRE(file >= 0);
  unlink(name);
  constexpr std::size_t kBytes = 1 << 20;
  REQUIRE(ftruncate(file, kBytes) == 0);
  REQUIRE(write(file, "x", 1) == 1);
  system::Usage in_init;
  run.workload().on_init = [&] {
    const auto before = system::thread_usage();
    pmc_test::touch_pages(1024);
    // Dropped from the page cache, where the file system lets that happen: a major fault.
    fsync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    void* memory = mmap(nullptr, kBytes, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory != MAP_FAILED) {
      static_cast<void>(*static_cast<volatile char*>(memory));
      munmap(memory, kBytes);
    }
    const auto after = system::thread_usage();
    in_init = {after.minor_faults - before.minor_faults, after.major_faults - before.major_faults, 0, 0};
  };
  auto outcome = run.prepare();
  close(file);
  REQUIRE(code_of(outcome) == "prepared");
  const auto& prepared = std::get<runtime::Prepared>(outcome);
  CHECK(in_init.minor_faults >= 1024);
  CHECK(prepared.init_minor_faults >= in_init.minor_faults);
  CHECK(prepared.init_minor_faults < in_init.minor_faults + 1024);
  CHECK(prepared.init_major_faults >= in_init.major_faults);
  CHECK(prepared.init_major_faults < in_init.major_faults + 1024);
}

TEST_CASE("the events of the plan are opened, and told with how they are read") {
  if (!pmc_test::software_events_work()) {
    MESSAGE("skipped: this machine counts no software events");
    return;
  }
  auto plan = periodic_plan(kMs, 2, Overrun::kSkip);
  plan.task.events = {pmc_test::kImpossible, pmc_test::kPageFaults};
  TestRun run(plan);
  run.workload().on_execute = [](int) { CHECK(pmc_test::touch_pages(64)); };
  auto outcome = run.prepare();
  REQUIRE(code_of(outcome) == "prepared");
  const auto& prepared = std::get<runtime::Prepared>(outcome);
  REQUIRE(prepared.events.size() == 2);
  CHECK(prepared.events[1].name == "page_faults");
  REQUIRE(prepared.event_status.size() == 2);
  CHECK_FALSE(prepared.event_status[0].opened);
  CHECK(prepared.event_status[1].opened);
  CHECK(prepared.counter_read_method == "read");
  run.start();
  run.finish();
  for (const auto& record : run.drain()) {
    CHECK(record.counter_mask == 0b10);
    CHECK(record.counters[1] >= 64);
  }
}

TEST_CASE("the sampler runs on its core, at the job's priority, with precise timers and without signals") {
  struct Seen {
    int policy = -1, priority = -1;
    std::vector<int> cores;
    std::string slack;
    bool terminates = true;
    int open = -1;
  };
  const bool may = system::read_rights().sys_nice;
  for (const int priority : {0, 7}) {
    if (priority > 0 && !may) {
      MESSAGE("skipped: needs CAP_SYS_NICE");
      return;
    }
    CAPTURE(priority);
    auto plan = sampled_plan(kMs);
    plan.task.placement.policy = priority > 0 ? system::Policy::kFifo : system::Policy::kOther;
    plan.task.placement.priority = priority;
    TestRun run(plan);
    Seen seen;
    run.workload().on_execute = [&](int) {
      const pid_t tid = sampler_thread();
      seen.policy = sched_getscheduler(tid);
      sched_param param{};
      if (sched_getparam(tid, &param) == 0) seen.priority = param.sched_priority;
      seen.cores = system::get_affinity(tid);
      std::getline(std::ifstream("/proc/" + std::to_string(tid) + "/timerslack_ns"), seen.slack);
      seen.terminates = !blocks(tid, SIGINT) || !blocks(tid, SIGCHLD);
      seen.open = open_realtime_signals(tid);
    };
    run.run_to_end();
    CHECK(seen.policy == (priority > 0 ? SCHED_FIFO : SCHED_OTHER));
    CHECK(seen.priority == priority);
    CHECK(seen.cores == std::vector<int>{plan.task.sampler->core});
    if (priority == 0) CHECK(seen.slack == "1");  // real-time threads have none, which kernels say in different ways
    CHECK_FALSE(seen.terminates);
    CHECK(seen.open == 1);
  }
}

TEST_CASE("samples that could not be taken in time or kept are part of the run's account") {
  auto plan = sampled_plan(1'000);  // far too often, into a ring far too small
  plan.task.schedule.jobs = 10;
  plan.task.rings.samples = 8;
  TestRun run(plan);
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  const auto finished = run.finish();
  std::vector<record::SampleRecord> samples(64);
  const auto bytes = run.executor->drain(record::Stream::samples, reinterpret_cast<std::byte*>(samples.data()),
                                         samples.size() * sizeof samples[0]);
  CHECK(bytes == 8 * sizeof samples[0]);
  const auto records = run.drain();
  std::uint64_t least = 0;
  for (const auto& record : records) least += (record.end_ns - record.start_ns) / 1'000;
  // Every grid point while a job ran is a sample or a loss.
  CHECK(finished.lost.samples + 8 >= least);
}

TEST_CASE("samples that were due between jobs, or before and after them, are none that were lost") {
  constexpr std::uint64_t kInterval = 1'000;
  auto plan = sampled_plan(kInterval);
  plan.task.rings.samples = 8;
  TestRun run(plan);
  std::vector<std::uint64_t> done;  // right after the end of each job
  run.workload().extras = {"between"};
  run.workload().on_extras = [&] {
    done.push_back(system::monotonic_ns());
    sleep_ms(20);
  };
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  const auto finished = run.finish();
  const auto records = run.drain();
  REQUIRE(records.size() == done.size());
  std::uint64_t most = 0;
  for (std::size_t job = 0; job < records.size(); ++job)
    most += (done[job] - std::min(records[job].woken_ns, records[job].start_ns)) / kInterval + 1;
  CHECK(finished.lost.samples <= most);
}

TEST_CASE("a run without a sampler has no samples and lost none") {
  TestRun run(periodic_plan(kMs, 2, Overrun::kSkip));
  REQUIRE(code_of(run.prepare()) == "prepared");
  run.start();
  CHECK(sampler_thread() == 0);
  CHECK(run.finish().lost.samples == 0);
  record::SampleRecord sample;
  CHECK(run.executor->drain(record::Stream::samples, reinterpret_cast<std::byte*>(&sample), sizeof sample) == 0);
}
