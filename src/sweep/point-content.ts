/** What a point was run with, by content: a name stays the same when the file behind it does not. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PointDefinition } from '../benchmark/expand.js';
import { isSynthetic, kindOf } from '../benchmark/workloads.js';
import type { PointContent } from '../formats/manifest.js';
import { checkSeal } from '../kernel/files/sealed-file.js';
import { sha256OfFile } from '../kernel/sha256.js';

/** SHA-256 of files, each read once. */
export class FileHashes {
  readonly #known = new Map<string, Promise<string | null>>();

  /** Null for a file that is not there. */
  of(path: string): Promise<string | null> {
    let hash = this.#known.get(path);
    if (!hash) {
      hash = sha256OfFile(path);
      this.#known.set(path, hash);
    }
    return hash;
  }
}

/**
 * The files of a point as they are found now; null for what is built or fetched only when it runs, and so for what was cut or
 * changed in the cache: it will be what it was.
 */
export interface PointFiles {
  model: string | null;
  plugin: string | null;
  engine: string | null;
  inputs: string[];
}

/** @param definition with its paths resolved (`fromSuite`) */
async function filesOf(definition: PointDefinition): Promise<PointFiles> {
  const { workload } = definition;
  const none = { model: null, plugin: null, engine: null, inputs: [] };
  if (isSynthetic(workload)) return none;
  if (kindOf(workload) === 'plugin') return { ...none, plugin: resolve(workload) };
  return {
    ...none,
    model: await modelOf(workload),
    engine: await engineOf(definition.engine),
    inputs: (definition.inputs ?? []).map((text) => splitInput(text, '.').path),
  };
}

async function modelOf(workload: string): Promise<string | null> {
  const { isFile } = await import('../models/model-file.js');
  if (isFile(workload)) return resolve(workload);
  const { builtModel } = await import('../models/build-model.js');
  const path = builtModel(workload);
  return path !== null && (await checkSeal(path)) === 'whole' ? path : null;
}

/** Found as `resolveEngine` finds it, but nothing is fetched and nothing is thrown. */
async function engineOf(given: string | undefined): Promise<string | null> {
  const { listEngines } = await import('../engine/engine-folder.js');
  const { DEFAULT_ENGINE } = await import('../engine/known-engines.js');
  const { cachedDefault, isEngineName } = await import('../engine/resolve-engine.js');
  const wanted = given || process.env.ISOCHRON_ENGINE || DEFAULT_ENGINE.name;
  if (!isEngineName(wanted)) return resolve(wanted);
  if (wanted === DEFAULT_ENGINE.name) {
    const { path, state } = await cachedDefault();
    return state === 'whole' ? path : null;
  }
  const named = (await listEngines()).find(({ name, usableHere }) => name === wanted && usableHere);
  return named?.path ?? null;
}

/**
 * An input file with or without NAME= in front of it. Names of tensors may hold `=` themselves: the longest path that is a
 * file counts.
 */
export function splitInput(text: string, folder: string): { name: string; path: string } {
  let first: { name: string; path: string } | undefined;
  for (let at = 0; ; ) {
    const part = { name: text.slice(0, at), path: resolve(folder, text.slice(at)) };
    if (existsSync(part.path)) return part;
    if (at > 0) first ??= part;
    const sign = text.indexOf('=', at);
    if (sign < 0) return first ?? part;
    at = sign + 1;
  }
}

/** What a run was made with. */
export async function contentOf(
  {
    engine,
    model,
    plugin,
  }: Record<'engine' | 'model' | 'plugin', { sha256: string | null } | null>,
  definition: PointDefinition,
): Promise<PointContent> {
  const inputs = (definition.inputs ?? []).map((text) => sha256OfFile(splitInput(text, '.').path));
  return {
    model: model?.sha256 ?? null,
    engine: engine?.sha256 ?? null,
    plugin: plugin?.sha256 ?? null,
    inputs: (await Promise.all(inputs)).map((hash) => hash ?? ''),
  };
}

/**
 * Which file is another than it was; null where none is, and for files that are not there: what they gave still stands.
 */
export async function whatChanged(
  then: PointContent,
  definition: PointDefinition,
  hashes: FileHashes,
): Promise<string | null> {
  const now = await filesOf(definition);
  const pairs: [what: string, path: string | null, before: string | null | undefined][] = [
    ['model', now.model, then.model],
    ['plugin', now.plugin, then.plugin],
    ['engine', now.engine, then.engine],
  ];
  for (const [i, path] of now.inputs.entries()) pairs.push(['input file', path, then.inputs?.[i]]);
  for (const [what, path, before] of pairs) {
    if (path === null || !before) continue;
    const hash = await hashes.of(path);
    if (hash !== null && hash !== before)
      return `its ${what} ${path} is not the one it was run with`;
  }
  return null;
}
