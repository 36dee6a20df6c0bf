#include "workload/synthetic/bandwidth.h"

#include <limits>

namespace isochron::workload {

Bandwidth::Bandwidth(const Settings& settings)
    : size_bytes_(settings.count("sizeBytes")), writes_(settings.text("access") == "write") {
  if (!writes_ && settings.text("access") != "read") Settings::fail("access", "'read' or 'write'");
}

void Bandwidth::init() {
  // The elements are written here, so every page is present before the first job.
  lines_.assign(whole_lines("bandwidth", size_bytes_, 1), Line{});
}

void Bandwidth::execute() {
  // volatile: every access is made, and a value that was read is used by nothing, so that no access waits for another.
  if (!writes_) {
    for (const Line& line : lines_) static_cast<void>(*static_cast<const volatile std::uint64_t*>(&line.word));
  } else {
    const std::uint64_t value = ++pass_;
    for (Line& line : lines_) *static_cast<volatile std::uint64_t*>(&line.word) = value;
  }
}

void Bandwidth::teardown() noexcept { std::vector<Line>().swap(lines_); }

void Bandwidth::extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept {
  const double bytes = static_cast<double>(lines_.size() * kLineBytes);
  // bytes/ns = GB/s; MB = 10^6 bytes.
  out[0] = elapsed_ns == 0 ? std::numeric_limits<double>::quiet_NaN() : bytes / static_cast<double>(elapsed_ns) * 1e3;
}

}  // namespace isochron::workload
