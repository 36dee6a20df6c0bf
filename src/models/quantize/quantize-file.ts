import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Evaluator } from '../../child/evaluator.js';
import { resolveEngine } from '../../engine/resolve-engine.js';
import { forCaller, type Kinds, requireKind } from '../../kernel/caller.js';
import { IsochronError, UsageError } from '../../kernel/errors.js';
import { requireWritable, writeAtomically } from '../../kernel/files/atomic-file.js';
import { requireOtherFile } from '../../kernel/files/target.js';
import type { Progress } from '../../kernel/progress.js';
import { type Agreement, measureAgreement } from '../agreement.js';
import { calibrate, type RangeRule, withModelFile } from '../calibrate-ranges.js';
import { parseSampleSource, type Samples, samplesFor } from '../model-inputs.js';
import { encodeModel, readModel } from '../read-model.js';
import type { Model } from '../schema/tables.js';
import { describeModel, requireRunnableInputs } from '../verify.js';
import { checkConstants } from './check-constants.js';
import { toFloat32 } from './float-model.js';
import { floatOnlyOperators, toInteger, unsupportedOperator } from './integer.js';
import { requireOneGraph } from './rewriter.js';
import { toDynamicRange, toFloat16 } from './weight-only.js';

/** To what a model is quantized, and how. */
export interface QuantizeOptions {
  /** fp16: half-precision constants; dynamic: int8 weights; int8, uint8: all arithmetic, after calibration. */
  precision: 'fp16' | 'dynamic' | 'int8' | 'uint8';
  /**
   * For int8 and uint8: a folder of raw little-endian samples, `random:N` or `random:N:LOW,HIGH`. Only samples that look
   * like the model's real inputs keep its accuracy. No default: these precisions need one, the others take none.
   */
  calibrate?: string;
  /** Which values the ranges hold. Default minmax. */
  range?: RangeRule;
  /** Types of inputs and outputs of an integer model: its integers (default), or float with conversions inside. */
  io?: 'integer' | 'float';
  /** Operators without an integer form stay in float, between conversions, instead of being an error. Default false. */
  allowFloat?: boolean;
  /** Of generated samples. Default 1. */
  seed?: number;
  /**
   * For int8 and uint8: absolute path of the engine's library, which calibrates and tries the result. Default: the one
   * that `isochron run` takes.
   */
  library?: string;
  /** Ends it before the next sample. */
  signal?: AbortSignal;
  /** Told how far it is. */
  onProgress?: Progress;
  /** Told when the engine in the cache was not what had been put there, and is fetched again. */
  onNote?: (note: string) => void;
}

/** A model that was quantized. */
export interface QuantizedModel {
  /** Absolute path of the file. */
  path: string;
  /** Of the file. */
  bytes: number;
  /** int8 and uint8: how the result reproduces the float model on (at most 100 of) the calibration samples. */
  agreement: Agreement | null;
  /** What it was calibrated with, in words; null where nothing was. */
  samples: string | null;
  /** Operators that stayed in float. */
  floatOperators: string[];
  /** What was not done as asked, or costs accuracy, in words. */
  notes: string[];
}

/** Trying the result on more samples would tell no more. */
const MOST_COMPARED = 100;

/**
 * Quantizes a float model after training.
 *
 * @throws UsageError for options that do not go together, and for an output that is the model itself
 * @throws IsochronError E_MODEL_QUANTIZED, E_MODEL_NOT_FINITE, E_MODEL_UNSUPPORTED (naming the operator), E_SAMPLES_MISSING,
 *   E_SAMPLE_SIZE,
 *   E_CALIBRATION_NOT_FINITE, E_WRITE_FAILED, those of reading a model and those of the engine
 */
export async function quantizeModel(
  input: string,
  output: string,
  options: QuantizeOptions,
): Promise<QuantizedModel> {
  requireKind(input, 'string', 'the path of the model');
  requireKind(output, 'string', 'the path of the output');
  return forCaller('quantizeModel', options, OPTIONS, async (ours) => {
    const quantized = await quantize(input, output, ours);
    const { size } = await stat(input);
    // nobody quantizes for a larger file, but of a tiny one scales and conversions are the most
    return size < TINY || quantized.bytes < size
      ? quantized
      : { ...quantized, notes: [...quantized.notes, noSmaller(size)] };
  });
}

const TINY = 16_000;
const noSmaller = (bytes: number) =>
  `it is no smaller than the model, which has ${(bytes / 1000).toFixed(1)} kB: \`isochron models inspect\` shows what its weights take`;

const OPTIONS: Kinds<QuantizeOptions> = {
  precision: 'string',
  calibrate: 'string',
  range: 'object',
  io: 'string',
  allowFloat: 'boolean',
  seed: 'number',
  library: 'string',
  signal: 'AbortSignal',
  onProgress: 'function',
  onNote: 'function',
};
const PRECISIONS: readonly string[] = ['fp16', 'dynamic', 'int8', 'uint8'];

async function quantize(
  input: string,
  output: string,
  options: QuantizeOptions,
): Promise<QuantizedModel> {
  const { precision, signal } = options;
  if (!PRECISIONS.includes(precision))
    throw new UsageError(`a model is quantized to ${PRECISIONS.join(', ')}, not ${precision}.`);
  const model = readModel(input);
  requireOneGraph(model, input);
  await requireOtherFile(output, [{ path: input, what: 'the model that is to be quantized' }]);
  if (precision === 'int8' || precision === 'uint8')
    return quantizeIntegers(model, input, output, precision, options);
  if (options.calibrate !== undefined)
    throw new UsageError(`${precision} rounds weights only, and needs no calibration.`);
  const float = toFloat32(model, input);
  await requireWritable(output);
  await checkConstants(float, input, options);
  const notes: string[] = [];
  const rewritten =
    precision === 'fp16' ? toFloat16(float, (text) => notes.push(text)) : toDynamicRange(float);
  await tryOut(rewritten, input, options);
  const bytes = await write(rewritten, output, signal);
  return { path: output, bytes, agreement: null, samples: null, floatOperators: [], notes };
}

async function quantizeIntegers(
  read: Model,
  input: string,
  output: string,
  precision: 'int8' | 'uint8',
  options: QuantizeOptions,
): Promise<QuantizedModel> {
  const { calibrate: wanted, seed = 1, signal, onProgress } = options;
  if (wanted === undefined)
    throw new UsageError(
      `Quantizing to ${precision} needs samples of the model's inputs.`,
      'Name a folder of them (--calibrate DIR); where only time matters, random inputs do: --calibrate random:100.',
    );
  const source = parseSampleSource(wanted);
  requireRunnableInputs({ path: input, bytes: 0, ...describeModel(read) });
  const model = toFloat32(read, input);
  const floatOperators = floatOnlyOperators(model, precision);
  if (floatOperators[0] !== undefined && !options.allowFloat)
    throw unsupportedOperator(floatOperators[0], precision);
  const samples = samplesFor(model, source, seed);
  await requireWritable(output);
  await checkConstants(model, input, options);

  const common = {
    library: options.library ?? (await resolveEngine(undefined, undefined, options.onNote)),
    threads: Math.min(4, availableParallelism()),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  };
  const range = options.range ?? { kind: 'minmax' };
  const ranges = await calibrate(model, samples, { ...common, range, name: input });
  const notes: string[] = [];
  const quantized = toInteger(model, {
    precision,
    note: (text) => notes.push(text),
    ranges,
    io: options.io ?? 'integer',
    floatFallback: options.allowFloat ?? false,
  });
  // Tried before it is put where it was asked for: what the engine refuses is not left lying there.
  const agreement = await withModelFile(quantized, `${input} in ${precision}`, signal, (path) =>
    measureAgreement(resolve(input), path, first(samples, MOST_COMPARED), common),
  ).catch((error: unknown) => {
    throw error instanceof IsochronError && error.code === 'E_CRASHED'
      ? new IsochronError(
          'E_MODEL_UNSUPPORTED',
          `The engine breaks down over ${input} when it is quantized to ${precision}, so nothing was written.`,
          'Values of very different size in one model are a common cause; fp16 and dynamic do without scales for activations.',
        )
      : error;
  });
  const bytes = await write(quantized, output, signal);
  return { path: output, bytes, agreement, samples: samples.description, floatOperators, notes };
}

/**
 * The engine prepares the result before it is put where it was asked for. Where no engine is at hand, the result is only read
 * back.
 */
async function tryOut(model: Model, input: string, options: QuantizeOptions): Promise<void> {
  const { precision, signal, onNote } = options;
  const library =
    options.library ?? (await resolveEngine(undefined, undefined, onNote).catch(() => null));
  await withModelFile(model, `${input} in ${precision}`, signal, async (path) => {
    readModel(path);
    if (library === null) return;
    const evaluator = await Evaluator.open({
      library,
      model: path,
      ...(signal ? { signal } : {}),
    });
    await evaluator.close();
  });
}

function first(samples: Samples, count: number): Samples {
  return { ...samples, count: Math.min(count, samples.count) };
}

async function write(model: Model, output: string, signal?: AbortSignal): Promise<number> {
  const file = encodeModel(model);
  await writeAtomically(output, async (handle) => {
    for (const chunk of file.chunks()) {
      signal?.throwIfAborted();
      await handle.writeFile(chunk);
    }
  });
  return file.byteLength;
}
