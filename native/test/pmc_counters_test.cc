#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "pmc/counters.h"
#include "pmc/probe.h"
#include "pmc_test_support.h"
#include "refusal_support.h"
#include "system/error.h"

using namespace isochron;
using namespace pmc_test;
using pmc::Counters;
using pmc::EventGroup;
using pmc::EventStatus;
using pmc::Reading;

#define NEEDS_PERF()                                            \
  if (!software_events_work()) {                                \
    MESSAGE("skipped: this machine counts no software events"); \
    return;                                                     \
  }

TEST_CASE("pmc group: the kernel is asked for the event, the mode it is counted in, and to wait for its leader") {
  const pmc::EventSpec event{"an event", PERF_TYPE_RAW, 0x1234};
  for (const bool kernel_mode : {false, true})
    for (const bool leads : {false, true}) {
      CAPTURE(kernel_mode);
      CAPTURE(leads);
      const perf_event_attr attr = pmc::attributes_of(event, kernel_mode, leads);
      CHECK(attr.size == sizeof attr);
      CHECK(attr.type == PERF_TYPE_RAW);
      CHECK(attr.config == 0x1234);
      CHECK(attr.config1 == pmc::user_read_config1(PERF_TYPE_RAW));
      CHECK(attr.disabled == (leads ? 1 : 0));
      CHECK(attr.exclude_kernel == (kernel_mode ? 0 : 1));
      CHECK(attr.exclude_hv == (kernel_mode ? 0 : 1));
      CHECK(attr.exclude_user == 0);
      CHECK(attr.inherit == 0);
      CHECK(attr.read_format == (PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING));
    }
}

TEST_CASE("pmc group: 64 touched pages are 64 page faults, and the task clock runs") {
  NEEDS_PERF();
  std::vector<EventStatus> status;
  EventGroup group = EventGroup::open({kTaskClock, kPageFaults}, 0, false, status);
  REQUIRE(group.size() == 2);
  group.enable();
  Reading before, after;
  REQUIRE(touch_pages(1));  // whatever the call itself touches for the first time
  REQUIRE(group.read(before));
  REQUIRE(touch_pages(64));
  REQUIRE(group.read(after));
  const auto d = pmc::difference(before, after);
  CHECK(d.mask == 0b11);
  CHECK(d.counts[0] > 0);
  CHECK(d.counts[1] >= 64);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(d.counts[1] == 64);  // sanitizers touch pages of their own
#endif
  CHECK(d.times.enabled_ns > 0);
  CHECK(d.times.running_ns == d.times.enabled_ns);
}

TEST_CASE("pmc group: what can't be opened is left out with a reason, and the next event leads") {
  NEEDS_PERF();
  std::vector<EventStatus> status;
  EventGroup group = EventGroup::open({kImpossible, kTaskClock, kImpossible, kPageFaults}, 0, false, status);
  REQUIRE(status.size() == 4);
  CHECK_FALSE(status[0].opened);
  CHECK(status[0].error == ENOENT);
  CHECK(status[0].reason.find("no such software event") != std::string::npos);
  CHECK_FALSE(status[0].no_room);
  CHECK(status[1].opened);
  CHECK(status[1].reason.empty());
  CHECK_FALSE(status[2].opened);
  CHECK(status[3].opened);
  group.enable();
  spin_ms(1);
  Reading reading;
  REQUIRE(group.read(reading));
  CHECK(reading.mask == 0b1010);
  CHECK(reading.counts[0] == 0);
  CHECK(reading.counts[1] > 0);
}

TEST_CASE("pmc group: nothing opened is an empty group that reads nothing") {
  std::vector<EventStatus> status;
  EventGroup group = EventGroup::open({kImpossible}, 0, false, status);
  CHECK(group.empty());
  group.enable();
  group.disable();
  Reading reading;
  CHECK(group.read(reading));
  CHECK(reading.mask == 0);
  CHECK(reading.groups == 0);
  CHECK_FALSE(group.use_user_reads());
}

TEST_CASE("pmc group: more events than a record holds are refused one by one, not written out of bounds") {
  std::vector<EventStatus> status;
  const std::vector<pmc::EventSpec> many(record::kMaxCounters + 1, kTaskClock);
  EventGroup group = EventGroup::open(many, 0, false, status);
  REQUIRE(status.size() == many.size());
  CHECK_FALSE(status.back().opened);
  CHECK(status.back().error == EINVAL);
  CHECK(status.back().reason.find("more than 16 events") != std::string::npos);
  if (software_events_work()) CHECK(group.size() == record::kMaxCounters);
}

TEST_CASE("pmc group: context switches are counted although kernel mode is left out, or absent: never a false 0") {
  NEEDS_PERF();
  std::vector<EventStatus> status;
  EventGroup group = EventGroup::open({kTaskClock, kSwitches}, 0, false, status);
  if (!status[1].opened) {
    CHECK(status[1].reason.find("kernel mode") != std::string::npos);
    return;
  }
  group.enable();
  Reading before, after;
  REQUIRE(group.read(before));
  for (int i = 0; i < 5; ++i) std::this_thread::sleep_for(std::chrono::microseconds(200));
  REQUIRE(group.read(after));
  CHECK(pmc::difference(before, after).counts[1] >= 5);
}

TEST_CASE("pmc group: what the kernel does for a thread is counted only where that was asked for") {
  NEEDS_PERF();
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  constexpr std::size_t kPages = 64;
  for (const bool include_kernel : {false, true}) {
    CAPTURE(include_kernel);
    std::vector<EventStatus> status;
    EventGroup group = EventGroup::open({kPageFaults}, 0, include_kernel, status);
    if (!status[0].opened) {
      MESSAGE("skipped: kernel mode may not be counted here");
      return;
    }
    void* memory = mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    madvise(memory, kPages * page, MADV_NOHUGEPAGE);
    FILE* const zeros = fopen("/dev/zero", "r");
    REQUIRE(zeros != nullptr);
    group.enable();
    Reading before, after;
    REQUIRE(group.read(before));
    // The kernel faults. A plain system call, for a sanitizer's read() touches pages of its own.
    CHECK(syscall(SYS_read, fileno(zeros), memory, kPages * page) == static_cast<long>(kPages * page));
    REQUIRE(group.read(after));
    fclose(zeros);
    munmap(memory, kPages * page);
    const auto faults = pmc::difference(before, after).counts[0];
    if (include_kernel)
      CHECK(faults >= kPages);
    else
      CHECK(faults < kPages);
  }
}

TEST_CASE("pmc group: an event that opens alone, but not with those before it, has found no room") {
  NEEDS_PERF();
  const int leader = dup(0);  // the number that the first event will get
  REQUIRE(leader >= 0);
  close(leader);
  const auto refused = [&](std::vector<refusal_test::Refused> calls) {
    std::vector<EventStatus> status;
    refusal_test::where_refused(calls, [&] {
      const EventGroup group = EventGroup::open({kTaskClock, kPageFaults}, 0, false, status);
      CHECK(group.size() == 1);
    });
    return status;
  };
  const refusal_test::Refused beside_leader{SYS_perf_event_open, EINVAL, 3, static_cast<unsigned>(leader)};
  const auto crowded = refused({beside_leader});
  if (crowded.empty()) return;
  CHECK(crowded[0].opened);
  CHECK_FALSE(crowded[1].opened);
  CHECK(crowded[1].no_room);
  CHECK(crowded[1].error == EINVAL);
  CHECK(crowded[1].reason.find("not in one group with the 1 before it") != std::string::npos);

  auto busy = beside_leader;
  busy.error = EBUSY;  // no word about room
  CHECK_FALSE(refused({busy})[1].no_room);
  refusal_test::where_refused({beside_leader}, [] { CHECK_FALSE(pmc::probe({kTaskClock, kPageFaults}, false).fits); });
  refusal_test::where_refused({{SYS_perf_event_open, EINVAL}}, [] {
    std::vector<EventStatus> status;
    CHECK(EventGroup::open({kTaskClock, kPageFaults}, 0, false, status).empty());
    for (const auto& state : status) {
      CHECK_FALSE(state.no_room);
      CHECK(state.reason.find("encoding") != std::string::npos);
    }
  });
}

TEST_CASE("pmc group: what the machine says of itself explains every event that is refused") {
  refusal_test::where_refused({{SYS_perf_event_open, EPERM}}, [] {
    std::vector<EventStatus> status;
    CHECK(EventGroup::open({kTaskClock, kPageFaults}, 0, false, status).empty());
    for (const auto& state : status) {
      CHECK(state.error == EPERM);
      CHECK(state.reason.find("a seccomp filter forbids") != std::string::npos);
    }
  });
}

TEST_CASE("pmc group: where the kernel does not answer, nothing was read") {
  NEEDS_PERF();
  constexpr unsigned kBytes = (3 + record::kMaxCounters) * 8;  // what is asked for: more than any group has
  std::vector<EventStatus> status;
  refusal_test::where_refused({{SYS_read, EIO, 2, kBytes}}, [&] {
    EventGroup group = EventGroup::open({kTaskClock}, 0, false, status);
    group.enable();
    Reading reading;
    CHECK_FALSE(group.read(reading));
    CHECK(reading.mask == 0);
    CHECK(reading.groups == 1);
    Counters counters({kTaskClock}, false);
    counters.open_on_this_thread();
    CHECK_FALSE(counters.read_from_other_thread(reading));
    CHECK(reading.mask == 0);
    CHECK_FALSE(pmc::probe({kTaskClock}, false).fits);
  });
}

TEST_CASE("pmc group: a page that can't be mapped leaves the system call") {
  NEEDS_PERF();
  refusal_test::where_refused({{SYS_mmap, EPERM, 2, PROT_READ}}, [] {
    std::vector<EventStatus> status;
    EventGroup group = EventGroup::open({kTaskClock}, 0, false, status);
    group.enable();
    CHECK_FALSE(group.use_user_reads());
    CHECK_FALSE(group.has_user_reads());
    spin_ms(1);
    Reading reading;
    CHECK(group.read_here(reading));
    CHECK(reading.counts[0] > 0);
  });
}

TEST_CASE("pmc group: a disabled group stands still") {
  NEEDS_PERF();
  std::vector<EventStatus> status;
  EventGroup group = EventGroup::open({kTaskClock}, 0, false, status);
  Reading idle;
  spin_ms(1);
  REQUIRE(group.read(idle));
  CHECK(idle.counts[0] == 0);
  group.enable();
  spin_ms(1);
  group.disable();
  Reading first, second;
  REQUIRE(group.read(first));
  spin_ms(1);
  REQUIRE(group.read(second));
  CHECK(first.counts[0] > 0);
  CHECK(first.counts[0] == second.counts[0]);
}

TEST_CASE("pmc group: moving hands the descriptors over and destruction closes each exactly once") {
  NEEDS_PERF();
  const int before = open_descriptors();
  {
    std::vector<EventStatus> status;
    EventGroup a = EventGroup::open({kTaskClock, kPageFaults}, 0, false, status);
    CHECK(open_descriptors() == before + 2);
    EventGroup b = std::move(a);
    CHECK(open_descriptors() == before + 2);
    Reading reading;
    CHECK(b.read(reading));
    CHECK(reading.mask == 0b11);
    EventGroup c = EventGroup::open({kTaskClock}, 0, false, status);
    c = std::move(b);
    CHECK(open_descriptors() == before + 2);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("pmc group: running out of descriptors is a reason, not a crash") {
  NEEDS_PERF();
  rlimit old{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
  rlimit none = old;
  none.rlim_cur = 0;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  std::vector<EventStatus> status;
  const EventGroup group = EventGroup::open({kTaskClock}, 0, false, status);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &old) == 0);
  CHECK(group.empty());
  CHECK(status[0].error == EMFILE);
  CHECK(status[0].reason.find("ulimit -n") != std::string::npos);
}

TEST_CASE("pmc counters: more than a record holds is an error that names the way out") {
  try {
    Counters counters(std::vector<pmc::EventSpec>(record::kMaxCounters + 1, kTaskClock), false);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == "E_TOO_MANY_EVENTS");
    CHECK(error.hint().find("--event-passes") != std::string::npos);
  }
}

TEST_CASE("pmc counters: as many as a record holds are counted") {
  NEEDS_PERF();
  Counters counters(std::vector<pmc::EventSpec>(record::kMaxCounters, kTaskClock), false);
  counters.open_on_this_thread();
  Reading reading;
  counters.read(reading);
  CHECK(reading.mask == 0xffff);
  CHECK(counters.read_from_other_thread(reading));
  CHECK(reading.mask == 0xffff);
  CHECK(reading.groups == 1);
}

TEST_CASE("pmc counters: no events, or none that opens, is empty and reads nothing") {
  Counters none({}, false);
  none.open_on_this_thread();
  CHECK(none.empty());
  CHECK(std::string(none.read_method()) == "none");
  Reading reading;
  reading.mask = 7;
  none.read(reading);
  CHECK(reading.mask == 0);
  CHECK_FALSE(none.read_from_other_thread(reading));

  Counters impossible({kImpossible}, false);
  impossible.open_on_this_thread();
  CHECK(impossible.empty());
  CHECK_FALSE(impossible.status()[0].opened);
  CHECK_FALSE(impossible.add_thread(static_cast<pid_t>(syscall(SYS_gettid))));
}

TEST_CASE("pmc counters: a worker thread's work is part of the sum") {
  NEEDS_PERF();
  std::atomic<pid_t> tid{0};
  std::atomic<int> phase{0};
  std::thread worker([&] {
    tid = static_cast<pid_t>(syscall(SYS_gettid));
    while (phase.load() == 0) std::this_thread::yield();
    touch_pages(128);
    phase = 2;
    while (phase.load() != 3) std::this_thread::yield();
  });
  while (tid.load() == 0) std::this_thread::yield();
  Counters counters({kTaskClock, kPageFaults}, false);
  counters.open_on_this_thread();
  CHECK(counters.add_thread(tid));
  Reading before, after;
  counters.read(before);
  phase = 1;
  while (phase.load() != 2) std::this_thread::yield();
  counters.read(after);
  phase = 3;
  worker.join();
  const auto d = pmc::difference(before, after);
  CHECK(after.groups == 2);
  CHECK(d.mask == 0b11);
  CHECK(d.counts[1] >= 128);
  Reading ended;
  counters.read(ended);  // the worker is gone; its counts stay
  CHECK(ended.mask == 0b11);
  CHECK(ended.counts[1] >= after.counts[1]);
}

TEST_CASE("pmc counters: a reading holds nothing of what was there before") {
  NEEDS_PERF();
  Counters counters({kImpossible, kTaskClock}, false);
  counters.open_on_this_thread();
  Reading reading;
  for (auto& count : reading.counts) count = 1'000'000'000'000'000;
  reading.mask = 0xffff;
  reading.groups = 9;
  counters.read(reading);
  CHECK(reading.mask == 0b10);
  CHECK(reading.groups == 1);
  for (unsigned i = 0; i < record::kMaxCounters; ++i) CHECK((reading.counts[i] > 0) == (i == 1));
  CHECK(reading.counts[1] < 1'000'000'000'000'000);
}

TEST_CASE("pmc counters: an event that one thread lacks is absent from the sum, and the others are not") {
  NEEDS_PERF();
  Counters counters({kTaskClock, kPageFaults}, false);
  counters.open_on_this_thread();
  const int lowest = dup(0);
  REQUIRE(lowest >= 0);
  close(lowest);
  bool added = true;
  {
    const refusal_test::SoftLimit room_for_one(RLIMIT_NOFILE, static_cast<rlim_t>(lowest) + 1);
    added = counters.add_thread(static_cast<pid_t>(syscall(SYS_gettid)));
  }
  CHECK_FALSE(added);  // in full
  Reading reading;
  counters.read(reading);
  CHECK(reading.groups == 2);
  CHECK(reading.mask == 0b01);
}

TEST_CASE("pmc counters: a thread too many empties the cells, for the sum would be over only some of them") {
  NEEDS_PERF();
  const auto self = static_cast<pid_t>(syscall(SYS_gettid));
  Counters counters({kTaskClock}, false);
  counters.open_on_this_thread();
  Reading reading;
  for (unsigned g = 1; g < pmc::kMaxGroups; ++g) REQUIRE(counters.add_thread(self));
  counters.read(reading);
  CHECK(reading.groups == pmc::kMaxGroups);
  CHECK(reading.mask == 1);
  CHECK_FALSE(counters.add_thread(self));
  counters.read(reading);
  CHECK(reading.groups == pmc::kMaxGroups);
  CHECK(reading.mask == 0);
}

TEST_CASE("pmc counters: a thread that had ended is no loss; one that can't be counted empties the cells") {
  NEEDS_PERF();
  pid_t gone = 0;
  std::thread([&] { gone = static_cast<pid_t>(syscall(SYS_gettid)); }).join();
  Counters two({kTaskClock, kPageFaults}, false), one({kTaskClock}, false);
  for (Counters* const counters : {&two, &one}) {
    counters->open_on_this_thread();
    CHECK_FALSE(counters->add_thread(gone));
    Reading reading;
    counters->read(reading);
    CHECK(reading.mask == (counters == &two ? 0b11 : 0b1));

    rlimit old{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
    rlimit none = old;
    none.rlim_cur = 0;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    const bool added = counters->add_thread(static_cast<pid_t>(syscall(SYS_gettid)));
    REQUIRE(setrlimit(RLIMIT_NOFILE, &old) == 0);
    CHECK_FALSE(added);
    counters->read(reading);
    CHECK(reading.mask == 0);
  }
}

TEST_CASE("pmc counters: software events are read by system call") {
  NEEDS_PERF();
  Counters counters({kTaskClock}, false);
  counters.open_on_this_thread();
  CHECK(std::string(counters.read_method()) == "read");
}

TEST_CASE("pmc probe: software events fit; what can't be opened does not count against the rest") {
  NEEDS_PERF();
  const int before = open_descriptors();
  const auto result = pmc::probe({kTaskClock, kImpossible, kPageFaults}, false);
  REQUIRE(result.events.size() == 3);
  CHECK(result.events[0].opened);
  CHECK_FALSE(result.events[1].opened);
  CHECK(result.events[2].opened);
  CHECK(result.fits);
  CHECK(open_descriptors() == before);
  CHECK(pmc::probe({}, false).fits);
  CHECK(pmc::probe({kImpossible}, false).fits);
}

TEST_CASE("pmc probe: a group gets its counters at once, after a while, or never, which takes 20 ms to say") {
  using Clock = std::chrono::steady_clock;
  const auto told = [](int answers_until_it_runs, int answers_until_it_fails) {
    int answers = 0;
    const auto begin = Clock::now();
    const bool gets = pmc::gets_counters([&](Reading& reading) {
      if (answers++ == answers_until_it_fails) return false;
      reading.times[0] = {1000, answers > answers_until_it_runs ? 1u : 0u};
      return true;
    });
    struct Told {
      bool gets;
      int answers;
      bool patiently;
    };
    return Told{gets, answers, Clock::now() - begin >= std::chrono::milliseconds(20)};
  };
  constexpr int kNever = 1 << 30;
  CHECK(told(0, kNever).gets);
  CHECK(told(0, kNever).answers == 1);
  CHECK(told(1, kNever).gets);  // another group had the counters
  CHECK_FALSE(told(kNever, kNever).gets);
  CHECK(told(kNever, kNever).patiently);
  CHECK_FALSE(told(1, 1).gets);
  CHECK(told(kNever, 1).answers == 2);  // who can't read does not go on
}
