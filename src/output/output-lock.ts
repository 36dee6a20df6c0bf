/** The files of a run are written by one process at a time. */
import { basename } from 'node:path';
import { IsochronError } from '../errors.js';
import { FileLock, outputLock } from './lock-file.js';
import { sidecarPath } from './sidecar.js';
import { targetOf } from './target.js';

export class OutputLock {
  readonly #locks: FileLock[];

  private constructor(locks: FileLock[]) {
    this.#locks = locks;
  }

  /**
   * Takes the CSV of a run and the JSON beside it: `out` and `out.csv` share the latter, and two links can lead to one file.
   * Nothing is locked that is no regular file.
   *
   * @throws IsochronError E_OUTPUT_BUSY while another run writes there; what `FileLock.take` throws
   */
  static async take(csv: string): Promise<OutputLock> {
    const target = await targetOf(csv);
    if (target.kind !== 'file') return new OutputLock([]);
    const sidecar = await targetOf(sidecarPath(csv));
    const paths = new Set([target.path, ...(sidecar.kind === 'file' ? [sidecar.path] : [])]);
    const locks: FileLock[] = [];
    try {
      // in one order for everybody, so that of two runs one gets both
      for (const path of [...paths].sort())
        locks.push(FileLock.take(outputLock(path), (pid) => busy(csv, path, pid), path));
      return new OutputLock(locks);
    } catch (error) {
      for (const lock of locks) lock.release();
      throw error;
    }
  }

  release(): void {
    for (const lock of this.#locks) lock.release();
  }
}

const busy = (csv: string, path: string, pid: number) =>
  new IsochronError(
    'E_OUTPUT_BUSY',
    pid === process.pid
      ? `${path} is being written by another run of this process.`
      : `${path} is being written by another run (process ${pid}).`,
    csv === path || csv.endsWith(basename(path))
      ? 'Wait for its end, or choose another path with -o.'
      : `It would hold what is known of ${csv}: wait for the end of the other run, or choose another path with -o.`,
  );
