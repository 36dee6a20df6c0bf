/** The child's messages as the parent believes them: every field that is used has its type, and every number is one. */
import { deserialize } from 'node:v8';
import { z } from 'zod';
import type { Finished, Prepared, WorkloadInfo } from '../addon/native.js';
import type { FromEvaluator } from './evaluator-protocol.js';
import { protocolError } from './frames.js';
import type { FromChild } from './protocol.js';
import { forEachStream } from './streams.js';

const count = z.int().min(0);
const quantity = z.number().min(0);
const policy = z.enum(['other', 'fifo', 'rr', 'deadline', 'unknown']);
const cores = z.array(count);
const remark = { code: z.string(), message: z.string(), hint: z.string() };

const tensor = z.looseObject({
  name: z.string(),
  type: z.string(),
  shape: z.array(z.number()),
  bytes: quantity,
  quantization: z.looseObject({ scale: z.number(), zeroPoint: z.number() }).nullable(),
});

const tflite: z.ZodType<NonNullable<WorkloadInfo['tflite']>> = z.looseObject({
  version: z.string(),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
  xnnpack: z.looseObject({
    requested: z.boolean(),
    delegatedNodes: count.nullable(),
    totalNodes: count.nullable(),
    partitions: count.nullable(),
    // indices and ranges of them: what reads it can't be led astray
    taken: z.array(z.string().regex(/^(\d{1,7}(-\d{1,7})?(,(?=\d)|$))*$/)),
  }),
  stages: z.record(z.string(), quantity),
  messages: z.array(z.string()),
});

const prepared: z.ZodType<Prepared> = z.looseObject({
  granted: z.looseObject({
    policy,
    priority: z.int(),
    cores,
    memoryLocked: z.boolean(),
    prefaultedBytes: quantity.nullable(),
    dmaLatencyHeld: z.boolean(),
    timerSlackNs: quantity,
    stackPrefaultBytes: quantity,
    denied: z.array(z.looseObject({ what: z.string(), ...remark })),
  }),
  workload: z.looseObject({
    extraMetrics: z.array(z.string()),
    tflite: tflite.nullable(),
  }),
  events: z.array(
    z.looseObject({
      name: z.string(),
      opened: z.boolean(),
      noRoom: z.boolean(),
      error: z.int(),
      reason: z.string(),
    }),
  ),
  counterReadMethod: z.string(),
  initFaults: z.looseObject({ minor: count, major: count }),
  ticksPerSecond: quantity,
  overheadNs: quantity,
});

const finished: z.ZodType<Finished> = z.looseObject({
  reason: z.enum(['jobs', 'duration', 'stopped', 'deadline_miss', 'failed']),
  error: z.looseObject(remark).nullable(),
  jobs: count,
  lostRecords: count,
  lostSamples: count,
  t0Ns: z.bigint(),
  endNs: z.bigint(),
  workers: z.array(
    z.looseObject({
      tid: count,
      cores,
      policy: z.string(),
      priority: z.int(),
      counted: z.boolean(),
      cpuTimeNs: quantity.nullable(),
    }),
  ),
});

const failed = z.object({
  type: z.literal('failed'),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});

const fromChild: z.ZodType<FromChild> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('prepared'), prepared }),
  z.object({
    type: z.literal('finished'),
    finished,
    sent: z.object(forEachStream(() => count)),
  }),
  failed,
]) as z.ZodType<FromChild>;

const fromEvaluator: z.ZodType<FromEvaluator> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded'), info: tflite }),
  z.object({ type: z.literal('outputs'), outputs: z.array(z.instanceof(Uint8Array)) }),
  z.object({ type: z.literal('watched') }),
  z.object({
    type: z.literal('ranges'),
    ranges: z.array(
      z
        .object({ range: z.tuple([z.number(), z.number()]).nullable(), nonFinite: count })
        .nullable(),
    ),
  }),
  failed,
]) as z.ZodType<FromEvaluator>;

/**
 * A message of a run from the content of a control frame.
 *
 * @throws IsochronError E_PROTOCOL naming the first thing that is wrong
 */
export const messageFrom = (content: Buffer): FromChild => believed(fromChild, content);

/** The same of an evaluation. */
export const answerFrom = (content: Buffer): FromEvaluator => believed(fromEvaluator, content);

function believed<T>(schema: z.ZodType<T>, content: Buffer): T {
  let value: unknown;
  try {
    value = deserialize(content);
  } catch {
    throw protocolError('a message that is none');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw protocolError(
    `a message that can't be meant (${issue?.path.join('.') || 'type'}: ${issue?.message})`,
  );
}
