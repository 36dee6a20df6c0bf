// What a run says of itself: before its first job (Prepared) and after its last (Finished). src/addon/native.ts
// mirrors both.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pmc/event_group.h"
#include "record/streams.h"
#include "system/denial.h"
#include "system/error.h"
#include "system/memory_lock.h"
#include "system/policy.h"
#include "system/thread_account.h"
#include "workload/workload_info.h"

namespace isochron::runtime {

/// What was granted, read back from the kernel.
struct Granted {
  std::optional<system::Policy> policy;  // absent: one that isochron doesn't know
  int priority = 0;
  std::vector<int> cores;
  bool memory_locked = false;
  std::optional<std::uint64_t> prefaulted_bytes;  // absent where it was not asked for
  bool dma_latency_held = false;
  std::uint64_t timer_slack_ns = 0;
  std::size_t stack_prefault_bytes = 0;
  std::vector<system::Denial> denied;  // asked for and not granted
};

struct Prepared {
  Granted granted;
  workload::WorkloadInfo workload;
  std::vector<pmc::EventSpec> events;
  std::vector<pmc::EventStatus> event_status;  // one per event
  std::string counter_read_method;             // "read" | "user" | "none"
  std::uint64_t init_minor_faults = 0;         // of the job thread in the workload's init
  std::uint64_t init_major_faults = 0;
  double ticks_per_second = 0;
  std::uint64_t overhead_ns = 0;  // own cost of one job's bookkeeping: minimum of many empty measurements
};

/// One worker thread of the workload, read back when it was found; its CPU time, after the last job.
struct WorkerInfo {
  pid_t tid = 0;
  std::vector<int> cores;
  std::optional<system::Policy> policy;
  int priority = 0;
  bool counted = false;                      // the events count this thread too
  std::optional<std::uint64_t> cpu_time_ns;  // from the first job on; absent if it could not be read
  system::ThreadAccount after_first_job;     // what befell it from the end of the first job to that of the last
};

/// What SCHED_DEADLINE did, of a task that it was granted to.
struct DeadlineServer {
  /// How far the first release was from the beginning of a period of the thread's server.
  std::int64_t t0_offset_ns = 0;
  /// How long after a release that period began which the last job was in. Absent where releases are not in phase with
  /// those periods, and after a stop.
  std::optional<std::int64_t> end_offset_ns;
  std::optional<std::uint64_t> overruns;  // that the kernel told over the jobs, at least; absent where it tells none
};

enum class FinishReason { kJobs, kDuration, kStopped, kDeadlineMiss, kFailed };

struct Finished {
  FinishReason reason = FinishReason::kStopped;
  std::optional<Error> error;  // of kFailed
  std::uint64_t jobs = 0;      // executed, warm-up included
  record::StreamCounts lost;
  std::uint64_t t0_ns = 0;           // the first release; 0 if there was none
  std::uint64_t end_ns = 0;          // the end of the last job; 0 if there was none
  std::optional<Granted> at_end;     // what the job's thread had after the last job; absent if there was none
  std::optional<Granted> meanwhile;  // policy, priority and cores, where they were seen to be others between jobs
  std::vector<WorkerInfo> workers;
  std::optional<DeadlineServer> server;  // absent without SCHED_DEADLINE
  /// One per event: what was counted of an empty job, with the threads that are counted; absent where nothing was.
  std::vector<std::optional<std::uint64_t>> empty_counts;
  /// As in Prepared, where it was measured again after the first job, with threads that are counted since; and what was
  /// denied after Prepared.
  std::optional<std::uint64_t> overhead_ns;
  std::vector<system::Denial> denied;
  std::vector<WorkerInfo> late_threads;  // made after the first job: nobody placed or counted them
  /// For which the job's thread was ready and had no core, from before the first release to the end of the last job;
  /// absent where the kernel does not tell.
  std::optional<std::uint64_t> run_delay_ns;
  /// Of the job's thread, between jobs or in them, from when it was last placed (after the first job, where the tool is
  /// at work there, or before it) to the end of the last; absent where the kernel does not tell.
  std::optional<std::uint64_t> migrations;
  std::optional<std::uint64_t> unseen_ns;   // CPU time after the first job of threads that neither list has
  std::optional<system::LockProof> locked;  // absent where nothing was locked, or the kernel doesn't tell
  std::optional<std::vector<workload::TensorInfo>> kept_outputs;  // what the workload has written of its last job
};

}  // namespace isochron::runtime
