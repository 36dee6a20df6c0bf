// class Run of src/addon/native.ts: a runtime::Executor as a JavaScript object with promises.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <variant>

#include "addon/active_run.h"
#include "runtime/executor.h"

namespace isochron::addon {

/// Everything here runs on the environment's thread but what `Doorbell` carries over from the job thread.
/// The object stays alive while a promise is pending. When the environment ends first (process exit, terminated
/// worker), a cleanup hook stops the run and joins its thread.
class Run : public Napi::ObjectWrap<Run> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Run(const Napi::CallbackInfo& info);
  ~Run() override;

 private:
  using Message = std::variant<runtime::Prepared, runtime::Finished, Error>;
  static void deliver(Napi::Env env, Napi::Function, Run* run, Message* message);
  using Bell = Napi::TypedThreadSafeFunction<Run, Message, &Run::deliver>;
  class Doorbell;

  Napi::Value prepare(const Napi::CallbackInfo& info);
  Napi::Value start(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  Napi::Value drain(const Napi::CallbackInfo& info);

  std::shared_ptr<Doorbell> expect_message(Napi::Env env);
  void settle(Napi::Env env, const Message& message);
  void watch_environment(Napi::Env env);
  void unwatch_environment();
  static void environment_ends(void* run);

  napi_env env_;
  bool watching_ = false;
  std::optional<Napi::Promise::Deferred> pending_;
  std::optional<ActiveRun> active_;
  std::unique_ptr<runtime::Executor> executor_;  // last: its thread is joined before the rest goes
};

}  // namespace isochron::addon
