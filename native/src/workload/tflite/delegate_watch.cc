#include "workload/tflite/delegate_watch.h"

#include <algorithm>
#include <cstring>

namespace isochron::workload::tflite {
namespace {

// Prepare has no argument in which to find the watch; it is called on the thread that holds the watch in scope.
thread_local DelegateWatch* watching = nullptr;

/// A copy: the engine keeps one buffer for the plan and overwrites it at the next call.
std::optional<std::vector<int>> execution_plan(Context* context) {
  IntArray* plan = nullptr;
  if (context == nullptr || context->get_execution_plan == nullptr) return std::nullopt;
  if (context->get_execution_plan(context, &plan) != Status::kOk || plan == nullptr || plan->size < 0) {
    return std::nullopt;
  }
  std::vector<int> nodes(static_cast<std::size_t>(plan->size));
  if (!nodes.empty()) std::memcpy(nodes.data(), plan + 1, nodes.size() * sizeof(int));
  return nodes;
}

}  // namespace

std::optional<DelegationCounts> compare_plans(const std::vector<int>& before, const std::vector<int>& after) {
  auto sorted = [](std::vector<int> plan) {
    std::sort(plan.begin(), plan.end());
    return plan;
  };
  const std::vector<int> old_nodes = sorted(before);
  const std::vector<int> new_nodes = sorted(after);
  std::vector<int> taken;
  std::vector<int> kernels;
  std::set_difference(old_nodes.begin(), old_nodes.end(), new_nodes.begin(), new_nodes.end(),
                      std::back_inserter(taken));
  std::set_difference(new_nodes.begin(), new_nodes.end(), old_nodes.begin(), old_nodes.end(),
                      std::back_inserter(kernels));
  // Every kernel stands for at least one node, and nodes are numbered from 0.
  if (kernels.size() > taken.size() || (!old_nodes.empty() && old_nodes.front() < 0)) return std::nullopt;
  if (kernels.empty() != taken.empty()) return std::nullopt;
  return DelegationCounts{before.size(), taken.size(), kernels.size(), {taken}};
}

std::string as_ranges(const std::vector<int>& ascending) {
  std::string text;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t last = i;
    while (last + 1 < ascending.size() && ascending[last + 1] == ascending[last] + 1) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(ascending[i]);
    if (last > i) text += "-" + std::to_string(ascending[last]);
    i = last + 1;
  }
  return text;
}

DelegateWatch::DelegateWatch(Delegate& delegate) : delegate_(delegate), original_(delegate.prepare), outer_(watching) {
  watching = this;
  delegate_.prepare = &DelegateWatch::prepare;
}

DelegateWatch::~DelegateWatch() {
  delegate_.prepare = original_;
  watching = outer_;
}

std::optional<DelegationCounts> DelegateWatch::counts() const {
  if (!asked_ || !understood_) return std::nullopt;
  return counts_;
}

Status DelegateWatch::prepare(Context* context, Delegate* delegate) {
  for (DelegateWatch* watch = watching; watch != nullptr; watch = watch->outer_) {
    if (&watch->delegate_ == delegate) return watch->observe(context, delegate);
  }
  return static_cast<Status>(1);  // kTfLiteError: prepared on a thread that holds no watch, so the original is unknown
}

Status DelegateWatch::observe(Context* context, Delegate* delegate) {
  asked_ = true;
  const auto before = execution_plan(context);
  const Status status = original_(context, delegate);
  const auto after = execution_plan(context);
  const auto change = before && after ? compare_plans(*before, *after) : std::nullopt;
  if (!change) {
    understood_ = false;
    return status;
  }
  counts_.total_nodes += change->total_nodes;
  counts_.delegated_nodes += change->delegated_nodes;
  counts_.partitions += change->partitions;
  counts_.taken.insert(counts_.taken.end(), change->taken.begin(), change->taken.end());
  return status;
}

}  // namespace isochron::workload::tflite
