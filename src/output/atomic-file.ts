import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { IsochronError } from '../errors.js';

/**
 * Writes a file that is either wholly there or not at all: into a temporary neighbour, synced, then renamed.
 * Missing folders are made. On any failure the temporary file is removed and `path` is as it was.
 *
 * @param path the file to make or replace
 * @param write fills the open, empty file
 * @throws IsochronError E_WRITE_FAILED for what the file system refuses; anything else from `write` passes through
 */
export async function writeAtomically(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
  );
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw asWriteError(path, error);
  }
}

const REASONS: Record<string, [reason: string, hint: string]> = {
  ENOSPC: ['the disk is full', 'Free some space, or choose another folder.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose another folder.'],
  EACCES: ['the folder is not writable', 'Choose another folder, or change its permissions.'],
  EPERM: ['the folder is not writable', 'Choose another folder, or change its permissions.'],
  EROFS: ['the file system is read-only', 'Choose another folder.'],
  ENOTDIR: ['part of the path is a file, not a folder', 'Choose another path.'],
  EEXIST: ['part of the path is a file, not a folder', 'Choose another path.'],
  EISDIR: ['it is a folder', 'Name a file inside it.'],
};

function asWriteError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== 'string' || (error as NodeJS.ErrnoException).syscall === undefined)
    return error;
  const [reason, hint] = REASONS[code] ?? [code, undefined];
  return new IsochronError('E_WRITE_FAILED', `Cannot write ${path}: ${reason}.`, hint);
}
