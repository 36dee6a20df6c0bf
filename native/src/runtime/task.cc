#include "runtime/task.h"

#include <exception>
#include <functional>
#include <new>
#include <string>
#include <utility>

#include "runtime/job_loop.h"
#include "system/clocks.h"
#include "system/thread_account.h"
#include "system/ticks.h"
#include "system/usage.h"

namespace isochron::runtime {
namespace {

constexpr std::size_t kStackBytes = 8u << 20;

/// Calls teardown when init has succeeded, whatever happens afterwards.
class Teardown {
 public:
  explicit Teardown(workload::Workload& workload) : workload_(workload) {}
  ~Teardown() { workload_.teardown(); }
  Teardown(const Teardown&) = delete;
  Teardown& operator=(const Teardown&) = delete;

 private:
  workload::Workload& workload_;
};

pmc::SamplerOptions sampler_options(const TaskPlan& plan) {
  pmc::SamplerOptions options;
  options.core = plan.sampler->core;
  options.interval_ns = plan.sampler->interval_ns;
  options.fifo_priority = plan.placement.priority;  // 0 for other policies; on its own core it rivals nobody of ours
  return options;
}

/// Calls a function at the end of a scope, however that is left.
class AtEnd {
 public:
  explicit AtEnd(std::function<void()> call) : call_(std::move(call)) {}
  ~AtEnd() { call_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  std::function<void()> call_;
};

}  // namespace

Task::Task(TaskPlan plan, std::unique_ptr<workload::Workload> workload)
    : plan_(std::move(plan)), workload_(std::move(workload)), rings_(plan_.rings) {
  constexpr std::size_t kLongestName =
      15;  // the kernel cuts the rest off, and the workload's threads would not be found
  if (plan_.name.size() > kLongestName)
    throw Error("E_PLAN", "The name of the task's thread is too long: " + plan_.name, "");
  if (!rings_.jobs || (plan_.sampler && !rings_.samples))
    throw Error("E_PLAN", "What the task records has no ring to go to.", "");
  counters_.emplace(plan_.events, plan_.events_kernel);
  if (plan_.sampler) sampler_.emplace(*counters_, baseline_, *rings_.samples, sampler_options(plan_));
}

Task::~Task() {
  stop();
  join();
}

void Task::prepare(Session& session, OnPrepared on_prepared) {
  if (phase_ != Phase::kNew) throw Error("E_STATE", "A run is prepared only once.", "Make a new one.");
  sleep_.emplace();
  if (plan_.placement.policy == Policy::kDeadline) overruns_.emplace();
  session_ = &session;
  phase_ = Phase::kPreparing;
  session.expect(lead_ns(plan_.schedule));
  expected_ = true;
  try {
    thread_ = system::Thread(
        // what the callback holds is let go with the body, on this thread and before its end
        [this, callback = std::move(on_prepared)] { body(callback); },
        kStackBytes + plan_.placement.stack_prefault_bytes);
  } catch (...) {
    session.give_up();
    sleep_.reset();
    overruns_.reset();
    throw;
  }
}

void Task::start(OnFinished on_finished) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (phase_ != Phase::kPrepared) throw Error("E_STATE", "A run is started once, after it was prepared.", "");
  }
  if (sampler_) {
    try {
      sampler_->start();
    } catch (...) {
      join();
      throw;
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  on_finished_ = std::move(on_finished);
  phase_ = Phase::kStarted;
  changed_.notify_all();
}

void Task::stop() noexcept {
  if (sleep_) sleep_->interrupt(thread_.handle());
}

void Task::join() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (phase_ != Phase::kStarted) phase_ = Phase::kAbandoned;
    changed_.notify_all();
  }
  thread_.join();
  if (sampler_) sampler_->stop();
  // The rings may still be drained; the sampler's thread, the last user of the counters, has ended.
  counters_.reset();
  workload_.reset();
  sleep_.reset();
  overruns_.reset();
}

std::size_t Task::drain(record::Stream stream, std::byte* into, std::size_t bytes) {
  grants_.look();
  return rings_.drain(stream, into, bytes);
}

void Task::body(const OnPrepared& on_prepared) {
  std::optional<Finished> finished;
  std::optional<Error> failure =
      Error("E_WORKLOAD", "The workload ended the thread of the job.", "It must return instead.");
  // pthread_exit in the workload unwinds the stack past every handler: it is told on the way
  const AtEnd end([&] { tell(on_prepared, std::move(finished), std::move(failure)); });
  try {
    finished = live(on_prepared);
    failure.reset();
  } catch (const std::exception&) {
    failure = what_failed();
  }
}

/// Everything is given back by now but what join() does; the callbacks are the last that happens on this thread.
void Task::tell(const OnPrepared& on_prepared, std::optional<Finished> finished, std::optional<Error> failure) {
  if (expected_) session_->give_up();
  OnFinished on_finished;
  bool was_prepared = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    on_finished = std::move(on_finished_);
    was_prepared = phase_ != Phase::kPreparing;
  }
  if (failure && !was_prepared) {
    on_prepared(std::move(*failure));
  } else if (on_finished) {
    if (failure) {
      finished.emplace();
      finished->reason = FinishReason::kFailed;
      finished->error = std::move(failure);
    }
    if (finished) on_finished(std::move(*finished));
  }
}

/// What the exception that is being handled means.
Error Task::what_failed() const {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return session_->heap().allocation_failed();
  } catch (const std::exception& error) {
    return Error("E_WORKLOAD", std::string("The workload failed: ") + error.what(), "");
  }
}

/// Absent if the run was abandoned before its start.
std::optional<Finished> Task::live(const OnPrepared& on_prepared) {
  const system::TickRate tick_rate;
  TaskRights rights(plan_.placement);
  rights.take_before_init(plan_.name, sleep_->signal());
  auto others = system::all_threads();
  const system::Usage before = system::thread_usage();
  workload_->init();
  const system::Usage after = system::thread_usage();
  const Teardown teardown(*workload_);
  session_->heap().require_within_after_init();

  WorkerThreads workers(plan_.name, system::current_tid(), plan_.placement.cores, rights.fixed_priority(),
                        std::move(others));
  JobProbe probe(*counters_, sampler_ ? &baseline_ : nullptr);
  Prepared prepared = make_ready(rights, workers, tick_rate.per_second(), probe);
  prepared.init_minor_faults = after.minor_faults - before.minor_faults;
  prepared.init_major_faults = after.major_faults - before.major_faults;
  const Granted granted = prepared.granted;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (phase_ == Phase::kAbandoned) return std::nullopt;
    phase_ = Phase::kPrepared;
  }
  on_prepared(std::move(prepared));
  if (!await_start()) return std::nullopt;
  return run(granted, probe, rights, workers);
}

Prepared Task::make_ready(TaskRights& rights, WorkerThreads& workers, double ticks_per_second, JobProbe& probe) {
  Prepared prepared;
  prepared.ticks_per_second = ticks_per_second;
  prepared.workload = workload_->info();
  if (prepared.workload.extra_metrics.size() > record::kMaxExtras)
    throw Error("E_WORKLOAD",
                "The workload has more extra metrics than a record holds (" + std::to_string(record::kMaxExtras) + ").",
                "");
  counters_->open_on_this_thread();
  const bool makes_threads = workload_->may_create_threads();
  if (makes_threads) workers.adopt_new(*counters_);
  rights.take_before_release(*session_, workers.tids(), overruns_ && overruns_->counting());
  if (makes_threads) rights.pin_to_first_core();
  prepared.overhead_ns = probe.own_cost(job_start());
  prepared.granted = rights.granted();  // pinned, as it is in every job but the first
  if (makes_threads) rights.spread_for_births();
  prepared.events = plan_.events;
  prepared.event_status = counters_->status();
  prepared.counter_read_method = counters_->read_method();
  return prepared;
}

/// How most jobs of this run begin.
JobStart Task::job_start() const {
  const bool goes_on = plan_.schedule.period_ns == 0 && workload_->extra_metric_names().empty();
  return goes_on ? JobStart::kGoingOn : JobStart::kAnew;
}

bool Task::await_start() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return phase_ == Phase::kStarted || phase_ == Phase::kAbandoned; });
  return phase_ == Phase::kStarted;
}

/// 0 if interrupted.
std::uint64_t Task::await_first_release(const Instants& best) {
  constexpr std::uint64_t kPauseNs = 200'000;  // far below what Session leaves until then
  expected_ = false;
  session_->ready(best);
  for (;;) {
    if (const std::uint64_t t0_ns = session_->first_release()) return t0_ns;
    if (!sleep_->until(system::monotonic_ns() + kPauseNs)) return 0;
  }
}

/// After the last job. Absent without SCHED_DEADLINE.
std::optional<DeadlineServer> Task::server_report(const TaskRights& rights, const Instants& replenished,
                                                  std::uint64_t t0_ns) const {
  if (!rights.deadline()) return std::nullopt;
  DeadlineServer server;
  server.t0_offset_ns = replenished.offset(t0_ns);
  const std::uint64_t step_ns = plan_.placement.dl_period_ns;
  const bool in_phase = plan_.schedule.period_ns > 0 && plan_.schedule.period_ns % step_ns == 0;
  // the next period begins a whole one after that of the last job
  if (in_phase && !sleep_->interrupted())
    server.end_offset_ns = Instants{t0_ns, step_ns}.offset(rights.replenish().first_ns);
  return server;
}

Finished Task::run(const Granted& granted, JobProbe& probe, TaskRights& rights, WorkerThreads& workers) {
  LoopParts parts{*workload_, probe, rings_, *sleep_, {}, !workload_->extra_metric_names().empty()};
  const std::size_t denied_before = rights.denied().size();
  std::optional<std::uint64_t> overhead_ns;
  std::optional<std::uint64_t> moved_before;  // by being placed, say
  // Engines make their threads in the first job, if not before, and allocate there.
  const bool makes_threads = workload_->may_create_threads();
  const bool locks_more = workload_->may_allocate() && rights.memory_locked();
  if (makes_threads || locks_more)
    parts.after_first_job = [&, makes_threads, locks_more] {
      AfterFirstJob found;
      try {
        session_->make_room(false);
        found.uncounted = makes_threads;  // unless it is known that there is nothing else to count
        found.uncounted = makes_threads && workers.adopt_new(*counters_);
        if (makes_threads) rights.pin_to_first_core();
        if (locks_more) session_->lock_what_came(plan_.placement.stack_prefault_bytes, workers.tids());
        // there is more to read than before
        if (found.uncounted && !counters_->empty()) overhead_ns = probe.own_cost(job_start());
        grants_.begin(granted);
        moved_before = system::own_migrations();
        workers.end_first_job();
        rights.replenish();  // of runtime, too, the next job finds what it would have found without this
      } catch (const std::exception&) {
        found.failure = what_failed();
      }
      return found;
    };
  if (!parts.after_first_job) {
    grants_.begin(granted);
    moved_before = system::own_migrations();
  }
  // From here, and not from start(): that is on Node's thread, which a sampler on its core would keep from waking this
  // one.
  if (sampler_) sampler_->begin();
  workers.begin_jobs();
  const Instants replenished = rights.replenish();
  const std::uint64_t overruns_before = overruns_ ? overruns_->count() : 0;
  const std::uint64_t t0_ns = await_first_release(plan_.schedule.period_ns > 0 ? replenished : Instants{});
  const auto delay_before_ns = system::own_run_delay_ns();
  LoopResult result = t0_ns == 0 ? LoopResult{} : run_jobs(plan_.schedule, t0_ns, parts);
  const auto delay_after_ns = system::own_run_delay_ns();
  const std::uint64_t overruns_after = overruns_ ? overruns_->count() : 0;
  const auto moved_after = system::own_migrations();
  session_->make_room(true);
  grants_.end();
  auto at_end = result.jobs > 0 ? std::optional<Granted>(rights.granted()) : std::nullopt;
  workers.end_jobs();
  // Not before: the CPU time of a thread that has ended would be one that nobody knows. Not later: it may keep Node off
  // its core.
  if (sampler_) sampler_->stop();
  auto locked = rights.memory_locked() && result.jobs > 0 ? session_->lock_proof(workers.tids())
                                                          : std::optional<system::LockProof>();
  auto late_threads = result.jobs > 0 ? workers.late() : std::vector<WorkerInfo>{};

  Finished finished;
  finished.reason = result.reason;
  finished.error = std::move(result.error);
  if (auto failure = session_->failure()) {
    finished.reason = FinishReason::kFailed;
    finished.error = std::move(failure);
  }
  if (finished.reason != FinishReason::kFailed && result.jobs > 0) {
    try {
      finished.kept_outputs = workload_->finish();
    } catch (const std::exception&) {
      finished.reason = FinishReason::kFailed;
      finished.error = what_failed();
    }
  }
  finished.jobs = result.jobs;
  finished.t0_ns = result.t0_ns;
  finished.end_ns = result.end_ns;
  finished.lost = rings_.lost();
  if (sampler_) finished.lost.samples = sampler_->lost();  // those that were never taken, too, and of jobs only
  finished.workers = workers.found();
  finished.at_end = std::move(at_end);
  finished.meanwhile = grants_.other();
  if (result.jobs > 0) finished.server = server_report(rights, replenished, t0_ns);
  if (finished.server && rights.overruns_told()) finished.server->overruns = overruns_after - overruns_before;
  const auto& empty = probe.empty_counts();
  finished.empty_counts.assign(empty.begin(), empty.begin() + static_cast<std::ptrdiff_t>(plan_.events.size()));
  finished.overhead_ns = overhead_ns;
  finished.denied.assign(rights.denied().begin() + static_cast<std::ptrdiff_t>(denied_before), rights.denied().end());
  finished.late_threads = std::move(late_threads);
  if (result.jobs > 0 && delay_before_ns && delay_after_ns) finished.run_delay_ns = *delay_after_ns - *delay_before_ns;
  if (result.jobs > 0 && moved_before && moved_after) finished.migrations = *moved_after - *moved_before;
  finished.unseen_ns = workers.unseen_ns();
  finished.locked = std::move(locked);
  return finished;
}

}  // namespace isochron::runtime
