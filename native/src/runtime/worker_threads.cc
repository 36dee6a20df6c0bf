#include "runtime/worker_threads.h"

#include <algorithm>

#include "system/affinity.h"
#include "system/clocks.h"
#include "system/thread.h"

namespace isochron::runtime {

bool WorkerThreads::adopt_new(pmc::Counters& counters) {
  const auto known = found_.size();
  for (const pid_t tid : system::threads_named(name_, task_thread_)) {
    if (std::any_of(found_.begin(), found_.end(), [tid](const WorkerInfo& worker) { return worker.tid == tid; }))
      continue;
    // What comes of the request is read back below; a worker that stays where it was is visible in the report.
    if (!cores_.empty()) system::set_affinity(tid, {cores_[(found_.size() + 1) % cores_.size()]});
    WorkerInfo worker;
    worker.tid = tid;
    worker.counted = counters.add_thread(tid);
    worker.cores = system::get_affinity(tid);
    const auto scheduling = system::get_scheduling(tid);
    worker.policy = scheduling.policy;
    worker.priority = scheduling.priority;
    found_.push_back(std::move(worker));
  }
  return found_.size() > known;
}

void WorkerThreads::begin_jobs() {
  before_jobs_ns_.clear();
  for (const auto& worker : found_) before_jobs_ns_.push_back(system::thread_cpu_ns(worker.tid));
}

void WorkerThreads::end_jobs() {
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const auto now = system::thread_cpu_ns(found_[i].tid);
    const auto before = i < before_jobs_ns_.size() ? before_jobs_ns_[i] : std::optional<std::uint64_t>(0);
    if (now && before && *now >= *before) found_[i].cpu_time_ns = *now - *before;
  }
}

}  // namespace isochron::runtime
