/** The jobs of a run that statistics rest on, metric by metric. */
import { type Columns, statisticRows } from '../formats/columns.js';
import {
  COUNTED,
  type CountedKey,
  type CountedMetric,
  quotient,
} from '../metrics/counted-metrics.js';
import type { Run } from './results.js';

/** What "inference time" is: end - start, or end - release where a log has no start (RT-Bench). */
export type TimeBase = 'elapsed' | 'response';

export interface Metric {
  key: string;
  label: string;
  unit: 'ns' | 'bytes' | 'count' | 'MB/s' | 'ratio' | 'share';
  /** Which direction is an improvement; null = neither by itself. */
  better: 'lower' | 'higher' | null;
}

/** In the order of the study's tables. */
export const METRICS = [
  { key: 'size', label: 'model size', unit: 'bytes', better: 'lower' },
  { key: 'time', label: 'inference time', unit: 'ns', better: 'lower' },
  { key: 'accuracy', label: 'accuracy', unit: 'share', better: 'higher' },
  { key: 'instructions', label: 'retired instructions', unit: 'count', better: 'lower' },
  { key: 'l1_misses', label: 'L1D misses', unit: 'count', better: 'lower' },
  { key: 'l2_misses', label: 'L2 misses', unit: 'count', better: 'lower' },
  { key: 'bandwidth', label: 'read bandwidth', unit: 'MB/s', better: 'lower' },
  { key: 'ipc', label: 'IPC', unit: 'ratio', better: 'higher' },
] as const satisfies readonly Metric[];

export type MetricKey = (typeof METRICS)[number]['key'];

/** Metrics that are one figure of the model or the run, without a sample behind it. */
export const FACTS: readonly MetricKey[] = ['size', 'accuracy'];

/** One run's sample: values per job in order, warm-up and first job left out, absent values dropped. */
export interface Sample {
  run: Run;
  base: TimeBase;
  /** Jobs in the statistics. */
  jobs: number;
  rows: number;
  /** Per metric, in the order of the jobs; empty where the metric was not measured. */
  values: Readonly<Record<MetricKey, Float64Array>>;
  /** The first job of the process, by metric; NaN = absent. Null when it is not in the file or the file has no rows. */
  first: Readonly<Record<MetricKey, number>> | null;
  /** Over measured jobs (not warm-up); null without deadlines. */
  deadlineMisses: number | null;
  skippedReleases: number;
  notes: string[];
}

/** Whether the file says when its jobs started. */
export function hasElapsed(columns: Columns): boolean {
  return columns.column('elapsed_ns')?.some((value) => !Number.isNaN(value)) ?? false;
}

/** Every row's value of a metric that has one per job; null when the file can't tell. */
export function metricColumn(
  key: MetricKey,
  columns: Columns,
  base: TimeBase,
  lineBytes: number | null,
): Float64Array | null {
  const time = columns.column(base === 'elapsed' ? 'elapsed_ns' : 'response_ns');
  switch (key) {
    case 'time':
      return time;
    case 'instructions':
      return columns.column('inst_retired');
    case 'l1_misses':
      return columns.column('l1d_cache_refill');
    case 'l2_misses':
      return columns.column('l2d_cache_refill');
    case 'bandwidth':
      return (
        countedColumn('readBandwidthMbS', columns, time, lineBytes) ??
        columns.column(COUNTED.readBandwidthMbS.column)
      );
    case 'ipc':
      return countedColumn('ipc', columns, time, lineBytes);
    case 'size':
    case 'accuracy':
      return null;
  }
}

/** From the counters in full; the file's own column has six digits, and of its own base of time. */
function countedColumn(
  key: CountedKey,
  columns: Columns,
  time: Float64Array | null,
  lineBytes: number | null,
): Float64Array | null {
  const metric: CountedMetric = COUNTED[key];
  const over = columns.column(metric.over);
  const under = metric.unit === 'MB/s' ? time : columns.column(metric.under);
  if (over === null || under === null || (metric.unit === 'MB/s' && lineBytes === null))
    return null;
  return over.map((n, i) => quotient(metric, n, under[i] as number, lineBytes) ?? Number.NaN);
}

/** A figure of the run itself. */
export function factOf(key: MetricKey, run: Run): number | null {
  return key === 'size' ? run.modelBytes : key === 'accuracy' ? run.accuracy : null;
}

/** Reads a run's rows and takes its sample. `base` null takes elapsed where there is one. */
export async function takeSample(run: Run, base: TimeBase | null = null): Promise<Sample> {
  return sampleOf(run, await run.columns(), base);
}

/** The same for rows that are read already. */
export function sampleOf(run: Run, columns: Columns, base: TimeBase | null = null): Sample {
  const used: TimeBase = base ?? (hasElapsed(columns) ? 'elapsed' : 'response');
  const rows = statisticRows(columns);
  const job = columns.column('job');
  const firstRow = job === null ? -1 : job.indexOf(0);
  const values = {} as Record<MetricKey, Float64Array>;
  const first = {} as Record<MetricKey, number>;
  for (const { key } of METRICS) {
    const column = metricColumn(key, columns, used, run.lineBytes);
    values[key] = column === null ? new Float64Array() : pick(column, rows);
    first[key] = column === null || firstRow < 0 ? Number.NaN : (column[firstRow] as number);
  }
  const met = columns.column('deadline_met');
  const warmup = columns.column('warmup');
  const skipped = columns.column('skipped_releases');
  let misses = 0;
  let deadlines = 0;
  let skippedReleases = 0;
  for (let i = 0; i < columns.rows; i++) {
    if (warmup?.[i] === 1) continue;
    if (met?.[i] === 0) misses++;
    if (met?.[i] === 0 || met?.[i] === 1) deadlines++;
    skippedReleases += skipped?.[i] || 0;
  }
  return {
    run,
    base: used,
    jobs: rows.length,
    rows: columns.rows,
    values,
    first: firstRow < 0 ? null : first,
    deadlineMisses: deadlines === 0 ? null : misses,
    skippedReleases,
    notes: [...columns.notes],
  };
}

function pick(column: Float64Array, rows: Uint32Array): Float64Array {
  const kept = new Float64Array(rows.length);
  let n = 0;
  for (const row of rows) {
    const value = column[row] as number;
    if (Number.isFinite(value)) kept[n++] = value;
  }
  return kept.slice(0, n);
}
