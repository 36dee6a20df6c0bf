// What the kernel has counted of a thread.
#include <doctest/doctest.h>

#include "system/thread.h"
#include "system/thread_account.h"

using namespace isochron::system;

TEST_CASE("a thread's account is read from four files, whatever its name is; what is not there is absent") {
  const auto account =
      parse_account({"7 (a) 9 (b) S 1 2 3 4 5 6 70 8 90 10 11\n",
                     "Name:\tx\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t34\n",
                     "x (7, #threads: 1)\n-----\nse.nr_migrations                             :                    5\n",
                     "100 2345 6\n"});
  CHECK(account.minor_faults == 70);
  CHECK(account.major_faults == 90);
  CHECK(account.voluntary_switches == 12);
  CHECK(account.involuntary_switches == 34);
  CHECK(account.migrations == 5);
  CHECK(account.run_delay_ns == 2345);
  const auto none = parse_account({"", "voluntary_ctxt_switches\n", "se.nr_migrations :\n", ""});
  CHECK_FALSE(none.minor_faults);
  CHECK_FALSE(none.voluntary_switches);
  CHECK_FALSE(none.migrations);
  CHECK_FALSE(none.run_delay_ns);
  const auto later = since(none, account);
  CHECK_FALSE(later.minor_faults);
  CHECK(since(account, account).migrations == 0);
  auto less = account;
  less.migrations = 4;
  CHECK_FALSE(since(account, less).migrations);  // another thread by now
  CHECK(thread_account(current_tid()).minor_faults);
  CHECK_FALSE(thread_account(-1).minor_faults);
  if (const auto delay_ns = own_run_delay_ns()) CHECK(own_run_delay_ns().value_or(0) >= *delay_ns);
  const auto moved = own_migrations();
  const auto told = thread_account(current_tid()).migrations;
  CHECK(moved.has_value() == told.has_value());
  if (moved == own_migrations()) CHECK(moved == told);
}
