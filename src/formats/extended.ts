/** The extended CSV: everything that is known of a job, one row each. */
import { SUMMED } from '../addon/job-record.js';
import { type Cell, type JobRow, type RowFormat, textCell } from './row-format.js';

/** The names that a run adds to the fixed columns. */
export interface ExtendedFacts {
  /** Catalogue names of the requested events, opened or not. */
  events: readonly string[];
  /** Names of the workload's extra metrics; one that is a column's gets `extra_` before it. */
  extras: readonly string[];
}

/** What every file of version 1 has before the counters. A column that comes later is missing in older files. */
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

/** Columns before the counters. */
const FIXED_COLUMNS = [
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
  ...SUMMED.map(({ column }) => column),
  'core',
];

/** Columns between the counters and the extra metrics. */
const RATIOS = [
  'l1d_miss_ratio',
  'l2d_miss_ratio',
  'ipc',
  'read_bandwidth_mb_s',
  'write_bandwidth_mb_s',
  'counter_scale',
];

/** A derived figure to six significant digits: the columns that it comes from stand beside it in full. */
const short = (value: number | null): Cell =>
  value === null ? null : Number(value.toPrecision(6));

const flag = (value: boolean | null): Cell => (value === null ? null : value ? 1 : 0);

/**
 * Times in ns, bandwidths in MB/s (10^6 bytes), flags as 0 and 1. `counter_scale` is written in full, so that
 * a multiplexed job never looks like 1.
 */
export function extendedFormat(facts: ExtendedFacts): RowFormat {
  const { events } = facts;
  const own = [...FIXED_COLUMNS, ...events, ...RATIOS];
  // no name stands above two columns, whatever a plugin or a log calls its metrics
  const extras = facts.extras.map((name) => (own.includes(name) ? `extra_${name}` : name));
  return {
    header: [...own, ...extras.map(textCell)],
    rows: ({ record: r, derived: d }: JobRow) => [
      [
        r.job,
        flag(r.warmup),
        r.releaseNs,
        r.startNs,
        r.endNs,
        r.deadlineNs,
        d.releaseLatencyNs,
        d.elapsedNs,
        d.responseNs,
        d.latenessNs,
        flag(r.deadlineMet),
        r.skippedReleases,
        short(d.utilisation),
        short(d.density),
        ...SUMMED.map(({ key }) => r[key]),
        r.core,
        ...events.map((_, i) => r.counters[i] ?? null),
        short(d.l1dMissRatio),
        short(d.l2dMissRatio),
        short(d.ipc),
        short(d.readBandwidthMbS),
        short(d.writeBandwidthMbS),
        r.counterScale,
        ...facts.extras.map((_, i) => r.extras[i] ?? null),
      ],
    ],
  };
}
