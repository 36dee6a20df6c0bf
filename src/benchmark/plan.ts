/** A validated benchmark: every default decided, every path absolute. Made from a definition by `definition.ts`; nothing below re-checks it. */
import { z } from 'zod';
import { open } from '../kernel/open-object.js';

const workloadSchema = z.discriminatedUnion('kind', [
  open({
    kind: z.literal('model'),
    /** Absolute path of the .tflite file. */
    path: z.string(),
    /** What the user called it. */
    name: z.string(),
    xnnpack: z.boolean(),
    threads: z.number(),
    /** Absolute path of the engine's library. */
    engine: z.string(),
    seed: z.number(),
    inputs: z.array(open({ index: z.number(), path: z.string() })),
    /** Of generated inputs that index or divide: what the model can work with. Absent for all others. */
    ranges: z.array(open({ index: z.number(), low: z.number(), high: z.number() })).exactOptional(),
    /** A folder for the model's outputs. */
    dumpOutput: z.string().nullable(),
    /** How many files of outputs go there. Absent where none do. */
    outputs: z.number().exactOptional(),
  }),
  open({ kind: z.literal('noop') }),
  open({ kind: z.literal('spin'), us: z.number() }),
  open({
    kind: z.literal('bandwidth'),
    sizeBytes: z.number(),
    access: z.enum(['read', 'write']),
  }),
  open({ kind: z.literal('latency'), sizeBytes: z.number() }),
  open({ kind: z.literal('plugin'), path: z.string(), args: z.string() }),
]);
export type PlanWorkload = z.output<typeof workloadSchema>;

const schedulingSchema = z.discriminatedUnion('policy', [
  open({ policy: z.literal('other') }),
  open({ policy: z.enum(['fifo', 'rr']), priority: z.number() }),
  open({
    policy: z.literal('deadline'),
    runtimeNs: z.number(),
    deadlineNs: z.number(),
    periodNs: z.number(),
  }),
]);
export type Scheduling = z.output<typeof schedulingSchema>;

export const planSchema = open({
  /** Shown in tables and reports. */
  name: z.string(),
  workload: workloadSchema,
  /** 0 = continuous. */
  periodNs: z.number(),
  /** Relative deadline; null only for a continuous run without one. */
  deadlineNs: z.number().nullable(),
  overrun: z.enum(['skip', 'queue', 'stop']),
  /** Measured jobs; 0 = until stopped. */
  jobs: z.number(),
  durationNs: z.number().nullable(),
  warmup: z.number(),
  /** Empty: not pinned. */
  cores: z.array(z.number()),
  scheduling: schedulingSchema,
  bestEffort: z.boolean(),
  /** Everything that can be moved away from `cores` is, while the run lasts. */
  isolate: z.boolean(),
  lockMemory: z.boolean(),
  prefault: z.boolean(),
  /** Engine, model and plugin are taken out of the file cache before the run's process starts. */
  cold: z.boolean(),
  heapLimitBytes: z.number().nullable(),
  /** Event names as given, sets expanded; empty for none. */
  events: z.array(z.string()),
  eventsKernel: z.boolean(),
  requireEvents: z.boolean(),
  eventPasses: z.boolean(),
  sampler: open({ core: z.number(), intervalNs: z.number() }).nullable(),
  format: z.enum(['extended', 'rtbench']),
  /** CSV path, or null for no files. */
  output: z.string().nullable(),
});
export type Plan = z.output<typeof planSchema>;
