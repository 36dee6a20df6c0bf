import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { forCaller, type Kinds, requireKind } from '../kernel/caller.js';
import { UsageError } from '../kernel/errors.js';
import { writeAtomically, writeInCache } from '../kernel/files/atomic-file.js';
import { checkSeal, sealFile } from '../kernel/files/sealed-file.js';
import { requireOtherFile } from '../kernel/files/target.js';
import type { Progress } from '../kernel/progress.js';
import { startSha256 } from '../kernel/sha256.js';
import { asCacheError, cacheDir } from '../kernel/user-folders.js';
import { encodeModel } from './read-model.js';
import { drawModel } from './zoo/draw.js';
import { type ModelChoice, modelName, parseModelName, requireModelName } from './zoo/names.js';

/** Part of cached file names: raise it when the same name and seed give other bytes than before. */
const GENERATION = 1;

/** Which variant of a network is built, and where to. */
export interface BuildOptions {
  /** Width multiplier, for the networks that have one (default: what the name says, else that of its paper). */
  alpha?: number;
  /** Input height and width in pixels (default: what the name says, else that of its paper). */
  resolution?: number;
  /** fp32 by default, or what stands behind `@` in the name. */
  precision?: string;
  /** Of the synthetic weights; equal seeds give equal files. Default 1. */
  seed?: number;
  /** File to write; by default the cache. */
  output?: string;
  /** Told how far it is. */
  onProgress?: Progress;
  /** Told when a file of the cache was not what had been put there. */
  onNote?: ((note: string) => void) | undefined;
  /** Stops the writing; nothing of the file is left. */
  signal?: AbortSignal;
}

/** A network that was built. */
export interface BuiltModel {
  /** Absolute path of the file. */
  path: string;
  /** Of the file. */
  bytes: number;
  /** Canonical name. */
  name: string;
}

/**
 * Writes a network of the zoo as a .tflite file: its published architecture with seeded synthetic weights.
 *
 * @param name e.g. `mobilenet_v1`, `mobilenet_v1_0.25_128`; `models list` shows all
 * @throws UsageError for a name, parameter or seed that cannot be, and for an output that is the JSON of a run
 * @throws IsochronError E_WRITE_FAILED; E_CACHE where it is the cache that can't be written
 */
export async function buildModel(name: string, options: BuildOptions = {}): Promise<BuiltModel> {
  requireKind(name, 'string', "a network's name");
  return forCaller('buildModel', options, OPTIONS, (ours) => build(name, ours));
}

const OPTIONS: Kinds<BuildOptions> = {
  alpha: 'number',
  resolution: 'number',
  precision: 'string',
  seed: 'number',
  output: 'string',
  onProgress: 'function',
  onNote: 'function',
  signal: 'AbortSignal',
};

async function build(name: string, options: BuildOptions): Promise<BuiltModel> {
  const choice = requireModelName(name, options);
  const seed = checkSeed(options.seed ?? 1);
  const path = options.output ?? cachePath(choice, seed);
  if (options.output !== undefined) await requireOtherFile(path, []);
  const title = modelName(choice);
  const file = encodeModel(drawModel(choice, seed));
  const hash = startSha256();
  const writeWhole = options.output === undefined ? writeInCache : writeAtomically;
  const written = writeWhole(path, async (handle) => {
    let done = 0;
    for (const chunk of file.chunks()) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      await handle.writeFile(chunk);
      done += chunk.byteLength;
      options.onProgress?.({ phase: `building ${title}`, done, total: file.byteLength, note: '' });
    }
  });
  if (options.output === undefined)
    await written
      .then(() => sealFile(path, hash.digest('hex')))
      .catch((error: unknown) => {
        throw asCacheError(error);
      });
  else await written;
  return { path, bytes: file.byteLength, name: title };
}

/**
 * The same from the cache, built when it is not there yet, and again when it is not what was put there. Processes that
 * build it at once make the same bytes, each renaming a file of its own over the same name.
 */
export async function cachedModel(name: string, options: BuildOptions = {}): Promise<BuiltModel> {
  const choice = requireModelName(name, options);
  const seed = checkSeed(options.seed ?? 1);
  const path = cachePath(choice, seed);
  const { output: _, ...kept } = options;
  switch (await checkSeal(path)) {
    case 'whole':
      return { path, bytes: statSync(path).size, name: modelName(choice) };
    case 'changed':
      options.onNote?.(`${path} was cut or changed since it was built, and is built again.`);
      return buildModel(name, kept);
    case 'unsealed': // of version 0.1.0, or of a process that was killed: it could be any part of itself
      options.onNote?.(`nothing says whether ${path} is whole: it is built again.`);
      return buildModel(name, kept);
    case 'absent':
      return buildModel(name, kept);
  }
}

/** The file of a network (with seed 1) if the cache has it; null also for what is no network's name. */
export function builtModel(name: string): string | null {
  const choice = parseModelName(name);
  const path = choice && cachePath(choice, 1);
  return path !== null && existsSync(path) ? path : null;
}

function cachePath(choice: ModelChoice, seed: number): string {
  return join(
    cacheDir('models'),
    `${modelName(choice)}${seed === 1 ? '' : `-seed${seed}`}-g${GENERATION}.tflite`,
  );
}

function checkSeed(seed: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`The seed ${seed} is not a whole number from 0 to 2^53 - 1.`);
  return seed;
}
