#include "addon/record_layout.h"

#include <cstddef>

#include "pmc/sample_record.h"
#include "runtime/job_record.h"

namespace isochron::addon {
namespace {

Napi::Object layout(Napi::Env env, std::size_t size, unsigned extras, const Napi::Object& fields) {
  auto js = Napi::Object::New(env);
  js.Set("size", static_cast<double>(size));
  js.Set("maxCounters", static_cast<double>(runtime::kMaxCounters));
  js.Set("maxExtras", static_cast<double>(extras));
  js.Set("fields", fields);
  return js;
}

}  // namespace

#define ISOCHRON_FIELD(record, name) fields.Set(#name, static_cast<double>(offsetof(record, name)))

Napi::Value record_layout(const Napi::CallbackInfo& info) {
  using runtime::JobRecord;
  auto fields = Napi::Object::New(info.Env());
  ISOCHRON_FIELD(JobRecord, job);
  ISOCHRON_FIELD(JobRecord, release_ns);
  ISOCHRON_FIELD(JobRecord, start_ns);
  ISOCHRON_FIELD(JobRecord, end_ns);
  ISOCHRON_FIELD(JobRecord, deadline_ns);
  ISOCHRON_FIELD(JobRecord, start_ticks);
  ISOCHRON_FIELD(JobRecord, end_ticks);
  ISOCHRON_FIELD(JobRecord, skipped_releases);
  ISOCHRON_FIELD(JobRecord, cpu_time_ns);
  ISOCHRON_FIELD(JobRecord, time_enabled_ns);
  ISOCHRON_FIELD(JobRecord, time_running_ns);
  ISOCHRON_FIELD(JobRecord, counters);
  ISOCHRON_FIELD(JobRecord, extras);
  ISOCHRON_FIELD(JobRecord, minor_faults);
  ISOCHRON_FIELD(JobRecord, major_faults);
  ISOCHRON_FIELD(JobRecord, voluntary_switches);
  ISOCHRON_FIELD(JobRecord, involuntary_switches);
  ISOCHRON_FIELD(JobRecord, core);
  ISOCHRON_FIELD(JobRecord, flags);
  ISOCHRON_FIELD(JobRecord, counter_mask);
  ISOCHRON_FIELD(JobRecord, start_core);
  return layout(info.Env(), sizeof(JobRecord), runtime::kMaxExtras, fields);
}

Napi::Value sample_layout(const Napi::CallbackInfo& info) {
  using pmc::SampleRecord;
  auto fields = Napi::Object::New(info.Env());
  ISOCHRON_FIELD(SampleRecord, time_ns);
  ISOCHRON_FIELD(SampleRecord, job);
  ISOCHRON_FIELD(SampleRecord, time_enabled_ns);
  ISOCHRON_FIELD(SampleRecord, time_running_ns);
  ISOCHRON_FIELD(SampleRecord, counters);
  ISOCHRON_FIELD(SampleRecord, flags);
  ISOCHRON_FIELD(SampleRecord, counter_mask);
  return layout(info.Env(), sizeof(SampleRecord), 0, fields);
}

#undef ISOCHRON_FIELD

}  // namespace isochron::addon
