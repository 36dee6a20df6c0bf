#include "addon/functions.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "addon/js_error.h"
#include "addon/js_fields.h"
#include "addon/plan_from_js.h"
#include "addon/result_to_js.h"
#include "pmc/probe.h"
#include "system/affinity.h"
#include "system/clocks.h"
#include "system/denial.h"
#include "system/error.h"
#include "system/fault_cost.h"
#include "system/file_cache.h"
#include "system/file_lock.h"
#include "system/parent_death.h"
#include "system/policy_trial.h"
#include "system/thread.h"

namespace isochron::addon {
namespace {

std::string path_argument(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) throw Error("E_PLAN", "path must be a string.");
  return info[0].As<Napi::String>().Utf8Value();
}

int whole_number(const Napi::Value& value, const char* name, int least, int most) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= least && number <= most && std::floor(number) == number) return static_cast<int>(number);
  }
  throw Error("E_PLAN", std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                            std::to_string(most) + ".");
}

}  // namespace

Napi::Value probe_events(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto events = events_from_js(info[0]);
    if (!info[1].IsBoolean()) throw Error("E_PLAN", "includeKernel must be true or false.");
    const auto result = pmc::probe(events, info[1].As<Napi::Boolean>().Value());
    auto js = Napi::Object::New(env);
    js.Set("events", to_js(env, events, result.events));
    js.Set("fits", result.fits);
    return js;
  });
}

Napi::Value try_affinity(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto cores = cores_of_array(info[0], "cores");
    system::require_online(cores);
    const auto before = system::get_affinity(system::kThisThread);
    // beside those that the thread has, so that it need not go there: somebody may hold that core
    for (const int core : cores) {
      auto wider = before;
      wider.push_back(core);
      const int error = system::set_whole_affinity(system::kThisThread, wider);
      if (error == 0) continue;
      const auto denial = system::affinity_denial({core}, error, before);
      system::set_affinity(system::kThisThread, before);
      throw Error(denial.code, denial.message, denial.hint);
    }
    system::set_affinity(system::kThisThread, before);
    return env.Undefined();
  });
}

Napi::Value get_affinity(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&]() -> Napi::Value { return to_js(info.Env(), system::get_affinity(system::kThisThread)); });
}

Napi::Value set_task_affinity(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto tid = whole_number(info[0], "tid", 0, std::numeric_limits<std::int32_t>::max());
    const auto cores = cores_of_array(info[1], "cores");
    return Napi::Number::New(env, system::set_affinity(tid, cores));
  });
}

Napi::Value try_fifo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto priority = whole_number(info[0], "priority", 1, 99);
    return Napi::Number::New(env, system::try_fixed_priority(system::Policy::kFifo, priority));
  });
}

Napi::Value try_lock_file(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto descriptor = whole_number(info[0], "descriptor", 0, std::numeric_limits<std::int32_t>::max());
    if (!info[1].IsBoolean()) throw Error("E_PLAN", "exclusive must be true or false.");
    return Napi::Number::New(env, system::try_lock_file(descriptor, info[1].As<Napi::Boolean>().Value()));
  });
}

Napi::Value die_with_parent(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto parent = whole_number(info[0], "parent", 0, std::numeric_limits<std::int32_t>::max());
    return Napi::Boolean::New(env, system::die_with_parent(parent));
  });
}

Napi::Value drop_file_cache(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto cache = system::drop_file_cache(path_argument(info));
    auto js = Napi::Object::New(env);
    js.Set("bytes", static_cast<double>(cache.bytes));
    js.Set("residentBytes", cache.resident ? Napi::Value(Napi::Number::New(env, static_cast<double>(*cache.resident)))
                                           : Napi::Value(env.Null()));
    return js;
  });
}

Napi::Value fault_cost(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto cost = system::fault_cost(path_argument(info));
    const auto or_null = [&](const std::optional<double>& ns) {
      return ns ? Napi::Value(Napi::Number::New(env, *ns)) : Napi::Value(env.Null());
    };
    auto js = Napi::Object::New(env);
    js.Set("anonymousNs", or_null(cost.anonymous_ns));
    js.Set("fileNs", or_null(cost.file_ns));
    return js;
  });
}

Napi::Value monotonic_now(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), system::monotonic_ns());
}

}  // namespace isochron::addon
