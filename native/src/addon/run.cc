#include "addon/run.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "addon/js_error.h"
#include "addon/plan_from_js.h"
#include "addon/result_to_js.h"
#include "workload/factory.h"

namespace isochron::addon {

/// The job thread's way to the environment's thread: one message. The bell keeps the event loop alive until it has
/// rung.
class Run::Doorbell {
 public:
  explicit Doorbell(Bell bell) : bell_(bell) {}
  ~Doorbell() { let_go(); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  void ring(Message message) {
    auto owned = std::make_unique<Message>(std::move(message));
    const napi_status status = bell_.NonBlockingCall(owned.get());
    if (status == napi_ok) owned.release();  // NOLINT(bugprone-unused-return-value): deliver() owns it now
    // After napi_closing the function no longer exists for this thread.
    if (status == napi_closing) held_ = false;
    let_go();
  }

 private:
  void let_go() {
    if (std::exchange(held_, false)) bell_.Release();
  }

  Bell bell_;
  bool held_ = true;
};

Napi::Function Run::define(Napi::Env env) {
  return DefineClass(env, "Run",
                     {InstanceMethod<&Run::prepare>("prepare"), InstanceMethod<&Run::start>("start"),
                      InstanceMethod<&Run::stop>("stop"), InstanceMethod<&Run::drain>("drain")});
}

Run::Run(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Run>(info), env_(info.Env()) {
  guarded(info.Env(), [&] {
    auto workload = workload::make_workload(workload_plan_from_js(info[0]));
    executor_ = std::make_unique<runtime::Executor>(run_plan_from_js(info[0]), std::move(workload));
  });
}

Run::~Run() { unwatch_environment(); }

Napi::Value Run::prepare(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto deferred = Napi::Promise::Deferred::New(env);
  settled(env, deferred, [&] {
    const bool had_turn = active_.has_value();
    if (!had_turn) {
      auto turn = ActiveRun::take();
      if (!turn)
        throw Error("E_BUSY", "Another run of this process is still active.",
                    "Await its end first; for runs side by side use a process for each.");
      active_.emplace(std::move(*turn));
    }
    try {
      auto doorbell = expect_message(env);
      executor_->prepare([doorbell = std::move(doorbell)](std::variant<runtime::Prepared, Error> outcome) {
        std::visit([&](auto& value) { doorbell->ring(std::move(value)); }, outcome);
      });
    } catch (...) {
      if (!had_turn) active_.reset();
      throw;
    }
    pending_ = deferred;
    Ref();
  });
  return deferred.Promise();
}

Napi::Value Run::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto deferred = Napi::Promise::Deferred::New(env);
  settled(env, deferred, [&] {
    if (pending_ || !active_) throw Error("E_STATE", "A run is started once, after prepare() has resolved.");
    try {
      auto doorbell = expect_message(env);
      executor_->start(
          [doorbell = std::move(doorbell)](runtime::Finished finished) { doorbell->ring(std::move(finished)); });
    } catch (...) {
      // The sampler can't run where it should: the run is over.
      executor_->join();
      active_.reset();
      unwatch_environment();
      throw;
    }
    pending_ = deferred;
    Ref();
  });
  return deferred.Promise();
}

void Run::stop(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { executor_->stop(); });
}

namespace {

std::pair<std::byte*, std::size_t> bytes_of(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Error("E_PLAN", "Records are drained into a Uint8Array.");
  auto array = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<std::byte*>(array.Data()), array.ByteLength()};
}

}  // namespace

Napi::Value Run::drain(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::string name = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
    const auto stream = record::stream_named(name);
    if (!stream) throw Error("E_PLAN", "There is no stream of records '" + name + "'.");
    const auto [into, size] = bytes_of(info[1]);
    return Napi::Number::New(info.Env(), static_cast<double>(executor_->drain(*stream, into, size)));
  });
}

/// Makes the bell for the next message. The hook is registered after it, because hooks run last first: the job thread
/// must be joined while the bell still exists.
std::shared_ptr<Run::Doorbell> Run::expect_message(Napi::Env env) {
  auto doorbell = std::make_shared<Doorbell>(Bell::New(env, "isochron run", 0, 1, this));
  watch_environment(env);
  return doorbell;
}

void Run::deliver(Napi::Env env, Napi::Function, Run* run, Message* message) {
  const std::unique_ptr<Message> owned(message);
  if (env == nullptr) return;  // the environment has ended; nobody is waiting
  run->settle(env, *owned);
}

void Run::settle(Napi::Env env, const Message& message) {
  const auto deferred = *std::exchange(pending_, std::nullopt);
  Unref();
  settled(env, deferred, [&] {
    if (const auto* prepared = std::get_if<runtime::Prepared>(&message)) {
      deferred.Resolve(to_js(env, *prepared));
      return;
    }
    // The run is over: whoever awaits the promise may begin the next one.
    executor_->join();
    active_.reset();
    unwatch_environment();
    if (const auto* finished = std::get_if<runtime::Finished>(&message))
      deferred.Resolve(to_js(env, *finished));
    else
      throw std::get<Error>(message);
  });
}

void Run::watch_environment(Napi::Env env) {
  unwatch_environment();
  watching_ = napi_add_env_cleanup_hook(env, &Run::environment_ends, this) == napi_ok;
}

void Run::unwatch_environment() {
  if (std::exchange(watching_, false)) napi_remove_env_cleanup_hook(env_, &Run::environment_ends, this);
}

void Run::environment_ends(void* self) {
  auto* run = static_cast<Run*>(self);
  run->watching_ = false;
  run->executor_->stop();
  run->executor_->join();
  run->active_.reset();
}

}  // namespace isochron::addon
