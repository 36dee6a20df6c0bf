// Reading typed fields out of a JavaScript object: a wrong type is an error that names the field.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "workload/settings.h"

namespace isochron::addon {

/// TypeScript has validated what values mean; here only types and ranges are checked, so that no wrong caller can make
/// the native side misread a value. Every function throws isochron::Error E_PLAN.
class Fields {
 public:
  Fields(const Napi::Value& value, std::string path);

  /// A whole number from 0 to 2^53 - 1.
  std::uint64_t count(const char* name) const;
  int integer(const char* name, int least, int most) const;
  double number(const char* name) const;
  bool flag(const char* name) const;
  std::string text(const char* name) const;
  /// A BigInt that fits 64 bits without sign.
  std::uint64_t bits(const char* name) const;
  bool is_null(const char* name) const;
  Fields object(const char* name) const;
  std::vector<Fields> objects(const char* name) const;
  std::vector<int> cores(const char* name) const;
  /// An object of whole numbers and strings.
  workload::Settings settings(const char* name) const;
  [[noreturn]] void fail(const char* name, const std::string& wanted) const;

 private:
  Napi::Value get(const char* name) const;

  Napi::Object object_;
  std::string path_;
};

/// An array of objects / of core numbers that stands by itself.
std::vector<Fields> fields_of_array(const Napi::Value& value, const std::string& path);
std::vector<int> cores_of_array(const Napi::Value& value, const std::string& path);

}  // namespace isochron::addon
