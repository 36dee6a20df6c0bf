import { IsochronError } from '../../kernel/errors.js';
import { printable } from '../../kernel/printable.js';
import type { Progress } from '../../kernel/progress.js';
import type { Model, Operator } from '../schema/tables.js';
import { weightLayout } from './integer-weights.js';
import { Rewriter } from './rewriter.js';
import { type ChannelRanges, readChannelRanges, totalRange, wholeLayout } from './weights.js';

export interface CheckOptions {
  precision: 'fp16' | 'dynamic' | 'int8' | 'uint8';
  signal?: AbortSignal;
  /** Told how far it is. */
  onProgress?: Progress;
}

/**
 * Reads every float constant that an operator takes, in turns with the event loop, before anything is made of it; what
 * rewrites the model then has the ranges at hand.
 *
 * @param name of the model, for messages
 * @throws IsochronError E_MODEL_NOT_FINITE for one that holds NaN or infinity: no precision keeps what it was meant to be
 */
export async function checkConstants(
  model: Model,
  name: string,
  { precision, signal, onProgress }: CheckOptions,
): Promise<void> {
  const rewriter = new Rewriter(model);
  const { view } = rewriter;
  const wanted = view.graph.operators.flatMap((operator) =>
    operator.inputs.flatMap((tensor, at) =>
      tensor !== -1 && view.isConstant(tensor) && view.tensor(tensor).type === 'FLOAT32'
        ? [{ operator, tensor, at }]
        : [],
    ),
  );
  let done = 0;
  for (const { operator, tensor, at } of wanted) {
    const data = model.buffers[view.tensor(tensor).buffer]?.data;
    if (!data) continue;
    const byChannel =
      at === 1 && PACKED.includes(view.operatorName(operator)) && CHANNELS.includes(precision);
    const layout = byChannel ? weightLayout(rewriter, operator) : wholeLayout(data);
    const ranges = await readChannelRanges(data, layout, signal);
    if (!ranges.finite && !isFiller(view.operatorName(operator), operator, at, ranges))
      throw new IsochronError(
        'E_MODEL_NOT_FINITE',
        `The constant ${printable(view.tensor(tensor).name ?? `tensor ${tensor}`)} of ${name} holds values that are NaN or infinite.`,
        'Train or convert the model again.',
      );
    onProgress?.({ phase: 'reading constants', done: ++done, total: wanted.length, note: '' });
  }
}

/** Operators whose weights get a scale for each channel, and the precisions in which they do. */
const PACKED = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'];
const CHANNELS: readonly string[] = ['dynamic', 'int8'];

/** What a padding is filled with may well be infinite: a maximum is taken over it. */
function isFiller(type: string, operator: Operator, at: number, ranges: ChannelRanges): boolean {
  const [low, high] = totalRange(ranges);
  return type === 'PADV2' && at === operator.inputs.length - 1 && low === high;
}
