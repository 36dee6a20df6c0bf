/** A validated benchmark: every default decided, every path absolute. Made from a definition by `definition.ts`; nothing below re-checks it. */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';
import { definitionSchema } from './definition.js';
import { workloadSchema } from './plan-workload.js';
import { PLAIN_FIELDS, type PlainField } from './run-options.js';

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

type Shape = (typeof definitionSchema)['shape'];
const plainShape = Object.fromEntries(
  PLAIN_FIELDS.map((field) => [field, definitionSchema.shape[field].unwrap()]),
) as { [F in PlainField]: ReturnType<Shape[F]['unwrap']> };

export const planSchema = open({
  /** Shown in tables and reports. */
  name: z.string(),
  workload: workloadSchema,
  /** 0 = continuous. */
  periodNs: z.number(),
  /** Relative deadline; null only for a continuous run without one. */
  deadlineNs: z.number().nullable(),
  /** Measured jobs; 0 = until stopped. */
  jobs: z.number(),
  durationNs: z.number().nullable(),
  /** Ends when the 95 % interval of the median is within ± this share of it; null: it does not. */
  untilCi: z.number().nullable(),
  /** Empty: not pinned. */
  cores: z.array(z.number()),
  scheduling: schedulingSchema,
  heapLimitBytes: z.number().nullable(),
  /** Event names as given, sets expanded; empty for none. */
  events: z.array(z.string()),
  sampler: open({ core: z.number(), intervalNs: z.number() }).nullable(),
  /** CSV path, or null for no files. */
  output: z.string().nullable(),
  ...plainShape,
});
export type Plan = z.output<typeof planSchema>;
