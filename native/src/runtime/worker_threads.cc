#include "runtime/worker_threads.h"

#include <unistd.h>

#include <algorithm>

#include "system/affinity.h"
#include "system/clocks.h"
#include "system/thread.h"

namespace isochron::runtime {

namespace {

WorkerInfo read_back(pid_t tid) {
  WorkerInfo worker;
  worker.tid = tid;
  worker.cores = system::get_affinity(tid);
  const auto scheduling = system::get_scheduling(tid);
  worker.policy = scheduling.policy;
  worker.priority = scheduling.priority;
  return worker;
}

}  // namespace

std::vector<pid_t> WorkerThreads::unknown() const {
  auto all = system::threads_named(name_, task_thread_);
  const auto known = [this](pid_t tid) {
    return std::any_of(found_.begin(), found_.end(), [tid](const WorkerInfo& worker) { return worker.tid == tid; });
  };
  all.erase(std::remove_if(all.begin(), all.end(), known), all.end());
  return all;
}

bool WorkerThreads::adopt_new(pmc::Counters& counters) {
  const auto fresh = unknown();
  for (const pid_t tid : fresh) {
    // What comes of the request is read back below; a worker that stays where it was is visible in the report.
    if (!cores_.empty()) system::set_affinity(tid, {cores_[(found_.size() + 1) % cores_.size()]});
    if (priority_) system::set_fixed_priority(priority_->policy, priority_->priority, tid);
    const bool counted = counters.add_thread(tid);
    found_.push_back(read_back(tid));
    found_.back().counted = counted;
  }
  return !fresh.empty();
}

std::vector<WorkerInfo> WorkerThreads::late() const {
  std::vector<WorkerInfo> all;
  for (const pid_t tid : unknown()) {
    all.push_back(read_back(tid));
    all.back().cpu_time_ns = system::thread_cpu_ns(tid);
  }
  return all;
}

/// Names of threads that may be new without being hidden: late workers, which are told of by themselves, and Node's
/// own. Those have the main thread's name, or (since Node 22) one of these.
std::vector<std::string> WorkerThreads::told_of() const {
  return {name_, system::thread_name(getpid()), "libuv-worker", "V8Worker", "DelayedTaskSche", "SignalInspector"};
}

std::vector<pid_t> WorkerThreads::tids() const {
  std::vector<pid_t> all;
  for (const auto& worker : found_) all.push_back(worker.tid);
  return all;
}

void WorkerThreads::begin_jobs() {
  before_jobs_ns_.clear();
  for (const auto& worker : found_) before_jobs_ns_.push_back(system::thread_cpu_ns(worker.tid));
}

void WorkerThreads::end_first_job() {
  after_first_job_.clear();
  for (const auto& worker : found_) after_first_job_.push_back(system::thread_account(worker.tid));
  unseen_.begin();
}

void WorkerThreads::end_jobs() {
  unseen_ns_ = unseen_.end(told_of());
  for (std::size_t i = 0; i < std::min(found_.size(), after_first_job_.size()); ++i)
    found_[i].after_first_job = system::since(after_first_job_[i], system::thread_account(found_[i].tid));
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const auto now = system::thread_cpu_ns(found_[i].tid);
    const auto before = i < before_jobs_ns_.size() ? before_jobs_ns_[i] : std::optional<std::uint64_t>(0);
    if (now && before && *now >= *before) found_[i].cpu_time_ns = *now - *before;
  }
}

}  // namespace isochron::runtime
