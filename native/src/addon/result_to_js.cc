#include "addon/result_to_js.h"

#include <cstdint>
#include <optional>
#include <string>

#include "addon/js_error.h"

namespace isochron::addon {
namespace {

using system::Policy;

/// Whole numbers that are far below 2^53 (counts, sizes, durations).
Napi::Number number(Napi::Env env, std::uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

Napi::Value number_or_null(Napi::Env env, const std::optional<std::uint64_t>& value) {
  return value ? Napi::Value(number(env, *value)) : Napi::Value(env.Null());
}

std::string policy_text(const std::optional<Policy>& policy) {
  return policy ? system::policy_name(*policy) : "unknown";
}

template <typename Items, typename Convert>
Napi::Array array_of(Napi::Env env, const Items& items, Convert convert) {
  auto array = Napi::Array::New(env, items.size());
  std::uint32_t i = 0;
  for (const auto& item : items) array.Set(i++, convert(item));
  return array;
}

Napi::Array strings(Napi::Env env, const std::vector<std::string>& items) {
  return array_of(env, items, [env](const std::string& item) { return Napi::String::New(env, item); });
}

Napi::Array denials_to_js(Napi::Env env, const std::vector<system::Denial>& denied) {
  return array_of(env, denied, [env](const system::Denial& denial) {
    auto entry = Napi::Object::New(env);
    entry.Set("what", denial.what);
    entry.Set("code", denial.code);
    entry.Set("message", denial.message);
    entry.Set("hint", denial.hint);
    return entry;
  });
}

Napi::Object granted_to_js(Napi::Env env, const runtime::Granted& granted) {
  auto js = Napi::Object::New(env);
  js.Set("policy", policy_text(granted.policy));
  js.Set("priority", granted.priority);
  js.Set("cores", to_js(env, granted.cores));
  js.Set("memoryLocked", granted.memory_locked);
  js.Set("prefaultedBytes", number_or_null(env, granted.prefaulted_bytes));
  js.Set("dmaLatencyHeld", granted.dma_latency_held);
  js.Set("timerSlackNs", number(env, granted.timer_slack_ns));
  js.Set("stackPrefaultBytes", number(env, granted.stack_prefault_bytes));
  js.Set("denied", denials_to_js(env, granted.denied));
  return js;
}

Napi::Object tensor_to_js(Napi::Env env, const workload::TensorInfo& tensor) {
  auto js = Napi::Object::New(env);
  js.Set("name", tensor.name);
  js.Set("type", tensor.type);
  js.Set("shape", array_of(env, tensor.shape,
                           [env](std::int64_t extent) { return Napi::Number::New(env, static_cast<double>(extent)); }));
  js.Set("bytes", number(env, tensor.bytes));
  js.Set("quantization", env.Null());
  if (tensor.quantization) {
    auto quantization = Napi::Object::New(env);
    quantization.Set("scale", tensor.quantization->scale);
    quantization.Set("zeroPoint", static_cast<double>(tensor.quantization->zero_point));
    js.Set("quantization", quantization);
  }
  return js;
}

Napi::Array tensors_to_js(Napi::Env env, const std::vector<workload::TensorInfo>& all) {
  return array_of(env, all, [env](const workload::TensorInfo& tensor) { return tensor_to_js(env, tensor); });
}

Napi::Array threads_to_js(Napi::Env env, const std::vector<runtime::WorkerInfo>& threads) {
  return array_of(env, threads, [env](const runtime::WorkerInfo& worker) {
    auto entry = Napi::Object::New(env);
    entry.Set("tid", static_cast<double>(worker.tid));
    entry.Set("cores", to_js(env, worker.cores));
    entry.Set("policy", policy_text(worker.policy));
    entry.Set("priority", worker.priority);
    entry.Set("counted", worker.counted);
    entry.Set("cpuTimeNs", number_or_null(env, worker.cpu_time_ns));
    const auto& account = worker.after_first_job;
    entry.Set("minorFaults", number_or_null(env, account.minor_faults));
    entry.Set("majorFaults", number_or_null(env, account.major_faults));
    entry.Set("voluntarySwitches", number_or_null(env, account.voluntary_switches));
    entry.Set("involuntarySwitches", number_or_null(env, account.involuntary_switches));
    entry.Set("migrations", number_or_null(env, account.migrations));
    entry.Set("runDelayNs", number_or_null(env, account.run_delay_ns));
    return entry;
  });
}

Napi::Value locked_to_js(Napi::Env env, const std::optional<system::LockProof>& locked) {
  if (!locked) return env.Null();
  auto js = Napi::Object::New(env);
  js.Set("lockedBytes", number(env, locked->locked_bytes));
  js.Set("eligibleBytes", number(env, locked->eligible_bytes));
  js.Set("unlocked", array_of(env, locked->unlocked, [env](const system::LockProof::Unlocked& part) {
           auto entry = Napi::Object::New(env);
           entry.Set("what", part.what);
           entry.Set("bytes", number(env, part.bytes));
           return entry;
         }));
  return js;
}

const char* reason_text(runtime::FinishReason reason) {
  switch (reason) {
    case runtime::FinishReason::kJobs:
      return "jobs";
    case runtime::FinishReason::kDuration:
      return "duration";
    case runtime::FinishReason::kDeadlineMiss:
      return "deadline_miss";
    case runtime::FinishReason::kFailed:
      return "failed";
    case runtime::FinishReason::kStopped:
      break;
  }
  return "stopped";
}

}  // namespace

Napi::Object to_js(Napi::Env env, const workload::TfliteInfo& tflite) {
  auto js = Napi::Object::New(env);
  js.Set("version", tflite.version);
  js.Set("inputs", tensors_to_js(env, tflite.inputs));
  js.Set("outputs", tensors_to_js(env, tflite.outputs));
  auto xnnpack = Napi::Object::New(env);
  xnnpack.Set("requested", tflite.xnnpack.requested);
  xnnpack.Set("delegatedNodes", number_or_null(env, tflite.xnnpack.delegated_nodes));
  xnnpack.Set("totalNodes", number_or_null(env, tflite.xnnpack.total_nodes));
  xnnpack.Set("partitions", number_or_null(env, tflite.xnnpack.partitions));
  xnnpack.Set("taken", strings(env, tflite.xnnpack.taken));
  xnnpack.Set("refusals", strings(env, tflite.xnnpack.refusals));
  js.Set("xnnpack", xnnpack);
  auto stages = Napi::Object::New(env);
  for (const auto& [stage, ns] : tflite.stages) stages.Set(stage, number(env, ns));
  js.Set("stages", stages);
  js.Set("messages", strings(env, tflite.messages));
  return js;
}

Napi::Array to_js(Napi::Env env, const std::vector<int>& numbers) {
  return array_of(env, numbers, [env](int value) { return Napi::Number::New(env, value); });
}

Napi::Array to_js(Napi::Env env, const std::vector<pmc::EventSpec>& events,
                  const std::vector<pmc::EventStatus>& status) {
  auto array = Napi::Array::New(env, events.size());
  for (std::uint32_t i = 0; i < events.size() && i < status.size(); ++i) {
    auto js = Napi::Object::New(env);
    js.Set("name", events[i].name);
    js.Set("opened", status[i].opened);
    js.Set("noRoom", status[i].no_room);
    js.Set("error", status[i].error);
    js.Set("reason", status[i].reason);
    array.Set(i, js);
  }
  return array;
}

Napi::Object to_js(Napi::Env env, const runtime::Prepared& prepared) {
  auto js = Napi::Object::New(env);
  js.Set("granted", granted_to_js(env, prepared.granted));
  auto workload = Napi::Object::New(env);
  workload.Set("extraMetrics", strings(env, prepared.workload.extra_metrics));
  workload.Set("tflite", prepared.workload.tflite ? Napi::Value(to_js(env, *prepared.workload.tflite)) : env.Null());
  js.Set("workload", workload);
  js.Set("events", to_js(env, prepared.events, prepared.event_status));
  js.Set("counterReadMethod", prepared.counter_read_method);
  js.Set("ticksPerSecond", prepared.ticks_per_second);
  auto faults = Napi::Object::New(env);
  faults.Set("minor", number(env, prepared.init_minor_faults));
  faults.Set("major", number(env, prepared.init_major_faults));
  js.Set("initFaults", faults);
  js.Set("overheadNs", number(env, prepared.overhead_ns));
  return js;
}

Napi::Object to_js(Napi::Env env, const runtime::Finished& finished) {
  auto js = Napi::Object::New(env);
  js.Set("reason", reason_text(finished.reason));
  js.Set("error", finished.error ? Napi::Value(to_js_object(env, *finished.error)) : env.Null());
  js.Set("jobs", number(env, finished.jobs));
#define ISOCHRON_STREAM(name, Layout, Lost) js.Set(#Lost, number(env, finished.lost.name));
  ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
  js.Set("t0Ns", Napi::BigInt::New(env, finished.t0_ns));
  js.Set("endNs", Napi::BigInt::New(env, finished.end_ns));
  js.Set("workers", threads_to_js(env, finished.workers));
  const auto grants_to_js = [env](const std::optional<runtime::Granted>& granted) -> Napi::Value {
    if (!granted) return env.Null();
    auto grants = Napi::Object::New(env);
    grants.Set("policy", policy_text(granted->policy));
    grants.Set("priority", granted->priority);
    grants.Set("cores", to_js(env, granted->cores));
    return grants;
  };
  js.Set("atEnd", grants_to_js(finished.at_end));
  js.Set("meanwhile", grants_to_js(finished.meanwhile));
  js.Set("server", env.Null());
  if (finished.server) {
    auto server = Napi::Object::New(env);
    server.Set("t0OffsetNs", static_cast<double>(finished.server->t0_offset_ns));
    const auto& end_offset_ns = finished.server->end_offset_ns;
    server.Set("endOffsetNs",
               end_offset_ns ? Napi::Value(Napi::Number::New(env, static_cast<double>(*end_offset_ns))) : env.Null());
    server.Set("overruns", number_or_null(env, finished.server->overruns));
    js.Set("server", server);
  }
  js.Set("emptyJobCounts", array_of(env, finished.empty_counts, [env](const std::optional<std::uint64_t>& count) {
           return number_or_null(env, count);
         }));
  js.Set("overheadNs", number_or_null(env, finished.overhead_ns));
  js.Set("denied", denials_to_js(env, finished.denied));
  js.Set("lateThreads", threads_to_js(env, finished.late_threads));
  js.Set("runDelayNs", number_or_null(env, finished.run_delay_ns));
  js.Set("migrations", number_or_null(env, finished.migrations));
  js.Set("unseenCpuNs", number_or_null(env, finished.unseen_ns));
  js.Set("locked", locked_to_js(env, finished.locked));
  js.Set("keptOutputs", finished.kept_outputs ? Napi::Value(tensors_to_js(env, *finished.kept_outputs)) : env.Null());
  return js;
}

}  // namespace isochron::addon
