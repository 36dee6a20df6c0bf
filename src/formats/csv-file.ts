/** A CSV file that grows by whole rows, so that it parses after every write, whatever happens to this process then. */
import { constants } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { IsochronError } from '../kernel/errors.js';
import { type OutputHandle, openStream, synced, targetOf } from '../kernel/files/target.js';
import { outputError } from '../kernel/files/write-reasons.js';
import type { Cell } from './row-format.js';

/** Longest time that a row waits in memory. */
const FLUSH_MS = 100;
/** Rows that are encoded at a time; about the size of one write. */
const BATCH_ROWS = 200;
/** A write of this many bytes doesn't wait for the timer. */
const WRITE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Takes an open file for this run (flock); false where another one has it, by whatever name. */
export type Claim = (descriptor: number) => boolean;

/** Rows as CSV text, each ended by a newline; null cells are empty. */
export function encodeRows(rows: readonly (readonly Cell[])[]): string {
  // The synchronous API of csv-stringify in batches costs about 0.15 of a core at 10,000 rows of 36 columns a second.
  return stringify(rows as Cell[][]);
}

/**
 * Appends rows to a file without ever blocking the event loop: `append` encodes and queues, the thread pool writes.
 * Every write() holds whole rows, and none waits for more than 100 ms. When the disk is full, what is on it stays,
 * cut back to its last whole row, and the next `append` (or `close`) throws.
 */
export class CsvFile {
  readonly path: string;
  readonly #file: OutputHandle;
  /** The same, where it is a regular file and has a name to lose. */
  readonly #named: FileHandle | null;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #writtenBytes = 0;
  #error: IsochronError | null = null;
  #closed = false;

  private constructor(path: string, file: OutputHandle, named: FileHandle | null) {
    this.path = path;
    this.#file = file;
    this.#named = named;
  }

  /**
   * Creates (or empties) the file and writes its header.
   * @param claim asked before anything in a regular file is touched
   * @throws IsochronError E_OUTPUT when the folder is missing or the file can't be written, E_DISK_FULL; E_OUTPUT_BUSY
   *   where `claim` refuses
   */
  static async create(
    path: string,
    header: readonly string[],
    claim: Claim = () => true,
  ): Promise<CsvFile> {
    let file: OutputHandle;
    let named: FileHandle | null = null;
    try {
      const target = await targetOf(path);
      if (target.kind === 'file') file = named = await openEmpty(path, target.path, claim);
      else file = await openStream(target);
    } catch (error) {
      throw outputError(path, error);
    }
    const csv = new CsvFile(path, file, named);
    csv.append([header]);
    try {
      await csv.flush();
    } catch (error) {
      csv.#closed = true;
      await file.close().catch(() => {});
      throw error;
    }
    return csv;
  }

  /**
   * Says whether `path` could be written, without touching or making anything: a file that is there says that a run
   * has begun. Symbolic links are followed.
   * A device or pipe is not opened: closing it again would tell a pipe's reader that nothing comes.
   * @returns 'file' for a regular file, 'stream' for a device, a pipe or an open descriptor such as /dev/stdout
   * @param claim asked of a regular file that is there, and given back
   * @throws IsochronError E_OUTPUT when the folder is missing or the file can't be written; E_OUTPUT_BUSY where `claim`
   *   refuses
   */
  static async probe(path: string, claim: Claim = () => true): Promise<'file' | 'stream'> {
    try {
      const target = await targetOf(path);
      if (target.kind === 'file') {
        await requireWritable(path, target.path, claim);
        return 'file';
      }
      if (target.kind === 'stream') await access(target.path, constants.W_OK);
      return 'stream';
    } catch (error) {
      throw outputError(path, error);
    }
  }

  /** Bytes that are in the file. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Bytes that wait to be written: grows when the disk is slower than the rows. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Queues rows for writing.
   * @throws IsochronError what an earlier write failed with
   */
  append(rows: Iterable<readonly Cell[]>): void {
    if (this.#error !== null) throw this.#error;
    if (this.#closed) throw new IsochronError('E_OUTPUT', `${this.path} is already closed.`);
    let batch: (readonly Cell[])[] = [];
    for (const row of rows) {
      batch.push(row);
      if (batch.length === BATCH_ROWS) {
        this.#enqueue(batch);
        batch = [];
      }
    }
    if (batch.length > 0) this.#enqueue(batch);
    if (this.#queuedBytes === 0) return;
    if (this.#queuedBytes >= WRITE_BYTES) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), FLUSH_MS);
  }

  /**
   * Resolves when everything that was appended is in the file (not necessarily on the disk).
   * @throws IsochronError what a write failed with
   */
  async flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#writing !== null) {
      this.#start();
      await this.#writing;
    }
    if (this.#error !== null) throw this.#error;
  }

  /**
   * Writes what is left, syncs and closes. Harmless when called again.
   * @throws IsochronError what a write failed with, or E_OUTPUT_CHANGED where the path no longer leads to what was written; the
   *   file is closed all the same
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.flush();
      await synced(() => this.#file.datasync());
      if (this.#named !== null) await this.#requireOwn(this.#named);
    } catch (error) {
      await this.#file.close().catch(() => {});
      throw outputError(this.path, error, true);
    }
    await this.#file.close().catch((error: unknown) => {
      throw outputError(this.path, error, true); // what NFS could not store
    });
  }

  /** Others may remove, replace or change a file while it is open, and no write fails of it. */
  async #requireOwn(file: FileHandle): Promise<void> {
    const own = await file.stat({ bigint: true });
    const there = await stat(this.path, { bigint: true }).catch(() => null);
    const became =
      there === null
        ? 'removed or renamed'
        : there.dev !== own.dev || there.ino !== own.ino
          ? 'replaced'
          : Number(own.size) !== this.#writtenBytes
            ? 'changed'
            : null;
    if (became !== null)
      throw new IsochronError(
        'E_OUTPUT_CHANGED',
        `${this.path} was ${became} by somebody else while it was being written.`,
        'Run it again, and leave the file alone until the end.',
      );
  }

  #enqueue(rows: readonly (readonly Cell[])[]): void {
    const bytes = Buffer.from(encodeRows(rows));
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // A write in progress takes the queue along.
    if (this.#writing !== null || this.#queue.length === 0 || this.#error !== null) return;
    this.#writing = this.#writeAll()
      .catch((error: unknown) => {
        this.#error = outputError(this.path, error, true);
        this.#queue = [];
        this.#queuedBytes = 0;
      })
      .finally(() => {
        this.#writing = null;
        // What came between the last look at the queue and now.
        this.#start();
      });
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const chunk = this.#nextChunk();
      let done = 0;
      try {
        while (done < chunk.length) {
          const { bytesWritten } = await this.#file.write(chunk, done, chunk.length - done, null);
          done += bytesWritten;
        }
      } catch (error) {
        await this.#keepWholeRows(chunk, done);
        throw error;
      }
      this.#writtenBytes += chunk.length;
      this.#queuedBytes -= chunk.length;
    }
  }

  /** Whole batches from the queue, up to about the size of one write. */
  #nextChunk(): Buffer {
    let bytes = 0;
    let n = 0;
    while (n < this.#queue.length && (n === 0 || bytes < WRITE_BYTES)) {
      bytes += (this.#queue[n] as Buffer).length;
      n++;
    }
    const taken = this.#queue.splice(0, n);
    return taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken);
  }

  /** A full disk may take part of a write: cut the file back to its last whole row. */
  async #keepWholeRows(chunk: Buffer, done: number): Promise<void> {
    const whole = done === 0 ? 0 : chunk.lastIndexOf(NEWLINE, done - 1) + 1;
    this.#writtenBytes += whole;
    await this.#file.truncate(this.#writtenBytes).catch(() => {}); // pipes and devices can't
  }
}

/** Emptied only when it is this run's. */
async function openEmpty(path: string, file: string, claim: Claim): Promise<FileHandle> {
  // appending, for what somebody empties meanwhile would else be filled up with NULs
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
  const handle = await open(file, flags);
  try {
    if (!claim(handle.fd)) throw busy(path);
    await handle.truncate(0);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Of a file that does not exist, its folder has to be writable. */
async function requireWritable(path: string, file: string, claim: Claim): Promise<void> {
  try {
    const handle = await open(file, constants.O_WRONLY | constants.O_APPEND);
    try {
      if (!claim(handle.fd)) throw busy(path);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await access(dirname(file), constants.W_OK | constants.X_OK);
  }
}

const busy = (path: string) =>
  new IsochronError(
    'E_OUTPUT_BUSY',
    `${path} is being written by another run, which has it by another name (a hard link, or the one that it had before).`,
    'Wait for its end, or choose another path with -o.',
  );

/**
 * Drops an unfinished last row, which a process that is killed in the middle of a write() can leave behind (the
 * kernel may end a write that spans pages between two of them).
 * @returns the number of bytes dropped
 */
export async function dropUnfinishedRow(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, WRITE_BYTES));
    let end = size;
    while (end > 0) {
      const from = Math.max(0, end - tail.length);
      const { bytesRead } = await file.read(tail, 0, end - from, from);
      const at = tail.subarray(0, bytesRead).lastIndexOf(NEWLINE);
      if (at >= 0) {
        const keep = from + at + 1;
        if (keep < size) await file.truncate(keep);
        return size - keep;
      }
      end = from;
    }
    if (size > 0) await file.truncate(0);
    return size;
  } finally {
    await file.close();
  }
}
