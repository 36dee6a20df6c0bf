/** Where an output path leads: to a file that may be replaced, or to something that can only be written into. */
import { isUtf8 } from 'node:buffer';
import { constants, fstat, write } from 'node:fs';
import { lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../errors.js';

/** What both a file handle and an open descriptor of this process can do. */
export interface OutputHandle {
  /** All of it, however many writes that takes. */
  writeFile(data: string | Uint8Array): Promise<void>;
  write(
    bytes: Uint8Array,
    from: number,
    length: number,
    position: null,
  ): Promise<{ bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export type Target =
  /** A regular file, or none yet. `path` is the file itself: symbolic links are followed, also one to nowhere. */
  | { kind: 'file'; path: string }
  /** A device, a FIFO: never replaced, never emptied. */
  | { kind: 'stream'; path: string }
  /** What this process has open already, such as /dev/stdout. Opening it by name would lose its place, or a socket. */
  | { kind: 'descriptor'; descriptor: number };

/** As the kernel has it (MAXSYMLINKS). */
const MAX_LINKS = 40;
/** Of a process, or of one of its threads, which have the same. */
const DESCRIPTOR_FOLDER = /^\/proc\/(\d+)(?:\/task\/\d+)?\/fd$/;

/**
 * A path that ends in a slash is one of a folder, also where nothing is yet; joined or resolved it would be a file's.
 * @throws UsageError E_USAGE
 */
export function requireFileName(path: string): void {
  if (/\/\.{0,2}$/.test(path))
    throw new UsageError(
      `${path} names a folder, and a file is to be written.`,
      'Name a file in it.',
    );
}

/**
 * Follows `path`. A folder counts as a file; writing to it will say what is wrong.
 * @throws UsageError E_USAGE for a name that only a folder can have; for a link to a name that is no UTF-8, for Node would write to
 *   another
 */
export async function targetOf(path: string): Promise<Target> {
  requireFileName(path);
  let at = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    const folder = await realpath(dirname(at)).catch(() => null);
    if (folder === null) return { kind: 'file', path: at };
    at = join(folder, basename(at));
    const owner = DESCRIPTOR_FOLDER.exec(folder)?.[1];
    if (owner !== undefined) {
      // its number where /proc comes from, which in a container may not be this one's
      const own = basename(await realpath('/proc/self'));
      return owner === own && /^\d+$/.test(basename(at))
        ? { kind: 'descriptor', descriptor: Number(basename(at)) }
        : { kind: 'stream', path: at };
    }
    const there = await lstat(at).catch(() => null);
    if (!there?.isSymbolicLink())
      return there === null || there.isFile() || there.isDirectory()
        ? { kind: 'file', path: at }
        : { kind: 'stream', path: at };
    const link = await readlink(at, { encoding: 'buffer' });
    if (!isUtf8(link))
      throw new UsageError(
        `${path} leads to a name that is no UTF-8, and Node can't tell such names.`,
        'Rename the file, or name another after -o.',
      );
    at = resolve(folder, link.toString());
  }
  // the system's own error for it
  await stat(path);
  return { kind: 'file', path: at };
}

/**
 * Nobody is to lose a file by a slip: an output that is one of the files read, by whatever path or link, or the JSON that
 * says what a run or a sweep was (`-o run.json` for `-o run.csv`).
 *
 * @param inputs paths, with what each is in a sentence; one that is not there is none
 * @throws UsageError E_USAGE
 */
export async function requireOtherFile(
  output: string,
  inputs: readonly { path: string; what: string }[],
  hint = 'Name another file after -o.',
): Promise<void> {
  const there = await stat(output).catch(() => null);
  if (!there?.isFile()) return;
  const lost = (what: string) => new UsageError(`${output} is ${what}, and would be lost.`, hint);
  for (const { path, what } of inputs) {
    const found = await stat(path).catch(() => null);
    if (found?.dev === there.dev && found.ino === there.ino) throw lost(what);
  }
  const kind = await kindOf(output);
  if (kind === 'run') throw lost('the JSON of a run');
  if (kind === 'sweep') throw lost('the manifest of a sweep');
}

/** Which of isochron's own records a file is, by how it begins, for it can be long. */
async function kindOf(path: string): Promise<string | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    const head = buffer.toString('utf8', 0, bytesRead);
    return /^\s*\{\s*"format"\s*:\s*"isochron-(run|sweep)"/.exec(head)?.[1] ?? null;
  } finally {
    await file.close();
  }
}

/** Whether what is written there comes out of this process's standard output, where nothing else should come then. */
export async function isStandardOutput(path: string): Promise<boolean> {
  const target = await targetOf(path).catch(() => null);
  return target?.kind === 'descriptor' && target.descriptor === 1;
}

/** Opens what is no file to be replaced, for writing into it. */
export async function openStream(target: Exclude<Target, { kind: 'file' }>): Promise<OutputHandle> {
  // for a FIFO this waits until somebody reads, as a shell does
  if (target.kind === 'stream') return open(target.path, constants.O_WRONLY | constants.O_NOCTTY);
  await promisify(fstat)(target.descriptor); // EBADF, before anything is made
  return new OpenDescriptor(target.descriptor);
}

/** Calls a sync of a handle. What can't be synced (a pipe, a device) needs none; any other failure is one of writing. */
export async function synced(sync: () => Promise<void>): Promise<void> {
  try {
    await sync();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error;
  }
}

/**
 * Syncs a folder: what was renamed or made in it is there after a power cut, too. One that may not be read can't be.
 * @throws the system's error
 */
export async function syncedFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES') return null;
      throw error;
    },
  );
  if (handle === null) return;
  try {
    await synced(() => handle.sync());
  } finally {
    await handle.close();
  }
}

const writeTo = promisify(write) as (
  descriptor: number,
  bytes: Uint8Array,
  from: number,
  length: number,
  position: null,
) => Promise<{ bytesWritten: number }>;

/** A descriptor that others have opened and go on using: it is neither closed nor cut. */
class OpenDescriptor implements OutputHandle {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async write(bytes: Uint8Array, from: number, length: number, position: null) {
    for (;;) {
      try {
        return await writeTo(this.#descriptor, bytes, from, length, position);
      } catch (error) {
        // Node may have made a pipe non-blocking, and its reader is slow
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await new Promise((again) => setTimeout(again, 5));
      }
    }
  }

  async writeFile(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let done = 0; done < bytes.length; )
      done += (await this.write(bytes, done, bytes.length - done, null)).bytesWritten;
  }

  async truncate(): Promise<void> {}
  async sync(): Promise<void> {}
  async datasync(): Promise<void> {}
  async close(): Promise<void> {}
}
