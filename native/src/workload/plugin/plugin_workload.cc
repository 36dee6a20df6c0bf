#include "workload/plugin/plugin_workload.h"

#include <algorithm>
#include <utility>

#include "record/job.h"
#include "system/error.h"

namespace isochron::workload {
namespace {

static_assert(ISOCHRON_PLUGIN_MAX_EXTRAS == record::kMaxExtras);

constexpr char kHint[] = "native/src/workload/plugin/isochron_plugin.h describes what a plugin exports.";

/// The names become columns of a CSV file.
bool is_column_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::vector<std::string> extra_names_of(const isochron_plugin& plugin, const std::string& path) {
  auto invalid = [&](const std::string& what) { throw Error("E_PLUGIN_INVALID", "The plugin " + path + what, kHint); };
  if (plugin.extra_count > ISOCHRON_PLUGIN_MAX_EXTRAS) {
    invalid(" has " + std::to_string(plugin.extra_count) + " extra metrics; a record holds " +
            std::to_string(ISOCHRON_PLUGIN_MAX_EXTRAS) + ".");
  }
  if (plugin.extra_count > 0 && (plugin.extra_names == nullptr || plugin.extras == nullptr)) {
    invalid(" announces extra metrics without names or without a function for their values.");
  }
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < plugin.extra_count; ++i) {
    const char* name = plugin.extra_names[i];
    names.emplace_back(name == nullptr ? "" : name);
    if (!is_column_name(names.back())) invalid(" has an extra metric with the unusable name \"" + names.back() + "\".");
    if (std::count(names.begin(), names.end(), names.back()) > 1) {
      invalid(" has two extra metrics of the name " + names.back() + ".");
    }
  }
  return names;
}

}  // namespace

void PluginWorkload::init() {
  auto object = std::make_unique<SharedObject>(
      plan_.path, SharedObject::Wording{"plugin", "E_PLUGIN_MISSING", "E_PLUGIN_INVALID", kHint});
  const auto entry = object->function<const isochron_plugin* (*)()>("isochron_plugin_entry");
  if (entry == nullptr) {
    throw Error("E_PLUGIN_INVALID", plan_.path + " is not a plugin: it lacks isochron_plugin_entry.", kHint);
  }
  const isochron_plugin* plugin = entry();
  if (plugin == nullptr || plugin->abi != ISOCHRON_PLUGIN_ABI) {
    throw Error("E_PLUGIN_INVALID",
                "The plugin " + plan_.path +
                    (plugin == nullptr ? " describes nothing."
                                       : " has ABI " + std::to_string(plugin->abi) + "; this isochron speaks " +
                                             std::to_string(ISOCHRON_PLUGIN_ABI) + "."),
                kHint);
  }
  if (plugin->execute == nullptr) {
    throw Error("E_PLUGIN_INVALID", "The plugin " + plan_.path + " has no execute function.", kHint);
  }
  extra_names_ = extra_names_of(*plugin, plan_.path);
  if (plugin->init != nullptr) {
    char reason[512] = {};
    const int result = plugin->init(plan_.args.c_str(), &state_, reason, sizeof reason);
    reason[sizeof reason - 1] = '\0';
    if (result != 0) {
      throw Error("E_PLUGIN_INIT", "The plugin " + plan_.path + " could not start: " +
                                       (reason[0] == '\0' ? "error " + std::to_string(result) + "." : reason));
    }
  }
  plugin_ = plugin;
  object_ = std::move(object);
}

void PluginWorkload::execute() {
  const int result = plugin_->execute(state_);
  if (result != 0) {
    throw Error("E_PLUGIN_EXECUTE",
                "The plugin " + plan_.path + " failed to do its job: error " + std::to_string(result) + ".");
  }
}

void PluginWorkload::extra_metrics(std::uint64_t elapsed_ns, double* out) noexcept {
  if (!extra_names_.empty()) plugin_->extras(state_, elapsed_ns, out);
}

void PluginWorkload::teardown() noexcept {
  if (plugin_->teardown != nullptr) plugin_->teardown(state_);
  plugin_ = nullptr;
  state_ = nullptr;
  object_.reset();
}

}  // namespace isochron::workload
