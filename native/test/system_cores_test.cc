// Cores: lists of them, those that there are, those on which a thread may run.
#include <doctest/doctest.h>
#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "refusal_support.h"
#include "run_support.h"
#include "system/affinity.h"
#include "system/confinement.h"
#include "system/error.h"
#include "system/thread.h"

using namespace isochron::system;
using Cores = std::vector<int>;

TEST_CASE("core lists are read as sysfs writes them, and what is no number or range is left out") {
  struct Row {
    const char* why;
    std::string_view text;
    Cores cores;
  };
  const Row rows[] = {
      {"one", "3", {3}},
      {"the first", "0", {0}},
      {"a range and one", "0-2,5", {0, 1, 2, 5}},
      {"ranges", "0-1,4-5", {0, 1, 4, 5}},
      {"a range of one", "4-4", {4}},
      {"nothing", "", {}},
      {"a range that goes backwards holds none", "3-1", {}},
      {"a word among numbers", "x,1", {1}},
      {"a word at the end", "1,x", {1}},
      {"an empty part", "1,,2", {1, 2}},
      {"a range without an end is its beginning", "7-", {7}},
      {"a range to a word is its beginning", "3-x", {3}},
      {"a number with another separator ends there", "1:3", {1}},
      {"what stands behind the view is not read", std::string_view("5-7", 1), {5}},
  };
  for (const auto& row : rows) {
    INFO(row.why);
    CHECK(parse_core_list(row.text) == row.cores);
  }
}

TEST_CASE("core lists are written in order, with ranges") {
  struct Row {
    const char* text;
    Cores cores;
  };
  const Row rows[] = {
      {"", {}},        {"4", {4}},           {"0-1", {1, 0}},       {"0-2,5", {5, 0, 1, 2}},
      {"1,3", {3, 1}}, {"0,2-3", {3, 0, 2}}, {"2-3", {2, 3, 3, 2}}, {"1-2,4-5,7", {7, 5, 4, 2, 1}},
  };
  for (const auto& row : rows) CHECK(format_core_list(row.cores) == row.text);
}

TEST_CASE("a core that is absent, and one that is offline, are told from those that run") {
  const auto refusal = [](const Cores& cores, const Cores& online, const Cores& present) {
    try {
      require_among(cores, online, present);
    } catch (const isochron::Error& error) {
      return error.code() + ": " + error.what() + " " + error.hint();
    }
    return std::string();
  };
  const Cores present{0, 1, 2, 3}, online{0, 1, 3};
  CHECK(refusal({0, 3}, online, present).empty());
  CHECK(refusal({}, online, present).empty());
  const auto absent = refusal({0, 9}, online, present);
  CHECK(absent.find("E_CORE_ABSENT") == 0);
  CHECK(absent.find("core 9") != std::string::npos);
  CHECK(absent.find("online: 0-1,3.") != std::string::npos);
  const auto offline = refusal({2}, online, present);
  CHECK(offline.find("E_CORE_OFFLINE") == 0);
  CHECK(offline.find("core 2") != std::string::npos);
  CHECK(offline.find("cpu2/online") != std::string::npos);
  CHECK(refusal({9, 2}, online, present).find("E_CORE_ABSENT") == 0);  // the first one that is not there
  CHECK(refusal({9}, {}, {}).empty());                                 // nobody knows, so that the kernel has to say
}

TEST_CASE("the machine's own cores are known") {
  CHECK_FALSE(online_cores().empty());
  CHECK(present_cores().size() >= online_cores().size());
  require_online(get_affinity(0));
  CHECK_THROWS_AS(require_online({7777}), isochron::Error);
}

namespace {

/// A thread that is there and does nothing.
class Idle {
 public:
  Idle() {
    while (tid_ == 0) run_test::sleep_ms(1);
  }
  ~Idle() {
    done_ = true;
    thread_.join();
  }
  pid_t tid() const { return tid_; }

 private:
  std::atomic<pid_t> tid_{0};
  std::atomic<bool> done_{false};
  std::thread thread_{[this] {
    tid_ = current_tid();
    while (!done_) run_test::sleep_ms(1);
  }};
};

}  // namespace

TEST_CASE("the cores of a thread are those that the kernel tells, the first and the last included") {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    MESSAGE("skipped: more cores than a set has room for");
    return;
  }
  Cores expected;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(static_cast<std::size_t>(core), &set)) expected.push_back(core);
  CHECK(get_affinity(0) == expected);
  const Idle other;
  for (const int core : expected) {
    CHECK(set_affinity(other.tid(), {core}) == 0);
    CHECK(get_affinity(other.tid()) == Cores{core});
  }
}

TEST_CASE("affinity is set and read by thread id") {
  const auto before = get_affinity(0);
  const Idle other;
  CHECK(set_affinity(other.tid(), {before.back()}) == 0);
  CHECK(get_affinity(other.tid()) == Cores{before.back()});
  CHECK(get_affinity(0) == before);
  CHECK(set_affinity(0, {}) == EINVAL);
  CHECK(set_affinity(0, {-1, 1 << 20}) == EINVAL);  // no core at all
}

TEST_CASE("the affinity of a thread that is gone is empty, and can't be set") {
  pid_t gone = 0;
  std::thread([&gone] { gone = current_tid(); }).join();
  CHECK(get_affinity(gone).empty());
  CHECK(set_affinity(gone, get_affinity(0)) == ESRCH);
}

TEST_CASE("a confinement moves every thread, and each is put back to where it was") {
  const auto before = get_affinity(0);
  const Cores first{before.front()};
  const Cores last{before.back()};
  const Idle ordinary;
  const Idle bound;
  CHECK(set_affinity(bound.tid(), last) == 0);
  std::optional<Idle> created;
  {
    const Confinement confinement(first);
    for (const pid_t tid : {0, ordinary.tid(), bound.tid()}) CHECK(get_affinity(tid) == first);
    created.emplace();
    CHECK(get_affinity(created->tid()) == first);
  }
  CHECK(get_affinity(0) == before);
  CHECK(get_affinity(ordinary.tid()) == before);
  CHECK(get_affinity(bound.tid()) == last);
  CHECK(get_affinity(created->tid()) == before);
}

TEST_CASE("a thread that was moved during a confinement stays where it was moved to") {
  const auto before = get_affinity(0);
  if (before.size() < 2) return;
  const Idle moved;
  {
    const Confinement confinement({before.front()});
    CHECK(set_affinity(moved.tid(), {before.back()}) == 0);
  }
  CHECK(get_affinity(moved.tid()) == Cores{before.back()});
  CHECK(get_affinity(0) == before);
}

TEST_CASE("a confinement that is refused says so, and a thread that ended meanwhile is no refusal") {
  const auto before = get_affinity(0);
  const auto code = [](const Cores& cores) {
    try {
      const Confinement confinement(cores);
    } catch (const isochron::Error& error) {
      return error.code();
    }
    return std::string();
  };
  CHECK(code({7777}) == "E_CORE_ABSENT");
  for (const int error : {EPERM, EINVAL, ESRCH}) {
    CAPTURE(error);
    refusal_test::where_refused({{SYS_sched_setaffinity, error}},
                                [&] { CHECK(code({before.front()}) == (error == ESRCH ? "" : "E_AFFINITY_DENIED")); });
  }
  CHECK(get_affinity(0) == before);
}

TEST_CASE("a confinement that one thread refuses moves none") {
  const auto before = get_affinity(0);
  if (before.size() < 2) {
    MESSAGE("skipped: there is one core only");
    return;
  }
  const Idle ordinary, stubborn;
  const auto its_id = static_cast<unsigned>(stubborn.tid());
  refusal_test::where_refused({{SYS_sched_setaffinity, EPERM, 0, its_id}}, [&] {
    CHECK_THROWS_AS(Confinement({before.front()}), isochron::Error);
    for (const pid_t tid : {0, ordinary.tid(), stubborn.tid()}) CHECK(get_affinity(tid) == before);
  });
  CHECK(get_affinity(0) == before);
}
