// How much of a graph a delegate took: what really ran, instead of what was asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workload/tflite/c_api.h"

namespace isochron::workload::tflite {

/// Of one graph, or summed over the graphs of a model.
struct DelegationCounts {
  std::uint64_t total_nodes = 0;      // before delegation
  std::uint64_t delegated_nodes = 0;  // replaced by the delegate's kernels
  std::uint64_t partitions = 0;       // the kernels that replaced them
  /// The nodes that were replaced, in ascending order, for each graph in the order in which the delegate was asked:
  /// the engine asks for the graphs of a model in the file's order.
  std::vector<std::vector<int>> taken;
};

/// What one replacement did to an execution plan (node indices in order of execution): nodes that are only in `before`
/// were taken, nodes that are only in `after` are the delegate's kernels. Absent where the two plans don't fit this.
std::optional<DelegationCounts> compare_plans(const std::vector<int>& before, const std::vector<int>& after);

/// "0-27,30": how nodes are told to people and files.
std::string as_ranges(const std::vector<int>& ascending);

/// Watches one delegate while it is in scope, on the thread that creates the interpreter and allocates its tensors.
///
/// TFLite has no function that tells how many nodes a delegate took. But the delegate replaces them in its Prepare
/// function, whose pointer stands in the public struct TfLiteDelegate; so Prepare is called through ours, which reads
/// the graph's execution plan before and after. That needs two fields only, the second ones of TfLiteDelegate and
/// TfLiteContext, at the same place in every version from 2.5 on; replacing the context's function
/// ReplaceNodeSubsetsWithDelegateKernels would depend on TfLiteRegistration, passed by value, which has grown since.
class DelegateWatch {
 public:
  explicit DelegateWatch(Delegate& delegate);
  ~DelegateWatch();
  DelegateWatch(const DelegateWatch&) = delete;
  DelegateWatch& operator=(const DelegateWatch&) = delete;

  /// Absent where the delegate was never asked, or a plan could not be understood.
  std::optional<DelegationCounts> counts() const;

 private:
  static Status prepare(Context* context, Delegate* delegate);
  Status observe(Context* context, Delegate* delegate);

  Delegate& delegate_;
  Status (*original_)(Context*, Delegate*);
  DelegateWatch* outer_;
  DelegationCounts counts_;
  bool asked_ = false;
  bool understood_ = true;
};

}  // namespace isochron::workload::tflite
