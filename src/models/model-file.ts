import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { IsochronError } from '../kernel/errors.js';
import { lastingPath } from '../kernel/files/lasting-path.js';
import { type BuildOptions, cachedModel } from './build-model.js';
import { parseModelName, unknownName } from './zoo/names.js';

/**
 * The file that a user means by a path or by a network's name; a network is built into the cache on first use. A file
 * of exactly that name comes first.
 *
 * @returns an absolute path
 * @throws IsochronError E_MODEL_MISSING for a path without a file; UsageError for a name that is no network's
 */
export async function modelFile(
  fileOrName: string,
  onProgress?: BuildOptions['onProgress'],
  onNote?: BuildOptions['onNote'],
): Promise<string> {
  if (isFile(fileOrName)) return lastingPath(fileOrName);
  if (parseModelName(fileOrName))
    return (await cachedModel(fileOrName, { onNote, ...(onProgress ? { onProgress } : {}) })).path;
  if (!existsSync(fileOrName)) throw noModel(fileOrName);
  return resolve(fileOrName);
}

/** What is said of a text that is neither a file nor a network: it was meant as whichever of them it looks like. */
export function noModel(fileOrName: string): IsochronError {
  return /[/\\]|\.tflite$/i.test(fileOrName)
    ? new IsochronError(
        'E_MODEL_MISSING',
        `There is no model file ${fileOrName}.`,
        '`isochron models list` shows the networks that can be named instead of a file.',
      )
    : unknownName(fileOrName);
}

/**
 * Whether something that is no folder is there under this name: a folder never hides a network. What cannot be looked at
 * counts as a file, so that reading it says why.
 */
export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return true;
  }
}
