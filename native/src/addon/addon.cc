// The module: what src/addon/native.ts declares as NativeAddon. One instance per environment; nothing is shared
// between environments but what active_run.h says.
#include <napi.h>

#include <optional>
#include <utility>

#include "addon/active_run.h"
#include "addon/evaluator.h"
#include "addon/functions.h"
#include "addon/interface.h"
#include "addon/js_error.h"
#include "addon/js_fields.h"
#include "addon/record_layout.h"
#include "addon/run.h"
#include "system/confinement.h"
#include "system/error.h"

namespace isochron::addon {

class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports) {
    exports.Set("interface", Napi::Number::New(env, kInterface));
    exports.Set("layouts", record_layouts(env));
    exports.Set("Run", Run::define(env));
    exports.Set("Evaluator", Evaluator::define(env));
    exports.Set("probeEvents", Napi::Function::New<&probe_events>(env, "probeEvents"));
    exports.Set("tryAffinity", Napi::Function::New<&try_affinity>(env, "tryAffinity"));
    exports.Set("getAffinity", Napi::Function::New<&get_affinity>(env, "getAffinity"));
    exports.Set("setTaskAffinity", Napi::Function::New<&set_task_affinity>(env, "setTaskAffinity"));
    exports.Set("tryFifo", Napi::Function::New<&try_fifo>(env, "tryFifo"));
    exports.Set("tryLockFile", Napi::Function::New<&try_lock_file>(env, "tryLockFile"));
    exports.Set("dieWithParent", Napi::Function::New<&die_with_parent>(env, "dieWithParent"));
    exports.Set("dropFileCache", Napi::Function::New<&drop_file_cache>(env, "dropFileCache"));
    exports.Set("faultCost", Napi::Function::New<&fault_cost>(env, "faultCost"));
    exports.Set("monotonicNow", Napi::Function::New<&monotonic_now>(env, "monotonicNow"));
    exports.Set("claimRun",
                Napi::Function::New(
                    env, [this](const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), claim_run()); },
                    "claimRun"));
    exports.Set("releaseRun", Napi::Function::New(
                                  env, [this](const Napi::CallbackInfo&) { claimed_.reset(); }, "releaseRun"));
    exports.Set("confine", Napi::Function::New(
                               env, [this](const Napi::CallbackInfo& info) { confine(info); }, "confine"));
    exports.Set("unconfine", Napi::Function::New(
                                 env, [this](const Napi::CallbackInfo&) { confined_.reset(); }, "unconfine"));
  }

 private:
  bool claim_run() noexcept {
    if (claimed_) return false;
    auto turn = ActiveRun::take();
    if (turn) claimed_.emplace(std::move(*turn));
    return claimed_.has_value();
  }

  void confine(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      const auto cores = cores_of_array(info[0], "cores");
      if (cores.empty()) throw Error("E_PLAN", "cores must not be empty.");
      if (confined_) throw Error("E_STATE", "The process is confined already.");
      confined_.emplace(cores);
    });
  }

  // Both go with the environment: a worker that is terminated in the middle of a run keeps the process neither busy
  // nor on the few cores of its own threads. In this order: who begins the next run finds the process as it was.

  /// The run that this environment's JavaScript has under way in a child process.
  std::optional<ActiveRun> claimed_;
  std::optional<system::Confinement> confined_;
};

}  // namespace isochron::addon

// The macro wants a plain name.
using IsochronAddon = isochron::addon::Addon;
NODE_API_ADDON(IsochronAddon)
