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

/// Node makes threads when it wants to, with its main thread's name or (since Node 22) one of these.
bool is_nodes_or_ours(const std::string& name) {
  constexpr const char* kNodes[] = {"libuv-worker", "V8Worker", "DelayedTaskSche", "SignalInspector"};
  const auto is = [&name](const char* one) { return name == one; };
  return name == system::thread_name(getpid()) || std::any_of(std::begin(kNodes), std::end(kNodes), is) ||
         name.rfind("isochron-", 0) == 0;
}

}  // namespace

bool WorkerThreads::is_the_workloads(pid_t tid) const {
  if (tid == task_thread_) return false;
  const auto name = system::thread_name(tid);
  if (name == name_) return true;
  if (name.empty() || !others_ || std::binary_search(others_->begin(), others_->end(), tid)) return false;
  return !is_nodes_or_ours(name);
}

std::vector<pid_t> WorkerThreads::unknown() const {
  std::vector<pid_t> all;
  for (const pid_t tid : system::all_threads()) {
    const auto known = [tid](const WorkerInfo& worker) { return worker.tid == tid; };
    if (std::none_of(found_.begin(), found_.end(), known) && is_the_workloads(tid)) all.push_back(tid);
  }
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
  // late workers are told of by themselves
  unseen_ns_ =
      unseen_.end([this](pid_t tid) { return is_the_workloads(tid) || is_nodes_or_ours(system::thread_name(tid)); });
  for (std::size_t i = 0; i < std::min(found_.size(), after_first_job_.size()); ++i)
    found_[i].after_first_job = system::since(after_first_job_[i], system::thread_account(found_[i].tid));
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const auto now = system::thread_cpu_ns(found_[i].tid);
    const auto before = i < before_jobs_ns_.size() ? before_jobs_ns_[i] : std::optional<std::uint64_t>(0);
    if (now && before && *now >= *before) found_[i].cpu_time_ns = *now - *before;
  }
}

}  // namespace isochron::runtime
