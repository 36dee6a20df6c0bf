import { userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { IsochronError } from './errors.js';

/**
 * The per-user folder for things that can be made or fetched again. An offline board is served by copying it.
 * `ISOCHRON_CACHE` names the folder itself; otherwise it is `isochron` below XDG_CACHE_HOME, or below ~/.cache.
 * The XDG base directory specification says that a relative XDG_CACHE_HOME is invalid and must be ignored;
 * so is a HOME that is empty or relative, for an engine is loaded from there and the current folder may be anybody's.
 *
 * @param room what it holds, e.g. `models` or `engines`
 * @returns an absolute path; the folder is not created
 * @throws IsochronError E_CACHE for a user without a home
 */
export function cacheDir(room: string): string {
  const own = process.env.ISOCHRON_CACHE;
  if (own) return join(resolve(own), room);
  const xdg = process.env.XDG_CACHE_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'isochron', room);
  const home = userHome();
  if (home !== null) return join(home, '.cache', 'isochron', room);
  throw new IsochronError(
    'E_CACHE',
    'There is no place for the cache: HOME names no folder, and the system knows none of this user.',
    'ISOCHRON_CACHE names one.',
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
