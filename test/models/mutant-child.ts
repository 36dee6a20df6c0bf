/** Reads broken files in a process of its own, one after the other: what hangs, runs out of memory or crashes takes only it down. */
import { describeReport } from '../../src/cli/models-inspect.js';
import { IsochronError } from '../../src/kernel/errors.js';
import { inputRanges } from '../../src/models/input-ranges.js';
import { inspectModel } from '../../src/models/inspect/inspect-model.js';
import { checkConstants } from '../../src/models/quantize/check-constants.js';
import { exposeActivations, toFloat32 } from '../../src/models/quantize/float-model.js';
import { toInteger } from '../../src/models/quantize/integer.js';
import { requireOneGraph } from '../../src/models/quantize/rewriter.js';
import { toDynamicRange, toFloat16 } from '../../src/models/quantize/weight-only.js';
import { parseModel } from '../../src/models/read-model.js';
import type { Model } from '../../src/models/schema/tables.js';
import { modelBytes } from './engine.js';

export type Precision = 'fp16' | 'dynamic' | 'int8' | 'uint8';

export type Question =
  | { ask: 'inspect'; bytes: Uint8Array }
  | { ask: 'quantize'; bytes: Uint8Array; precision: Precision };

export interface TensorSaid {
  name: string;
  type: string;
  shape: number[];
}

export type Answer =
  | { kind: 'done'; inputs: TensorSaid[]; outputs: TensorSaid[]; made?: Uint8Array }
  /** An error of ours, or what the engine has against the file. */
  | { kind: 'refused'; code: string; message: string }
  /** An error that nobody meant. */
  | { kind: 'thrown'; stack: string };

async function answer(question: Question): Promise<Answer> {
  try {
    switch (question.ask) {
      case 'inspect':
        return inspect(question.bytes);
      case 'quantize':
        return await quantize(question.bytes, question.precision);
    }
  } catch (error) {
    return error instanceof IsochronError
      ? { kind: 'refused', code: error.code, message: error.message }
      : { kind: 'thrown', stack: error instanceof Error ? String(error.stack) : String(error) };
  }
}

/** All that is said of a model without running it. */
function inspect(bytes: Uint8Array): Answer {
  const model = parseModel(bytes, 'm.tflite');
  const report = inspectModel(model);
  const named = { ...report, name: 'm.tflite', bytes: bytes.length };
  if (describeReport(named).length + JSON.stringify(named).length === 0) throw new Error('nothing');
  inputRanges(model);
  return { kind: 'done', inputs: report.inputs, outputs: report.outputs };
}

/** The steps of `models quantize` between reading and trying out, with ranges that are made up. */
async function quantize(bytes: Uint8Array, precision: Precision): Promise<Answer> {
  const model = parseModel(bytes, 'm.tflite');
  requireOneGraph(model, 'm.tflite');
  const float = toFloat32(model, 'm.tflite');
  await checkConstants(float, 'm.tflite', { precision });
  const made = parseModel(modelBytes(rewrite(float, precision)), 'the result');
  const { inputs, outputs } = inspectModel(made);
  return { kind: 'done', inputs, outputs, made: modelBytes(made) };
}

function rewrite(float: Model, precision: Precision): Model {
  if (precision === 'fp16') return toFloat16(float);
  if (precision === 'dynamic') return toDynamicRange(float);
  const { model } = exposeActivations(float);
  modelBytes(model);
  const ranges = new Map((float.subgraphs[0]?.tensors ?? []).map((_, i) => [i, [-2, 3] as const]));
  return toInteger(float, { precision, ranges, io: 'integer', floatFallback: true });
}

process.on('message', (question: Question) => {
  void answer(question).then((a) => process.send?.(a));
});
