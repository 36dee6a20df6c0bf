import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../kernel/user-folders.js';
import type { EngineDescription } from './describe-engine.js';
import { type EngineArch, type KnownEngine, LIBRARY_FILE } from './known-engines.js';

/** The folder that holds every fetched engine: `engines` in the cache (`ISOCHRON_CACHE`, XDG_CACHE_HOME or ~/.cache). */
export function engineCacheDir(): string {
  return cacheDir('engines');
}

/** The folder of one engine, all architectures: what an offline machine is given as a copy. */
export function engineFolder(engine: Pick<KnownEngine, 'name'>): string {
  return join(engineCacheDir(), engine.name);
}

/** Where the library of one architecture is kept. */
export function cachedLibrary(engine: Pick<KnownEngine, 'name'>, arch: EngineArch): string {
  return join(engineFolder(engine), `linux-${arch}`, LIBRARY_FILE);
}

/** An engine in the cache, whole or not. */
export interface CachedEngine {
  /** By which a definition's `engine` names it. */
  name: string;
  /** Absolute path of the library. */
  path: string;
  /** null where the library can't be read as one. */
  description: EngineDescription | null;
  /** Runs on this machine's architecture. */
  usableHere: boolean;
}

/** What the cache holds, by name and architecture. An absent cache is an empty list. */
export async function listEngines(): Promise<CachedEngine[]> {
  const { describeEngine } = await import('./describe-engine.js'); // where only a path is asked for, nothing is read
  const found: CachedEngine[] = [];
  for (const name of await folders(engineCacheDir()))
    for (const platform of await folders(join(engineCacheDir(), name))) {
      const path = join(engineCacheDir(), name, platform, LIBRARY_FILE);
      const description = await describeEngine(path).catch(() => null);
      const usableHere = description?.arch === process.arch && description.intact !== false;
      found.push({ name, path, description, usableHere });
    }
  return found;
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}
