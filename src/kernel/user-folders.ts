import { userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { IsochronError } from './errors.js';

/**
 * A per-user folder of ours. The XDG base directory specification says that a relative path in its variables is invalid and must
 * be ignored; so is a HOME that is empty or relative, for an engine is loaded from there and the current folder may be anybody's.
 */
function userFolder(own: string, xdg: string, belowHome: string, room: string): string | null {
  const named = process.env[own];
  if (named) return join(resolve(named), room);
  const base = process.env[xdg];
  if (base && isAbsolute(base)) return join(base, 'isochron', room);
  const home = userHome();
  return home === null ? null : join(home, belowHome, 'isochron', room);
}

const NO_HOME = 'HOME names no folder, and the system knows none of this user.';

/**
 * For things that can be made or fetched again. An offline board is served by copying it. `ISOCHRON_CACHE` names the folder
 * itself; otherwise it is `isochron` below XDG_CACHE_HOME, or below ~/.cache.
 *
 * @param room what it holds, e.g. `models` or `engines`
 * @returns an absolute path; the folder is not created
 * @throws IsochronError E_CACHE for a user without a home
 */
export function cacheDir(room: string): string {
  const folder = userFolder('ISOCHRON_CACHE', 'XDG_CACHE_HOME', '.cache', room);
  if (folder !== null) return folder;
  throw new IsochronError(
    'E_CACHE',
    `There is no place for the cache: ${NO_HOME}`,
    'ISOCHRON_CACHE names one.',
  );
}

/**
 * For what a user keeps and nothing can make again. `ISOCHRON_DATA` names the folder itself; otherwise it is `isochron` below
 * XDG_DATA_HOME, or below ~/.local/share.
 *
 * @param room what it holds, e.g. `baselines`
 * @returns an absolute path; the folder is not created
 * @throws IsochronError E_OUTPUT for a user without a home
 */
export function dataDir(room: string): string {
  const folder = userFolder('ISOCHRON_DATA', 'XDG_DATA_HOME', '.local/share', room);
  if (folder !== null) return folder;
  throw new IsochronError(
    'E_OUTPUT',
    `There is no place for ${room}: ${NO_HOME}`,
    'ISOCHRON_DATA names one.',
  );
}

/** HOME where that is a path, else what the system has for this user; null where it knows none. */
export function userHome(): string | null {
  const { HOME: given } = process.env;
  if (given && isAbsolute(given)) return given;
  try {
    const { homedir } = userInfo();
    return isAbsolute(homedir) ? homedir : null;
  } catch {
    return null; // a user without an entry, as containers have them
  }
}

/** A failed write as one of the cache: it is not the user's file that can't be written, and another folder will do. */
export function asCacheError(error: unknown): unknown {
  if (!(error instanceof IsochronError) || error.code !== 'E_WRITE_FAILED') return error;
  const reason = error.message.slice(error.message.lastIndexOf(': ') + 2);
  return new IsochronError(
    'E_CACHE',
    `The cache ${dirname(cacheDir('.room'))} can't be written: ${reason}`,
    'ISOCHRON_CACHE names another folder for it, one that can be written or one that was filled elsewhere.',
  );
}
