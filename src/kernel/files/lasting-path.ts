/** Names of files that another process opens, too: /dev/stdin and /dev/fd/3 mean something else there. */
import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { IsochronError } from '../errors.js';

/** As the kernel has it (MAXSYMLINKS). */
const MAX_LINKS = 40;
const DESCRIPTORS = /^\/proc\/\d+(\/task\/\d+)?\/fd$/;
const QUIETLY = { bigint: true, throwIfNoEntry: false } as const;

/**
 * @returns the absolute path; where it leads through a descriptor of this process, that of the file or folder itself
 * @throws IsochronError E_NO_FILE for a descriptor of a file that has no name (removed, or a here-document); what is no file
 *   is for others to refuse
 */
export function lastingPath(path: string): string {
  const given = resolve(path);
  if (!isDescriptor(given)) {
    const folder = dirname(given); // it may lie in a folder that is named so: /dev/fd/3/model.tflite
    return folder === given ? given : join(lastingPath(folder), basename(given));
  }
  const open = statSync(given, QUIETLY);
  if (!open?.isFile() && !open?.isDirectory()) return given;
  const real = realpathOf(given);
  const named = real === null ? undefined : statSync(real, QUIETLY);
  if (real !== null && named?.dev === open.dev && named.ino === open.ino) return real;
  throw new IsochronError(
    'E_NO_FILE',
    `${path} is an open file without a name, and another process has to open it.`,
    'Name a file.',
  );
}

/** Follows links one by one, for realpath(3) does not tell where it has been. */
function isDescriptor(path: string): boolean {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const folder = realpathOf(dirname(at));
    if (folder === null) return false;
    if (DESCRIPTORS.test(folder)) return true;
    at = join(folder, basename(at));
    try {
      if (!lstatSync(at).isSymbolicLink()) return false;
      at = resolve(folder, readlinkSync(at));
    } catch {
      return false;
    }
  }
  return false;
}

function realpathOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
