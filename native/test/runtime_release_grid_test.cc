#include <doctest/doctest.h>

#include "runtime/release_grid.h"

using namespace isochron::runtime;

TEST_CASE("a job that ends by its next release is followed by that release, under every policy") {
  for (const auto overrun : {Overrun::kSkip, Overrun::kQueue, Overrun::kStop}) {
    for (const std::uint64_t end : {1001u, 1099u, 1100u}) {
      const auto next = next_release(1000, end, 100, overrun);
      CHECK(next.release_ns == 1100);
      CHECK(next.skipped == 0);
    }
  }
}

TEST_CASE("skip goes on at the first grid point that has not passed and counts those that have") {
  struct Row {
    std::uint64_t end, release, skipped;
  };
  for (const Row row :
       {Row{1101, 1200, 1}, Row{1199, 1200, 1}, Row{1200, 1200, 1}, Row{1201, 1300, 2}, Row{1999, 2000, 9}}) {
    const auto next = next_release(1000, row.end, 100, Overrun::kSkip);
    CHECK(next.release_ns == row.release);
    CHECK(next.skipped == row.skipped);
  }
}

TEST_CASE("queue keeps every release, however late") {
  const auto next = next_release(1000, 5555, 100, Overrun::kQueue);
  CHECK(next.release_ns == 1100);
  CHECK(next.skipped == 0);
}

TEST_CASE("points of a grid have passed when they lie before now: those lost to whoever comes late") {
  struct Row {
    std::uint64_t next, now, passed;
  };
  for (const Row row : {
           Row{1000, 0, 0},     // the next point is still to come
           Row{1000, 999, 0},   //
           Row{1000, 1000, 0},  // exactly in time
           Row{1000, 1001, 1},  // just missed
           Row{1000, 1009, 1},  //
           Row{1000, 1010, 1},  // the point after it is in time
           Row{1000, 1011, 2},  //
           Row{1000, 2000, 100},
       }) {
    CAPTURE(row.now);
    CHECK(record::points_passed(row.next, row.now, 10) == row.passed);
  }
  CHECK(record::points_passed(5, 8, 1) == 3);
}

TEST_CASE("releases of a machine that has been up for years do not overflow") {
  constexpr std::uint64_t kYears = 10ull * 365 * 86400 * 1'000'000'000;
  const auto next = next_release(kYears, kYears + 3'500'000'000, 1'000'000'000, Overrun::kSkip);
  CHECK(next.release_ns == kYears + 4'000'000'000);
  CHECK(next.skipped == 3);
}

TEST_CASE("releases that the tool would make late are left out, and those that the job has made late are the job's") {
  using runtime::kSettleNs;
  constexpr std::uint64_t kPeriod = 1'000'000, kEnd = 50'000'000;
  struct Row {
    const char* why;
    std::uint64_t next, now, late, withheld;
  };
  for (const Row& row : {
           Row{"in good time", kEnd + kPeriod, kEnd + kPeriod / 2, 0, 0},
           Row{"just in time to sleep", kEnd + kPeriod, kEnd + kPeriod - kSettleNs, 0, 0},
           Row{"too late to sleep", kEnd + kPeriod, kEnd + kPeriod - kSettleNs + 1, 0, 1},
           Row{"several periods", kEnd + 1, kEnd + 3 * kPeriod, 0, 4},
           Row{"a backlog of the job's, and no time of the tool's", kEnd - 40 * kPeriod, kEnd, 0, 0},
           Row{"a backlog, a moment of the tool's", kEnd - 40 * kPeriod, kEnd + 1, 1, 0},
           Row{"a backlog, periods of the tool's", kEnd - 40 * kPeriod, kEnd + 3 * kPeriod, 3, 0},
           Row{"periods of the tool's as long as the backlog", kEnd - 3 * kPeriod, kEnd + 3 * kPeriod, 3, 0},
           Row{"and longer", kEnd - 3 * kPeriod, kEnd + 5 * kPeriod, 3, 2},
           Row{"a release just before the end", kEnd - 1, kEnd + 1, 1, 0},
           Row{"a release on the end", kEnd, kEnd + kPeriod + 1, 0, 2},
       }) {
    INFO(row.why);
    const auto out = runtime::releases_to_leave_out(row.next, kEnd, row.now, kPeriod);
    CHECK(out.late == row.late);
    CHECK(out.withheld == row.withheld);
    // served at once, or when it comes: no later than the end of the job would have had it served
    const auto release = row.next + (out.late + out.withheld) * kPeriod;
    if (release < row.now) CHECK(row.now - release <= kEnd - row.next);
  }
}

TEST_CASE("instants at a distance: the next one, and how far a time is from the nearest") {
  constexpr isochron::runtime::Instants kInstants{1000, 100};
  CHECK(kInstants.at_or_after(7) == 1000);
  CHECK(kInstants.at_or_after(1000) == 1000);
  CHECK(kInstants.at_or_after(1001) == 1100);
  CHECK(kInstants.at_or_after(1100) == 1100);
  CHECK(isochron::runtime::Instants{}.at_or_after(1234) == 1234);  // there are none
  CHECK(kInstants.offset(1000) == 0);
  CHECK(kInstants.offset(1330) == 30);
  CHECK(kInstants.offset(1350) == 50);
  CHECK(kInstants.offset(1399) == -1);
}
