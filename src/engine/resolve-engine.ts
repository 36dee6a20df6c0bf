import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMusl, NEEDS_GLIBC } from '../addon/install-hint.js';
import { forCaller, requireKind } from '../kernel/caller.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { lastingPath } from '../kernel/files/lasting-path.js';
import { checkSeal, type SealState } from '../kernel/files/sealed-file.js';
import { requireTrustedLibrary } from '../kernel/files/trusted-file.js';
import { describeEngine, readRecord } from './describe-engine.js';
import { cachedLibrary, engineFolder, listEngines } from './engine-folder.js';
import type { EngineProgress } from './install-engine.js';
import { DEFAULT_ENGINE, engineArch } from './known-engines.js';

/**
 * The library that a run shall use: what was named, else ISOCHRON_ENGINE, else the default one from the cache, which is
 * fetched if it isn't there.
 *
 * @param nameOrPath a path, or a name of `isochron engine list`; undefined for the default
 * @param onNote told when the one in the cache was not what had been put there, and when root runs what the owner of the
 *   working folder can have written
 * @returns an absolute path of a library with TensorFlow Lite's C API, built for this architecture
 * @throws UsageError for a name that is none
 * @throws IsochronError E_ENGINE_MISSING, E_ENGINE_INVALID, E_ENGINE_UNAVAILABLE, E_LIBRARY_UNTRUSTED, or what installEngine throws
 */
export async function resolveEngine(
  nameOrPath?: string,
  onProgress?: EngineProgress,
  onNote?: Note,
): Promise<string> {
  if (nameOrPath != null) requireKind(nameOrPath, 'string', "an engine's name or path");
  const kinds = { onProgress: 'function', onNote: 'function' } as const;
  return forCaller('resolveEngine', { onProgress, onNote }, kinds, (ours) =>
    libraryOf(nameOrPath, ours.onProgress, ours.onNote),
  );
}

async function libraryOf(
  nameOrPath: string | undefined,
  onProgress: EngineProgress | undefined,
  onNote: Note | undefined,
): Promise<string> {
  const wanted = nameOrPath || process.env.ISOCHRON_ENGINE || DEFAULT_ENGINE.name;
  if (!isEngineName(wanted)) {
    const path = await usablePath(lastingPath(wanted));
    requireTrustedLibrary(path, 'engine', onNote);
    return path;
  }
  const found =
    wanted === DEFAULT_ENGINE.name
      ? await defaultEngine(onProgress, onNote)
      : await namedEngine(wanted);
  requireTrustedLibrary(found, 'engine', onNote, '--engine');
  return found;
}

/** Told a sentence worth a line on stderr. */
type Note = (note: string) => void;

/**
 * A bare word is the name of an engine in the cache, whatever the current folder holds; one that is neither there nor a file
 * here can only be meant as a name.
 */
export function isEngineName(text: string): boolean {
  if (text.includes('/') || text.endsWith('.so')) return false;
  return (
    text === DEFAULT_ENGINE.name || existsSync(engineFolder({ name: text })) || !existsSync(text)
  );
}

/** The default engine's library in the cache, and whether it is what was installed. */
export async function cachedDefault(): Promise<{ path: string; state: SealState }> {
  const path = cachedLibrary(DEFAULT_ENGINE, engineArch(undefined));
  const record = await readRecord(dirname(path));
  // Without its record it is what an interrupted copy leaves.
  return { path, state: record === null ? 'absent' : await checkSeal(path, record.sha256) };
}

async function defaultEngine(
  onProgress: EngineProgress | undefined,
  onNote: Note | undefined,
): Promise<string> {
  const { path, state } = await cachedDefault();
  if (state === 'whole') return path;
  if (state === 'changed')
    onNote?.(`${path} was cut or changed since it was installed, and is fetched again.`);
  if (isMusl())
    throw new IsochronError(
      'E_ENGINE_UNAVAILABLE',
      'There is no engine for this machine.',
      NEEDS_GLIBC,
    );
  const { installEngine } = await import('./install-engine.js'); // a run that finds its engine needs no archive reader
  return (await installEngine({ onProgress })).path;
}

async function namedEngine(name: string): Promise<string> {
  const cached = await listEngines();
  const found = cached.find((engine) => engine.name === name && engine.usableHere);
  if (found) return found.path;
  const damaged = cached.find(
    ({ name: other, description }) =>
      other === name && description?.arch === process.arch && description.intact === false,
  );
  if (damaged)
    throw new IsochronError(
      'E_ENGINE_INVALID',
      `The engine ${damaged.path} was cut or changed since it was installed.`,
      'Copy or install it again.',
    );
  const names = [...new Set([DEFAULT_ENGINE.name, ...cached.map((engine) => engine.name)])];
  throw new UsageError(
    cached.some((engine) => engine.name === name)
      ? `The engine ${name} is in the cache, but not in a form that runs on ${process.arch}.`
      : `There is no engine named ${name}.`,
    `Known: ${names.join(', ')}. A path to a libtensorflowlite_c.so works too.`,
  );
}

async function usablePath(path: string): Promise<string> {
  const engine = await describeEngine(path);
  if (engine.arch !== process.arch)
    throw new IsochronError(
      'E_ENGINE_INVALID',
      `The engine ${path} is built for ${engine.arch}; this machine is ${process.arch}.`,
      '`isochron engine install` fetches one that fits.',
    );
  if (!engine.cApi)
    throw new IsochronError(
      'E_ENGINE_INVALID',
      `${path} is a shared library, but not one with TensorFlow Lite's C API.`,
      'It is called libtensorflowlite_c.so in TensorFlow’s own builds.',
    );
  return path;
}
