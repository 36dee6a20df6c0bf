/**
 * An interval of the median of one process's jobs, which share what befell them: neighbours are alike, and clocks, caches and
 * neighbours on the machine come and go.
 *
 * The ends are order statistics, as in the interval for independent values (Conover, "Practical Nonparametric Statistics", 3.2).
 * How far they lie apart follows from the spread of the share of jobs below the median from one batch of jobs to the next: batches
 * of sqrt(n) jobs, with Student's t for their number (batch means; Flegal and Jones, Ann. Stat. 38, 2010, and for quantiles Doss,
 * Flegal, Jones and Neath, Electron. J. Stat. 8, 2014). It is never narrower than for independent jobs.
 */
import { sortedFinite } from './sorted.js';

export interface MedianInterval {
  median: number;
  low: number;
  high: number;
  /** As many independent jobs would tell as much. */
  effective: number;
  /** The farther of the two ends over the median: ± this share; null for a median of 0 or less. */
  share: number | null;
}

/** Fewer batches say too little of their own spread. */
const FEWEST_BATCHES = 5;

/** Variance of whether an independent job lies below the median. */
const INDEPENDENT = 0.25;

/** The quantile of a standard normal distribution for 95 % on both sides. */
const Z = 1.959963984540054;

/** Student's two-sided 95 % quantile (Abramowitz and Stegun, 26.7.5): to three digits from four degrees of freedom on. */
export function student95(freedom: number): number {
  const z = Z;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((t, term, i) => t + term / freedom ** (i + 1), z);
}

/**
 * @param values in the order of the jobs, finite
 * @returns the 95 % interval; null where there are too few of them, or too few that are told apart by their time
 */
export function medianInterval(values: Float64Array): MedianInterval | null {
  const n = values.length;
  const size = Math.floor(Math.sqrt(n));
  const batches = size === 0 ? 0 : Math.floor(n / size);
  if (batches < FEWEST_BATCHES) return null;
  const sorted = sortedFinite(values);
  const at = (rank: number) => sorted[rank - 1] as number;
  const median = (at(Math.ceil(n / 2)) + at(Math.floor(n / 2) + 1)) / 2;
  // the oldest jobs fill no batch
  const first = n - batches * size;
  const shares = Array.from({ length: batches }, (_, batch) => {
    let below = 0;
    for (let i = first + batch * size; i < first + (batch + 1) * size; i++)
      if ((values[i] as number) <= median) below++;
    return below / size;
  });
  const mean = shares.reduce((sum, share) => sum + share, 0) / batches;
  const spread = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (batches - 1);
  const effective = (n * INDEPENDENT) / Math.max(INDEPENDENT, size * spread);
  const half = student95(batches - 1) * Math.sqrt(INDEPENDENT / effective);
  const [low, high] = [Math.floor(n * (0.5 - half)), Math.ceil(n * (0.5 + half)) + 1];
  if (low < 1 || high > n) return null;
  const ends = { low: at(low), high: at(high) };
  const share = median > 0 ? Math.max(median - ends.low, ends.high - median) / median : null;
  return { median, ...ends, effective, share };
}
