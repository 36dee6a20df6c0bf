#include "workload/synthetic/latency.h"

#include <utility>

#include "workload/random.h"

namespace isochron::workload {

void link_in_one_random_cycle(std::vector<Line>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i].word = i;
  SplitMix64 random(lines.size());
  for (std::size_t i = lines.size() - 1; i > 0; --i) {
    std::swap(lines[i].word, lines[static_cast<std::size_t>(random.below(i))].word);
  }
}

void Latency::init() {
  lines_.assign(whole_lines("latency", size_bytes_, 2), Line{});
  link_in_one_random_cycle(lines_);
}

void Latency::execute() {
  std::uint64_t at = position_;
  for (std::size_t left = lines_.size(); left > 0; --left) at = lines_[at].word;
  position_ = at;  // an observable result: the loads can't be left out
}

void Latency::teardown() noexcept { std::vector<Line>().swap(lines_); }

void Latency::extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept {
  out[0] = static_cast<double>(elapsed_ns) / static_cast<double>(lines_.size());
}

}  // namespace isochron::workload
