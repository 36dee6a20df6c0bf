/**
 * RT-Bench's own CSV, so that scripts written for it keep working: its header to the letter (`(%%)` included),
 * its column order and its number formats.
 *
 * Where it differs on purpose: a counter that was not counted is an empty cell, not 0, and so are the period's end,
 * utilisation and density where there is no period or deadline. Releases and deadlines stand on the grid
 * r_k = t0 + k·P, while RT-Bench logs the moment at which its timer's signal was handled.
 */
import { ratio } from '../metrics/counted-metrics.js';
import { countAt, eventPositions } from '../metrics/derived.js';
import { formatF, formatG, formatSeconds } from './c-format.js';
import { type Cell, type JobRow, type RowFormat, textCell } from './row-format.js';

export const RTBENCH_COLUMNS = [
  'period_start(clock_cycles)',
  'period_end(clock_cycles)',
  'job_end(clock_cycles)',
  'job_deadline(clock_cycles)',
  'job_elapsed(clock_cycles)',
  'period_start(seconds)',
  'period_end(seconds)',
  'job_end(seconds)',
  'job_deadline(seconds)',
  'job_elapsed(seconds)',
  'deadline_status(1=met)',
  'job_utilization',
  'job_density',
  'job_l1_references',
  'job_l1_misses',
  'job_l1_miss_ratio(%%)',
  'job_l2_references',
  'job_l2_misses',
  'job_l2_miss_ratio(%%)',
  'instructions_retired',
  'cpu_clock_count',
] as const;

export interface RtbenchFacts {
  /** P in ns; 0 = continuous. */
  periodNs: number;
  /** D in ns; null = none. */
  deadlineNs: number | null;
  /** Catalogue names, in the order of the record's counters. */
  events: readonly string[];
  extras: readonly string[];
  /** Of the "clock cycles": CNTVCT_EL0's frequency on arm64, the TSC's on x86. */
  ticksPerSecond: number;
}

const ZERO_SECONDS = '0.000000000';
const orEmpty = (value: number | null, format: (value: number) => string): Cell =>
  value === null ? null : format(value);

/**
 * period_start is the release, period_end a period later, and job_elapsed counts from the release (RT-Bench has no
 * start of its own for a job, so its wake-up latency is part of it); utilisation and density follow from that
 * job_elapsed. A skipped release becomes a row of zeros except for its deadline.
 */
export function rtbenchFormat(facts: RtbenchFacts): RowFormat {
  const at = eventPositions(facts.events);
  const ticks = (ns: number) => BigInt(Math.round((ns * facts.ticksPerSecond) / 1e9));
  const periodNs = facts.periodNs > 0 ? facts.periodNs : null;

  const releaseTicksOf = (r: JobRow['record']) =>
    r.startTicks - ticks(Number(r.startNs - r.releaseNs));

  const job = ({ record: r, derived: d }: JobRow): Cell[] => {
    const releaseTicks = releaseTicksOf(r);
    const count = (position: number) => countAt(r.counters, position);
    return [
      releaseTicks,
      periodNs === null ? null : releaseTicks + ticks(periodNs),
      r.endTicks,
      facts.deadlineNs === null ? null : releaseTicks + ticks(facts.deadlineNs),
      r.endTicks - releaseTicks,
      formatSeconds(r.releaseNs),
      periodNs === null ? null : formatSeconds(r.releaseNs + BigInt(periodNs)),
      formatSeconds(r.endNs),
      r.deadlineNs === null ? null : formatSeconds(r.deadlineNs),
      formatSeconds(r.endNs - r.releaseNs),
      r.deadlineMet === null ? null : r.deadlineMet ? 1 : 0,
      orEmpty(ratio(d.responseNs, periodNs), (u) => formatG(u, 3)),
      orEmpty(ratio(d.responseNs, facts.deadlineNs), (u) => formatG(u, 3)),
      count(at.l1d),
      count(at.l1dRefill),
      orEmpty(d.l1dMissRatio, formatF),
      count(at.l2d),
      count(at.l2dRefill),
      orEmpty(d.l2dMissRatio, formatF),
      count(at.instructions),
      count(at.cycles),
      ...facts.extras.map((_, i) => orEmpty(r.extras[i] ?? null, formatF)),
    ];
  };

  /** Row of the n-th release that was skipped after a job. Columns that this run can't count stay empty. */
  const skipped = ({ record: r, derived: d }: JobRow, n: number, period: number): Cell[] => {
    const aheadNs = n * period;
    const deadlineTicks = releaseTicksOf(r) + ticks((facts.deadlineNs ?? period) + aheadNs);
    const deadlineNs = r.releaseNs + BigInt((facts.deadlineNs ?? period) + aheadNs);
    const zero = (position: number, text: string): Cell =>
      countAt(r.counters, position) === null ? null : text;
    return [
      0,
      0,
      0,
      deadlineTicks,
      0,
      ZERO_SECONDS,
      ZERO_SECONDS,
      ZERO_SECONDS,
      formatSeconds(deadlineNs),
      ZERO_SECONDS,
      0,
      0,
      0,
      zero(at.l1d, '0'),
      zero(at.l1dRefill, '0'),
      d.l1dMissRatio === null ? null : formatF(0),
      zero(at.l2d, '0'),
      zero(at.l2dRefill, '0'),
      d.l2dMissRatio === null ? null : formatF(0),
      zero(at.instructions, '0'),
      zero(at.cycles, '0'),
      ...facts.extras.map((_, i) => (r.extras[i] == null ? null : formatF(0))),
    ];
  };

  return {
    header: [...RTBENCH_COLUMNS, ...facts.extras.map(textCell)],
    *rows(row) {
      yield job(row);
      if (periodNs === null) return;
      for (let n = 1; n <= row.record.skippedReleases; n++) yield skipped(row, n, periodNs);
    },
  };
}
