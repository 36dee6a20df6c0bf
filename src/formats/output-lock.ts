/** The files of a run are written by one process at a time. */
import { basename, dirname } from 'node:path';
import type { SeriesName } from '../addon/streams.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { makeFolder } from '../kernel/files/atomic-file.js';
import { FileLock, outputLock } from '../kernel/files/lock-file.js';
import { targetOf } from '../kernel/files/target.js';
import { outputError } from '../kernel/files/write-reasons.js';
import { type Claim, CsvFile } from './csv-file.js';
import { seriesPath } from './series-file.js';
import { sidecarPath } from './sidecar.js';

/** Where a run writes. */
export interface RunOutput {
  csv: string;
  /** What else it records, each in a file of its own beside the CSV. */
  series: readonly SeriesName[];
}

export class OutputLock {
  readonly #locks: FileLock[];

  private constructor(locks: FileLock[]) {
    this.#locks = locks;
  }

  /**
   * Takes the files of runs that belong together: the CSVs and what is written beside each. `out` and `out.csv` share the
   * JSON, the samples of `out.csv` have a name that somebody may give with -o, and two links can lead to one file.
   * Nothing is locked that is no regular file, and no file is touched or made; the folder of a CSV is, where it is missing.
   *
   * @param dump where the model's outputs go, under names that every run gives them
   * @param claim tells of a file that another run writes by another name (a hard link), which no lock beside it knows
   * @throws IsochronError E_USAGE for a file that would be two; E_OUTPUT_BUSY while another run writes one of them; E_OUTPUT for what can't be written; what
   *   `FileLock.take` throws
   */
  static async take(
    runs: readonly RunOutput[],
    dump: readonly string[],
    claim: Claim,
  ): Promise<OutputLock> {
    const tables: string[] = [];
    const paths = new Map<string, string>();
    const dumped = new Map<string, string>();
    for (const { csv, series } of runs) {
      await makeFolderOf(csv);
      if ((await CsvFile.probe(csv)) === 'stream') continue;
      const beside = series.map((name) => seriesPath(csv, name));
      tables.push(csv, ...beside);
      for (const path of [csv, sidecarPath(csv), ...beside]) {
        const target = await targetOf(path);
        if (target.kind === 'file' && !paths.has(target.path)) paths.set(target.path, csv);
      }
    }
    for (const path of dump) {
      const target = await targetOf(path);
      if (target.kind !== 'file') continue;
      const csv = paths.get(target.path);
      if (csv !== undefined) throw twice(path, csv);
      dumped.set(target.path, path);
    }
    const locks: FileLock[] = [];
    try {
      // in one order for everybody, so that of two runs one gets all
      for (const path of [...paths.keys(), ...dumped.keys()].sort()) {
        const csv = paths.get(path);
        const taken = (pid: number) => (csv ? busy(csv, path, pid) : mixed(path, pid));
        locks.push(FileLock.take(outputLock(path), taken, path));
      }
      for (const path of [...tables, ...dumped.values()]) await CsvFile.probe(path, claim);
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

/** As `mkdir -p` does: a folder for results costs nobody a look, and a typing error shows in the path that is said at the end. */
async function makeFolderOf(csv: string): Promise<void> {
  const target = await targetOf(csv);
  if (target.kind !== 'file') return;
  await makeFolder(dirname(target.path)).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new IsochronError(
          'E_OUTPUT',
          `The folder of ${csv} can't be made.`,
          'Choose another with -o.',
        )
      : outputError(csv, error);
  });
}

const twice = (path: string, csv: string) =>
  new UsageError(
    `What is written for ${csv} (-o) and the outputs of the model (--dump-output) would both go to ${path}.`,
    'Choose another name with -o, or another folder with --dump-output.',
  );

const mixed = (path: string, pid: number) =>
  new IsochronError(
    'E_OUTPUT_BUSY',
    `${writtenBy(path, pid)}, and the outputs of this one would replace or mix with what is there.`,
    'Wait for its end, or choose another folder with --dump-output.',
  );

const busy = (csv: string, path: string, pid: number) =>
  new IsochronError(
    'E_OUTPUT_BUSY',
    `${writtenBy(path, pid)}.`,
    csv === path || csv.endsWith(basename(path))
      ? 'Wait for its end, or choose another path with -o.'
      : `This run would write it beside ${csv}: wait for the end of the other one, or choose another path with -o.`,
  );

const writtenBy = (path: string, pid: number) =>
  pid === process.pid
    ? `${path} is being written by another run of this process`
    : `${path} is being written by another run (process ${pid})`;
