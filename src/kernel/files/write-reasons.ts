import type { ErrorCode } from '../error-codes.js';
import { IsochronError } from '../errors.js';

/** What the file system says when it takes no file, in words: the reason, and what to do about it. */
export const WRITE_REASONS: Record<string, [reason: string, hint: string]> = {
  ENOSPC: ['the disk is full', 'Free some space, or choose another folder.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose another folder.'],
  EFBIG: [
    'it is larger than a file may be here',
    'Raise the limit (`ulimit -f`), or choose another disk.',
  ],
  EACCES: ['permission denied', 'Choose another folder, or change its permissions.'],
  EPERM: ['permission denied', 'Choose another folder, or change its permissions.'],
  EROFS: ['the file system is read-only', 'Choose another folder.'],
  ENOENT: ["its folder can't be made", 'Choose another folder.'],
  ENOTDIR: ['part of the path is a file, not a folder', 'Choose another path.'],
  EEXIST: ['part of the path is a file, not a folder', 'Choose another path.'],
  EISDIR: ['it is a folder', 'Name a file inside it.'],
  ELOOP: ['its symbolic links lead in a circle', 'Choose another path.'],
  EIO: ['the disk reports an error, and what was written may be lost', 'See dmesg.'],
  EPIPE: ['whatever was reading it has gone away', 'Choose another path.'],
  ENXIO: ['there is no such device', 'Choose another path.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter one.'],
  EBADF: ['this descriptor is not open for writing', 'Choose another path.'],
  ENFILE: [
    'too many files are open on this machine',
    'Raise the limit (`sysctl fs.file-max`), or end other programs.',
  ],
  EMFILE: ['too many files are open', 'Raise the limit (`ulimit -n`).'],
};

/** What the file system said of a file that is written as a whole, as an error of ours; anything else as it is. */
export function writeError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== 'string' || (error as NodeJS.ErrnoException).syscall === undefined)
    return error;
  const [reason, hint] = WRITE_REASONS[code] ?? [code, undefined];
  return new IsochronError('E_WRITE_FAILED', `Cannot write ${path}: ${reason}.`, hint);
}

const CHOOSE = 'Choose another path with -o.';

/**
 * What the file system said, as a sentence with its remedy.
 * @param kept it is of rows, and those that fitted stay
 */
export function outputError(path: string, error: unknown, kept = false): IsochronError {
  if (error instanceof IsochronError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const say = (sentence: string, hint: string, id: ErrorCode = 'E_OUTPUT') =>
    new IsochronError(id, sentence, hint);
  switch (code) {
    case 'ENOENT':
      return say(`The folder of ${path} does not exist.`, 'Create it first, or choose another.');
    case 'ENOTDIR':
      return say(`Part of the path ${path} is a file, not a folder.`, CHOOSE);
    case 'EISDIR':
      return say(`${path} is a folder.`, 'Name a file inside it.');
    case 'EACCES':
    case 'EPERM':
      return say(`${path} can't be written: permission denied.`, CHOOSE);
    case 'EROFS':
      return say(`${path} can't be written: its file system is read-only.`, CHOOSE);
    case 'ENOSPC':
    case 'EDQUOT':
      return say(
        `The disk of ${path} is full${kept ? '; the rows that fitted are kept' : ''}.`,
        'Free some space, or choose another path with -o.',
        'E_DISK_FULL',
      );
    case 'EPIPE':
      return say(`Whatever was reading ${path} has gone away.`, CHOOSE);
    default: {
      const [reason, hint] = WRITE_REASONS[code ?? ''] ?? [message ?? String(error), CHOOSE];
      return say(`${path} can't be written: ${reason}.`.replace(/\.\.$/, '.'), hint);
    }
  }
}
