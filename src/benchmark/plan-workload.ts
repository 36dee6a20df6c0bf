/** What a plan holds of the workload: one shape for each kind. */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';
import { ACCESSES } from './choices.js';

export const workloadSchema = z.discriminatedUnion('kind', [
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
    access: z.enum(ACCESSES),
  }),
  open({ kind: z.literal('latency'), sizeBytes: z.number() }),
  open({ kind: z.literal('plugin'), path: z.string(), args: z.string() }),
]);
export type PlanWorkload = z.output<typeof workloadSchema>;
