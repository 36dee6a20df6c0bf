#include "addon/js_fields.h"

#include <cmath>
#include <map>
#include <utility>

#include "system/error.h"

namespace isochron::addon {
namespace {

constexpr double kMaxSafe = 9007199254740991.0;
constexpr double kMaxCore = 8191;  // system/affinity.cc has room for as many

[[noreturn]] void fail_at(const std::string& path, const std::string& wanted) {
  throw Error("E_PLAN", path + " must be " + wanted + ".", "");
}

bool whole_in(const Napi::Value& value, double least, double most) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  return number >= least && number <= most && std::floor(number) == number;
}

Napi::Array array_at(const Napi::Value& value, const std::string& path) {
  if (!value.IsArray()) fail_at(path, "an array");
  return value.As<Napi::Array>();
}

std::string element(const std::string& path, std::uint32_t index) { return path + "[" + std::to_string(index) + "]"; }

}  // namespace

std::vector<Fields> fields_of_array(const Napi::Value& value, const std::string& path) {
  const auto array = array_at(value, path);
  std::vector<Fields> all;
  for (std::uint32_t i = 0; i < array.Length(); ++i) all.emplace_back(array.Get(i), element(path, i));
  return all;
}

std::vector<int> cores_of_array(const Napi::Value& value, const std::string& path) {
  const auto array = array_at(value, path);
  std::vector<int> cores;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value core = array.Get(i);
    if (!whole_in(core, 0, kMaxCore)) fail_at(element(path, i), "the number of a core");
    cores.push_back(core.As<Napi::Number>().Int32Value());
  }
  return cores;
}

Fields::Fields(const Napi::Value& value, std::string path) : path_(std::move(path)) {
  if (!value.IsObject()) fail_at(path_, "an object");
  object_ = value.As<Napi::Object>();
}

void Fields::fail(const char* name, const std::string& wanted) const { fail_at(path_ + "." + name, wanted); }

Napi::Value Fields::get(const char* name) const { return object_.Get(name); }

std::uint64_t Fields::count(const char* name) const {
  const auto value = get(name);
  if (!whole_in(value, 0, kMaxSafe)) fail(name, "a whole number from 0 to 2^53 - 1");
  return static_cast<std::uint64_t>(value.As<Napi::Number>().DoubleValue());
}

int Fields::integer(const char* name, int least, int most) const {
  const auto value = get(name);
  if (!whole_in(value, least, most))
    fail(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value.As<Napi::Number>().Int32Value();
}

double Fields::number(const char* name) const {
  const Napi::Value value = get(name);
  if (!value.IsNumber() || !std::isfinite(value.As<Napi::Number>().DoubleValue())) fail(name, "a finite number");
  return value.As<Napi::Number>().DoubleValue();
}

bool Fields::flag(const char* name) const {
  const auto value = get(name);
  if (!value.IsBoolean()) fail(name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string Fields::text(const char* name) const {
  const auto value = get(name);
  if (!value.IsString()) fail(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::uint64_t Fields::bits(const char* name) const {
  const auto value = get(name);
  bool lossless = false;
  const std::uint64_t bits = value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  if (!lossless) fail(name, "a BigInt of at most 64 bits, without sign");
  return bits;
}

bool Fields::is_null(const char* name) const { return get(name).IsNull(); }

Fields Fields::object(const char* name) const { return Fields(get(name), path_ + "." + name); }

std::vector<Fields> Fields::objects(const char* name) const { return fields_of_array(get(name), path_ + "." + name); }

std::vector<int> Fields::cores(const char* name) const { return cores_of_array(get(name), path_ + "." + name); }

workload::Settings Fields::settings(const char* name) const {
  const Fields own = object(name);
  const Napi::Array names = own.object_.GetPropertyNames();
  std::map<std::string, workload::Settings::Value> values;
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const std::string key = names.Get(i).As<Napi::String>().Utf8Value();
    if (own.get(key.c_str()).IsString())
      values[key] = own.text(key.c_str());
    else
      values[key] = own.count(key.c_str());
  }
  return workload::Settings(std::move(values));
}

}  // namespace isochron::addon
