#include "runtime/session.h"

#include <utility>

#include "system/clocks.h"
#include "system/prefault.h"
#include "system/rights.h"

namespace isochron::runtime {
namespace {

constexpr std::uint64_t kHeapCheckNs = 50'000'000;

}  // namespace

std::vector<system::Denial> Session::lend(std::size_t stack_bytes) {
  const std::lock_guard<std::mutex> lock(lending_mutex_);
  std::vector<system::Denial> denied;
  if (lending_.prefault) prefaulted_ = system::prefault(system::job_memory(stack_bytes));
  if (lending_.lock_memory) {
    const int error = memory_.lock(stack_bytes);
    if (error != 0) denied.push_back(system::memory_lock_denial(error, system::read_rights()));
  }
  if (lending_.hold_dma_latency) {
    const int error = dma_latency_.hold();
    if (error != 0) denied.push_back(system::dma_latency_denial(error));
  }
  return denied;
}

Session::Lent Session::lent() const {
  const std::lock_guard<std::mutex> lock(lending_mutex_);
  return {memory_.held(), dma_latency_.held(), prefaulted_};
}

std::uint64_t Session::first_release(std::uint64_t lead_ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (t0_ns_ == 0) t0_ns_ = system::monotonic_ns() + lead_ns;
  return t0_ns_;
}

bool Session::heap_outgrown() {
  if (!heap_.limited()) return false;
  const auto now = system::monotonic_ns();
  if (now - heap_checked_ns_ < kHeapCheckNs) return false;
  heap_checked_ns_ = now;
  auto failure = heap_.exceeded();
  if (!failure) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  failure_ = std::move(failure);
  return true;
}

std::optional<Error> Session::failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

}  // namespace isochron::runtime
