/** The files of one run: CSV, samples, sidecar, and the copy of the rows that goes to stdout. */

import { forEachSeries, type SeriesName, STREAMS } from '../addon/streams.js';
import type { Plan } from '../benchmark/plan.js';
import { type Claim, CsvFile, encodeRows } from '../formats/csv-file.js';
import { requireNoForeignDump } from '../formats/dump-files.js';
import { extendedFormat } from '../formats/extended.js';
import type { Cell, JobRow, RowFormat } from '../formats/row-format.js';
import { rtbenchFormat } from '../formats/rtbench.js';
import { requireNoForeignSeries, seriesPath } from '../formats/series-file.js';
import {
  requireNoForeignFile,
  type Sidecar,
  sidecarPath,
  writeSidecar,
} from '../formats/sidecar.js';
import { markFailed, type Unfinished } from '../formats/unfinished.js';
import { type ErrorInfo, toErrorInfo } from '../kernel/errors.js';
import { requireOtherFile, targetOf } from '../kernel/files/target.js';
import { eachRecord } from './recorder.js';
import { SERIES, type SeriesFacts, seriesOf } from './series.js';

/** Rows that the disk has not taken yet: beyond this the reading of the pipe waits, and the ring counts losses. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

export interface FormatFacts extends SeriesFacts {
  periodNs: number;
  deadlineNs: number | null;
  extras: readonly string[];
  ticksPerSecond: number;
}

const FORMAT: Readonly<Record<Plan['format'], (facts: FormatFacts) => RowFormat>> = {
  extended: extendedFormat,
  rtbench: rtbenchFormat,
};

/** A stream of records besides the jobs'. */
interface Series {
  row: (view: DataView, offset: number) => Cell[] | null;
  /** Absent where the run has no file for it. */
  file?: CsvFile;
}

/** What the job reads, with what each file is to the run. */
function filesRead({ workload }: Plan): { path: string; what: string }[] {
  if (workload.kind === 'plugin')
    return [{ path: workload.path, what: 'the plugin that is to run' }];
  if (workload.kind !== 'model') return [];
  return [
    { path: workload.path, what: 'the model that is to run' },
    { path: workload.engine, what: 'the engine' },
    ...workload.inputs.map(({ path }) => ({ path, what: 'an input of the model' })),
  ];
}

/** By name, `OutputLock` has told the files of the run from those of the dump; they may be the same by a hard link. */
async function requireOwnDump(plan: Plan): Promise<void> {
  const { workload, output } = plan;
  if (workload.kind !== 'model' || workload.dumpOutput === null) return;
  const others = filesRead(plan);
  if (output !== null) others.push({ path: output, what: 'the CSV of this run' });
  if (output !== null)
    for (const name of seriesOf(plan))
      others.push({
        path: seriesPath(output, name),
        what: `the ${STREAMS[name].title} of this run`,
      });
  await requireNoForeignDump(workload.dumpOutput, workload.outputs ?? 0, others);
}

export class RunFiles {
  /** Records that have come, by stream; those that become no row included. */
  readonly taken = forEachSeries(() => 0);
  /** Those of them that are rows. */
  readonly tabled = forEachSeries(() => 0);
  readonly #plan: Plan;
  #csv: CsvFile | null = null;
  #format: RowFormat | null = null;
  readonly #series = new Map<SeriesName, Series>();
  #onRows: ((csv: string) => void) | undefined;
  /** Sidecar and series stand beside a regular file only: not beside /dev/stdout or /dev/full. */
  #sidecar: string | null = null;
  /** Files that a write has failed for. */
  readonly #incomplete = new Set<string>();
  /** From here on what stands at the path is this run's, and gets a last word. */
  #touched = false;
  readonly #claim: Claim;
  /** From the first word of the sidecar to its last one. */
  #unfinished: Unfinished | null = null;
  /** The program may end under its run, by process.exit() or an exception. */
  readonly #onExit = () => this.#unfinished && markFailed(this.#unfinished);

  private constructor(plan: Plan, claim: Claim) {
    this.#plan = plan;
    this.#claim = claim;
  }

  /**
   * Checks, before anything is run, that no file is lost which is somebody else's. That the output can be written and is
   * free, `OutputLock` has found.
   *
   * @param claim takes an open file for this run; where another has it, `begin` throws E_OUTPUT_BUSY
   * @throws IsochronError E_USAGE, E_OUTPUT
   */
  static async open(plan: Plan, claim: Claim): Promise<RunFiles> {
    const files = new RunFiles(plan, claim);
    await requireOwnDump(plan);
    if (plan.output === null) return files;
    await requireOtherFile(plan.output, filesRead(plan));
    if ((await targetOf(plan.output)).kind !== 'file') return files;
    files.#sidecar = sidecarPath(plan.output);
    await requireNoForeignFile(files.#sidecar);
    for (const name of seriesOf(plan))
      await requireNoForeignSeries(seriesPath(plan.output, name), name, SERIES[name].columns);
    return files;
  }

  /** Something was written: before that, what earlier runs have left is as it was. */
  get touched(): boolean {
    return this.#touched;
  }

  /** Writes the headers and the sidecar of a running run. */
  async begin(facts: FormatFacts, report: Sidecar, onRows?: (csv: string) => void): Promise<void> {
    this.#format = FORMAT[this.#plan.format](facts);
    this.#onRows = onRows;
    onRows?.(encodeRows([this.#format.header]));
    for (const name of seriesOf(this.#plan))
      this.#series.set(name, { row: SERIES[name].reader(facts) });
    if (this.#plan.output === null) return;
    this.#touched = this.#sidecar === null; // what is no file is written into, and a file first claimed
    this.#csv = await this.#create(this.#plan.output, this.#format.header);
    report.files = { csv: this.#plan.output, ...forEachSeries(() => null) };
    report.streams = [{ name: 'jobs', columns: [...this.#format.header], file: this.#plan.output }];
    if (this.#sidecar === null) return;
    for (const [name, series] of this.#series) {
      const path = seriesPath(this.#plan.output, name);
      series.file = await this.#create(path, SERIES[name].columns);
      report.files[name] = path;
      report.streams.push({ name, columns: [...SERIES[name].columns], file: path });
    }
    await writeSidecar(this.#sidecar, report);
    this.#unfinished = { path: this.#sidecar, startedAt: report.startedAt };
    process.once('exit', this.#onExit);
  }

  /** The sidecar that says `running`, for whoever outlives this process; null where there is none. */
  get unfinished(): Unfinished | null {
    return this.#unfinished;
  }

  #create(path: string, header: readonly string[]): Promise<CsvFile> {
    const claim: Claim = (descriptor) => {
      const ours = this.#claim(descriptor);
      if (ours) this.#touched = true;
      return ours;
    };
    return this.#noting(path, CsvFile.create(path, header, claim));
  }

  async #noting<T>(path: string, writing: Promise<T>): Promise<T> {
    try {
      return await writing;
    } catch (error) {
      this.#incomplete.add(path);
      throw error;
    }
  }

  /** Appends rows; waits only when the disk is far behind. */
  async rows(rows: readonly JobRow[]): Promise<void> {
    const format = this.#format;
    if (!format || rows.length === 0) return;
    const cells = rows.flatMap((row) => [...format.rows(row)]);
    this.#onRows?.(encodeRows(cells));
    if (!this.#csv) return;
    this.#csv.append(cells);
    if (this.#csv.queuedBytes > MAX_QUEUED_BYTES) await this.#csv.flush();
  }

  /** Appends the rows of whole records of a stream besides the jobs'. */
  async take(name: SeriesName, bytes: Buffer): Promise<void> {
    const series = this.#series.get(name);
    if (!series) return;
    const rows: Cell[][] = [];
    eachRecord(bytes, STREAMS[name].layout.bytes, (view, offset) => {
      const row = series.row(view, offset);
      this.taken[name]++;
      if (row !== null) rows.push(row);
    });
    this.tabled[name] += rows.length;
    if (!series.file || rows.length === 0) return;
    series.file.append(rows);
    if (series.file.queuedBytes > MAX_QUEUED_BYTES) await series.file.flush();
  }

  /** Resolves with undefined; throws what a write failed with. */
  async close(): Promise<undefined> {
    const closed = await Promise.allSettled(
      this.#tables().map((file) => this.#noting(file.path, file.close())),
    );
    for (const one of closed) if (one.status === 'rejected') throw one.reason;
    return undefined;
  }

  async writeSidecar(report: Sidecar): Promise<{ error: ErrorInfo | null }> {
    if (!this.#sidecar || !this.#touched) return { error: null };
    try {
      await this.#noting(this.#sidecar, writeSidecar(this.#sidecar, report));
      return { error: null };
    } catch (error) {
      if (this.#unfinished) markFailed(this.#unfinished);
      return { error: toErrorInfo(error) };
    } finally {
      process.off('exit', this.#onExit);
      this.#unfinished = null;
    }
  }

  /** What was written to, absolute. */
  written(): string[] {
    if (!this.#touched) return [];
    return [...this.#tables().map(({ path }) => path), this.#sidecar].filter(
      (path) => path !== null,
    );
  }

  #tables(): CsvFile[] {
    return [this.#csv, ...[...this.#series.values()].map(({ file }) => file)].filter(
      (file) => file != null,
    );
  }

  /** Of what was written or meant to be: what is not there as a whole. */
  incomplete(): string[] {
    return [...this.#incomplete];
  }
}
