/**
 * Every figure of a job that follows from its counters, once: what it is called in files and on the terminal, and how it is
 * found for one job (derived.ts), over a run (summary.ts) and of rows that are read back (analysis/).
 */

interface Named {
  /** Of the CSV. */
  column: string;
  /** Of the table on the terminal; without it, it is not shown there. */
  head?: string;
  /** It has a track of its own in a trace. */
  traced: boolean;
}

/** Events by their names in the catalogue (events/catalogue.ts). */
export type CountedMetric = Named &
  (
    | {
        /** A share is shown in percent. */
        unit: 'share' | 'ratio';
        /** The events of which it is the ratio. */
        over: string;
        under: string;
      }
    /** Lines of the last-level cache that were moved, over the job's elapsed time: MB/s (10^6 bytes per second). */
    | { unit: 'MB/s'; over: string }
  );

/** By the name in the JSON, in the order of the CSV. */
export const COUNTED = {
  /** L1D refills / accesses. */
  l1dMissRatio: {
    column: 'l1d_miss_ratio',
    head: 'L1D miss',
    unit: 'share',
    over: 'l1d_cache_refill',
    under: 'l1d_cache',
    traced: false,
  },
  /** L2D refills / accesses. */
  l2dMissRatio: {
    column: 'l2d_miss_ratio',
    head: 'L2D miss',
    unit: 'share',
    over: 'l2d_cache_refill',
    under: 'l2d_cache',
    traced: false,
  },
  /** Instructions / cycles. */
  ipc: {
    column: 'ipc',
    head: 'IPC',
    unit: 'ratio',
    over: 'inst_retired',
    under: 'cpu_cycles',
    traced: true,
  },
  /** What the last-level cache fetched (A53: L2 is the last level), MB/s (10^6 bytes per second). */
  readBandwidthMbS: {
    column: 'read_bandwidth_mb_s',
    head: 'read',
    unit: 'MB/s',
    over: 'l2d_cache_refill',
    traced: true,
  },
  /** What the last-level cache wrote back, MB/s (10^6 bytes per second). */
  writeBandwidthMbS: {
    column: 'write_bandwidth_mb_s',
    unit: 'MB/s',
    over: 'l2d_cache_wb',
    traced: true,
  },
} as const satisfies Readonly<Record<string, CountedMetric>>;

export type CountedKey = keyof typeof COUNTED;
/** A value for each of them, with the words that stand at it above. */
export type EachCounted<T> = { -readonly [Key in keyof typeof COUNTED]: T };

/** In the order of the CSV. */
export const COUNTED_METRICS = Object.entries<CountedMetric>(COUNTED).map(([key, metric]) => ({
  key: key as CountedKey,
  ...metric,
}));

const UNITS = ['ratio', 'share', 'MB/s'];

/** As people are told them: ratios, shares, bandwidths. */
export const COUNTED_BY_UNIT = COUNTED_METRICS.toSorted(
  (a, b) => UNITS.indexOf(a.unit) - UNITS.indexOf(b.unit),
);

/** One value for each of them. */
export const forEachCounted = <T>(
  of: (metric: (typeof COUNTED_METRICS)[number]) => T,
  metrics = COUNTED_METRICS,
) => Object.fromEntries(metrics.map((metric) => [metric.key, of(metric)])) as EachCounted<T>;

/** The events without which it is not known. */
export const eventsOf = (metric: CountedMetric): string[] =>
  metric.unit === 'MB/s' ? [metric.over] : [metric.over, metric.under];

/** a / b; null where either is absent or b is 0. */
export function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b;
}

/** Lines moved in a time, as MB/s. 1 byte/ns = 1000 MB/s. */
export function bandwidthMbS(
  lines: number | null,
  lineBytes: number | null,
  elapsedNs: number | null,
): number | null {
  if (lines === null || lineBytes === null || elapsedNs === null || elapsedNs <= 0) return null;
  return (lines * lineBytes * 1000) / elapsedNs;
}

/**
 * @param under the count of `under`; of a bandwidth the elapsed time, ns
 * @param lineBytes bytes that one line moves; null = unknown, so no bandwidths
 */
export const quotient = (
  { unit }: CountedMetric,
  over: number | null,
  under: number | null,
  lineBytes: number | null,
): number | null => (unit === 'MB/s' ? bandwidthMbS(over, lineBytes, under) : ratio(over, under));
