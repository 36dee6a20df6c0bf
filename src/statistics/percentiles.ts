/** What a sample can say of a percentile: the one rule for tables, sidecars and reports. */
import { gammaln } from 'simple-statistics';

/** The percentiles that are stated anywhere, besides the median. */
export const PERCENTILES = { p1: 0.01, p90: 0.9, p99: 0.99, p999: 0.999 } as const;
export type PercentileName = keyof typeof PERCENTILES;

/** One-sided confidence of the bounds. */
const CONFIDENCE = 0.95;

export interface Percentile {
  /** The sample's own. */
  value: number;
  /** An observed value beyond which the true one does not lie, with `CONFIDENCE`: above it, and below it for a p1. */
  bound: number;
}

/**
 * A percentile, where some observed value is a bound of it; null where the sample is too small for one: what would then be
 * printed is the extreme under another name. A p90 needs 29 jobs, p1 and p99 need 299, a p99.9 needs 2995.
 *
 * @param n size of the sample
 * @param at the ordered sample's value at a rank from 0 to n - 1, by linear interpolation between whole ones
 */
export function percentile(
  n: number,
  name: PercentileName,
  at: (rank: number) => number,
): Percentile | null {
  const q = PERCENTILES[name];
  const rank = boundRank(n, q);
  return rank === null ? null : { value: at((n - 1) * q), bound: at(rank - 1) };
}

/**
 * The 1-based rank of the order statistic that bounds the q-quantile of a continuous distribution on its outer side with this
 * confidence: for q >= 0.5 the least u with P(Q_q <= X_(u)) = P(K < u) >= confidence for K ~ Binomial(n, q), and the mirror
 * of it below (W. J. Conover, "Practical Nonparametric Statistics", 3.2). Null where no observed value is one. It assumes
 * independent jobs; a run in which neighbours are alike gets a note (`jobs_correlated`).
 *
 * @param q 0 < q < 1
 */
export function boundRank(n: number, q: number, confidence = CONFIDENCE): number | null {
  if (!(q > 0 && q < 1)) throw new RangeError(`a quantile lies between 0 and 1: ${q}`);
  if (q < 0.5) {
    const mirrored = boundRank(n, 1 - q, confidence);
    return mirrored === null ? null : n + 1 - mirrored;
  }
  if (n < jobsForBound(q, confidence)) return null;
  // of the number M of values above the quantile, M ~ Binomial(n, 1 - q): the largest m with P(M < m) <= 1 - confidence
  const p = 1 - q;
  const mass = (k: number) =>
    Math.exp(
      gammaln(n + 1) -
        gammaln(k + 1) -
        gammaln(n - k + 1) +
        k * Math.log(p) +
        (n - k) * Math.log1p(-p),
    );
  // what lies ten deviations below the mean has no part in the sum
  let m = Math.max(0, Math.floor(n * p - 10 * Math.sqrt(n * p * q)));
  let below = mass(m);
  while (below <= 1 - confidence) {
    m++;
    below += mass(m);
  }
  return n + 1 - m;
}

/**
 * Jobs that are needed before the largest one observed is an upper bound of the q-quantile with this confidence:
 * 1 - q^n >= confidence (Wilks, Ann. Math. Stat. 12, 1941): 59 for a p95, 299 for a p99 at 95 %.
 */
export function jobsForBound(q: number, confidence = CONFIDENCE): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(q));
}

const outer = (name: PercentileName) => Math.max(PERCENTILES[name], 1 - PERCENTILES[name]);

/** Jobs that a percentile needs. */
export const jobsFor = (name: PercentileName): number => jobsForBound(outer(name));
