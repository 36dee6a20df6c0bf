#include "addon/evaluator.h"

#include <cstdint>
#include <string>

#include "addon/js_error.h"
#include "addon/plan_from_js.h"
#include "addon/result_to_js.h"
#include "system/error.h"

namespace isochron::addon {
namespace {

Napi::Uint8Array bytes_at(const Napi::Value& value, const std::string& what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Error("E_PLAN", what + " must be a Uint8Array.");
  return value.As<Napi::Uint8Array>();
}

}  // namespace

Napi::Function Evaluator::define(Napi::Env env) {
  return DefineClass(env, "Evaluator",
                     {InstanceMethod<&Evaluator::describe>("info"), InstanceMethod<&Evaluator::invoke>("invoke"),
                      InstanceMethod<&Evaluator::output>("output")});
}

Evaluator::Evaluator(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Evaluator>(info) {
  guarded(info.Env(), [&] {
    workload_.emplace(tflite_plan_from_js(info[0]));
    try {
      workload_->init();
    } catch (...) {
      workload_.reset();  // init has cleaned up after itself: there is nothing to tear down
      throw;
    }
    input_count_ = workload_->info().tflite->inputs.size();
  });
}

Evaluator::~Evaluator() {
  if (workload_) workload_->teardown();
}

Napi::Value Evaluator::describe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value { return to_js(env, *workload_->info().tflite); });
}

void Evaluator::invoke(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsArray()) throw Error("E_PLAN", "inputs must be an array.");
    const auto inputs = info[0].As<Napi::Array>();
    if (inputs.Length() != input_count_) {
      throw Error("E_INPUT_INDEX", "The model has " + std::to_string(input_count_) + " input(s), and " +
                                       std::to_string(inputs.Length()) + " were given.");
    }
    for (std::uint32_t i = 0; i < inputs.Length(); ++i) {
      const auto bytes = bytes_at(inputs.Get(i), "inputs[" + std::to_string(i) + "]");
      workload_->set_input(i, bytes.Data(), bytes.ByteLength());
    }
    workload_->execute();
  });
}

Napi::Value Evaluator::output(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const double number = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
    if (!(number >= 0 && number < 1e6)) throw Error("E_PLAN", "index must be the number of an output.");
    const auto index = static_cast<std::size_t>(number);
    auto values = Napi::Uint8Array::New(env, workload_->output_bytes(index));
    workload_->copy_output(index, values.Data());
    return values;
  });
}

}  // namespace isochron::addon
