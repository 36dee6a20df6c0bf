#include "runtime/job_loop.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <string>

#include "runtime/release_grid.h"
#include "system/clocks.h"

namespace isochron::runtime {
namespace {

/// How long a continuous run waits at a time for the reader of a full ring.
constexpr std::uint64_t kFullPauseNs = 200'000;

class Loop {
 public:
  Loop(const Schedule& schedule, std::uint64_t t0_ns, const LoopParts& parts)
      : schedule_(schedule), parts_(parts), ring_(*parts.rings.jobs), release_(t0_ns) {
    result_.t0_ns = t0_ns;
    for (auto& extra : record_.extras) extra = std::numeric_limits<double>::quiet_NaN();
  }

  LoopResult run() {
    parts_.probe.rest();
    // of tasks that begin together, one without a period waits, too
    const bool begins = periodic() || system::monotonic_ns() >= release_ || sleep_until_release();
    while (begins) {
      if (periodic() ? !sleep_until_release() : !room_for_the_next_record()) {
        result_.reason = FinishReason::kStopped;
        break;
      }
      if (!execute()) break;
      if (const auto reason = ended()) {
        result_.reason = *reason;
        break;
      }
    }
    if (result_.jobs == 0) result_.t0_ns = 0;
    return result_;
  }

 private:
  bool periodic() const noexcept { return schedule_.period_ns > 0; }
  bool warmup() const noexcept { return record_.job < schedule_.warmup_jobs; }

  /// One job and its record. False if it failed.
  bool execute() {
    record_.job = result_.jobs;
    parts_.probe.begin(record_.job, start_);
    try {
      parts_.workload.execute();
    } catch (const Error& error) {
      return fail(error);
    } catch (const std::bad_alloc&) {
      return fail(Error("E_OUT_OF_MEMORY", "The job ran out of memory.", "Raise the memory limit (-m)."));
    } catch (const std::exception& error) {
      return fail(Error("E_WORKLOAD", std::string("The job failed: ") + error.what(), ""));
    }
    parts_.probe.end(record_);
    start_ = JobStart::kGoingOn;
    const bool looks_around = record_.job == 0 && parts_.after_first_job;
    AfterFirstJob found;
    if (looks_around) found = parts_.after_first_job();
    if (found.uncounted) leave_counts_out();
    complete_record(looks_around);
    if (found.failure) return fail(*found.failure);
    if (looks_around || parts_.has_extras) {
      start_ = JobStart::kAnew;
      parts_.probe.rest();
      if (!periodic()) release_ = system::monotonic_ns();
    }
    return true;
  }

  void leave_counts_out() noexcept {
    record_.counter_mask = 0;
    record_.time_enabled_ns = record_.time_running_ns = 0;
    record_.flags &= ~static_cast<std::uint32_t>(record::kHasCounters);
  }

  /// `looked_around`: the tool was at work after the job. Releases that this would make late are left out.
  void complete_record(bool looked_around) noexcept {
    record_.release_ns = release_;
    if (waited_) record_.flags |= record::kWoken;
    waited_ = false;
    if (warmup()) record_.flags |= record::kWarmup;
    if (schedule_.deadline_ns > 0) {
      record_.deadline_ns = release_ + schedule_.deadline_ns;
      record_.flags |= record::deadline_flags(record_.end_ns, record_.deadline_ns);
    }
    NextRelease next{record_.end_ns, 0};
    if (periodic()) next = next_release(release_, record_.end_ns, schedule_.period_ns, schedule_.overrun);
    record_.skipped_releases = next.skipped;
    parts_.workload.extra_metrics(record_.end_ns - record_.start_ns, record_.extras);
    record_.withheld_releases = 0;
    if (periodic() && looked_around) {
      const auto out =
          releases_to_leave_out(next.release_ns, record_.end_ns, system::monotonic_ns(), schedule_.period_ns);
      record_.skipped_releases += out.late;
      record_.withheld_releases = out.withheld;
      next.release_ns += (out.late + out.withheld) * schedule_.period_ns;
    }
    ring_.push(record_);
    release_ = next.release_ns;
    result_.end_ns = record_.end_ns;
    ++result_.jobs;
  }

  /// Why the run ends before the next release, if it does.
  std::optional<FinishReason> ended() const noexcept {
    const bool missed = (record_.flags & (record::kHasDeadline | record::kDeadlineMet)) == record::kHasDeadline;
    if (missed && !warmup() && schedule_.overrun == Overrun::kStop) return FinishReason::kDeadlineMiss;
    if (schedule_.jobs > 0 && result_.jobs >= schedule_.warmup_jobs + schedule_.jobs) return FinishReason::kJobs;
    if (parts_.sleep.interrupted()) return FinishReason::kStopped;
    // releases that are queued may lie far behind the clock
    if (schedule_.duration_ns > 0 &&
        std::max(release_, system::monotonic_ns()) >= result_.t0_ns + schedule_.duration_ns)
      return FinishReason::kDuration;
    return std::nullopt;
  }

  /// False if interrupted.
  bool sleep_until_release() noexcept {
    if (!parts_.sleep.until(release_)) return false;
    record_.woken_ns = system::monotonic_ns();
    waited_ = true;
    start_ = JobStart::kAnew;
    return true;
  }

  /// Continuous runs only. False if interrupted.
  bool room_for_the_next_record() noexcept {
    if (!ring_.full()) return !parts_.sleep.interrupted();
    do {
      if (!parts_.sleep.until(system::monotonic_ns() + kFullPauseNs)) return false;
    } while (ring_.full());
    release_ = system::monotonic_ns();
    start_ = JobStart::kAnew;
    return true;
  }

  bool fail(const Error& error) {
    parts_.probe.abandon();
    result_.reason = FinishReason::kFailed;
    result_.error = error;
    return false;
  }

  const Schedule& schedule_;
  const LoopParts& parts_;
  record::RecordRing<record::JobRecord>& ring_;
  LoopResult result_;
  record::JobRecord record_{};
  std::uint64_t release_;
  JobStart start_ = JobStart::kAnew;
  bool waited_ = false;  // for the current job's release
};

}  // namespace

LoopResult run_jobs(const Schedule& schedule, std::uint64_t t0_ns, const LoopParts& parts) {
  return Loop(schedule, t0_ns, parts).run();
}

}  // namespace isochron::runtime
