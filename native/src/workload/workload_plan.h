// Which workload to make, and of what size. Filled by addon/ from NativeWorkload of src/addon/native.ts (same names).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "workload/settings.h"

namespace isochron::workload {

/// A raw little-endian file for the `index`-th input tensor.
struct InputFile {
  unsigned index = 0;
  std::string path;
};

/// Both ends belong to it; for an input whose ordinary values the model can't work with (an index, a divisor).
struct InputRange {
  unsigned index = 0;
  double low = 0;
  double high = 0;
};

struct TflitePlan {
  std::string library;
  std::string model;
  int threads = 1;
  bool xnnpack = false;
  std::uint64_t seed = 0;          // of the generated inputs
  std::vector<InputFile> inputs;   // an absent index is generated
  std::vector<InputRange> ranges;  // of generated inputs; an absent index has its type's ordinary values
  std::string dump_output;         // a folder, or empty
};

/// One that lies in the addon itself, by its name, with what the plan sets of it.
struct SyntheticPlan {
  std::string name;
  Settings settings;
};

struct PluginPlan {
  std::string path;
  std::string args;
};

using WorkloadPlan = std::variant<TflitePlan, SyntheticPlan, PluginPlan>;

}  // namespace isochron::workload
