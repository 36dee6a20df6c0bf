// Single-producer single-consumer ring of fixed-size records, allocated and touched before the run.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace isochron::record {

template <typename Record>
class RecordRing {
 public:
  /// `capacity` is rounded up to a power of two. Every slot is written once, so that no push faults a page in.
  explicit RecordRing(std::size_t capacity) : mask_(round_up(capacity) - 1), slots_(mask_ + 1) {}

  /// Producer. False (and one more lost()) when full: the producer never waits.
  bool push(const Record& record) noexcept {
    const auto head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) > mask_) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    slots_[head & mask_] = record;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  /// Producer: true if the next push would fail.
  bool full() const noexcept {
    return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire) > mask_;
  }

  /// Consumer. Copies up to `max` records out and returns how many.
  std::size_t pop(Record* out, std::size_t max) noexcept {
    const auto tail = tail_.load(std::memory_order_relaxed);
    const auto available = head_.load(std::memory_order_acquire) - tail;
    const std::size_t n = available < max ? available : max;
    for (std::size_t i = 0; i < n; ++i) out[i] = slots_[(tail + i) & mask_];
    tail_.store(tail + n, std::memory_order_release);
    return n;
  }

  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  std::size_t capacity() const noexcept { return mask_ + 1; }

 private:
  static std::size_t round_up(std::size_t n) {
    std::size_t p = 1;
    while (p < n) p <<= 1;
    return p;
  }

  std::size_t mask_;
  std::vector<Record> slots_;
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> lost_{0};
};

}  // namespace isochron::record
