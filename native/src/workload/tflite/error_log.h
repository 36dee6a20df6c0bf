// The last things that the engine said.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace isochron::workload::tflite {

/// Collects what comes through TFLite's error reporter: the last kMaxMessages messages, each cut to kMaxLength bytes.
/// Locked, because a kernel may report from a worker thread. It costs nothing while the engine is silent.
class ErrorLog {
 public:
  static constexpr std::size_t kMaxMessages = 20;
  static constexpr std::size_t kMaxLength = 500;

  /// In the form that TfLiteInterpreterOptionsSetErrorReporter takes; `self` is an ErrorLog.
  static void report(void* self, const char* format, std::va_list args);

  void add(std::string message);
  void clear();
  std::vector<std::string> messages() const;

  /// All messages as one text, for the end of a sentence; empty when there are none.
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> messages_;
};

}  // namespace isochron::workload::tflite
