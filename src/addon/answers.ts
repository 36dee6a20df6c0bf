/** What the addon answers, as it crosses to the parent process and stands in the JSON of a run. Each shape is declared here only. */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';
import { forEachLoss } from './streams.js';

const count = z.int().min(0);
const quantity = z.number().min(0);
const cores = z.array(count);
const remark = {
  /** One of docs/errors.md. */
  code: z.string(),
  /** One sentence. */
  message: z.string(),
  /** What to do about it. */
  hint: z.string(),
};

/** What became of one event, in the order of the request. */
const eventStatusSchema = open({
  name: z.string(),
  opened: z.boolean(),
  /** It opens alone, but not together with the events before it. */
  noRoom: z.boolean(),
  /** errno of perf_event_open, 0 when opened. */
  error: z.int(),
  /** A sentence, '' when opened. */
  reason: z.string(),
});
export type NativeEventStatus = z.output<typeof eventStatusSchema>;

const denialSchema = open({
  /** What was asked for. */
  what: z.string(),
  ...remark,
});

/** What was granted, read back from the kernel; `denied` has one entry for everything that was asked for and not granted. */
export const grantedSchema = open({
  /** Scheduling policy of the job's thread. */
  policy: z.enum(['other', 'fifo', 'rr', 'deadline', 'unknown']),
  /** 1 to 99; 0 = without one. */
  priority: z.int(),
  /** On which the job's thread may run. */
  cores,
  /** In the JSON of a run only where its end has proven it (`finished.locked`). */
  memoryLocked: z.boolean(),
  /** Memory that was made present; null where that was not asked for. */
  prefaultedBytes: quantity.nullable(),
  /** /dev/cpu_dma_latency is held at 0, so that cores stay out of deep idle states. */
  dmaLatencyHeld: z.boolean(),
  /** Of the job's thread, ns. */
  timerSlackNs: quantity,
  /** Of the job thread's stack, made present before the first release. */
  stackPrefaultBytes: quantity,
  /** Everything that was asked for and not granted. */
  denied: z.array(denialSchema),
});

const tensorSchema = open({
  /** As the model calls it. */
  name: z.string(),
  /** TFLite's type name in lower case: float32, int8, uint8, … */
  type: z.string(),
  /** Batch first. */
  shape: z.array(z.number()),
  /** Size of its contents. */
  bytes: quantity,
  /** Per-tensor quantization, null for none. */
  quantization: open({
    /** real = scale × (stored − zeroPoint). */
    scale: z.number(),
    /** See `scale`. */
    zeroPoint: z.number(),
  }).nullable(),
});
export type TensorInfo = z.output<typeof tensorSchema>;

export const tfliteSchema = open({
  /** Of TensorFlow Lite, as the library tells it. */
  version: z.string(),
  /** The model's input tensors, in their order. */
  inputs: z.array(tensorSchema),
  /** The model's output tensors, in their order. */
  outputs: z.array(tensorSchema),
  /** What the XNNPACK delegate did. */
  xnnpack: open({
    /** The delegate was asked for. */
    requested: z.boolean(),
    /** Nodes of the graph that the delegate took; 0 = it was there and took nothing; null = not observable. */
    delegatedNodes: count.nullable(),
    /** Nodes of the graph before delegation; null = not observable. */
    totalNodes: count.nullable(),
    /** Delegate kernels that replaced them; null = not observable. */
    partitions: count.nullable(),
    /**
     * The nodes that the delegate took, for each graph of the file in its order, as `0-27,30`; empty = not observable. Indices
     * and ranges of them: what reads it can't be led astray.
     */
    taken: z.array(z.string().regex(/^(\d{1,7}(-\d{1,7})?(,(?=\d)|$))*$/)),
    /** What it said of operators that it had offered to take, and then could not. */
    refusals: z.array(z.string()),
  }),
  /** Time that each stage of init took, in ns: loadEngine, loadModel, createDelegate, createInterpreter, allocateTensors, fillInputs. */
  stages: z.record(z.string(), quantity),
  /** The engine's last messages through its error reporter. */
  messages: z.array(z.string()),
});

/** What the workload says of itself after init. */
export const workloadInfoSchema = open({
  /** Column names of the extra metrics. */
  extraMetrics: z.array(z.string()),
  /** null for synthetic workloads. */
  tflite: tfliteSchema.nullable(),
});
export type WorkloadInfo = z.output<typeof workloadInfoSchema>;

/** Page faults of the job thread while the workload was made ready. */
export const initFaultsSchema = open({
  /** Those that needed no disk. */
  minor: count,
  /** Those that read the disk. */
  major: count,
});

export const preparedSchema = open({
  granted: grantedSchema,
  workload: workloadInfoSchema,
  events: z.array(eventStatusSchema),
  /** 'read' | 'user' | 'none' */
  counterReadMethod: z.string(),
  initFaults: initFaultsSchema,
  ticksPerSecond: quantity,
  /** Own cost of one job's bookkeeping, ns: minimum of many empty measurements before the run. */
  overheadNs: quantity,
});
export type Prepared = z.output<typeof preparedSchema>;

/** How much of what is in memory, and the job may touch, was locked after the last job. */
const lockedSchema = open({
  /** That were locked. */
  lockedBytes: quantity,
  /** That could be. */
  eligibleBytes: quantity,
  /** The largest parts that were not. */
  unlocked: z.array(
    open({
      /** A file, or what the kernel calls the mapping. */
      what: z.string(),
      /** Size of it. */
      bytes: quantity,
    }),
  ),
});

/** A worker thread of the engine that was found, with what was granted to it. */
const workerSchema = open({
  /** Its number. */
  tid: count,
  /** On which it may run. */
  cores,
  /** Its scheduling policy. */
  policy: z.string(),
  /** 1 to 99; 0 = without one. */
  priority: z.int(),
  /** Counters follow it. */
  counted: z.boolean(),
  /** CPU time from the first release to the end of the last job; null if it could not be read. */
  cpuTimeNs: quantity.nullable(),
  /** What befell it from the end of the first job to that of the last; null where the kernel does not tell, or the thread came later. */
  minorFaults: count.nullable(),
  /** Page faults that read the disk, in the same time. */
  majorFaults: count.nullable(),
  /** How often it waited, in the same time. */
  voluntarySwitches: count.nullable(),
  /** How often it was preempted, in the same time. */
  involuntarySwitches: count.nullable(),
  /** How often it moved to another core, in the same time. */
  migrations: count.nullable(),
  /** It was ready, and waited for a core. */
  runDelayNs: quantity.nullable(),
});

const grantsSchema = open({
  /** Its scheduling policy. */
  policy: grantedSchema.shape.policy,
  /** 1 to 99; 0 = without one. */
  priority: z.int(),
  /** On which the thread may run. */
  cores,
});

export const finishedSchema = open({
  /** Why it ended. */
  reason: z.enum(['jobs', 'duration', 'stopped', 'deadline_miss', 'failed']),
  /** What the native side failed with; null where it did not. */
  error: open(remark).nullable(),
  /** Executed jobs, warm-up included. */
  jobs: count,
  /** Records that found no room, by stream. */
  ...forEachLoss(() => count),
  /** CLOCK_MONOTONIC ns of the first release and of the end of the last job. */
  t0Ns: z.bigint(),
  endNs: z.bigint(),
  /** What the job's thread had after its last job: a workload may have changed it. Null if there was none. */
  atEnd: grantsSchema.nullable(),
  /** What it was seen to have while jobs ran, where that was something else than what it was granted (ten looks a second). */
  meanwhile: grantsSchema.nullable(),
  /** Threads of the engine that were found after the first job. */
  workers: z.array(workerSchema),
  /** What SCHED_DEADLINE did; null without it. */
  server: open({
    /** How far the first release was from the beginning of a period of the job thread's server, ns. */
    t0OffsetNs: z.number(),
    /** How long after a release that period began which the last job was in; null where releases are not in phase with those periods, and where it could not be told. */
    endOffsetNs: z.number().nullable(),
    /** How often, at least, the kernel said that the thread had used up its runtime; null where it does not say. See summary.runtimeExceeded. */
    overruns: count.nullable(),
  }).nullable(),
  /** By event that the addon was asked for: what was counted of an empty job, the readings' own instructions, say. Null where nothing was. */
  emptyJobCounts: z.array(count.nullable()),
  /** Own cost of one job's bookkeeping, measured again after the first job, with threads that are counted since; null where it was not. */
  overheadNs: quantity.nullable(),
  /** What was asked for after the first job and not granted. */
  denied: z.array(denialSchema),
  /** Threads of the workload that were made after its first job: nobody placed or counted them. */
  lateThreads: z.array(workerSchema),
  /** For which the job's thread was ready and had no core, between jobs or in them, from the first release to the end of the last job; null where the kernel does not tell. */
  runDelayNs: quantity.nullable(),
  /**
   * How often the job's thread moved to another core, between jobs or in them, from when it was last placed to the end of the last job: after the
   * first one, where the tool is at work there, or before it. Null where the kernel does not tell (/proc/PID/sched).
   */
  migrations: count.nullable(),
  /** CPU time after the first job of threads that neither list has: they had ended, or a name of their own. Null where it is not known. */
  unseenCpuNs: quantity.nullable(),
  /** Null where nothing was locked, or the kernel does not tell (/proc/PID/smaps). */
  locked: lockedSchema.nullable(),
});
export type Finished = z.output<typeof finishedSchema>;
