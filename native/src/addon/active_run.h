// At most one run of the process is active at a time.
#pragma once

#include <atomic>
#include <optional>
#include <utility>

namespace isochron::addon {

/// Held from prepare() to the end of a run, or by the JavaScript that has one under way in a child process. The flag is
/// the process's, not the environment's, and the only mutable global here: a run locks the process's memory, handles
/// one of its signals, lowers one of its limits and finds its workers by name among its threads, so two at once would
/// undo each other even from different worker threads of Node.
class ActiveRun {
 public:
  /// Empty when another run is active.
  static std::optional<ActiveRun> take() noexcept {
    if (taken().exchange(true, std::memory_order_acq_rel)) return std::nullopt;
    return ActiveRun();
  }
  ~ActiveRun() {
    if (holds_) taken().store(false, std::memory_order_release);
  }
  ActiveRun(ActiveRun&& other) noexcept : holds_(std::exchange(other.holds_, false)) {}
  ActiveRun& operator=(ActiveRun&&) = delete;

 private:
  ActiveRun() = default;
  static std::atomic<bool>& taken() noexcept {
    static std::atomic<bool> flag{false};
    return flag;
  }

  bool holds_ = true;
};

}  // namespace isochron::addon
