/**
 * The child's messages as the parent believes them: every field that is used has its type, and every number is one. What the
 * addon answers stands in addon/answers.ts.
 */
import { deserialize } from 'node:v8';
import * as z from 'zod';
import { finishedSchema, preparedSchema, tfliteSchema } from '../addon/answers.js';
import { forEachStream } from '../addon/streams.js';
import { processMemorySchema } from '../formats/machine-facts.js';
import { protocolError } from './frames.js';
import type { FromChild, FromEvaluator } from './protocol.js';

const count = z.int().min(0);

const failed = z.object({
  type: z.literal('failed'),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});

const fromChild: z.ZodType<FromChild> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('prepared'), prepared: preparedSchema }),
  z.object({
    type: z.literal('finished'),
    finished: finishedSchema,
    sent: z.object(forEachStream(() => count)),
    stops: count,
    memory: processMemorySchema.nullish(),
  }),
  failed,
]) as z.ZodType<FromChild>;

const fromEvaluator: z.ZodType<FromEvaluator> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded'), info: tfliteSchema }),
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
