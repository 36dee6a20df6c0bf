// What an error says.
#pragma once

#include <string>

#include "system/error.h"

namespace error_test {

inline bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The code of the error that `work` throws, with its message in `message`.
template <typename Work>
std::string code_of(Work work, std::string* message = nullptr) {
  try {
    work();
  } catch (const isochron::Error& error) {
    if (message != nullptr) *message = error.what();
    return error.code();
  }
  return "no error";
}

}  // namespace error_test
