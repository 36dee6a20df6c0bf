// What the runtime is asked to do. Filled by addon/ from the validated plan of src/benchmark/; no defaults are decided
// here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pmc/event_group.h"
#include "record/streams.h"
#include "system/policy.h"

namespace isochron::runtime {

enum class Overrun { kSkip, kQueue, kStop };
using system::Policy;

struct Schedule {
  std::uint64_t period_ns = 0;    // 0: continuous
  std::uint64_t deadline_ns = 0;  // relative; 0: none (continuous runs only)
  Overrun overrun = Overrun::kSkip;
  std::uint64_t jobs = 0;         // measured jobs after warm-up; 0: until stopped
  std::uint64_t duration_ns = 0;  // 0: no limit; from the first release, by releases and by the clock
  std::uint64_t warmup_jobs = 0;
};

/// What the process lends to all of its tasks. Asked for by default, so its denial is never an Error.
struct Lending {
  bool lock_memory = true;             // what the jobs use is locked after init, before the first release
  bool prefault = false;               // the same memory is made present, but not locked
  bool hold_dma_latency = true;        // /dev/cpu_dma_latency = 0 for the run
  std::uint64_t heap_limit_bytes = 0;  // growth of the heap since before init; 0: none
};

/// Rights and place of a task's thread. Whatever is denied is an Error unless best_effort.
struct Placement {
  std::vector<int> cores;  // empty: not pinned
  Policy policy = Policy::kOther;
  int priority = 0;  // FIFO and RR: 1..99
  std::uint64_t dl_runtime_ns = 0, dl_deadline_ns = 0, dl_period_ns = 0;
  bool best_effort = false;
  std::size_t stack_prefault_bytes = std::size_t{512} * 1024;
};

/// The thread that reads the job's counters while it runs.
struct SamplerPlan {
  int core = 0;
  std::uint64_t interval_ns = 0;
};

struct TaskPlan {
  /// Of its thread, at most 15 bytes. Another one for each task: the threads of a workload are found by it.
  std::string name = "isochron-job";
  Schedule schedule;
  Placement placement;
  std::vector<pmc::EventSpec> events;
  bool events_kernel = false;
  std::optional<SamplerPlan> sampler;
  record::StreamCounts rings;  // records that the ring of each stream holds; 0: nobody takes the stream
};

struct RunPlan {
  Lending lending;
  TaskPlan task;
};

}  // namespace isochron::runtime
