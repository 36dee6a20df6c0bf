// The one exception type of the native code. `addon/` maps it to a JavaScript IsochronError; nothing else does.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace isochron {

/// A failure with a stable code ("E_FIFO_DENIED"), one sentence for people, and a hint: what to do about it.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, std::string hint = {})
      : std::runtime_error(message), code_(std::move(code)), hint_(std::move(hint)) {}

  const std::string& code() const noexcept { return code_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string code_;
  std::string hint_;
};

}  // namespace isochron
