#include "workload/tflite/error_log.h"

#include <cstdio>
#include <utility>

namespace isochron::workload::tflite {

void ErrorLog::report(void* self, const char* format, std::va_list args) {
  char buffer[kMaxLength + 1];
  if (std::vsnprintf(buffer, sizeof buffer, format, args) < 0) return;
  // Also where a crash doesn't lose it: the parent process reads stderr and quotes the last error.
  std::fprintf(stderr, "ERROR: %s\n", buffer);
  static_cast<ErrorLog*>(self)->add(buffer);
}

void ErrorLog::add(std::string message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  if (message.empty()) return;
  if (message.size() > kMaxLength) message.resize(kMaxLength);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (messages_.size() == kMaxMessages) messages_.pop_front();
  messages_.push_back(std::move(message));
}

void ErrorLog::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  messages_.clear();
}

std::vector<std::string> ErrorLog::messages() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {messages_.begin(), messages_.end()};
}

std::string ErrorLog::text() const {
  std::string all;
  for (const std::string& message : messages()) {
    if (!all.empty()) all += all.back() == '.' ? " " : "; ";
    all += message;
  }
  for (char& c : all) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return all;
}

}  // namespace isochron::workload::tflite
