/** A validated benchmark: every default decided, every path absolute. Made from a definition by `definition.ts`; nothing below re-checks it. */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';
import { definitionSchema } from './definition.js';
import { workloadSchema } from './plan-workload.js';
import { PLAIN_FIELDS, type PlainField } from './run-options.js';

const schedulingSchema = z.discriminatedUnion('policy', [
  open({ policy: z.literal('other') }),
  open({
    policy: z.enum(['fifo', 'rr']),
    /** 1 to 99. */
    priority: z.number(),
  }),
  open({
    /** Linux's scheduling policy of the job's thread that is asked for. */
    policy: z.literal('deadline'),
    /** CPU time that SCHED_DEADLINE gives a job, ns. */
    runtimeNs: z.number(),
    /** SCHED_DEADLINE's deadline, ns. */
    deadlineNs: z.number(),
    /** SCHED_DEADLINE's period, ns. */
    periodNs: z.number(),
  }),
]);
export type Scheduling = z.output<typeof schedulingSchema>;

type Shape = (typeof definitionSchema)['shape'];
const plainShape = Object.fromEntries(
  PLAIN_FIELDS.map((field) => [field, definitionSchema.shape[field].unwrap()]),
) as { [F in keyof Pick<Shape, PlainField>]: ReturnType<Shape[F]['unwrap']> };

export const planSchema = open({
  /** Shown in tables and reports. */
  name: z.string(),
  /** What a job does. */
  workload: workloadSchema,
  /** 0 = continuous. */
  periodNs: z.number(),
  /** Relative deadline; null only for a continuous run without one. */
  deadlineNs: z.number().nullable(),
  /** Measured jobs; 0 = until stopped. */
  jobs: z.number(),
  /** The run ends after this time, ns; null = it does not. */
  durationNs: z.number().nullable(),
  /** Ends when the 95 % interval of the median is within ± this share of it; null: it does not. */
  untilCi: z.number().nullable(),
  /** Empty: not pinned. */
  cores: z.array(z.number()),
  /** What is asked for; `granted` in the JSON says what came of it. */
  scheduling: schedulingSchema,
  /** Limit on what the workload's threads add to the heap, bytes; null = none. */
  heapLimitBytes: z.number().nullable(),
  /** Event names as given, sets expanded; empty for none. */
  events: z.array(z.string()),
  /** The thread that reads the job's counters from another core; null = none. */
  sampler: open({
    /** The sampling thread's own core. */
    core: z.number(),
    /** From one reading to the next, ns. */
    intervalNs: z.number(),
  }).nullable(),
  /** CSV path, or null for no files. */
  output: z.string().nullable(),
  ...plainShape,
});
/** A benchmark with every default decided. */
export type Plan = z.output<typeof planSchema>;
