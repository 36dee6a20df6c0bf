import type { TensorInfo } from '../addon/native.js';
import { Evaluator } from '../child/evaluator.js';
import { resolveEngine } from '../engine/resolve-engine.js';
import { forCaller, type Kinds, requireKind } from '../kernel/caller.js';
import { IsochronError } from '../kernel/errors.js';
import type { Progress } from '../kernel/progress.js';
import { parseSampleSource, type Samples, samplesFor } from './model-inputs.js';
import { readModel } from './read-model.js';

/** How well a model reproduces another one on the same inputs. It says nothing of either one's accuracy. */
export interface Agreement {
  /** That both models were given. */
  samples: number;
  /**
   * Samples for which the largest value of the first output stands at the same place in both models; null where that
   * output is a single value.
   */
  sameTop1: number | null;
  /**
   * At how many different places the reference's largest value stood; null as above. Where it is 1, the samples tell
   * little: both models may give the same answer to anything.
   */
  distinctTop1: number | null;
  /** 10·log10 of the outputs' power over that of their differences; null where one of them is 0. */
  signalToNoiseDb: number | null;
}

/** What two models are compared on, and how. */
export interface AgreementOptions {
  /** Absolute path of the engine's library. Default: the one that `isochron run` takes. */
  library?: string;
  /** Of the engine (default 1). */
  threads?: number;
  /** Whether the candidate runs with XNNPACK. Default false. */
  xnnpack?: boolean;
  /** Ends it before the next sample. */
  signal?: AbortSignal;
  /** Told how far it is. */
  onProgress?: Progress;
  /** Told when the engine in the cache was not what had been put there, and is fetched again. */
  onNote?: (note: string) => void;
}

/**
 * Runs two models side by side on the same samples and compares their outputs as real numbers.
 *
 * @param reference path of the model that is taken for right; it runs without XNNPACK
 * @param candidate path of the model in question; its inputs may be integers, and are then quantized from the samples
 * @param samples inputs of the reference; also as text: a folder of raw files, `random:N` or `random:N:LOW,HIGH`
 * @throws IsochronError E_MODELS_DIFFER where inputs or outputs do not match; what the engine has against one of them
 */
export async function measureAgreement(
  reference: string,
  candidate: string,
  samples: Samples | string,
  options: AgreementOptions = {},
): Promise<Agreement> {
  requireKind(reference, 'string', 'the path of the reference');
  requireKind(candidate, 'string', 'the path of the candidate');
  if (typeof samples !== 'string') requireKind(samples, 'object', 'what gives the samples');
  return forCaller('measureAgreement', options, OPTIONS, (ours) =>
    measure(reference, candidate, samples, ours),
  );
}

const OPTIONS: Kinds<AgreementOptions> = {
  library: 'string',
  threads: 'number',
  xnnpack: 'boolean',
  signal: 'AbortSignal',
  onProgress: 'function',
  onNote: 'function',
};

async function measure(
  reference: string,
  candidate: string,
  samples: Samples | string,
  options: AgreementOptions,
): Promise<Agreement> {
  const { threads = 1, signal, onProgress } = options;
  const library = options.library ?? (await resolveEngine(undefined, undefined, options.onNote));
  const inputs =
    typeof samples === 'string'
      ? samplesFor(readModel(reference), parseSampleSource(samples))
      : samples;
  const common = { library, threads, ...(signal ? { signal } : {}) };
  const one = await Evaluator.open({ ...common, model: reference });
  try {
    const other = await Evaluator.open({
      ...common,
      model: candidate,
      xnnpack: options.xnnpack ?? false,
    });
    try {
      requireSameInterface(one.info, other.info);
      const tally = new Tally();
      for (let i = 0; i < inputs.count; i++) {
        signal?.throwIfAborted();
        const values = inputs.sample(i);
        const converted = values.map((bytes, k) =>
          convertInput(bytes, one.info.inputs[k] as TensorInfo, other.info.inputs[k] as TensorInfo),
        );
        const [expected, found] = await Promise.all([one.invoke(values), other.invoke(converted)]);
        tally.add(
          expected.map((bytes, k) => realValues(bytes, one.info.outputs[k] as TensorInfo)),
          found.map((bytes, k) => realValues(bytes, other.info.outputs[k] as TensorInfo)),
        );
        onProgress?.({ phase: 'comparing', done: i + 1, total: inputs.count, note: '' });
      }
      return tally.result();
    } finally {
      await other.close();
    }
  } finally {
    await one.close();
  }
}

class Tally {
  #samples = 0;
  #same = 0;
  #ranked = true;
  readonly #places = new Set<number>();
  #signal = 0;
  #noise = 0;

  add(expected: Float64Array[], found: Float64Array[]): void {
    this.#samples++;
    const [first, second] = [expected[0] as Float64Array, found[0] as Float64Array];
    const place = indexOfLargest(first);
    this.#places.add(place);
    if (first.length < 2) this.#ranked = false;
    else if (place === indexOfLargest(second)) this.#same++;
    expected.forEach((values, k) => {
      const others = found[k] as Float64Array;
      values.forEach((value, i) => {
        const difference = value - (others[i] ?? Number.NaN);
        this.#signal += value * value;
        this.#noise += difference * difference;
      });
    });
  }

  result(): Agreement {
    const samples = this.#samples;
    const signal = this.#signal;
    const noise = this.#noise;
    return {
      samples,
      sameTop1: this.#ranked ? this.#same : null,
      distinctTop1: this.#ranked ? this.#places.size : null,
      signalToNoiseDb: signal > 0 && noise > 0 ? 10 * Math.log10(signal / noise) : null,
    };
  }
}

function requireSameInterface(
  one: { inputs: TensorInfo[]; outputs: TensorInfo[] },
  other: { inputs: TensorInfo[]; outputs: TensorInfo[] },
): void {
  for (const side of ['inputs', 'outputs'] as const) {
    const shapes = (list: TensorInfo[]) => list.map((t) => t.shape.join('×')).join(', ');
    const [a, b] = [shapes(one[side]), shapes(other[side])] as const;
    if (a !== b) throw incomparable(`their ${side} are ${a} and ${b}`);
  }
}

function incomparable(reason: string): IsochronError {
  return new IsochronError('E_MODELS_DIFFER', `The two models cannot be compared: ${reason}.`);
}

/** A float input in the form that another model takes it: q = round(r / scale) + zeroPoint, cut to its type. */
function convertInput(bytes: Uint8Array, from: TensorInfo, to: TensorInfo): Uint8Array {
  if (from.type === to.type) return bytes;
  if (from.type !== 'float32' || !['int8', 'uint8'].includes(to.type) || !to.quantization)
    throw incomparable(`the input ${to.name} takes ${to.type}, and the samples are ${from.type}`);
  const { scale, zeroPoint } = to.quantization;
  const [low, high] = to.type === 'int8' ? [-128, 127] : [0, 255];
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const integers = new Int16Array(values.length);
  values.forEach((value, i) => {
    integers[i] = Math.max(low, Math.min(high, Math.round(value / scale) + zeroPoint));
  });
  return Uint8Array.from(integers); // modulo 256: two's complement for int8
}

/** Raw values as the real numbers that they stand for. */
function realValues(bytes: Uint8Array, { type, quantization, name }: TensorInfo): Float64Array {
  const whole = bytes.slice(); // aligned for every type
  const { scale, zeroPoint } = quantization ?? { scale: 1, zeroPoint: 0 };
  const real = (raw: Iterable<number>) => Float64Array.from(raw, (q) => scale * (q - zeroPoint));
  switch (type) {
    case 'float32':
      return Float64Array.from(new Float32Array(whole.buffer));
    case 'int8':
      return real(new Int8Array(whole.buffer));
    case 'uint8':
      return real(whole);
    case 'int16':
      return real(new Int16Array(whole.buffer));
    case 'int32':
      return real(new Int32Array(whole.buffer));
    case 'int64':
      return Float64Array.from(new BigInt64Array(whole.buffer), Number);
    case 'bool':
      return Float64Array.from(whole);
    default:
      throw incomparable(`the output ${name} is of type ${type}`);
  }
}

function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++)
    if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}
