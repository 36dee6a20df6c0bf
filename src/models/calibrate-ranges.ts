import { rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Evaluator } from '../child/evaluator.js';
import { IsochronError } from '../kernel/errors.js';
import { makeTemporaryFolder } from '../kernel/files/temporary-folder.js';
import type { Progress } from '../kernel/progress.js';
import { ValueRange } from '../metrics/value-range.js';
import type { Samples } from './model-inputs.js';
import type { Ranges } from './quantize/activation-parameters.js';
import { exposeActivations } from './quantize/float-model.js';
import { encodeModel } from './read-model.js';
import type { Model } from './schema/tables.js';

/** Which values a range holds: all of them, or all but the tails beyond a percentile on each side. */
export type RangeRule =
  | { kind: 'minmax' }
  | {
      /** How the range of a tensor is found. */
      kind: 'percentile';
      /** Of its values that lie in the range, per cent. */
      percent: number;
    };

export interface CalibrateOptions {
  /** Absolute path of the engine's library. */
  library: string;
  /** What the model is called in messages; default: the model. */
  name?: string;
  threads?: number;
  /** Default minmax. */
  range?: RangeRule;
  signal?: AbortSignal;
  /** Told how far it is. */
  onProgress?: Progress;
}

/**
 * The range of every float activation over samples: the engine runs the model, without XNNPACK and in a process of its own,
 * with all intermediate tensors as outputs.
 *
 * @returns by tensor index of `model`'s first graph, inputs included
 * @throws IsochronError E_CALIBRATION_NOT_FINITE for a tensor that takes NaN or infinite values; what the engine has
 *   against the model
 */
export async function calibrate(
  model: Model,
  samples: Samples,
  options: CalibrateOptions,
): Promise<Ranges> {
  const { range: rule = { kind: 'minmax' }, signal, onProgress } = options;
  const percent = rule.kind === 'percentile' ? rule.percent : 100;
  const { model: exposing, exposed } = exposeActivations(model);
  const graph = model.subgraphs[0] as Model['subgraphs'][0];
  return withModelFile(exposing, options.name ?? 'the model', signal, async (path) => {
    const { library, threads = 1 } = options;
    const evaluator = await Evaluator.open({
      library,
      threads,
      model: path,
      ...(signal ? { signal } : {}),
    });
    try {
      const tails = percent < 100;
      const inputs = graph.inputs.map(() => new ValueRange(tails));
      for (let i = 0; i < samples.count; i++) {
        signal?.throwIfAborted();
        const values = samples.sample(i);
        await evaluator.watch(values, tails);
        values.forEach((bytes, k) => {
          if (graph.tensors[graph.inputs[k] as number]?.type !== 'FLOAT32') return;
          inputs[k]?.add(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4));
        });
        onProgress?.({ phase: 'calibrating', done: i + 1, total: samples.count, note: '' });
      }
      const watched = await evaluator.ranges(percent);
      const ranges = new Map<number, [number, number]>();
      const note = (tensor: number, range: [number, number] | null, nonFinite: number) => {
        if (nonFinite > 0) throw notFinite(graph.tensors[tensor]?.name ?? `tensor ${tensor}`);
        if (range) ranges.set(tensor, range);
      };
      graph.inputs.forEach((tensor, k) => {
        const range = inputs[k] as ValueRange;
        note(tensor, range.between(percent), range.nonFinite);
      });
      exposed.forEach((tensor, k) => {
        const entry = watched[k];
        if (entry) note(tensor, entry.range, entry.nonFinite);
      });
      return ranges;
    } finally {
      await evaluator.close();
    }
  });
}

/**
 * Runs something with a model as a file, which is gone afterwards.
 *
 * @param name what errors call it: nobody knows the file
 */
export async function withModelFile<T>(
  model: Model,
  name: string,
  signal: AbortSignal | undefined,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = makeTemporaryFolder('isochron-model-');
  // where the process is ended in the middle of this, by a second Ctrl-C
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    const path = join(folder, 'model.tflite');
    const file = await open(path, 'wx');
    try {
      for (const chunk of encodeModel(model).chunks()) {
        signal?.throwIfAborted();
        await file.writeFile(chunk);
      }
    } catch (error) {
      throw (error as NodeJS.ErrnoException | null)?.code === 'ENOSPC'
        ? new IsochronError(
            'E_WRITE_FAILED',
            `There is no room for a copy of the model in ${folder}.`,
            'Free some space, or let TMPDIR name another folder.',
          )
        : error;
    } finally {
      await file.close();
    }
    return await use(path);
  } catch (error) {
    throw error instanceof IsochronError
      ? new IsochronError(
          error.code,
          error.message.replaceAll(join(folder, 'model.tflite'), name),
          error.hint,
        )
      : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
    process.off('exit', clear);
  }
}

function notFinite(name: string): IsochronError {
  return new IsochronError(
    'E_CALIBRATION_NOT_FINITE',
    `The tensor ${name} takes values that are NaN or infinite, so it has no range to quantize.`,
    'Check that the samples are what the model expects (type, scaling), and that the model is sound.',
  );
}
