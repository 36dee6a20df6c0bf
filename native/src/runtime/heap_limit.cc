#include "runtime/heap_limit.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "system/policy.h"

namespace isochron::runtime {
namespace {

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f MiB", static_cast<double>(bytes) / (1 << 20));
  return text;
}

}  // namespace

HeapLimit::HeapLimit(std::uint64_t limit_bytes) : limit_(limit_bytes) {
  if (!limited()) return;
  const auto in_use = system::heap_in_use();
  if (!in_use)
    throw Error("E_HEAP_UNKNOWN", "This system's C library doesn't tell how much memory is allocated.",
                "Leave out the memory limit, or use glibc.");
  baseline_ = *in_use;
  if (const auto data = system::data_in_use()) backstop_.lower_to(*data + limit_ + kMarginBytes);
}

std::uint64_t HeapLimit::growth() const noexcept {
  if (!limited()) return 0;
  const system::PriorityCeiling ceiling;  // malloc's locks are the job's, too
  const auto now = system::heap_in_use().value_or(baseline_);
  const auto counted = [this](const system::HeapUse& use) { return shares_main_ ? use.total() : use.others; };
  return counted(now) > counted(baseline_) ? counted(now) - counted(baseline_) : 0;
}

void HeapLimit::require_within_after_init() {
  if (!limited()) return;
  if (system::allocates_from_main_arena()) shares_main_ = true;
  const auto needed = growth();
  needed_ = needed;
  if (needed <= limit_) return;
  throw Error(
      "E_HEAP_LIMIT",
      "Making the workload ready took " + megabytes(needed) + " of heap; the limit is " + megabytes(limit_) + ".",
      "Raise the memory limit (-m) above " + megabytes(needed) + ", or use a smaller model.");
}

std::optional<Error> HeapLimit::exceeded(std::uint64_t of_tool) const {
  const auto all = growth();
  const auto grown = all > of_tool ? all - of_tool : 0;
  if (!limited() || grown <= limit_) return std::nullopt;
  return Error("E_HEAP_LIMIT",
               "The workload had taken " + megabytes(grown) + " of heap, " +
                   megabytes(std::min(needed_.load(), grown)) + " of it when it was made ready; the limit is " +
                   megabytes(limit_) + ".",
               "Raise the memory limit (-m), or look for what the workload allocates in every job.");
}

Error HeapLimit::allocation_failed() const {
  if (!limited()) return Error("E_OUT_OF_MEMORY", "An allocation failed: the system refused more memory.", "");
  return Error("E_HEAP_LIMIT", "An allocation failed under the memory limit of " + megabytes(limit_) + ".",
               "Raise the memory limit (-m), or use a smaller model.");
}

}  // namespace isochron::runtime
