#include "pmc/job_baseline.h"

#include "record/grid.h"
#include "system/clocks.h"

namespace isochron::pmc {
namespace {

// Every word is stored with release and loaded with acquire: a reader that sees any word of a new state then also
// sees the odd (or a later) sequence number, and drops what it has read. (No fences: ThreadSanitizer can't see them.)
constexpr auto kStore = std::memory_order_release;
constexpr auto kLoad = std::memory_order_acquire;
constexpr std::uint64_t kRunning = 1, kAny = 2;
constexpr int kMostAttempts = 64;

}  // namespace

void JobBaseline::begin(std::uint64_t job, const Reading& at_start) noexcept {
  const auto sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, kStore);
  state_.store(kRunning | kAny, kStore);
  job_.store(job, kStore);
  start_ns_.store(system::monotonic_ns(), kStore);
  shape_.store(at_start.mask | std::uint64_t{at_start.groups} << 32, kStore);
  for (unsigned i = 0; i < record::kMaxCounters; ++i) counts_[i].store(at_start.counts[i], kStore);
  for (std::size_t g = 0; g < at_start.groups; ++g) {
    times_[2 * g].store(at_start.times[g].enabled_ns, kStore);
    times_[2 * g + 1].store(at_start.times[g].running_ns, kStore);
  }
  sequence_.store(sequence + 2, kStore);
}

void JobBaseline::end() noexcept {
  // One word alone can't be seen half written, so that no odd number is needed.
  state_.store(kAny, kStore);
  sequence_.store(sequence_.load(std::memory_order_relaxed) + 2, kStore);
  ended_ns_ = system::monotonic_ns();  // after it: no sample that was taken of this job was due later
}

void JobBaseline::expect_samples(std::uint64_t first_ns, std::uint64_t step_ns) noexcept {
  first_due_ns_ = first_ns;
  step_ns_ = step_ns;
}

void JobBaseline::note_due() noexcept {
  const auto start_ns = start_ns_.load(std::memory_order_relaxed);
  const auto due = record::points_passed(first_due_ns_, ended_ns_ + 1, step_ns_) -
                   record::points_passed(first_due_ns_, start_ns, step_ns_);
  due_.store(due_.load(std::memory_order_relaxed) + due, std::memory_order_relaxed);
}

bool JobBaseline::view(View& out) const noexcept {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    out.sequence = sequence_.load(kLoad);
    if ((out.sequence & 1) != 0) continue;
    const auto state = state_.load(kLoad);
    out.running = (state & kRunning) != 0;
    out.any = (state & kAny) != 0;
    out.job = job_.load(kLoad);
    out.start_ns = start_ns_.load(kLoad);
    const auto shape = shape_.load(kLoad);
    out.at_start.mask = static_cast<std::uint32_t>(shape);
    const auto groups = static_cast<std::uint32_t>(shape >> 32);
    out.at_start.groups = groups < kMaxGroups ? groups : kMaxGroups;
    for (unsigned i = 0; i < record::kMaxCounters; ++i) out.at_start.counts[i] = counts_[i].load(kLoad);
    for (std::size_t g = 0; g < out.at_start.groups; ++g)
      out.at_start.times[g] = {times_[2 * g].load(kLoad), times_[2 * g + 1].load(kLoad)};
    if (sequence_.load(kLoad) == out.sequence) return true;
  }
  return false;
}

}  // namespace isochron::pmc
