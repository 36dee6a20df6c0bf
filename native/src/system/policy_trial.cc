#include "system/policy_trial.h"

#include "system/thread.h"

namespace isochron::system {
namespace {

constexpr std::size_t kStackBytes = std::size_t{64} * 1024;

}  // namespace

int try_fixed_priority(Policy policy, int priority) {
  int error = 0;
  Thread trial([&error, policy, priority] { error = set_fixed_priority(policy, priority); }, kStackBytes);
  trial.join();
  return error;
}

}  // namespace isochron::system
