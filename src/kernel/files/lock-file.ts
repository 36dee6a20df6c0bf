/**
 * A lock that lasts as long as its process: a file that says who holds it, so that what a killed process (or a power cut)
 * has left is told from work that goes on.
 *
 * No lock is ever taken away or replaced by another process, for between looking and doing it may have become a living
 * one. Who finds that the holder is gone links the name `PATH.ID` instead, with the id of the dead lock, and holds it by
 * that; link(2) lets exactly one do so. Locks thus form a chain, and its last link holds. Only that one removes files,
 * the first of them first: whoever has linked a name meanwhile sees that the beginning is another and gives it up.
 *
 * proper-lockfile 4.1 can't be it: its lock is a folder whose time it renews from a timer, beside the measuring. A dead
 * owner's is taken after ten seconds (2 at least), a stopped one's too; two who find it stale can both remove it, the second
 * the first one's new lock; and it does not say who holds it.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { IsochronError } from '../errors.js';
import { bootId, isAlive, pidNamespace } from '../living.js';
import { sha256Of } from '../sha256.js';
import { outputError } from './write-reasons.js';
import { processWriting } from './writing-process.js';

interface Holder {
  /** No two locks have the same. */
  id: string;
  pid: number;
  /** When the process began, in clock ticks since boot: two processes with one pid differ in it. */
  started: string | null;
  host: string;
  boot: ReturnType<typeof bootId>;
  pidNamespace: ReturnType<typeof pidNamespace>;
}

/** More locks of killed processes than this, one on the other, are no accident. */
const MAX_CHAIN = 1000;
const MAX_BYTES = 4096;

export class FileLock {
  /** The first file of the chain, and those that follow it. */
  readonly #files: readonly string[];
  readonly #own: Holder;

  private constructor(files: readonly string[], own: Holder) {
    this.#files = files;
    this.#own = own;
  }

  /**
   * Takes the lock for this process; it is taken until `release`, also for others in this process.
   *
   * @param busy what is said when the process with this pid holds it
   * @param subject what is named when the lock can't be written
   * @throws IsochronError what `busy` gives; E_LOCKED where nobody can tell whether the holder still works;
   *   E_OUTPUT or E_WRITE_FAILED when the lock can't be written
   */
  static take(path: string, busy: (pid: number) => IsochronError, subject = path): FileLock {
    const own = thisProcess();
    const temporary = `${path}.${own.id}.new`;
    try {
      writeWhole(temporary, own);
      for (;;) {
        const chain = follow(path, busy);
        const place = chain.at(-1)?.next ?? path;
        if (!tryLink(temporary, place, own)) continue; // somebody was quicker: look who
        if (chain[0] && quietly(() => read(path))?.id !== chain[0].holder.id) {
          rmSync(place, { force: true }); // the chain was given up meanwhile, and this end of it holds nothing
          continue;
        }
        const files = [...chain.map(({ file }) => file), place];
        clearRemains(path, new Set([...files, temporary]));
        return new FileLock(files, own);
      }
    } catch (error) {
      throw error instanceof IsochronError ? error : outputError(subject, error);
    } finally {
      removeQuietly(temporary);
    }
  }

  /** Does nothing the second time, or when somebody has removed the lock. */
  release(): void {
    const last = this.#files.at(-1) as string;
    if (quietly(() => read(last))?.id !== this.#own.id) return;
    for (const file of this.#files) removeQuietly(file);
  }
}

/** The lock's own helpers are named after it, and a name has at most 255 bytes. */
const MAX_NAME_BYTES = 150;

/** Where the lock of a file stands that a run writes: hidden, beside it. */
export function outputLock(path: string): string {
  const name = basename(path);
  const short = Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : sha256Of(name);
  return join(dirname(path), `.${short}.lock`);
}

/**
 * Nothing else is written over what a run of another process is writing.
 *
 * @throws IsochronError E_OUTPUT_BUSY; E_LOCKED where nobody can tell whether the run still works
 */
export function requireNoRun(path: string): void {
  const busy = (pid: number) =>
    new IsochronError(
      'E_OUTPUT_BUSY',
      `${path} is being written by a run (process ${pid}).`,
      'Wait for its end, or choose another path with -o.',
    );
  let holder = 0;
  try {
    follow(outputLock(path), (pid) => {
      holder = pid;
      return busy(pid);
    });
  } catch (error) {
    if (holder !== process.pid) throw error; // of its own files a run writes the JSON this way
  }
  // renamed meanwhile, or a hard link: no lock beside it tells
  const writer = processWriting(path);
  if (writer !== null) throw busy(writer);
}

/** The locks of processes that are gone, from the first one on; what `busy` gives is thrown for one that is not. */
function follow(
  path: string,
  busy: (pid: number) => IsochronError,
): { file: string; holder: Holder; next: string }[] {
  const chain: { file: string; holder: Holder; next: string }[] = [];
  for (let file = path; chain.length < MAX_CHAIN; ) {
    const holder = read(file);
    if (holder === null) return chain;
    switch (fateOf(holder)) {
      case 'works':
        throw busy(holder.pid);
      case 'unknown':
        throw new IsochronError(
          'E_LOCKED',
          `${file} is a lock of process ${holder.pid} on ${holder.host}, and from here nobody can tell whether it still works.`,
          'If it has ended, remove that file.',
        );
      case 'gone': {
        const next = `${path}.${holder.id}`;
        chain.push({ file, holder, next });
        file = next;
      }
    }
  }
  throw new IsochronError(
    'E_LOCKED',
    `${path} has been left by more than ${MAX_CHAIN} processes that were killed.`,
    'Remove it and the files beside it that begin with its name.',
  );
}

/** Of a container that was started again everything may be the same but the namespace. */
function fateOf(holder: Holder): 'works' | 'gone' | 'unknown' {
  const own = thisProcess();
  if (holder.host !== own.host) return 'unknown';
  if (holder.boot !== null && own.boot !== null && holder.boot !== own.boot) return 'gone';
  if (holder.pidNamespace !== own.pidNamespace) return 'unknown';
  const now = statOf(holder.pid);
  if (now !== null)
    return now.ended || (holder.started !== null && now.started !== holder.started)
      ? 'gone'
      : 'works';
  // its entry in /proc may be hidden (hidepid)
  return isAlive(holder.pid) ? 'works' : 'gone';
}

const thisProcess = (): Holder => ({
  id: randomUUID(),
  pid: process.pid,
  started: statOf(process.pid)?.started ?? null,
  host: hostname(),
  boot: bootId(),
  pidNamespace: pidNamespace(),
});

/** proc_pid_stat(5): state and starttime. A zombie does nothing any more, whoever has still to wait for it. */
function statOf(pid: number): { started: string | null; ended: boolean } | null {
  return quietly(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19] ?? null, ended: fields[0] === 'Z' || fields[0] === 'X' };
  });
}

/**
 * The lock in a file; null where there is none.
 * @throws IsochronError E_LOCKED for a file that is none, or not yet: it is never taken for one of a process that is gone
 */
function read(file: string): Holder | null {
  let text = '';
  try {
    const stat = lstatSync(file);
    if (stat.isFile() && stat.size <= MAX_BYTES) text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const value = quietly(() => JSON.parse(text) as Partial<Holder> | null);
  const { id, pid, started, host, boot, pidNamespace } = value ?? {};
  const isText = (part: unknown) => part === null || typeof part === 'string';
  if (
    typeof id === 'string' &&
    /^[\w-]{1,64}$/.test(id) &&
    Number.isInteger(pid) &&
    (pid as number) > 0 &&
    typeof host === 'string' &&
    [started, boot, pidNamespace].every(isText)
  )
    return value as Holder;
  throw new IsochronError(
    'E_LOCKED',
    `${file} should be a lock, but it does not say whose.`,
    'If no isochron is at work there, remove that file.',
  );
}

function writeWhole(file: string, holder: Holder): void {
  const descriptor = openSync(file, 'wx', 0o644);
  try {
    writeSync(descriptor, JSON.stringify(holder));
    fsyncSync(descriptor); // after a power cut the lock is whole, or not there
  } finally {
    closeSync(descriptor);
  }
}

/** False where the name is taken. */
function tryLink(temporary: string, place: string, own: Holder): boolean {
  try {
    linkSync(temporary, place);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP')
      throw error;
  }
  // a file system without hard links (FAT): others may see the file before it is whole, and refuse until then
  try {
    writeWhole(place, own);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What killed processes have left beside the lock: files that were about to become one, and ends of chains. */
function clearRemains(path: string, keep: ReadonlySet<string>): void {
  const folder = dirname(path);
  for (const name of quietly(() => readdirSync(folder)) ?? []) {
    const file = join(folder, name);
    if (!name.startsWith(`${basename(path)}.`) || keep.has(file)) continue;
    const holder = quietly(() => read(file));
    if (holder !== null && fateOf(holder) === 'gone') removeQuietly(file);
  }
}

/** For what may fail, and is then as if it were not there. */
function quietly<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}

const removeQuietly = (file: string): void => {
  quietly(() => rmSync(file, { force: true }));
};
