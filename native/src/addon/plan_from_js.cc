#include "addon/plan_from_js.h"

#include <cstdint>
#include <limits>
#include <string>

#include "addon/js_fields.h"

namespace isochron::addon {
namespace {

runtime::Schedule schedule_of(const Fields& js) {
  runtime::Schedule schedule;
  schedule.period_ns = js.count("periodNs");
  schedule.deadline_ns = js.count("deadlineNs");
  const std::string overrun = js.text("overrun");
  if (overrun == "skip")
    schedule.overrun = runtime::Overrun::kSkip;
  else if (overrun == "queue")
    schedule.overrun = runtime::Overrun::kQueue;
  else if (overrun == "stop")
    schedule.overrun = runtime::Overrun::kStop;
  else
    js.fail("overrun", "'skip', 'queue' or 'stop'");
  schedule.jobs = js.count("jobs");
  schedule.duration_ns = js.count("durationNs");
  schedule.warmup_jobs = js.count("warmupJobs");
  return schedule;
}

runtime::Placement placement_of(const Fields& js) {
  runtime::Placement placement;
  placement.cores = js.cores("cores");
  const std::string policy = js.text("policy");
  if (policy == "other")
    placement.policy = runtime::Policy::kOther;
  else if (policy == "fifo")
    placement.policy = runtime::Policy::kFifo;
  else if (policy == "rr")
    placement.policy = runtime::Policy::kRoundRobin;
  else if (policy == "deadline")
    placement.policy = runtime::Policy::kDeadline;
  else
    js.fail("policy", "'other', 'fifo', 'rr' or 'deadline'");
  placement.priority = js.integer("priority", 0, 99);
  placement.dl_runtime_ns = js.count("dlRuntimeNs");
  placement.dl_deadline_ns = js.count("dlDeadlineNs");
  placement.dl_period_ns = js.count("dlPeriodNs");
  placement.best_effort = js.flag("bestEffort");
  placement.stack_prefault_bytes = static_cast<std::size_t>(js.integer("stackPrefaultBytes", 0, 1 << 30));
  return placement;
}

runtime::Lending lending_of(const Fields& js) {
  runtime::Lending lending;
  lending.lock_memory = js.flag("lockMemory");
  lending.prefault = js.flag("prefault");
  lending.hold_dma_latency = js.flag("holdDmaLatency");
  lending.heap_limit_bytes = js.count("heapLimitBytes");
  return lending;
}

std::vector<pmc::EventSpec> events_of(const std::vector<Fields>& all) {
  std::vector<pmc::EventSpec> events;
  for (const Fields& js : all) {
    const auto type = js.count("type");
    if (type > std::numeric_limits<std::uint32_t>::max()) js.fail("type", "a perf event type of 32 bits");
    events.push_back({js.text("name"), static_cast<std::uint32_t>(type), js.bits("config")});
  }
  return events;
}

record::StreamCounts rings_of(const Fields& js) {
  constexpr int kMost = 1 << 24;
  record::StreamCounts rings;
#define ISOCHRON_STREAM(name, Layout, Lost) rings.name = static_cast<std::uint64_t>(js.integer(#name, 0, kMost));
  ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
  return rings;
}

workload::TflitePlan tflite_of(const Fields& js) {
  workload::TflitePlan plan;
  plan.library = js.text("library");
  plan.model = js.text("model");
  plan.threads = js.integer("threads", 1, 1024);
  plan.xnnpack = js.flag("xnnpack");
  plan.seed = js.count("seed");
  for (const Fields& input : js.objects("inputs"))
    plan.inputs.push_back({static_cast<unsigned>(input.integer("index", 0, 1 << 20)), input.text("path")});
  for (const Fields& range : js.objects("ranges"))
    plan.ranges.push_back(
        {static_cast<unsigned>(range.integer("index", 0, 1 << 20)), range.number("low"), range.number("high")});
  plan.dump_output = js.text("dumpOutput");
  return plan;
}

}  // namespace

runtime::RunPlan run_plan_from_js(const Napi::Value& value) {
  const Fields js(value, "plan");
  runtime::RunPlan plan;
  plan.lending = lending_of(js.object("lending"));
  runtime::TaskPlan& task = plan.task;
  task.schedule = schedule_of(js.object("schedule"));
  task.placement = placement_of(js.object("placement"));
  task.events = events_of(js.objects("events"));
  task.events_kernel = js.flag("eventsKernel");
  if (!js.is_null("sampler")) {
    const Fields sampler = js.object("sampler");
    task.sampler = runtime::SamplerPlan{sampler.integer("core", 0, 8191), sampler.count("intervalNs")};
  }
  task.rings = rings_of(js.object("rings"));
  return plan;
}

workload::WorkloadPlan workload_plan_from_js(const Napi::Value& value) {
  const Fields js = Fields(value, "plan").object("workload");
  const std::string kind = js.text("kind");
  if (kind == "tflite") return tflite_of(js);
  if (kind == "synthetic") return workload::SyntheticPlan{js.text("name"), js.settings("settings")};
  if (kind == "plugin") return workload::PluginPlan{js.text("path"), js.text("args")};
  js.fail("kind", "a kind of workload");
}

workload::TflitePlan tflite_plan_from_js(const Napi::Value& value) { return tflite_of(Fields(value, "workload")); }

std::vector<pmc::EventSpec> events_from_js(const Napi::Value& events) {
  return events_of(fields_of_array(events, "events"));
}

}  // namespace isochron::addon
