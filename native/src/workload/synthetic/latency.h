// Dependent loads in random order: the latency of the level of the memory hierarchy that the buffer just doesn't fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "workload/synthetic/lines.h"
#include "workload/workload.h"

namespace isochron::workload {

/// One job follows a chain through every 64-byte line of the buffer once: each line holds the index of the next one, in
/// a random order without short cycles, so that neither a prefetcher nor a second outstanding load helps.
class Latency final : public Workload {
 public:
  explicit Latency(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}

  void init() override;
  void execute() override;
  void teardown() noexcept override;
  std::vector<std::string> extra_metric_names() const override { return {"ns_per_access"}; }
  void extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept override;

 private:
  std::uint64_t size_bytes_;
  std::vector<Line> lines_;
  std::uint64_t position_ = 0;
};

/// Makes `lines[i].word` the successor of i such that the chain is one cycle through all lines (Sattolo's algorithm,
/// Information Processing Letters 22, 1986). The same for a given number of lines on every platform.
void link_in_one_random_cycle(std::vector<Line>& lines);

}  // namespace isochron::workload
