// The module: what src/native.ts declares as NativeAddon. One instance per environment; nothing is shared
// between environments but what active_run.h says.
#include <napi.h>

#include "addon/evaluator.h"
#include "addon/functions.h"
#include "addon/record_layout.h"
#include "addon/run.h"

namespace isochron::addon {

class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports) {
    exports.Set("Run", Run::define(env));
    exports.Set("Evaluator", Evaluator::define(env));
    exports.Set("recordLayout", Napi::Function::New<&record_layout>(env, "recordLayout"));
    exports.Set("sampleLayout", Napi::Function::New<&sample_layout>(env, "sampleLayout"));
    exports.Set("probeEvents", Napi::Function::New<&probe_events>(env, "probeEvents"));
    exports.Set("setProcessAffinity", Napi::Function::New<&set_process_affinity>(env, "setProcessAffinity"));
    exports.Set("getAffinity", Napi::Function::New<&get_affinity>(env, "getAffinity"));
    exports.Set("setTaskAffinity", Napi::Function::New<&set_task_affinity>(env, "setTaskAffinity"));
    exports.Set("tryFifo", Napi::Function::New<&try_fifo>(env, "tryFifo"));
    exports.Set("dropFileCache", Napi::Function::New<&drop_file_cache>(env, "dropFileCache"));
    exports.Set("faultCost", Napi::Function::New<&fault_cost>(env, "faultCost"));
    exports.Set("monotonicNow", Napi::Function::New<&monotonic_now>(env, "monotonicNow"));
  }
};

}  // namespace isochron::addon

// The macro wants a plain name.
using IsochronAddon = isochron::addon::Addon;
NODE_API_ADDON(IsochronAddon)
