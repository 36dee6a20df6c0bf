/** The extended CSV: everything that is known of a job, one row each. Its columns, once: names, kinds, order and cells. */
import { SUMMED } from '../addon/job-record.js';
import { COUNTED_METRICS } from '../metrics/counted-metrics.js';
import { type Cell, type JobRow, type RowFormat, textCell } from './row-format.js';

/** The names that a run adds to the fixed columns. */
export interface ExtendedFacts {
  /** Catalogue names of the requested events, opened or not. */
  events: readonly string[];
  /** Names of the workload's extra metrics; one that is a column's gets `extra_` before it. */
  extras: readonly string[];
}

export interface Column {
  name: string;
  /** `instant`: ns of CLOCK_MONOTONIC, which a double can't hold exactly. `time`: ns. `flag`: 0 or 1. */
  kind: 'count' | 'instant' | 'time' | 'flag' | 'number';
  /** What it says, in words. */
  means: string;
  /** It is always there; otherwise empty where there is nothing to say. */
  always?: true;
  /** The columns of which it is the exact difference, where both are there; the third instead of an empty second. */
  minus?: readonly [of: string, less: string, orElse?: string];
  /** The same in older files, which lack the first of those. */
  formerly?: readonly [of: string, less: string];
  cell(job: JobRow): Cell;
}

/** What every file of version 1 has. A column that comes later is missing in older files. */
export const REQUIRED_COLUMNS = [
  'job',
  'warmup',
  'release_ns',
  'start_ns',
  'end_ns',
  'deadline_ns',
  'release_latency_ns',
  'elapsed_ns',
  'response_ns',
  'lateness_ns',
  'deadline_met',
  'skipped_releases',
  'utilisation',
  'density',
  'cpu_time_ns',
  'minor_faults',
  'major_faults',
  'voluntary_switches',
  'involuntary_switches',
  'core',
] as const;

/** A derived figure to six significant digits: the columns that it comes from stand beside it in full. */
const short = (value: number | null): Cell =>
  value === null ? null : Number(value.toPrecision(6));

const flag = (value: boolean | null): Cell => (value === null ? null : value ? 1 : 0);

/** Those before the counters. Times in ns. */
export const JOB_COLUMNS: readonly Column[] = [
  {
    name: 'job',
    kind: 'count',
    means: 'index from 0, warm-up included',
    always: true,
    cell: ({ record }) => record.job,
  },
  {
    name: 'warmup',
    kind: 'flag',
    means: '1 = left out of the summary',
    always: true,
    cell: ({ record }) => flag(record.warmup),
  },
  {
    name: 'release_ns',
    kind: 'instant',
    means: 'release on the grid',
    always: true,
    cell: ({ record }) => record.releaseNs,
  },
  {
    name: 'woken_ns',
    kind: 'instant',
    means: 'first thing after the wait for the release; empty where it was not waited for (no -p)',
    cell: ({ record }) => record.wokenNs,
  },
  { name: 'start_ns', kind: 'instant', means: 'start', cell: ({ record }) => record.startNs },
  {
    name: 'end_ns',
    kind: 'instant',
    means: 'end',
    always: true,
    cell: ({ record }) => record.endNs,
  },
  {
    name: 'deadline_ns',
    kind: 'instant',
    means: 'absolute deadline',
    cell: ({ record }) => record.deadlineNs,
  },
  {
    name: 'release_latency_ns',
    kind: 'time',
    means: 'woken - release: the wake-up delay, as cyclictest measures it',
    minus: ['woken_ns', 'release_ns'],
    formerly: ['start_ns', 'release_ns'],
    cell: ({ derived }) => derived.releaseLatencyNs,
  },
  {
    name: 'dispatch_ns',
    kind: 'time',
    means: "start - woken (without it, - release): the tool's own readings before the job",
    minus: ['start_ns', 'woken_ns', 'release_ns'],
    cell: ({ derived }) => derived.dispatchNs,
  },
  {
    name: 'elapsed_ns',
    kind: 'time',
    means: 'end - start',
    minus: ['end_ns', 'start_ns'],
    cell: ({ derived }) => derived.elapsedNs,
  },
  {
    name: 'response_ns',
    kind: 'time',
    means: 'end - release',
    minus: ['end_ns', 'release_ns'],
    always: true,
    cell: ({ derived }) => derived.responseNs,
  },
  {
    name: 'lateness_ns',
    kind: 'time',
    means: 'end - deadline; negative = early',
    minus: ['end_ns', 'deadline_ns'],
    cell: ({ derived }) => derived.latenessNs,
  },
  {
    name: 'deadline_met',
    kind: 'flag',
    means: 'end ≤ deadline',
    cell: ({ record }) => flag(record.deadlineMet),
  },
  {
    name: 'skipped_releases',
    kind: 'count',
    means: 'releases passed over before the next job',
    always: true,
    cell: ({ record }) => record.skippedReleases,
  },
  {
    name: 'withheld_releases',
    kind: 'count',
    means: "left out by the tool after the first job, to place the engine's threads: not missed",
    cell: ({ record }) => record.withheldReleases,
  },
  {
    name: 'slept',
    kind: 'flag',
    means: '1 = the thread gave up its core before the job: its release latency is a real wake-up',
    cell: ({ record }) => flag(record.slept),
  },
  {
    name: 'utilisation',
    kind: 'number',
    means: 'elapsed / period',
    cell: ({ derived }) => short(derived.utilisation),
  },
  {
    name: 'density',
    kind: 'number',
    means: 'elapsed / relative deadline',
    cell: ({ derived }) => short(derived.density),
  },
  ...SUMMED.map(
    ({ key, column }): Column => ({
      name: column,
      kind: 'count',
      means: 'of the job thread within the job',
      cell: ({ record }) => record[key],
    }),
  ),
  {
    name: 'core',
    kind: 'count',
    means: 'where the job ended; negative = the kernel did not tell',
    cell: ({ record }) => record.core,
  },
];

/** Those between the counters and the extra metrics. */
export const COUNTED_COLUMNS: readonly Column[] = [
  ...COUNTED_METRICS.map((metric): Column => {
    const { key, column, unit, over } = metric;
    return {
      name: column,
      kind: 'number',
      means:
        metric.unit === 'MB/s' ? `${over} · line / elapsed, ${unit}` : `${over} / ${metric.under}`,
      cell: ({ derived }) => short(derived[key]),
    };
  }),
  {
    name: 'counter_scale',
    kind: 'number',
    means: 'time running / time enabled of the counters: 1 = they counted all the time',
    // in full, so that a multiplexed job never looks like 1
    cell: ({ record }) => record.counterScale,
  },
];

/** Times in ns, bandwidths in MB/s (10^6 bytes), flags as 0 and 1. */
export function extendedFormat(facts: ExtendedFacts): RowFormat {
  const { events } = facts;
  const names = (columns: readonly Column[]) => columns.map(({ name }) => name);
  const own = [...names(JOB_COLUMNS), ...events, ...names(COUNTED_COLUMNS)];
  // no name stands above two columns, whatever a plugin or a log calls its metrics
  const extras = facts.extras.map((name) => (own.includes(name) ? `extra_${name}` : name));
  return {
    header: [...own, ...extras.map(textCell)],
    rows: (job: JobRow) => {
      const cells: Cell[] = [];
      for (const column of JOB_COLUMNS) cells.push(column.cell(job));
      for (let i = 0; i < events.length; i++) cells.push(job.record.counters[i] ?? null);
      for (const column of COUNTED_COLUMNS) cells.push(column.cell(job));
      for (let i = 0; i < extras.length; i++) cells.push(job.record.extras[i] ?? null);
      return [cells];
    },
  };
}
