// A small seeded generator whose sequence is part of isochron's contract: the same seed gives the same inputs and the
// same memory layout on every platform and compiler (the distributions of <random> don't promise that).
#pragma once

#include <cstdint>

namespace isochron::workload {

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// The `count` highest bits of the next number, 1 <= count <= 64.
  std::uint64_t bits(unsigned count) noexcept { return next() >> (64 - count); }

  /// Uniform in [0, limit), limit > 0, without bias: what lies beyond the last whole multiple of limit is drawn again.
  std::uint64_t below(std::uint64_t limit) noexcept {
    const std::uint64_t excess = (0 - limit) % limit;  // 2^64 mod limit
    for (;;) {
      const std::uint64_t value = next();
      if (value >= excess) return value % limit;
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace isochron::workload
