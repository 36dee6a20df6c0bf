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
    /** The XNNPACK delegate is applied. */
    xnnpack: z.boolean(),
    /** Of the engine. */
    threads: z.number(),
    /** Absolute path of the engine's library. */
    engine: z.string(),
    /** Of generated inputs. */
    seed: z.number(),
    /** Input files; what is not named is generated. */
    inputs: z.array(
      open({
        /** Of the input tensor, from 0. */
        index: z.number(),
        /** Absolute path of the raw file. */
        path: z.string(),
      }),
    ),
    /** Of generated inputs that index or divide: what the model can work with. Absent for all others. */
    ranges: z
      .array(
        open({
          /** Of the input tensor, from 0. */
          index: z.number(),
          /** Least value that is generated. */
          low: z.number(),
          /** Largest value that is generated. */
          high: z.number(),
        }),
      )
      .exactOptional(),
    /** A folder for the model's outputs. */
    dumpOutput: z.string().nullable(),
    /** How many files of outputs go there. Absent where none do. */
    outputs: z.number().exactOptional(),
  }),
  open({ kind: z.literal('noop') }),
  open({
    kind: z.literal('spin'),
    /** spin: busy time of a job, µs. */
    us: z.number(),
  }),
  open({
    kind: z.literal('bandwidth'),
    sizeBytes: z.number(),
    /** bandwidth: what a job does with the buffer. */
    access: z.enum(ACCESSES),
  }),
  open({
    kind: z.literal('latency'),
    /** latency: size of the buffer, bytes. */
    sizeBytes: z.number(),
  }),
  open({
    /** Which of the shapes this is. */
    kind: z.literal('plugin'),
    path: z.string(),
    /** Arguments handed to the plugin. */
    args: z.string(),
  }),
]);
export type PlanWorkload = z.output<typeof workloadSchema>;
