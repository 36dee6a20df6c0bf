// class Evaluator of src/addon/native.ts: a TfliteWorkload that is fed from JavaScript.
#pragma once

#include <napi.h>

#include <cstddef>
#include <optional>

#include "workload/tflite/tflite_workload.h"

namespace isochron::addon {

/// Works on the calling thread and keeps it until it is done.
class Evaluator : public Napi::ObjectWrap<Evaluator> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Evaluator(const Napi::CallbackInfo& info);
  ~Evaluator() override;

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  void invoke(const Napi::CallbackInfo& info);
  Napi::Value output(const Napi::CallbackInfo& info);

  std::optional<workload::TfliteWorkload> workload_;
  std::size_t input_count_ = 0;
};

}  // namespace isochron::addon
