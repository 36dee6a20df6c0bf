// The functions of NativeAddon (src/addon/native.ts) that need no run.
#pragma once

#include <napi.h>

namespace isochron::addon {

Napi::Value probe_events(const Napi::CallbackInfo& info);
Napi::Value try_affinity(const Napi::CallbackInfo& info);
Napi::Value get_affinity(const Napi::CallbackInfo& info);
Napi::Value set_task_affinity(const Napi::CallbackInfo& info);
Napi::Value try_fifo(const Napi::CallbackInfo& info);
Napi::Value try_lock_file(const Napi::CallbackInfo& info);
Napi::Value die_with_parent(const Napi::CallbackInfo& info);
Napi::Value drop_file_cache(const Napi::CallbackInfo& info);
Napi::Value fault_cost(const Napi::CallbackInfo& info);
Napi::Value monotonic_now(const Napi::CallbackInfo& info);

}  // namespace isochron::addon
