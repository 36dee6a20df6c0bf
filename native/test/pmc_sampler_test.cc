#include <dirent.h>
#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "pmc/sampler.h"
#include "pmc_test_support.h"
#include "refusal_support.h"
#include "system/affinity.h"
#include "system/clocks.h"
#include "system/error.h"
#include "system/policy.h"
#include "system/rights.h"
#include "system/thread.h"

using namespace isochron;
using namespace pmc_test;
using isochron::record::SampleRecord;
using pmc::JobBaseline;
using pmc::Reading;

#define NEEDS_PERF()                                            \
  if (!software_events_work()) {                                \
    MESSAGE("skipped: this machine counts no software events"); \
    return;                                                     \
  }

namespace {

int allowed_core() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  for (unsigned core = CPU_SETSIZE; core-- > 0;)
    if (CPU_ISSET(core, &set)) return static_cast<int>(core);
  return 0;
}

struct Options : pmc::SamplerOptions {
  std::size_t ring_capacity = 1;  // records
};

struct HasRing {
  explicit HasRing(std::size_t capacity) : records(capacity) {}
  isochron::record::RecordRing<SampleRecord> records;
};

/// A sampler with the ring that it fills.
struct Sampler : private HasRing, pmc::Sampler {
  Sampler(pmc::Counters& counters, JobBaseline& baseline, const Options& options)
      : HasRing(options.ring_capacity), pmc::Sampler(counters, baseline, records, options) {}
  auto& ring() { return records; }
  void start_at_once() {
    start();
    begin();
  }
};

/// Appends what the ring holds; returns how many that were.
std::size_t take(Sampler& sampler, std::vector<SampleRecord>& into) {
  constexpr std::size_t kAtOnce = 4096;
  const std::size_t old = into.size();
  into.resize(old + kAtOnce);
  const std::size_t n = sampler.ring().pop(into.data() + old, kAtOnce);
  into.resize(old + n);
  return n;
}

void end_job(JobBaseline& baseline) {
  baseline.end();
  baseline.note_due();
}

/// Works until a sample with exactly these flags (of `job`, if it has one) has come, however busy the machine is.
void work_until(Sampler& sampler, std::uint32_t flags, std::uint64_t job, std::vector<SampleRecord>& into) {
  for (std::size_t seen = into.size();;) {
    spin_ms(1);
    take(sampler, into);
    for (; seen < into.size(); ++seen)
      if (into[seen].flags == flags && (into[seen].job == job || flags == 0)) return;
  }
}

Options every(std::uint64_t interval_ns, std::size_t capacity = 1 << 16) {
  Options options;
  options.core = allowed_core();
  options.interval_ns = interval_ns;
  options.ring_capacity = capacity;
  return options;
}

}  // namespace

TEST_CASE("pmc baseline: a view is one state, never a mixture of two jobs") {
  JobBaseline baseline;
  JobBaseline::View view;
  REQUIRE(baseline.view(view));
  CHECK_FALSE(view.any);
  CHECK_FALSE(view.running);

  std::atomic<bool> stop{false};
  std::atomic<int> mixtures{0};
  std::atomic<std::uint64_t> seen{0};
  std::thread reader([&] {
    JobBaseline::View v;
    while (!stop.load()) {
      if (!baseline.view(v) || !v.any) continue;
      bool same = v.at_start.mask == 0xffff && v.at_start.groups == 2;
      for (const auto count : v.at_start.counts) same = same && count == v.job;
      for (unsigned g = 0; g < v.at_start.groups; ++g)
        same = same && v.at_start.times[g].enabled_ns == v.job && v.at_start.times[g].running_ns == v.job;
      if (!same) ++mixtures;
      ++seen;
    }
  });
  Reading reading;
  reading.mask = 0xffff;
  reading.groups = 2;
  for (std::uint64_t job = 0; job < 20'000 || seen.load() < 100; ++job) {
    for (auto& count : reading.counts) count = job;
    for (auto& times : reading.times) times = {job, job};
    baseline.begin(job, reading);
    baseline.end();
  }
  stop = true;
  reader.join();
  CHECK(mixtures == 0);
}

TEST_CASE("pmc baseline: a view is what the last begin said, until the end says otherwise") {
  JobBaseline baseline;
  Reading reading;
  reading.mask = 0x8001;
  reading.groups = pmc::kMaxGroups;
  for (unsigned i = 0; i < record::kMaxCounters; ++i) reading.counts[i] = 100 + i;
  for (unsigned g = 0; g < pmc::kMaxGroups; ++g) reading.times[g] = {1000 + g, 2000 + g};
  const auto at_first = baseline.sequence();
  baseline.begin(41, reading);
  const auto begun = baseline.sequence();
  CHECK(begun > at_first);
  JobBaseline::View view;
  REQUIRE(baseline.view(view));
  CHECK(view.sequence == begun);
  CHECK(view.running);
  CHECK(view.any);
  CHECK(view.job == 41);
  CHECK(view.at_start.mask == 0x8001);
  CHECK(view.at_start.groups == pmc::kMaxGroups);
  for (unsigned i = 0; i < record::kMaxCounters; ++i) CHECK(view.at_start.counts[i] == 100 + i);
  for (unsigned g = 0; g < pmc::kMaxGroups; ++g) {
    CHECK(view.at_start.times[g].enabled_ns == 1000 + g);
    CHECK(view.at_start.times[g].running_ns == 2000 + g);
  }
  baseline.end();
  CHECK(baseline.sequence() > begun);
  REQUIRE(baseline.view(view));
  CHECK(view.sequence == baseline.sequence());
  CHECK_FALSE(view.running);
  CHECK(view.any);
  CHECK(view.job == 41);
  reading.groups = 1;
  reading.times[0] = {7, 8};
  baseline.begin(42, reading);
  REQUIRE(baseline.view(view));
  CHECK(view.running);
  CHECK(view.job == 42);
  CHECK(view.at_start.groups == 1);
  CHECK(view.at_start.times[0].running_ns == 8);
}

TEST_CASE("pmc baseline: samples are due where a job runs, from the first one on") {
  JobBaseline baseline;
  JobBaseline::View view;
  const auto job = [&](std::uint64_t index) {
    baseline.begin(index, Reading{});
    REQUIRE(baseline.view(view));
    end_job(baseline);
    return view.start_ns;
  };
  const auto before = system::monotonic_ns();
  const auto start_ns = job(0);
  CHECK(start_ns >= before);
  CHECK(start_ns <= system::monotonic_ns());
  CHECK(baseline.due() == 0);  // nobody has asked for any
  baseline.expect_samples(system::monotonic_ns() + 3'600'000'000'000, 1);
  job(1);
  CHECK(baseline.due() == 0);
  baseline.expect_samples(0, 1);
  const auto from = system::monotonic_ns();
  const auto second = job(2);
  const auto to = system::monotonic_ns();
  CHECK(baseline.due() >= 1);
  CHECK(baseline.due() <= to - second + 1);
  spin_ms(1);
  job(3);
  const auto last = system::monotonic_ns();
  CHECK(baseline.due() <= last - from - 1'000'000 + 2);
}

TEST_CASE("pmc sampler: samples are cumulative within a job and start from the job's own baseline") {
  NEEDS_PERF();
  pmc::Counters counters({kTaskClock, kPageFaults}, false);
  counters.open_on_this_thread();
  JobBaseline baseline;
  Sampler sampler(counters, baseline, every(500'000));
  const auto begin_ns = system::monotonic_ns();
  sampler.start_at_once();
  std::vector<SampleRecord> samples;
  work_until(sampler, 0, 0, samples);  // counted before the first job: must not show in its samples
  std::uint64_t ends[3] = {};
  for (std::uint64_t job = 0; job < 3; ++job) {
    Reading at_start, at_end;
    counters.read(at_start);
    baseline.begin(job, at_start);
    touch_pages(32);
    work_until(sampler, record::kSampleHasJob | record::kSampleJobRunning | record::kSampleHasCounters, job, samples);
    baseline.end();
    counters.read(at_end);
    ends[job] = pmc::difference(at_start, at_end).counts[0];
    work_until(sampler, record::kSampleHasJob, job, samples);
  }
  sampler.stop();

  bool before_first = false;
  int in_job[3] = {}, idle_after[3] = {};
  std::uint64_t last_time = 0, last_count = 0, last_job = ~0ull;
  for (const auto& s : samples) {
    CHECK(s.time_ns > last_time);
    CHECK(s.time_ns >= begin_ns);
    last_time = s.time_ns;
    const bool running = (s.flags & record::kSampleJobRunning) != 0;
    if ((s.flags & record::kSampleHasJob) == 0) {
      before_first = true;
      CHECK_FALSE(running);
      CHECK(s.counter_mask == 0);
      continue;
    }
    REQUIRE(s.job < 3);
    if (!running) {
      ++idle_after[s.job];
      CHECK(s.counter_mask == 0);
      continue;
    }
    ++in_job[s.job];
    CHECK(s.counter_mask == 0b11);
    CHECK((s.flags & record::kSampleHasCounters) != 0);
    CHECK(s.time_running_ns == s.time_enabled_ns);
    if (s.job == last_job) CHECK(s.counters[0] >= last_count);
    CHECK(s.counters[0] <= ends[s.job]);
    last_job = s.job;
    last_count = s.counters[0];
  }
  CHECK(last_time <= system::monotonic_ns());
  CHECK(before_first);
  for (int job = 0; job < 3; ++job) {
    CHECK(in_job[job] > 0);
    CHECK(idle_after[job] > 0);
  }
}

TEST_CASE("pmc sampler: a full ring is counted as lost, nobody waits") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  Sampler sampler(none, baseline, every(1000, 4));
  baseline.begin(0, Reading{});
  sampler.start_at_once();
  while (sampler.ring().lost() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  sampler.stop();
  end_job(baseline);
  std::vector<SampleRecord> kept;
  CHECK(take(sampler, kept) == 4);
  CHECK(sampler.lost() >= sampler.ring().lost());
}

TEST_CASE("pmc sampler: every point of its grid in a job is a sample or a loss, also when it comes late") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  constexpr std::uint64_t kInterval = 100;  // ns: less than one sample takes
  const auto before = system::monotonic_ns();
  Sampler sampler(none, baseline, every(kInterval, 1 << 12));
  baseline.begin(0, Reading{});
  sampler.start_at_once();
  const auto started = system::monotonic_ns();
  std::vector<SampleRecord> kept;
  while (sampler.ring().lost() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto stopping = system::monotonic_ns();
  sampler.stop();
  end_job(baseline);
  const auto after = system::monotonic_ns();
  take(sampler, kept);
  const auto points = kept.size() + sampler.lost();
  CHECK(points <= (after - before) / kInterval + 2);
  CHECK(points >= (stopping - started) / kInterval);
  CHECK(sampler.lost() > sampler.ring().lost());
}

TEST_CASE("pmc sampler: jobs that begin and end without a pause are told apart, or the point is a loss") {
  if (!system::read_rights().sys_nice) {
    MESSAGE("skipped: the sampler has to preempt the jobs");
    return;
  }
  // On the jobs' own core the sampler comes in the midst of their beginning, which does not end while it looks.
  pmc::Counters none({}, false);
  JobBaseline baseline;
  constexpr std::uint64_t kInterval = 1'000'000;
  auto options = every(kInterval, 1 << 12);
  options.fifo_priority = 1;
  std::atomic<bool> done{false};
  const auto before = system::monotonic_ns();
  Sampler sampler(none, baseline, options);
  sampler.start();
  std::thread jobs([&] {
    system::set_affinity(0, {options.core});
    sampler.begin();
    for (std::uint64_t job = 0; !done; ++job) {
      baseline.begin(job, Reading{});
      end_job(baseline);
    }
  });
  std::vector<SampleRecord> kept;
  while (kept.size() + sampler.lost() < 50) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    take(sampler, kept);
  }
  sampler.stop();
  done = true;
  jobs.join();
  const auto most = (system::monotonic_ns() - before) / kInterval + 2;
  take(sampler, kept);
  CHECK(kept.size() <= most);
  CHECK(sampler.lost() <= most);
  std::uint64_t last = before;
  for (const auto& sample : kept) {
    CHECK(sample.time_ns > last);
    last = sample.time_ns;
  }
}

TEST_CASE("pmc sampler: points that pass while something else has its core are losses, up to its stop") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  constexpr std::uint64_t kInterval = 100'000;
  Sampler sampler(none, baseline, every(kInterval, 1 << 12));
  baseline.begin(0, Reading{});
  sampler.start_at_once();
  std::vector<SampleRecord> kept;
  while (take(sampler, kept) == 0) std::this_thread::yield();
  std::uint64_t stopping = 0;
  bool preempted = false;
  std::thread other([&] {
    system::set_affinity(0, {every(kInterval).core});
    preempted = system::set_fixed_priority(system::Policy::kFifo, 1) == 0;
    spin_ms(20);
    stopping = system::monotonic_ns();
    sampler.stop();
  });
  other.join();
  if (!preempted) MESSAGE("skipped: nothing may preempt the sampler here");
  end_job(baseline);
  take(sampler, kept);
  CHECK(kept.size() + sampler.lost() >= (stopping - kept.front().time_ns) / kInterval);
}

TEST_CASE("pmc sampler: a priority that its creator has is not handed down to it") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  std::thread([&] {
    if (system::set_fixed_priority(system::Policy::kFifo, 3) != 0) {
      MESSAGE("skipped: no priority is granted here");
      return;
    }
    Sampler sampler(none, baseline, every(1'000'000));
    sampler.start_at_once();
    const auto found = system::threads_named("isochron-smp", 0);
    REQUIRE(found.size() == 1);
    CHECK(system::get_scheduling(found.front()).policy == system::Policy::kOther);
  }).join();
}

TEST_CASE("pmc sampler: it runs on the core that it was given, whichever that is, with the least timer slack") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  for (const int core : system::get_affinity(0)) {
    CAPTURE(core);
    auto options = every(1'000'000);
    options.core = core;
    Sampler sampler(none, baseline, options);
    sampler.start_at_once();
    const auto found = system::threads_named("isochron-smp", 0);
    REQUIRE(found.size() == 1);
    CHECK(system::get_affinity(found.front()) == std::vector<int>{core});
    std::uint64_t slack = 0;
    if (std::ifstream file("/proc/" + std::to_string(found.front()) + "/timerslack_ns"); file >> slack)
      CHECK(slack == 1);
  }
}

TEST_CASE("pmc sampler: without counters it still tells when which job ran") {
  pmc::Counters none({}, false);
  none.open_on_this_thread();
  JobBaseline baseline;
  Sampler sampler(none, baseline, every(100'000));
  baseline.begin(41, Reading{});
  sampler.start_at_once();
  std::vector<SampleRecord> samples;
  while (take(sampler, samples) == 0) std::this_thread::yield();
  sampler.stop();
  CHECK(samples[0].job == 41);
  CHECK((samples[0].flags & record::kSampleJobRunning) != 0);
  CHECK((samples[0].flags & record::kSampleHasCounters) == 0);
  CHECK(samples[0].counter_mask == 0);
}

TEST_CASE("pmc sampler: stopping does not wait for a long interval, and may be done twice or without a start") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  const auto begin = std::chrono::steady_clock::now();
  {
    Sampler sampler(none, baseline, every(3'600'000'000'000));
    sampler.start_at_once();
    sampler.stop();
    sampler.stop();
    Sampler never(none, baseline, every(1'000'000));
    never.stop();
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::minutes(30));
}

TEST_CASE("pmc sampler: started twice it runs once, and one that runs is stopped by its end") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  const auto threads = [] {
    int count = 0;
    for (const pid_t tid : system::threads_named("isochron-smp", 0)) count += tid > 0 ? 1 : 0;
    return count;
  };
  {
    Sampler sampler(none, baseline, every(1'000'000));
    sampler.start();
    sampler.start();
    CHECK(threads() == 1);
  }
  CHECK(threads() == 0);
}

TEST_CASE("pmc sampler: the priority is granted, not asked for, or refused, and the sampler says which") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  const auto granted = [&](int priority) {
    auto options = every(1'000'000);
    options.fifo_priority = priority;
    Sampler sampler(none, baseline, options);
    sampler.start_at_once();
    std::vector<SampleRecord> samples;
    while (take(sampler, samples) == 0) std::this_thread::yield();  // it runs in any case
    return sampler.fifo_granted();
  };
  CHECK_FALSE(granted(0));
  if (system::read_rights().sys_nice) {
    CHECK(granted(1));
    CHECK(granted(5));
  }
  if (system::read_rights().rtprio_limit == 0) refusal_test::without_capabilities([&] { CHECK_FALSE(granted(5)); });
}

TEST_CASE("pmc sampler: it sleeps until its begin, and a stop before that ends it") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  Sampler sampler(none, baseline, every(1000));
  sampler.start();
  spin_ms(20);
  std::vector<SampleRecord> samples;
  CHECK(take(sampler, samples) == 0);
  baseline.begin(0, Reading{});
  spin_ms(1);
  end_job(baseline);
  sampler.stop();
  CHECK(take(sampler, samples) == 0);
  CHECK(sampler.ring().lost() == 0);
  CHECK(sampler.lost() == 0);
}

TEST_CASE("pmc sampler: only samples that were due while a job ran can be lost") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  constexpr std::uint64_t kInterval = 1000;
  Sampler sampler(none, baseline, every(kInterval, 1));  // one is kept, before the jobs
  sampler.start_at_once();
  while (sampler.ring().lost() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(sampler.lost() == 0);
  std::uint64_t least = 0, most = 0;
  for (std::uint64_t job = 0; job < 5; ++job) {
    const auto before = system::monotonic_ns();
    baseline.begin(job, Reading{});
    const auto begun = system::monotonic_ns();
    spin_ms(1);
    const auto ending = system::monotonic_ns();
    end_job(baseline);
    most += (system::monotonic_ns() - before) / kInterval + 1;
    least += (ending - begun) / kInterval;
    const auto lost = sampler.lost();
    const auto passed = sampler.ring().lost() + 100;
    while (sampler.ring().lost() < passed) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CHECK(sampler.lost() == lost);
  }
  sampler.stop();
  CHECK(sampler.lost() >= least);
  CHECK(sampler.lost() <= most);
}

TEST_CASE("pmc sampler: a sample that was due before its job makes up for none that was due in it") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  constexpr std::uint64_t kInterval = 3'600'000'000'000;
  Sampler sampler(none, baseline, every(kInterval, 16));
  std::vector<SampleRecord> kept;
  sampler.start_at_once();  // its first point, the only one that comes, is before the job; the sample may be of either
  baseline.begin(0, Reading{});
  while (take(sampler, kept) == 0) std::this_thread::yield();
  end_job(baseline);
  baseline.expect_samples(0, 1'000'000);  // as if some had been due in it
  baseline.begin(1, Reading{});
  spin_ms(5);
  end_job(baseline);
  sampler.stop();
  CHECK(baseline.due() >= 4);
  CHECK(sampler.lost() == baseline.due());
}

TEST_CASE("pmc sampler: runs under its own name") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  Sampler sampler(none, baseline, every(1'000'000));
  sampler.start_at_once();
  bool found = false;
  DIR* tasks = opendir("/proc/self/task");
  REQUIRE(tasks != nullptr);
  while (const dirent* entry = readdir(tasks)) {
    std::string name;
    std::ifstream(std::string("/proc/self/task/") + entry->d_name + "/comm") >> name;
    found = found || name == "isochron-smp";
  }
  closedir(tasks);
  CHECK(found);
}

TEST_CASE("pmc sampler: a core that is not there and an interval of 0 are errors with a way out") {
  pmc::Counters none({}, false);
  JobBaseline baseline;
  auto options = every(1'000'000);
  for (const int core : {1023, CPU_SETSIZE, -1}) {
    options.core = core;
    Sampler sampler(none, baseline, options);
    for (int attempt = 0; attempt < 2; ++attempt) {
      try {
        sampler.start();
        FAIL("no error");
      } catch (const Error& error) {
        CHECK(error.code() == "E_SAMPLER");
        CHECK(std::string(error.what()).find("core " + std::to_string(core)) != std::string::npos);
      }
    }
  }
  options.interval_ns = 0;
  CHECK_THROWS_AS(Sampler(none, baseline, options), Error);
}
