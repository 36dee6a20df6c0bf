// What a plan sets of a workload, by name: sizes, times, words.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "system/error.h"

namespace isochron::workload {

class Settings {
 public:
  using Value = std::variant<std::uint64_t, std::string>;

  Settings() = default;
  explicit Settings(std::map<std::string, Value> values) : values_(std::move(values)) {}

  /// Both throw isochron::Error E_PLAN where there is no such setting, or one of the other kind.
  std::uint64_t count(const std::string& name) const { return as<std::uint64_t>(name, "a whole number"); }
  const std::string& text(const std::string& name) const { return as<std::string>(name, "a string"); }

  [[noreturn]] static void fail(const std::string& name, const std::string& wanted) {
    throw Error("E_PLAN", "plan.workload." + name + " must be " + wanted + ".", "");
  }

 private:
  template <typename T>
  const T& as(const std::string& name, const char* wanted) const {
    const auto found = values_.find(name);
    const T* value = found == values_.end() ? nullptr : std::get_if<T>(&found->second);
    if (value == nullptr) fail(name, wanted);
    return *value;
  }

  std::map<std::string, Value> values_;
};

}  // namespace isochron::workload
