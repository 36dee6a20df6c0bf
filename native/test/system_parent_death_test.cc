// A process that is killed with the one that has started it.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/parent_death.h"

using isochron::system::die_with_parent;

namespace {

/// What a process of its own gives.
template <typename Act>
int exit_code_of(Act act) {
  const pid_t child = fork();
  if (child == 0) _exit(act());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("who serves another process is killed with it, and learns that it is gone already") {
  const pid_t here = getpid();
  CHECK(exit_code_of([&] { return die_with_parent(here) ? 1 : 0; }) == 1);
  CHECK(exit_code_of([&] { return die_with_parent(here + 1) ? 1 : 0; }) == 0);
  CHECK(exit_code_of([&] {
          int signal = 0;
          die_with_parent(here);
          prctl(PR_GET_PDEATHSIG, &signal);
          return signal;
        }) == SIGKILL);
}
