// One thread that executes one workload's jobs on its own grid of releases, and everything that belongs to it alone.
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
#include "record/streams.h"
#include "runtime/grant_watch.h"
#include "runtime/job_probe.h"
#include "runtime/run_plan.h"
#include "runtime/run_result.h"
#include "runtime/session.h"
#include "runtime/task_rights.h"
#include "runtime/worker_threads.h"
#include "system/deadline_overruns.h"
#include "system/interruptible_sleep.h"
#include "system/thread.h"
#include "workload/workload.h"

namespace isochron::runtime {

/// All functions are called by one thread, the owner's; the session outlives the task's thread.
///
/// prepare() -> on_prepared on the task's thread -> start() -> on_finished there -> join().
/// After a failure that on_prepared reports, the thread has ended: join(). Callbacks must not call the task.
class Task {
 public:
  using OnPrepared = std::function<void(std::variant<Prepared, Error>)>;
  using OnFinished = std::function<void(Finished)>;

  /// Throws Error E_TOO_MANY_EVENTS, E_SAMPLER; E_PLAN for a name that is too long or records without a ring.
  Task(TaskPlan plan, std::unique_ptr<workload::Workload> workload);
  /// Stops, joins, and gives everything back.
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /// Creates the thread, which takes its rights, makes the workload ready and opens the counters.
  /// Throws Error E_STATE the second time; E_THREAD, E_SIGNAL.
  void prepare(Session& session, OnPrepared on_prepared);

  /// Lets the first job be released. Throws Error E_STATE unless on_prepared brought a Prepared; E_SAMPLER when the
  /// sampler can't run where it should (the thread then tears down: join()).
  void start(OnFinished on_finished);

  /// The task ends after the job that is being executed, or at once between jobs. Harmless at any time.
  void stop() noexcept;
  bool stopping() const noexcept { return !sleep_ || sleep_->interrupted(); }

  /// Waits for the thread. One that waits for start() ends.
  void join() noexcept;

  /// Copies as many whole records as fit into `bytes` at `into` (any alignment) and returns the bytes written; also
  /// after the end.
  std::size_t drain(record::Stream stream, std::byte* into, std::size_t bytes);

 private:
  enum class Phase { kNew, kPreparing, kPrepared, kStarted, kAbandoned };

  void body(const OnPrepared& on_prepared);
  void tell(const OnPrepared& on_prepared, std::optional<Finished> finished, std::optional<Error> failure);
  std::optional<Finished> live(const OnPrepared& on_prepared);
  Prepared make_ready(TaskRights& rights, WorkerThreads& workers, double ticks_per_second, JobProbe& probe);
  JobStart job_start() const;
  bool await_start();
  std::uint64_t await_first_release(const Instants& best);
  Error what_failed() const;
  std::optional<DeadlineServer> server_report(const TaskRights& rights, const Instants& replenished,
                                              std::uint64_t t0_ns) const;
  Finished run(const Granted& granted, JobProbe& probe, TaskRights& rights, WorkerThreads& workers);

  const TaskPlan plan_;
  std::unique_ptr<workload::Workload> workload_;
  std::optional<pmc::Counters> counters_;
  pmc::JobBaseline baseline_;
  record::Rings rings_;
  std::optional<pmc::Sampler> sampler_;
  /// Both from prepare() until join(), as long as there is a thread.
  Session* session_ = nullptr;
  bool expected_ = false;  // by the session, for the first release; the thread's, once there is one
  std::optional<system::InterruptibleSleep> sleep_;
  std::optional<system::DeadlineOverruns> overruns_;  // for SCHED_DEADLINE

  std::mutex mutex_;  // guards the three below; the thread takes it before its first and after its last job only
  std::condition_variable changed_;
  Phase phase_ = Phase::kNew;
  OnFinished on_finished_;

  GrantWatch grants_;

  system::Thread thread_;  // last: joined before anything that it uses goes
};

}  // namespace isochron::runtime
