#include "pmc/sampler.h"

#include <cstring>

#include "record/grid.h"
#include "system/clocks.h"
#include "system/error.h"
#include "system/placed_thread.h"

namespace isochron::pmc {
namespace {

constexpr int kReadAttempts = 4;
constexpr std::size_t kStackBytes = std::size_t{256} * 1024;

}  // namespace

Sampler::Sampler(Counters& counters, JobBaseline& baseline, record::RecordRing<record::SampleRecord>& ring,
                 const SamplerOptions& options)
    : counters_(counters), baseline_(baseline), ring_(ring), options_(options) {
  if (options_.interval_ns == 0)
    throw Error("E_SAMPLER", "the sampler's interval is 0", "give a time bucket of at least 1 ns");
}

Sampler::~Sampler() { stop(); }

void Sampler::start() {
  if (thread_.joinable()) return;
  thread_ = system::Thread([this] { run(); }, kStackBytes, "sampling");
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return settled_; });
  const int error = settle_error_;
  lock.unlock();
  if (error == 0) return;
  stop();
  throw Error("E_SAMPLER",
              "the sampler can't run on core " + std::to_string(options_.core) + ": " + std::strerror(error),
              "choose an online core that this process may use (see taskset -p $$)");
}

void Sampler::begin() noexcept {
  const std::uint64_t now = system::monotonic_ns();
  baseline_.expect_samples(now, options_.interval_ns);
  {
    const std::lock_guard lock(mutex_);
    first_ns_ = now;
  }
  changed_.notify_all();
}

std::uint64_t Sampler::lost() const noexcept {
  const auto due = baseline_.due();
  const auto kept = kept_.load(std::memory_order_relaxed);
  return due > kept ? due - kept : 0;  // those of a job that goes on are kept already and not yet due
}

void Sampler::stop() noexcept {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  sleep_.interrupt(thread_.handle());
  thread_.join();
}

bool Sampler::settle() noexcept {
  using system::Policy;
  system::Place place;
  place.name = "isochron-smp";
  place.signal = sleep_.signal();
  place.cores = {options_.core};
  // also takes back what the creating thread may have handed down
  place.policy =
      system::FixedPriority{options_.fifo_priority > 0 ? Policy::kFifo : Policy::kOther, options_.fifo_priority};
  const auto errors = system::place_this_thread(place);
  {
    const std::lock_guard lock(mutex_);
    settle_error_ = errors.affinity;
    fifo_granted_ = errors.policy == 0 && options_.fifo_priority > 0;
    settled_ = true;
  }
  changed_.notify_all();
  return errors.affinity == 0;
}

std::uint64_t Sampler::await_begin() noexcept {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || first_ns_ > 0; });
  return first_ns_;
}

void Sampler::run() noexcept {
  if (!settle()) return;
  std::uint64_t next = await_begin();
  if (next == 0) return;
  record::SampleRecord record;
  while (sleep_.until(next)) {
    // One that was due before its job began makes up for none that was due in it.
    if (sample(record) && ring_.push(record) && job_.running && next >= job_.start_ns)
      kept_.fetch_add(1, std::memory_order_relaxed);
    next += options_.interval_ns;
    // The grid stays absolute: points that passed meanwhile are skipped, not crowded together.
    next += record::points_passed(next, system::monotonic_ns(), options_.interval_ns) * options_.interval_ns;
  }
}

bool Sampler::sample(record::SampleRecord& out) noexcept {
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    if (!baseline_.view(job_)) continue;
    out = record::SampleRecord{};
    out.job = job_.job;
    out.flags = job_.any ? record::kSampleHasJob : 0u;
    const std::uint64_t before = system::monotonic_ns();
    if (!job_.running) {
      out.time_ns = before;
      return true;
    }
    out.flags |= record::kSampleJobRunning;
    counters_.read_from_other_thread(now_);
    out.time_ns = system::midpoint(before, system::monotonic_ns());
    // A job that began or ended during the reading: the counts may be another job's, or go past the end.
    if (baseline_.sequence() != job_.sequence) continue;
    store_difference(job_.at_start, now_, out, record::kSampleHasCounters);
    return true;
  }
  return false;
}

}  // namespace isochron::pmc
