/** RT-Bench's timing logs as columns in our own names. */
import { IsochronError } from '../kernel/errors.js';
import { printable } from '../kernel/printable.js';
import { formatNs } from '../kernel/quantities.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import { type Columns, ColumnsBuilder } from './columns.js';
import { decimal, forEachLine, type Separator, splitCells, splitHeader } from './lines.js';
import { RTBENCH_COLUMNS } from './rtbench.js';

/** Our names for RT-Bench's counters. */
const COUNTERS: [name: string, column: (typeof RTBENCH_COLUMNS)[number]][] = [
  ['l1d_cache', 'job_l1_references'],
  ['l1d_cache_refill', 'job_l1_misses'],
  ['l2d_cache', 'job_l2_references'],
  ['l2d_cache_refill', 'job_l2_misses'],
  ['inst_retired', 'instructions_retired'],
  ['cpu_cycles', 'cpu_clock_count'],
];

/** So older versions of RT-Bench call `job_l1_miss_ratio`: no metric of the benchmark's. */
const MISSPELT = 'ob_l1_miss_ratio(%%)';

/** Times that a row of the log gives. */
const TIMES = [
  'job',
  'warmup',
  'release_ns',
  'end_ns',
  'deadline_ns',
  'response_ns',
  'lateness_ns',
  'deadline_met',
  'skipped_releases',
];

/** One run of a log; a log holds several when RT-Bench was told to append. */
export interface RtbenchRun {
  /** job, release_ns, end_ns, deadline_ns, response_ns, …, the counters, then the extra metrics. */
  columns: Columns;
  /** Names of the extra metrics. */
  extras: string[];
  /** Counters that stand at 0 in every row: RT-Bench writes 0 for what it can't count. */
  neverCounted: string[];
  /** Medians over the rows; null where the log can't tell, or has several. */
  periodNs: number | null;
  deadlineNs: number | null;
}

/** `sep=;`: how a spreadsheet is told the separator, before the first line of the table. */
const SPREADSHEET_HINT = /^"?sep=.{1,2}$/i;

/** RT-Bench writes all digits, so that this identity holds exactly; the clock's own digits end at ns. */
const IDENTITY_TOLERANCE_NS = 1_000n;

/** RT-Bench reads clock cycles and seconds one after the other, and a signal may come in between: it may judge by the other. */
const STATUS_TOLERANCE_NS = 1_000_000n;

/** Periods of one run differ by the clock's own unrest, a hundredth of that. */
const SAME_PERIOD = 1.5;
/** No run leaves so much out between two of its releases; a new process takes longer. */
const PAUSE = { periods: 10, ns: 1_000_000_000 };

/** Whether these are the columns of RT-Bench's timing log. */
export function isRtbench(header: readonly string[]): boolean {
  const trimmed = header.map((name) => name.trim());
  return ['period_start(seconds)', 'job_end(seconds)', 'job_elapsed(seconds)'].every((name) =>
    trimmed.includes(name),
  );
}

/** Whether these are the columns of RT-Bench's sampling thread. */
export function isRtbenchSamples(header: readonly string[]): boolean {
  return header[0] === 'samples' && header.includes('l1_refills');
}

/** `112527.362007086` as whole ns; null when it is no such number. */
export function parseSeconds(text: string): bigint | null {
  const parts = /^\s*(\d+)(?:\.(\d+))?\s*$/.exec(text);
  if (parts === null) return null;
  return BigInt((parts[1] as string) + (parts[2] ?? '').padEnd(9, '0').slice(0, 9));
}

/**
 * Reads a log of RT-Bench (or of `isochron run --format rtbench`).
 *
 * - `job_elapsed` counts from the release, so it becomes `response_ns`; when a job started is not in the log, and
 *   neither are start_ns, elapsed_ns and release_latency_ns.
 * - A row of zeros is a release that was skipped; it counts in `skipped_releases` of the job before it.
 * - A line `NEW RUN` (or a repeated header) begins another run, with a first job of its own.
 * - Commas, semicolons (with decimal commas) or tabs separate the cells; the encoding is UTF-8 or UTF-16.
 * - The last line may lack its newline. It is kept when it is whole; its last number is dropped when it may be cut.
 *
 * @param warmup jobs of the first run that are warm-up: the JSON beside a log of isochron tells it (`warmupJobs`), no row does
 * @throws IsochronError E_RESULTS when the file can't be read or is no such log, or for a row that no run recorded: time
 *   stamps that were rounded, so that the end of a job less its release is not its elapsed time, a release that is not after
 *   the one before it, a deadline status that its times contradict, a count below 0
 */
export async function readRtbenchLog(path: string, warmup = 0): Promise<RtbenchRun[]> {
  const runs: LogRun[] = [];
  let layout: Layout | null = null;
  let pending = true;
  await forEachLine(path, (text, number, terminated) => {
    if (text.trim() === '') return true;
    if (/^[\s,"#=*-]*new run\b/i.test(text)) {
      pending = true;
      return true;
    }
    const { cells: names, separator }: ReturnType<typeof splitHeader> = splitHeader(text);
    if (isRtbench(names)) {
      layout = new Layout(names, separator);
      pending = true;
      return true;
    }
    if (layout === null) return SPREADSHEET_HINT.test(text);
    if (pending) runs.push(new LogRun(path, layout, runs.length === 0 ? warmup : 0));
    pending = false;
    const cells = splitCells(text, layout.separator).map((cell) =>
      decimal(cell, (layout as Layout).separator),
    );
    (runs.at(-1) as LogRun).take(cells, number, terminated);
    return true;
  });
  if (layout === null)
    throw new IsochronError(
      'E_RESULTS',
      `${path} is not a timing log of RT-Bench: its first line names other columns.`,
      'RT-Bench’s timing logs begin with period_start(clock_cycles).',
    );
  const finished = runs.map((run) => run.finish()).filter((run) => run.columns.rows > 0);
  if (finished.length === 0)
    throw new IsochronError('E_RESULTS', `${path} holds no job.`, 'Log at least one job.');
  return finished;
}

/** Where the columns of a log stand. */
class Layout {
  readonly width: number;
  readonly separator: Separator;
  readonly extras: string[];
  readonly extraAt: number[];
  readonly #at: Map<string, number>;

  constructor(header: readonly string[], separator: Separator) {
    this.separator = separator;
    const names = header.map((name) => name.trim());
    this.width = names.length;
    this.#at = new Map(names.map((name, i) => [name, i]));
    const known = new Set<string>([...RTBENCH_COLUMNS, MISSPELT]);
    this.extraAt = names.flatMap((name, i) => (known.has(name) || name === '' ? [] : [i]));
    this.extras = this.extraAt.map((i) => names[i] as string);
  }

  at(name: (typeof RTBENCH_COLUMNS)[number]): number {
    return this.#at.get(name) ?? -1;
  }
}

class LogRun {
  readonly #path: string;
  readonly #layout: Layout;
  readonly #warmup: number;
  readonly #builder: ColumnsBuilder;
  readonly #periods: number[] = [];
  readonly #deadlines: number[] = [];
  /** Lengths of the last cell in whole rows, to judge the one of an unfinished line. */
  #shortestLast = Number.POSITIVE_INFINITY;
  #damaged = 0;
  #firstDamaged = 0;
  #skippedBefore = 0;
  #skippedSince = 0;
  #lastStart: bigint | null = null;
  #lastPeriod: number | null = null;
  /** Where another run seems to begin. */
  #seam: string | null = null;

  constructor(path: string, layout: Layout, warmup: number) {
    this.#path = path;
    this.#layout = layout;
    this.#warmup = warmup;
    this.#builder = new ColumnsBuilder([
      ...TIMES,
      ...COUNTERS.map(([name]) => name),
      ...layout.extras,
    ]);
  }

  take(given: string[], number: number, terminated: boolean): void {
    const layout = this.#layout;
    const cells = [...given];
    // RT-Bench may end a row with a comma
    if (cells.length === layout.width + 1 && cells.at(-1)?.trim() === '') cells.pop();
    const time = (name: (typeof RTBENCH_COLUMNS)[number]) =>
      parseSeconds(cells[layout.at(name)] ?? '');
    const start = time('period_start(seconds)');
    const end = time('job_end(seconds)');
    const elapsed = time('job_elapsed(seconds)');
    if (cells.length !== layout.width || start === null || end === null || elapsed === null) {
      if (terminated) {
        this.#damaged++;
        this.#firstDamaged ||= number;
      } else this.#builder.notes.push('The last line is unfinished and was left out.');
      return;
    }
    if (start === 0n && end === 0n && elapsed === 0n) {
      if (this.#builder.rows === 0) this.#skippedBefore++;
      this.#skippedSince++;
      this.#builder.increase('skipped_releases', 1);
      return;
    }
    this.#requireIdentity(start, end, elapsed, number);
    const after = this.#lastStart === null ? null : Number(start - this.#lastStart);
    this.#requireLater(start, number);
    const periodEnd = time('period_end(seconds)');
    const period = periodEnd !== null && periodEnd > start ? Number(periodEnd - start) : null;
    this.#lookForSeam(after, period, number);
    // 0 is no time: the deadline was not observed
    const observed = time('job_deadline(seconds)');
    const deadline = observed === 0n ? null : observed;
    if (deadline !== null) this.#requireStatus(cells, end - deadline, number);
    this.#requireCounts(cells, number);
    if (terminated)
      this.#shortestLast = Math.min(this.#shortestLast, (cells.at(-1) as string).length);
    else this.#judgeLastCell(cells);
    this.#add(cells, start, end, elapsed, deadline);
    if (period !== null) this.#periods.push(period);
  }

  /** Of a log that was appended to without NEW RUN. */
  #lookForSeam(after: number | null, period: number | null, line: number): void {
    const [last, skipped] = [this.#lastPeriod, this.#skippedSince];
    this.#lastPeriod = period;
    this.#skippedSince = 0;
    if (after === null || last === null || this.#seam !== null) return;
    const late = after - (1 + skipped) * last;
    const why =
      period !== null && Math.max(period / last, last / period) > SAME_PERIOD
        ? `its period is ${formatNs(period)}, that of the row above it ${formatNs(last)}`
        : late > Math.max(PAUSE.ns, PAUSE.periods * last)
          ? `it was released ${formatNs(after)} after the row above it`
          : null;
    if (why !== null)
      this.#seam = `Line ${line} may begin another run: ${why}. All rows are taken for one run; a line NEW RUN goes between two.`;
  }

  #requireIdentity(start: bigint, end: bigint, elapsed: bigint, line: number): void {
    const difference = end - start - elapsed;
    if (difference <= IDENTITY_TOLERANCE_NS && difference >= -IDENTITY_TOLERANCE_NS) return;
    throw new IsochronError(
      'E_RESULTS',
      `${this.#path}, line ${line}: job_end less period_start is not job_elapsed (they differ by ${inSeconds(difference)}), so the time stamps are not as RT-Bench wrote them.`,
      'A spreadsheet rounds them when it saves the file: use the log itself.',
    );
  }

  /** The first row of a run is its first job, so an order that is not that of time makes another job of it. */
  #requireLater(start: bigint, line: number): void {
    const last = this.#lastStart;
    this.#lastStart = start;
    if (last === null || start > last) return;
    throw this.#changed(
      line,
      start === last
        ? 'the job was released at the same time as the row above it'
        : `the job was released ${inSeconds(last - start)} before the row above it`,
      'Use the log as it was written; a line NEW RUN goes between two runs in one file.',
    );
  }

  #requireStatus(cells: readonly string[], lateness: bigint, line: number): void {
    const text = (cells[this.#layout.at('deadline_status(1=met)')] ?? '').trim();
    if (text === '') return;
    const met = Number(text);
    const said = `deadline_status is ${printable(text)}`;
    if (met !== 0 && met !== 1) throw this.#changed(line, `${said}, neither 0 nor 1`);
    if (met === 0 ? lateness < -STATUS_TOLERANCE_NS : lateness > STATUS_TOLERANCE_NS)
      throw this.#changed(
        line,
        `${said}, but the job ended ${lateness < 0n ? `${inSeconds(-lateness)} before` : `${inSeconds(lateness)} after`} its deadline`,
      );
  }

  #requireCounts(cells: readonly string[], line: number): void {
    for (const [, column] of COUNTERS) {
      const text = cells[this.#layout.at(column)] ?? '';
      if (Number(text) < 0) throw this.#changed(line, `${column} is ${text.trim()}`);
    }
  }

  #changed(line: number, what: string, hint = 'Use the log as it was written.'): IsochronError {
    return new IsochronError(
      'E_RESULTS',
      `${this.#path}, line ${line}: ${what}, which no run of RT-Bench records.`,
      hint,
    );
  }

  /** A number that may go on is no number: it is kept only with its six decimals or with the usual number of digits. */
  #judgeLastCell(cells: string[]): void {
    const last = cells.at(-1) as string;
    if (/\.\d{6}$/.test(last) || last.length >= this.#shortestLast) return;
    cells[cells.length - 1] = '';
    this.#builder.notes.push('The last line ends without a newline; its last cell was left out.');
  }

  #add(
    cells: string[],
    start: bigint,
    end: bigint,
    elapsed: bigint,
    deadline: bigint | null,
  ): void {
    const layout = this.#layout;
    const builder = this.#builder;
    const number = (i: number) => {
      const text = (cells[i] ?? '').trim();
      const value = text === '' ? Number.NaN : Number(text);
      return Number.isFinite(value) ? value : Number.NaN;
    };
    const met = number(layout.at('deadline_status(1=met)'));
    const row = [
      builder.rows,
      builder.rows < this.#warmup ? 1 : 0,
      builder.offset(start),
      builder.offset(end),
      deadline === null ? Number.NaN : builder.offset(deadline),
      Number(elapsed),
      deadline === null ? Number.NaN : Number(end - deadline),
      deadline === null ? Number.NaN : met,
      0,
      ...COUNTERS.map(([, column]) => number(layout.at(column))),
      ...layout.extraAt.map(number),
    ];
    builder.add((i) => row[i] as number);
    if (deadline !== null && deadline > start) this.#deadlines.push(Number(deadline - start));
  }

  finish(): RtbenchRun {
    const { notes } = this.#builder;
    if (this.#damaged > 0)
      notes.push(
        `${this.#damaged} ${this.#damaged === 1 ? 'line is' : 'lines are'} no job and ${this.#damaged === 1 ? 'was' : 'were'} left out (first on line ${this.#firstDamaged}).`,
      );
    if (this.#skippedBefore > 0)
      notes.push(
        `${this.#skippedBefore} skipped ${this.#skippedBefore === 1 ? 'release precedes' : 'releases precede'} the first job and ${this.#skippedBefore === 1 ? 'is' : 'are'} not counted.`,
      );
    if (this.#seam !== null) notes.push(this.#seam);
    const columns = this.#builder.finish();
    const neverCounted: string[] = [];
    for (const [name] of COUNTERS) {
      const values = columns.column(name) as Float64Array;
      if (!values.every((value) => value === 0 || Number.isNaN(value))) continue;
      if (values.some((value) => value === 0)) neverCounted.push(name);
      values.fill(Number.NaN);
    }
    return {
      columns,
      extras: this.#layout.extras,
      neverCounted,
      periodNs: common(this.#periods),
      deadlineNs: common(this.#deadlines),
    };
  }
}

const inSeconds = (ns: bigint) => `${Number(ns) / 1e9} s`;

/** The median, in whole ns, where most values are about it: between the periods of two runs there is none. */
function common(values: readonly number[]): number | null {
  const median = medianOf(sortedFinite(values));
  if (median === null) return null;
  const about = values.filter((value) => Math.abs(value - median) <= median / 10);
  return 2 * about.length > values.length ? Math.round(median) : null;
}
