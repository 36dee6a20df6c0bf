/** Inputs for a model: generated from a seed, or raw little-endian files of a folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { randomIntegers } from './graph/random-integers.js';
import { type TensorType, tensorBytes } from './schema/enums.js';
import type { Model, Tensor } from './schema/tables.js';

/** Inputs of a model, sample by sample. */
export interface Samples {
  /** How many there are. */
  readonly count: number;
  /** What they are, for messages: "100 random inputs", "the 20 samples of DIR". */
  readonly description: string;
  /** The raw values of every input of sample `index`. @throws IsochronError E_SAMPLE_* */
  sample(index: number): Uint8Array[];
}

/** What `--calibrate` says. */
export type SampleSource =
  | { kind: 'random'; count: number; range: [low: number, high: number] | null }
  | { kind: 'folder'; path: string };

const MOST_SAMPLES = 100_000;

/**
 * Reads `DIR`, `random:N` or `random:N:LOW,HIGH`.
 *
 * @throws UsageError
 */
export function parseSampleSource(text: string): SampleSource {
  if (!text.startsWith('random:')) return { kind: 'folder', path: text };
  const [, n = '', limits] = text.split(':');
  const count = Number(n);
  if (!/^\d+$/.test(n) || count < 1 || count > MOST_SAMPLES)
    throw new UsageError(
      `${text} does not say how many inputs to generate.`,
      `Write random:N with N from 1 to ${MOST_SAMPLES}, e.g. random:100.`,
    );
  if (limits === undefined) return { kind: 'random', count, range: null };
  const [low = Number.NaN, high = Number.NaN, ...more] = limits.split(',').map(Number);
  if (!(low < high) || !Number.isFinite(high - low) || more.length > 0)
    throw new UsageError(
      `${text} does not say between which values to generate inputs.`,
      'Write random:N:LOW,HIGH, e.g. random:100:0,255 for pixels.',
    );
  return { kind: 'random', count, range: [low, high] };
}

/**
 * The samples that a source gives for a model.
 *
 * @param seed of generated values; equal seeds give equal samples
 * @throws UsageError for a seed that cannot be
 * @throws IsochronError E_SAMPLES_MISSING, E_SAMPLE_SIZE, E_SAMPLES_UNREADABLE
 */
export function samplesFor(model: Model, source: SampleSource, seed = 1): Samples {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`The seed ${seed} is not a whole number from 0 to 2^53 - 1.`);
  const inputs = modelInputs(model);
  return source.kind === 'random'
    ? randomSamples(inputs, source.count, source.range, seed)
    : folderSamples(inputs, source.path);
}

interface Input {
  name: string;
  type: TensorType;
  bytes: number;
  range: [low: number, high: number];
}

function modelInputs(model: Model): Input[] {
  const graph = model.subgraphs[0] as Model['subgraphs'][0];
  return graph.inputs.map((index) => {
    const tensor = graph.tensors[index] as Tensor;
    return {
      name: tensor.name ?? `tensor ${index}`,
      type: tensor.type,
      bytes: tensorBytes(tensor.type, tensor.shape) ?? 0,
      range: declaredRange(tensor),
    };
  });
}

/** Some files note the range of a float input, from training for quantization. */
function declaredRange({ quantization }: Tensor): [number, number] {
  const [low = 0] = quantization?.min ?? [];
  const [high = 0] = quantization?.max ?? [];
  return low < high ? [low, high] : [-1, 1];
}

function randomSamples(
  inputs: readonly Input[],
  count: number,
  range: [number, number] | null,
  seed: number,
): Samples {
  return {
    count,
    description: `${count} random input${count === 1 ? '' : 's'}`,
    sample: (index) =>
      inputs.map((input, i) => {
        const next = randomIntegers(seed, `sample ${index} of input ${i}`);
        return generate(input, range ?? input.range, next);
      }),
  };
}

/** Floats uniform in [low, high); integers and truth values 0 or 1, which are sound as indices and lengths. */
function generate(input: Input, [low, high]: [number, number], next: () => number): Uint8Array {
  if (input.type === 'FLOAT32') {
    const values = new Float32Array(input.bytes / 4);
    for (let i = 0; i < values.length; i++)
      values[i] = low + ((next() >>> 0) / 2 ** 32) * (high - low);
    return new Uint8Array(values.buffer);
  }
  const bytes = new Uint8Array(input.bytes);
  const width = { BOOL: 1, INT32: 4, UINT32: 4, INT64: 8, UINT64: 8 }[input.type as string];
  if (width === undefined)
    throw new IsochronError(
      'E_INPUT_UNSUPPORTED',
      `No random values can be made for the input ${input.name}, which takes ${input.type.toLowerCase()}.`,
      'Give samples as files: a folder instead of random:N.',
    );
  for (let i = 0; i < bytes.length; i += width) bytes[i] = next() & 1;
  return bytes;
}

/** One file for each sample, or, for several inputs, one folder with a file for each input (0.raw, 1.raw, …). */
function folderSamples(inputs: readonly Input[], folder: string): Samples {
  const names = listed(folder).filter((name) => !name.startsWith('.'));
  const paths = names.map((name) => join(folder, name));
  const samples =
    inputs.length === 1
      ? paths.filter((path) => statSync(path).isFile()).map((path) => [path])
      : paths
          .filter((path) => statSync(path).isDirectory())
          .map((path) => inputs.map((_, i) => join(path, `${i}.raw`)));
  if (samples.length === 0)
    throw new IsochronError(
      'E_SAMPLES_MISSING',
      `There are no samples in ${folder}.`,
      inputs.length === 1
        ? 'Each file in it is one sample: the input’s raw little-endian values.'
        : `Each folder in it is one sample of ${inputs.length} files: ${inputs.map((_, i) => `${i}.raw`).join(', ')}.`,
    );
  for (const files of samples)
    for (const [i, file] of files.entries()) checkSize(file, inputs[i] as Input);
  return {
    count: samples.length,
    description: `the ${samples.length} sample${samples.length === 1 ? '' : 's'} of ${folder}`,
    sample: (index) =>
      (samples[index] as string[]).map((file, i) => {
        checkSize(file, inputs[i] as Input);
        return Uint8Array.from(readFileSync(file));
      }),
  };
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw unreadable(folder, error, 'folder');
  }
}

function checkSize(file: string, input: Input): void {
  let size: number;
  try {
    size = statSync(file).size;
  } catch (error) {
    throw unreadable(file, error, 'file');
  }
  if (size !== input.bytes)
    throw new IsochronError(
      'E_SAMPLE_SIZE',
      `The sample ${file} has ${size} bytes; the input ${input.name} takes exactly ${input.bytes}.`,
      `It takes raw ${input.type.toLowerCase()} values, little-endian, without a header.`,
    );
}

function unreadable(path: string, error: unknown, what: 'file' | 'folder'): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOENT')
    return new IsochronError(
      'E_SAMPLES_MISSING',
      `There is no ${what} ${path}.`,
      what === 'folder'
        ? 'Name a folder of raw input files, or random:N for generated inputs.'
        : undefined,
    );
  if (code === 'ENOTDIR')
    return new IsochronError('E_SAMPLES_MISSING', `${path} is a file, not a folder of samples.`);
  if (code === undefined) return error;
  return new IsochronError('E_SAMPLES_UNREADABLE', `${path} cannot be read: ${code}.`);
}
