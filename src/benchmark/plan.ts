/** A validated benchmark: every default decided, every path absolute. Made from a definition by `definition.ts`; nothing below re-checks it. */

export type PlanWorkload =
  | {
      kind: 'model';
      /** Absolute path of the .tflite file. */
      path: string;
      /** What the user called it. */
      name: string;
      xnnpack: boolean;
      threads: number;
      /** Absolute path of the engine's library. */
      engine: string;
      seed: number;
      inputs: { index: number; path: string }[];
      /** Of generated inputs that index or divide: what the model can work with. Absent for all others. */
      ranges?: { index: number; low: number; high: number }[];
      /** A folder for the model's outputs. */
      dumpOutput: string | null;
      /** How many files of outputs go there. Absent where none do. */
      outputs?: number;
    }
  | { kind: 'noop' }
  | { kind: 'spin'; us: number }
  | { kind: 'bandwidth'; sizeBytes: number; access: 'read' | 'write' }
  | { kind: 'latency'; sizeBytes: number }
  | { kind: 'plugin'; path: string; args: string };

export type Scheduling =
  | { policy: 'other' }
  | { policy: 'fifo' | 'rr'; priority: number }
  | { policy: 'deadline'; runtimeNs: number; deadlineNs: number; periodNs: number };

export interface Plan {
  /** Shown in tables and reports. */
  name: string;
  workload: PlanWorkload;
  /** 0 = continuous. */
  periodNs: number;
  /** Relative deadline; null only for a continuous run without one. */
  deadlineNs: number | null;
  overrun: 'skip' | 'queue' | 'stop';
  /** Measured jobs; 0 = until stopped. */
  jobs: number;
  durationNs: number | null;
  warmup: number;
  /** Empty: not pinned. */
  cores: number[];
  scheduling: Scheduling;
  bestEffort: boolean;
  /** Everything that can be moved away from `cores` is, while the run lasts. */
  isolate: boolean;
  lockMemory: boolean;
  prefault: boolean;
  /** Engine, model and plugin are taken out of the file cache before the run's process starts. */
  cold: boolean;
  heapLimitBytes: number | null;
  /** Event names as given, sets expanded; empty for none. */
  events: string[];
  eventsKernel: boolean;
  requireEvents: boolean;
  eventPasses: boolean;
  sampler: { core: number; intervalNs: number } | null;
  format: 'extended' | 'rtbench';
  /** CSV path, or null for no files. */
  output: string | null;
}
