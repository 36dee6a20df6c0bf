/**
 * The one way in which whole files are written, wherever `-o` leads.
 *
 * write-file-atomic 7 can't be it: it wants the content in one piece (a network has 575 MB) and hands it to one write(2), whose
 * short count it does not look at; it opens its temporary file through whatever stands under that foreseeable name, renames
 * over devices and FIFOs, and leaves a killed process's remains.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  access,
  copyFile,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { ReaderGone } from '../errors.js';
import { bootId, isAlive, pidNamespace } from '../living.js';
import { sha256Of } from '../sha256.js';
import { requireNoRun } from './lock-file.js';
import { openStream, synced, syncedFolder, targetOf } from './target.js';
import { WRITE_REASONS, writeError } from './write-reasons.js';

/** What `write` is given: it appends. */
export interface OutputFile {
  writeFile(data: string | Uint8Array): Promise<void>;
}

/**
 * Writes a file that is either wholly there or not at all: into a temporary neighbour, synced, then renamed, and the rename
 * synced, too. Missing folders are made. On any failure the temporary file is removed and `path` is as it was.
 *
 * Only a regular file is ever replaced, and keeps its owner and its permissions; of a symbolic link it is the file that
 * it leads to. A device, a FIFO or a descriptor of this process (/dev/stdout) is written into.
 *
 * @param path the file to make or replace
 * @param write fills the open, empty file
 * @throws IsochronError E_WRITE_FAILED for what the file system refuses, E_OUTPUT_BUSY while a run writes that file; anything
 *   else from `write` passes through
 */
export async function writeAtomically(
  path: string,
  write: (file: OutputFile) => Promise<void>,
): Promise<void> {
  try {
    const target = await targetOf(path);
    if (target.kind === 'file') await replace(target.path, write);
    else
      await fill(await openStream(target), write).catch((error: NodeJS.ErrnoException) => {
        const toStdout = target.kind === 'descriptor' && target.descriptor === 1;
        throw error.code === 'EPIPE' && toStdout ? readerGone(path) : error;
      });
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * The same for a file of the cache, which may lie in another user's folder: whatever has its name, a link, a FIFO or another
 * user's file, is replaced itself and nothing is written through it. The file belongs to whoever writes it.
 *
 * @throws IsochronError E_WRITE_FAILED; anything else from `write` passes through
 */
export async function writeInCache(
  path: string,
  write: (file: OutputFile) => Promise<void>,
): Promise<void> {
  try {
    await renameOver(path, null, write);
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * Finds out before long work whether `writeAtomically` will have where to write. Missing folders are made.
 *
 * @throws IsochronError E_WRITE_FAILED, E_OUTPUT_BUSY
 */
export async function requireWritable(path: string): Promise<void> {
  try {
    const target = await targetOf(path);
    if (target.kind === 'descriptor') return;
    if (target.kind === 'stream') return await access(target.path, constants.W_OK);
    const before = await stat(target.path).catch(() => null);
    if (before?.isDirectory())
      throw Object.assign(new Error(), { code: 'EISDIR', syscall: 'open' });
    requireNoRun(target.path);
    if (before) await access(target.path, constants.W_OK);
    const folder = dirname(target.path);
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw writeError(path, error);
  }
}

async function replace(path: string, write: (file: OutputFile) => Promise<void>): Promise<void> {
  const before = await stat(path).catch(() => null);
  if (before?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR', syscall: 'open' });
  requireNoRun(path);
  // rename() asks only for the folder's permission
  if (before) await access(path, constants.W_OK);
  await renameOver(path, before, write);
}

/** @param before the file whose owner and permissions it is to have */
async function renameOver(
  path: string,
  before: Stats | null,
  write: (file: OutputFile) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  await clearRemains(folder);
  const temporary = join(folder, temporaryName());
  try {
    const file = await open(temporary, 'wx');
    if (before) await likeBefore(file, before);
    await fill(file, write);
    await rename(temporary, path).catch(async (error: NodeJS.ErrnoException) => {
      // a file that is mounted by itself, as containers have it, can't be replaced
      if (error.code !== 'EBUSY' || before === null) throw error;
      await copyFile(temporary, path);
      await rm(temporary);
    });
    // until then a power cut may bring back what was there before
    await syncedFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** The close, too, can be what a write fails with (NFS). */
async function fill(
  file: OutputFile & Pick<FileHandle, 'sync' | 'close'>,
  write: (file: OutputFile) => Promise<void>,
): Promise<void> {
  try {
    await write(file);
    await synced(() => file.sync());
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
  await file.close();
}

/** Nobody gets to read or write, by our replacing it, what they could not before. Giving it back to its owner needs root. */
async function likeBefore(file: FileHandle, before: Stats): Promise<void> {
  const now = await file.stat();
  if (now.uid !== before.uid || now.gid !== before.gid)
    await file.chown(before.uid, before.gid).catch(() => {});
  if ((now.mode & 0o777) !== (before.mode & 0o777))
    await file.chmod(before.mode & 0o777).catch(() => {});
}

/**
 * Makes a folder and those above it that are missing. Node's own way to do so never ends in /proc, and says ENOENT for
 * other reasons.
 * @throws the system's error
 */
export async function makeFolder(folder: string): Promise<void> {
  if ((await stat(folder).catch(() => null))?.isDirectory()) return;
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder).catch(() => null))?.isDirectory()) return; // made meanwhile
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}

const HEX = 8;
const PATTERN = /^\.isochron-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp$/;

/** Says who writes it, so that what a killed process has left can be told and cleared. */
const temporaryName = () =>
  `.isochron-${place()}-${boot()}-${process.pid}-${randomBytes(HEX / 2).toString('hex')}.tmp`;

const cleared = new Set<string>();

/**
 * Removes the temporary files of processes that are gone, once for each folder. Only files of this user, and only where
 * it is certain: a process of another machine or container can't be seen from here.
 */
async function clearRemains(folder: string): Promise<void> {
  if (cleared.has(folder)) return;
  cleared.add(folder);
  for (const name of await readdir(folder).catch(() => [])) {
    const [ours, where, when, pid] = PATTERN.exec(name) ?? [];
    if (!ours) continue; // of the ten thousand results beside it nothing is asked
    if (where !== place() || (when === boot() && isAlive(Number(pid)))) continue;
    const file = join(folder, name);
    const found = await lstat(file).catch(() => null);
    if (found?.isFile() && found.uid === process.geteuid?.())
      await rm(file, { force: true }).catch(() => {});
  }
}

const digest = (text: string) => sha256Of(text).slice(0, HEX);
/** Where a pid means the same process: a machine, and in it a namespace. */
const place = () => digest(`${hostname()} ${pidNamespace() ?? ''}`);
/** Until the machine is started again. */
const boot = () => digest(bootId() ?? '');

const readerGone = (path: string) => {
  const [reason, hint] = WRITE_REASONS.EPIPE as [string, string];
  return new ReaderGone('E_WRITE_FAILED', `Cannot write ${path}: ${reason}.`, hint);
};
