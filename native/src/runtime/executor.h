// One run from preparation to its end: owns the job thread and everything that the run holds.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include "pmc/counters.h"
#include "pmc/job_baseline.h"
#include "pmc/sampler.h"
#include "record/job.h"
#include "record/ring.h"
#include "runtime/heap_limit.h"
#include "runtime/job_probe.h"
#include "runtime/job_rights.h"
#include "runtime/run_plan.h"
#include "runtime/run_result.h"
#include "runtime/worker_threads.h"
#include "system/interruptible_sleep.h"
#include "system/thread.h"
#include "workload/workload.h"

namespace isochron::runtime {

/// All functions are called by one thread, the owner's. Only one executor of a process may be between prepare() and
/// join(): it locks the process's memory, handles one of its signals and lowers one of its limits.
///
/// prepare() -> on_prepared on the job thread -> start() -> on_finished on the job thread -> join().
/// After a failure that on_prepared reports, the job thread has ended: join(). Callbacks must not call the executor.
class Executor {
 public:
  using OnPrepared = std::function<void(std::variant<Prepared, Error>)>;
  using OnFinished = std::function<void(Finished)>;

  /// Throws Error E_TOO_MANY_EVENTS, E_SAMPLER.
  Executor(RunPlan plan, std::unique_ptr<workload::Workload> workload);
  /// Stops, joins, and gives everything back.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Creates the job thread, which takes its rights, makes the workload ready and opens the counters.
  /// Throws Error E_STATE the second time; E_THREAD, E_SIGNAL, E_HEAP_UNKNOWN.
  void prepare(OnPrepared on_prepared);

  /// Lets the first job be released. Throws Error E_STATE unless on_prepared brought a Prepared; E_SAMPLER when the
  /// sampler can't run where it should (the job thread then tears down: join()).
  void start(OnFinished on_finished);

  /// The run ends after the job that is being executed, or at once between jobs. Harmless at any time.
  void stop() noexcept;

  /// Waits for the job thread and gives back what the process lent to the run. A thread that waits for start() ends.
  void join() noexcept;

  /// Copies as many whole records as fit into `bytes` at `into` (any alignment) and returns the bytes written; also
  /// after the end. Stops the run with E_HEAP_LIMIT when the heap has outgrown its limit: checked here because here
  /// is not the job's core.
  std::size_t drain(std::byte* into, std::size_t bytes);
  std::size_t drain_samples(std::byte* into, std::size_t bytes);

 private:
  /// What the process lends to a run between prepare() and join(), as long as there is a job thread.
  struct Loan {
    explicit Loan(std::uint64_t heap_limit) : heap(heap_limit) {}
    system::InterruptibleSleep sleep;
    HeapLimit heap;
  };
  enum class Phase { kNew, kPreparing, kPrepared, kStarted, kAbandoned };

  void job_thread(const OnPrepared& on_prepared);
  std::optional<Finished> live(const OnPrepared& on_prepared);
  Prepared make_ready(JobRights& rights, WorkerThreads& workers, double ticks_per_second, JobProbe& probe);
  bool await_start();
  Error what_failed() const;
  Finished run(JobProbe& probe, WorkerThreads& workers);
  void check_heap();

  const RunPlan plan_;
  std::unique_ptr<workload::Workload> workload_;
  std::optional<pmc::Counters> counters_;
  pmc::JobBaseline baseline_;
  std::optional<pmc::Sampler> sampler_;
  record::RecordRing<record::JobRecord> ring_;
  std::optional<Loan> loan_;
  std::uint64_t heap_checked_ns_ = 0;

  std::mutex mutex_;  // guards the four below; the job thread takes it before the first and after the last job only
  std::condition_variable changed_;
  Phase phase_ = Phase::kNew;
  OnFinished on_finished_;
  std::optional<Error> heap_failure_;

  system::Thread thread_;  // last: joined before anything that it uses goes
};

}  // namespace isochron::runtime
