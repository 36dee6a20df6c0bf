// One run from preparation to its end: a session and the task that it lends to.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "runtime/run_plan.h"
#include "runtime/session.h"
#include "runtime/task.h"
#include "workload/workload.h"

namespace isochron::runtime {

/// All functions are called by one thread, the owner's. Only one executor of a process may be between prepare() and
/// join(): it locks the process's memory and lowers one of its limits. The order of calls is that of Task.
class Executor {
 public:
  using OnPrepared = Task::OnPrepared;
  using OnFinished = Task::OnFinished;

  /// Throws as Task does.
  Executor(RunPlan plan, std::unique_ptr<workload::Workload> workload);
  /// Stops, joins, and gives everything back.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Throws as Task::prepare() does, and E_HEAP_UNKNOWN.
  void prepare(OnPrepared on_prepared);
  void start(OnFinished on_finished) { task_.start(std::move(on_finished)); }
  void stop() noexcept { task_.stop(); }
  /// Waits for the task and gives back what the process lent to it.
  void join() noexcept;

  /// As Task::drain(). Stops the run with E_HEAP_LIMIT when the heap has outgrown its limit: looked at here because
  /// here is not the job's core.
  std::size_t drain(record::Stream stream, std::byte* into, std::size_t bytes);

 private:
  const Lending lending_;
  std::optional<Session> session_;  // between prepare() and join()
  Task task_;                       // last: ends before what is lent to it goes
};

}  // namespace isochron::runtime
