/** What a sample proves about a percentile: distribution-free bounds by order statistics. */
import { gammaln } from 'simple-statistics';

export interface QuantileBounds {
  /** 1-based rank of the order statistic below; null = the sample is too small for a lower bound. */
  lowerRank: number | null;
  /** 1-based rank of the one above; null = no observed value is an upper bound (a p99 needs hundreds of jobs). */
  upperRank: number | null;
  lower: number | null;
  upper: number | null;
  /** The confidence that the two ranks really have (at least what was asked for); null unless both are there. */
  coverage: number | null;
}

/**
 * Two-sided bounds on the q-quantile of a continuous distribution: X_(l) <= Q_q <= X_(u) with P(l <= K < u) for
 * K ~ Binomial(n, q), each tail at most (1 - confidence)/2 (W. J. Conover, "Practical Nonparametric Statistics", 3.2).
 * They assume independent jobs; see `lagOneAutocorrelation`.
 *
 * @param sorted ascending
 * @param q 0 < q < 1
 */
export function quantileBounds(sorted: Float64Array, q: number, confidence = 0.95): QuantileBounds {
  if (!(q > 0 && q < 1)) throw new RangeError(`a quantile lies between 0 and 1: ${q}`);
  const n = sorted.length;
  const tail = (1 - confidence) / 2;
  let lowerRank = 0;
  let upperRank = n + 1;
  let below = 0; // P(K <= k - 1)
  let coverage = 0;
  const mass = binomialMass(n, q);
  for (let k = 0; k <= n; k++) {
    if (k >= 1 && below <= tail) lowerRank = k;
    below += mass(k);
    if (upperRank > n && k + 1 <= n && below >= 1 - tail) upperRank = k + 1;
  }
  if (lowerRank >= 1 && upperRank <= n)
    for (let k = lowerRank; k < upperRank; k++) coverage += mass(k);
  const at = (rank: number) => (rank >= 1 && rank <= n ? (sorted[rank - 1] as number) : null);
  return {
    lowerRank: lowerRank >= 1 ? lowerRank : null,
    upperRank: upperRank <= n ? upperRank : null,
    lower: at(lowerRank),
    upper: at(upperRank),
    coverage: lowerRank >= 1 && upperRank <= n ? Math.min(1, coverage) : null,
  };
}

/**
 * Jobs that are needed before the largest one observed is an upper bound of the q-quantile with this confidence:
 * 1 - q^n >= confidence (Wilks, Ann. Math. Stat. 12, 1941): 59 for a p95, 299 for a p99 at 95 %.
 */
export function jobsForUpperBound(q: number, confidence = 0.95): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(q));
}

/** k -> C(n, k) q^k (1 - q)^(n - k). */
function binomialMass(n: number, q: number): (k: number) => number {
  const all = gammaln(n + 1);
  return (k) =>
    Math.exp(
      all - gammaln(k + 1) - gammaln(n - k + 1) + k * Math.log(q) + (n - k) * Math.log1p(-q),
    );
}
