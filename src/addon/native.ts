/** Every entry of the native addon, declared once. What the fields mean stands in native/src (same names). */
import type { RecordLayout } from './record-layout.js';

export interface NativeEvent {
  name: string;
  type: number;
  config: bigint;
}

/** What became of one event, in the order of the request. */
export interface NativeEventStatus {
  name: string;
  opened: boolean;
  /** It opens alone, but not together with the events before it. */
  noRoom: boolean;
  /** errno of perf_event_open, 0 when opened. */
  error: number;
  /** A sentence, '' when opened. */
  reason: string;
}

export interface NativeSchedule {
  /** 0 = continuous. */
  periodNs: number;
  /** Relative deadline; 0 = none (continuous runs only). */
  deadlineNs: number;
  overrun: 'skip' | 'queue' | 'stop';
  /** Measured jobs after warm-up; 0 = until stopped. */
  jobs: number;
  /** 0 = no limit. */
  durationNs: number;
  warmupJobs: number;
}

export interface NativePlacement {
  cores: number[];
  policy: 'other' | 'fifo' | 'rr' | 'deadline';
  priority: number;
  dlRuntimeNs: number;
  dlDeadlineNs: number;
  dlPeriodNs: number;
  bestEffort: boolean;
  stackPrefaultBytes: number;
}

/** What the process lends to its tasks. */
export interface NativeLending {
  lockMemory: boolean;
  /** The job's memory is made present before the first release, whether it is locked or not. */
  prefault: boolean;
  holdDmaLatency: boolean;
  /** 0 = no limit. */
  heapLimitBytes: number;
}

export type NativeWorkload =
  | {
      kind: 'tflite';
      library: string;
      model: string;
      threads: number;
      xnnpack: boolean;
      /** Seed of the generated inputs. */
      seed: number;
      /** Raw little-endian files by input index; an absent entry is generated. */
      inputs: { index: number; path: string }[];
      /** Both ends belong to it; for generated inputs whose ordinary values the model can't work with. */
      ranges: { index: number; low: number; high: number }[];
      /** Where to write the last job's outputs, or ''. */
      dumpOutput: string;
    }
  | { kind: 'noop' }
  | { kind: 'spin'; us: number }
  | { kind: 'bandwidth'; sizeBytes: number; access: 'read' | 'write' }
  | { kind: 'latency'; sizeBytes: number }
  | { kind: 'plugin'; path: string; args: string };

export interface NativePlan {
  lending: NativeLending;
  schedule: NativeSchedule;
  placement: NativePlacement;
  workload: NativeWorkload;
  events: NativeEvent[];
  eventsKernel: boolean;
  /** The sampling thread, or null. */
  sampler: { core: number; intervalNs: number } | null;
  /** Records that the ring holds. */
  ringCapacity: number;
}

/** What was granted, read back from the kernel; `denied` has one entry for everything that was asked for and not granted. */
export interface Granted {
  policy: 'other' | 'fifo' | 'rr' | 'deadline' | 'unknown';
  priority: number;
  cores: number[];
  memoryLocked: boolean;
  /** Memory that was made present; null where that was not asked for. */
  prefaultedBytes: number | null;
  dmaLatencyHeld: boolean;
  timerSlackNs: number;
  stackPrefaultBytes: number;
  denied: { what: string; code: string; message: string; hint: string }[];
}

export interface TensorInfo {
  name: string;
  /** TFLite's type name in lower case: float32, int8, uint8, … */
  type: string;
  shape: number[];
  bytes: number;
  /** Per-tensor quantization, null for none. */
  quantization: { scale: number; zeroPoint: number } | null;
}

/** What the workload says of itself after init. */
export interface WorkloadInfo {
  /** Column names of the extra metrics. */
  extraMetrics: string[];
  /** null for synthetic workloads. */
  tflite: null | {
    version: string;
    inputs: TensorInfo[];
    outputs: TensorInfo[];
    xnnpack: {
      requested: boolean;
      /** Nodes of the graph that the delegate took; 0 = it was there and took nothing; null = not observable. */
      delegatedNodes: number | null;
      /** Nodes of the graph before delegation; null = not observable. */
      totalNodes: number | null;
      /** Delegate kernels that replaced them; null = not observable. */
      partitions: number | null;
      /** The nodes that the delegate took, for each graph of the file in its order, as `0-27,30`; empty = not observable. */
      taken: string[];
    };
    /** Time that each stage of init took, in ns: loadEngine, loadModel, createDelegate, createInterpreter, allocateTensors, fillInputs. */
    stages: Record<string, number>;
    /** The engine's last messages through its error reporter. */
    messages: string[];
  };
}

export interface Prepared {
  granted: Granted;
  workload: WorkloadInfo;
  events: NativeEventStatus[];
  /** 'read' | 'user' | 'none' */
  counterReadMethod: string;
  /** Page faults of the job thread while the workload was made ready. */
  initFaults: { minor: number; major: number };
  ticksPerSecond: number;
  /** Own cost of one job's bookkeeping, ns: minimum of many empty measurements before the run. */
  overheadNs: number;
}

export interface Finished {
  reason: 'jobs' | 'duration' | 'stopped' | 'deadline_miss' | 'failed';
  error: { code: string; message: string; hint: string } | null;
  /** Executed jobs, warm-up included. */
  jobs: number;
  lostRecords: number;
  lostSamples: number;
  /** CLOCK_MONOTONIC ns of the first release and of the end of the last job. */
  t0Ns: bigint;
  endNs: bigint;
  workers: WorkerInfo[];
}

/** A worker thread of the engine that was found, with what was granted to it. */
export interface WorkerInfo {
  tid: number;
  cores: number[];
  policy: string;
  priority: number;
  counted: boolean;
  /** CPU time from the first release to the end of the last job; null if it could not be read. */
  cpuTimeNs: number | null;
}

/** One run: prepare once, start once. Both promises reject with {code, message, hint}. */
export interface NativeRun {
  /** Creates the job thread, which takes its rights, makes the workload ready and opens the counters. */
  prepare(): Promise<Prepared>;
  /** Releases the first job; resolves when the job thread has torn down and ended. */
  start(): Promise<Finished>;
  /** Asks the job thread to end after the current job. Harmless at any time. */
  stop(): void;
  /** Copies as many whole records of a stream as fit and are there; returns the number of bytes written. */
  drain(stream: 'jobs' | 'samples', into: Uint8Array): number;
}

/**
 * A model that is fed from JavaScript, without a job thread, schedule or counters: what matters are its outputs. Loads in
 * the constructor and blocks the calling thread while it works, so it belongs into a process of its own. All functions
 * throw {code, message, hint}.
 */
export interface NativeEvaluator {
  info(): NonNullable<WorkloadInfo['tflite']>;
  /** One inference: raw little-endian values for every input, each of exactly the tensor's size. */
  invoke(inputs: readonly Uint8Array[]): void;
  /** A copy of an output of the last inference. */
  output(index: number): Uint8Array;
}

export interface NativeAddon {
  /** Which of its interfaces the addon has (`ADDON_INTERFACE`). */
  interface: number;
  /** Of the records that `drain` gives, by stream. */
  layouts: { jobs: RecordLayout; samples: RecordLayout };
  Run: new (plan: NativePlan) => NativeRun;
  Evaluator: new (workload: Extract<NativeWorkload, { kind: 'tflite' }>) => NativeEvaluator;
  /** Opens, runs and closes the events as one group on the calling thread. `fits`: the group really ran (time_running > 0). */
  probeEvents(
    events: NativeEvent[],
    includeKernel: boolean,
  ): { events: NativeEventStatus[]; fits: boolean };
  /**
   * Keeps every thread of this process on these cores. The end of the environment takes it back, too: a worker that is
   * terminated leaves nothing behind.
   * @throws E_CORE_ABSENT, E_CORE_OFFLINE, E_AFFINITY_DENIED; then everything is as before
   */
  confine(cores: number[]): void;
  /** Puts each thread back to where it was, unless somebody else has moved it since. */
  unconfine(): void;
  /** Cores on which the calling thread may run. */
  getAffinity(): number[];
  /**
   * Pins the calling thread to each of the cores in turn, and puts it back.
   * @throws E_CORE_ABSENT, E_CORE_OFFLINE, E_AFFINITY_DENIED for the first one that it may not run on
   */
  tryAffinity(cores: number[]): void;
  /** sched_setaffinity of one thread of any process (0 = the calling one): 0 or errno. EINVAL: it is bound to its core, or its cpuset has none of these. */
  setTaskAffinity(tid: number, cores: number[]): number;
  /** Asks for SCHED_FIFO on a thread that ends at once: 0 or errno. */
  tryFifo(priority: number): number;
  /** flock(2) without waiting on an open descriptor (a number): 0 or errno. Taking it again changes its kind. */
  tryLockFile(descriptor: number, exclusive: boolean): number;
  /**
   * From now on this process is killed when the thread of `parent` that started it ends, whatever hangs in here. False: it is
   * gone already.
   */
  dieWithParent(parent: number): boolean;
  /** Takes the one run that a process may have under way, all its worker threads together; false: it is taken. */
  claimRun(): boolean;
  /** Gives it back. The end of the environment does, too. */
  releaseRun(): void;
  /** Asks the kernel to forget the file's pages; `residentBytes` stayed (they are mapped by some process). */
  dropFileCache(path: string): { bytes: number; residentBytes: number };
  /** CPU time of one page fault on the calling thread: of fresh memory, and of a page of `path` in the page cache. */
  faultCost(path: string): { anonymousNs: number | null; fileNs: number | null };
  /** CLOCK_MONOTONIC now, in ns. */
  monotonicNow(): bigint;
}
