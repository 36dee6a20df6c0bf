#include "runtime/session.h"

#include <algorithm>
#include <utility>

#include "system/clocks.h"
#include "system/malloc_policy.h"
#include "system/prefault.h"
#include "system/rights.h"

namespace isochron::runtime {
namespace {

constexpr std::uint64_t kHeapCheckNs = 50'000'000;
/// Of several tasks: those that are ready early look for the first release every so often (Task::await_first_release).
constexpr std::uint64_t kCommonLeadNs = 1'000'000;

}  // namespace

Session::Session(const Lending& lending) : lending_(lending), heap_(lending.heap_limit_bytes) {
  system::keep_malloc_in_arenas();  // where it does not, lock_proof() shows what that leaves unlocked
}

Session::Lent Session::lend(std::size_t stack_bytes, const std::vector<pid_t>& workers) {
  const std::lock_guard<std::mutex> lock(lending_mutex_);
  Lent lent;
  if (lending_.prefault) lent.prefaulted_bytes = system::prefault(memory_.job_memory(stack_bytes, workers));
  if (lending_.lock_memory) {
    const int error = memory_.lock(stack_bytes, workers);
    lent.memory_locked = error == 0;
    if (error != 0) lent.denied.push_back(system::memory_lock_denial(error, system::read_rights()));
  }
  if (lending_.hold_dma_latency) {
    const int error = dma_latency_.hold();
    lent.dma_latency_held = error == 0;
    if (error != 0) lent.denied.push_back(system::dma_latency_denial(error));
  }
  return lent;
}

void Session::lock_what_came(std::size_t stack_bytes, const std::vector<pid_t>& workers) {
  const std::lock_guard<std::mutex> lock(lending_mutex_);
  memory_.lock_more(stack_bytes, workers);
}

void Session::make_room(bool after_last_job) {
  const std::lock_guard<std::mutex> lock(lending_mutex_);
  memory_.make_room(after_last_job);
}

std::optional<system::LockProof> Session::lock_proof(const std::vector<pid_t>& workers) {
  const std::lock_guard<std::mutex> lock(lending_mutex_);
  return memory_.proof(workers);
}

void Session::expect(std::uint64_t lead_ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lead_ns_ = std::max(lead_ns_, lead_ns);
  if (++awaited_ > 1) lead_ns_ = std::max(lead_ns_, kCommonLeadNs);
}

void Session::ready(const Instants& best) { no_longer_awaited(true, best); }

void Session::give_up() { no_longer_awaited(false, {}); }

void Session::no_longer_awaited(bool is_ready, const Instants& best) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (best.step_ns > 0) best_ = best;
  any_ready_ = any_ready_ || is_ready;
  if (--awaited_ == 0 && any_ready_ && t0_ns_ == 0) t0_ns_ = best_.at_or_after(system::monotonic_ns() + lead_ns_);
}

std::uint64_t Session::first_release() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return t0_ns_;
}

bool Session::heap_outgrown() {
  if (!heap_.limited()) return false;
  const auto now = system::monotonic_ns();
  if (now - heap_checked_ns_ < kHeapCheckNs) return false;
  heap_checked_ns_ = now;
  auto failure = heap_.exceeded(memory_.room_bytes());
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
