// Sequential traffic through a buffer: the memory-hungry job, and the memory-hungry neighbour.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workload/settings.h"
#include "workload/synthetic/lines.h"
#include "workload/workload.h"

namespace isochron::workload {

/// One job touches one 64-bit word of every 64-byte line of the buffer, in order, once. One word is enough to move the
/// whole line, and leaves an in-order core limited by memory instead of by its load port; `bandwidth_mb_s` therefore
/// counts whole lines. A written line is also fetched first and written back later: its traffic is twice the figure.
class Bandwidth final : public Workload {
 public:
  /// Settings: sizeBytes, access (read or write).
  explicit Bandwidth(const Settings& settings);

  void init() override;
  void execute() override;
  void teardown() noexcept override;
  std::vector<std::string> extra_metric_names() const override { return {"bandwidth_mb_s"}; }
  void extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept override;

 private:
  std::uint64_t size_bytes_;
  bool writes_;
  std::vector<Line> lines_;
  std::uint64_t pass_ = 0;
};

}  // namespace isochron::workload
