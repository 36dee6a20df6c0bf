/** What the report keeps of a run, that is, of one process: a few kilobytes, whatever the number of its jobs. */
import { METRICS, type MetricKey, type Sample, sampleOf } from '../analysis/metric-values.js';
import type { Run } from '../analysis/results.js';
import { type Columns, statisticRows } from '../formats/columns.js';
import { modifiedZScores } from '../statistics/outliers.js';
import { type PercentileName, percentile } from '../statistics/percentiles.js';
import { medianOf, sortedFinite, valueAt } from '../statistics/sorted.js';
import { type LatencyBin, latencyHistogram, thinned } from './shapes.js';
import { type Timeline, timeline } from './timeline.js';

/** Of the inference time of one process, ns. A quantile that the sample can't support is null. */
export interface TimeDigest {
  jobs: number;
  min: number;
  median: number;
  mean: number;
  p90: number | null;
  p99: number | null;
  /** An observed value above which the true p99 does not lie, with 95 % confidence; there where the p99 is. */
  p99Upper: number | null;
  max: number;
  /** Jobs with a modified Z-score beyond 3.5. */
  outliers: number;
  /** Ordered: all values, or of many as many evenly spaced ones, which have the same shape. */
  shape: Float64Array;
}

/** Of the jobs that the deadline judges (the first one, too, where it was no warm-up), ns from release to end. */
export interface DeadlineDigest {
  ns: number;
  jobs: number;
  missed: number;
  median: number;
  worst: number;
  /** The worst one is the first job of the process. */
  worstIsFirst: boolean;
}

export interface LatencyDigest {
  jobs: number;
  median: number;
  p99: number | null;
  p99Upper: number | null;
  max: number;
  bins: LatencyBin[];
}

export interface Digest {
  run: Run;
  name: string;
  base: Sample['base'];
  rows: number;
  /** Jobs in the statistics. */
  jobs: number;
  time: TimeDigest | null;
  /** Median per metric; size and accuracy as they are. */
  medians: Record<MetricKey, number | null>;
  /** First job over the median of the others. */
  firstRatios: Record<'time' | 'instructions' | 'l1_misses' | 'l2_misses', number | null>;
  latency: LatencyDigest | null;
  timeline: Timeline;
  /** Null without a deadline. */
  deadline: DeadlineDigest | null;
  skippedReleases: number;
  notes: string[];
}

/** Digests the rows of a run. Pure. */
export function digestOf(run: Run, columns: Columns): Digest {
  const sample = sampleOf(run, columns);
  const medians = {} as Record<MetricKey, number | null>;
  for (const { key } of METRICS) medians[key] = medianOf(sortedFinite(sample.values[key]));
  medians.size = run.modelBytes;
  medians.accuracy = run.accuracy;
  const first = (key: MetricKey) => {
    const [one, usual] = [sample.first?.[key] ?? Number.NaN, medians[key]];
    return Number.isFinite(one) && usual !== null && usual > 0 ? one / usual : null;
  };
  const time = timeDigest(sample.values.time);
  return {
    run,
    name: run.name,
    base: sample.base,
    rows: sample.rows,
    jobs: sample.jobs,
    time,
    medians,
    firstRatios: {
      time: first('time'),
      instructions: first('instructions'),
      l1_misses: first('l1_misses'),
      l2_misses: first('l2_misses'),
    },
    latency: latencyDigest(columns),
    timeline: timeline(columns),
    deadline: deadlineDigest(run, columns),
    skippedReleases: sample.skippedReleases,
    notes: [...run.notes, ...sample.notes, ...latencyNotes(columns)],
  };
}

function timeDigest(values: Float64Array): TimeDigest | null {
  const sorted = sortedFinite(values);
  const n = sorted.length;
  if (n === 0 || (medianOf(sorted) as number) <= 0) return null;
  const stated = (name: PercentileName) => percentile(n, name, (rank) => valueAt(sorted, rank));
  const p99 = stated('p99');
  return {
    jobs: n,
    min: sorted[0] as number,
    median: medianOf(sorted) as number,
    mean: sorted.reduce((sum, v) => sum + v / n, 0),
    p90: stated('p90')?.value ?? null,
    p99: p99?.value ?? null,
    p99Upper: p99?.bound ?? null,
    max: sorted[n - 1] as number,
    outliers: modifiedZScores(values).outliers.length,
    shape: thinned(sorted),
  };
}

function deadlineDigest(run: Run, columns: Columns): DeadlineDigest | null {
  const [met, response] = [columns.column('deadline_met'), columns.column('response_ns')];
  if (run.deadlineNs === null || met === null || response === null) return null;
  const warmup = columns.column('warmup');
  const job = columns.column('job');
  const kept: number[] = [];
  let missed = 0;
  let worst = Number.NEGATIVE_INFINITY;
  let worstIsFirst = false;
  for (let row = 0; row < columns.rows; row++) {
    const ns = response[row] as number;
    if (warmup?.[row] === 1 || !Number.isFinite(ns) || !Number.isFinite(met[row])) continue;
    kept.push(ns);
    if (met[row] === 0) missed++;
    if (ns <= worst) continue;
    worst = ns;
    worstIsFirst = job?.[row] === 0;
  }
  if (kept.length === 0) return null;
  const median = medianOf(sortedFinite(kept)) as number;
  return { ns: run.deadlineNs, jobs: kept.length, missed, median, worst, worstIsFirst };
}

/** What a release latency is has changed once, and the header of the CSV tells. */
function latencyNotes(columns: Columns): string[] {
  const latency = columns.column('release_latency_ns');
  if (columns.column('woken_ns') !== null || !latency?.some(Number.isFinite)) return [];
  return [
    'An older file, without woken_ns: its release latency goes on to the start of the job, and so holds what the tool read after the wake-up.',
  ];
}

function latencyDigest(columns: Columns): LatencyDigest | null {
  const latency = columns.column('release_latency_ns');
  if (latency === null) return null;
  const kept = sortedFinite(
    Float64Array.from(statisticRows(columns), (row) => latency[row] as number),
  );
  if (kept.length === 0) return null;
  const p99 = percentile(kept.length, 'p99', (rank) => valueAt(kept, rank));
  return {
    jobs: kept.length,
    median: medianOf(kept) as number,
    p99: p99?.value ?? null,
    p99Upper: p99?.bound ?? null,
    max: kept.at(-1) as number,
    bins: latencyHistogram(kept),
  };
}
