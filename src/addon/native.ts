/** Every entry of the native addon, declared once; what it answers stands in answers.ts. What the fields mean stands in native/src (same names). */
import type { Finished, NativeEventStatus, Prepared, TensorInfo, WorkloadInfo } from './answers.js';
import type { RecordLayout } from './record-layout.js';
import type { StreamName } from './streams.js';

export type * from './answers.js';

export interface NativeEvent {
  name: string;
  type: number;
  config: bigint;
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
  /** One of the addon's own, by its name, with what the plan sets of it: whole numbers and words. */
  | { kind: 'synthetic'; name: string; settings: Readonly<Record<string, number | string>> }
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
  /** Records that the ring of each stream holds; 0: nobody takes the stream. */
  rings: Record<StreamName, number>;
}

export interface NativeFinished extends Finished {
  /** The outputs that were written (`dumpOutput`), as they are after the last job: a shape may depend on the data. */
  keptOutputs: TensorInfo[] | null;
}

/** One run: prepare once, start once. Both promises reject with {code, message, hint}. */
export interface NativeRun {
  /** Creates the job thread, which takes its rights, makes the workload ready and opens the counters. */
  prepare(): Promise<Prepared>;
  /** Releases the first job; resolves when the job thread has torn down and ended. */
  start(): Promise<NativeFinished>;
  /** Asks the job thread to end after the current job. Harmless at any time. */
  stop(): void;
  /** Copies as many whole records of a stream as fit and are there; returns the number of bytes written. */
  drain(stream: StreamName, into: Uint8Array): number;
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
  layouts: Record<StreamName, RecordLayout>;
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
  /**
   * Asks the kernel to forget the file's pages; `residentBytes` stayed (they are mapped by some process). Null where that is
   * not known, as of a file that this user neither owns nor may write.
   */
  dropFileCache(path: string): { bytes: number; residentBytes: number | null };
  /** CPU time of one page fault on the calling thread: of fresh memory, and of a page of `path` in the page cache. */
  faultCost(path: string): { anonymousNs: number | null; fileNs: number | null };
  /** CLOCK_MONOTONIC now, in ns. */
  monotonicNow(): bigint;
}
