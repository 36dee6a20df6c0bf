/** Rank tests: whether one sample tends to larger values, whatever the shape of the distributions. */
import { twoSidedP } from './normal.js';

export interface RankTest {
  /** Two-sided; null where the data cannot tell (too few, or all equal). */
  p: number | null;
  /** Exact by the permutation distribution (ties included), or the normal approximation with ties taken into account. */
  method: 'exact' | 'normal';
}

/** Pooled sample up to which the permutation distribution is counted out. */
const EXACT_POOLED = 40;
/** Pairs up to which it is. */
const EXACT_PAIRS = 50;

export interface MannWhitney extends RankTest {
  /** U of the second sample: pairs (a, b) with b > a, ties counting half. */
  u: number;
  /** U / (n_a n_b): the chance that a value of B exceeds one of A (0.5 = no tendency). */
  superiority: number | null;
}

/**
 * Mann-Whitney U (Wilcoxon rank sum) of two ascending samples (Mann and Whitney, Ann. Math. Stat. 18, 1947). The
 * approximation has the tie correction of the variance and a continuity correction of one half.
 */
export function mannWhitney(a: Float64Array, b: Float64Array): MannWhitney {
  const [m, n] = [a.length, b.length];
  const { rankSumB, tieTerm } = rankSum(a, b);
  const u = rankSumB - (n * (n + 1)) / 2;
  if (m === 0 || n === 0) return { p: null, method: 'normal', u, superiority: null };
  const superiority = u / (m * n);
  if (m + n <= EXACT_POOLED) return { p: exactRankSum(a, b), method: 'exact', u, superiority };
  const total = m + n;
  const variance = ((m * n) / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  const p = variance > 0 ? twoSidedP(continuous(u - (m * n) / 2) / Math.sqrt(variance)) : null;
  return { p, method: 'normal', u, superiority };
}

/** Moves a difference half a step towards 0. */
const continuous = (difference: number) =>
  Math.sign(difference) * Math.max(0, Math.abs(difference) - 0.5);

/** Twice each mid-rank is an integer, so that rank sums can be counted in an array. */
const doubled = (ranks: Float64Array) => Array.from(ranks, (rank) => Math.round(2 * rank));

function exactRankSum(a: Float64Array, b: Float64Array): number | null {
  const ranks = doubled(midRanks([...a, ...b]).ranks);
  if (new Set(ranks).size === 1) return null;
  const n = b.length;
  const observed = ranks.slice(a.length).reduce((sum, rank) => sum + rank, 0);
  const most = ranks.reduce((sum, rank) => sum + rank, 0);
  // ways[k][s]: choices of k of the ranks seen so far with the sum s
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(most + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (const rank of ranks)
    for (let k = n; k >= 1; k--) {
      const [with1, without] = [ways[k] as Float64Array, ways[k - 1] as Float64Array];
      for (let s = most; s >= rank; s--)
        with1[s] = (with1[s] as number) + (without[s - rank] as number);
    }
  return twoTails(ways[n] as Float64Array, observed);
}

/** Twice the smaller tail of a counted distribution, at most 1. */
function twoTails(ways: Float64Array, observed: number): number {
  let lower = 0;
  let upper = 0;
  let all = 0;
  ways.forEach((count, sum) => {
    all += count;
    if (sum <= observed) lower += count;
    if (sum >= observed) upper += count;
  });
  return Math.min(1, (2 * Math.min(lower, upper)) / all);
}

export interface SignedRank extends RankTest {
  /** Sum of the ranks of the positive differences b - a. */
  v: number;
  /** Pairs with a difference; equal pairs say nothing and are left out (Wilcoxon, 1945). */
  pairs: number;
}

/** Wilcoxon's signed-rank test of paired values (Biometrics Bulletin 1, 1945). Pairs with an absent value are left out. */
export function wilcoxonSignedRank(a: ArrayLike<number>, b: ArrayLike<number>): SignedRank {
  if (a.length !== b.length) throw new RangeError(`pairs: ${a.length} and ${b.length} values`);
  const differences: number[] = [];
  for (let i = 0; i < a.length; i++) {
    const d = (b[i] as number) - (a[i] as number);
    if (Number.isFinite(d) && d !== 0) differences.push(d);
  }
  const n = differences.length;
  const { ranks, tieTerm } = midRanks(differences.map(Math.abs));
  const v = differences.reduce((sum, d, i) => sum + (d > 0 ? (ranks[i] as number) : 0), 0);
  if (n === 0) return { p: null, method: 'exact', v, pairs: 0 };
  if (n <= EXACT_PAIRS) {
    const steps = doubled(ranks);
    const ways = new Float64Array(n * (n + 1) + 1);
    ways[0] = 1;
    for (const step of steps)
      for (let s = ways.length - 1; s >= step; s--)
        ways[s] = (ways[s] as number) + (ways[s - step] as number);
    return { p: twoTails(ways, Math.round(2 * v)), method: 'exact', v, pairs: n };
  }
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieTerm / 48;
  const p = twoSidedP(continuous(v - (n * (n + 1)) / 4) / Math.sqrt(variance));
  return { p, method: 'normal', v, pairs: n };
}

/**
 * The rank-sum test within blocks (van Elteren, Bull. Inst. Int. Stat. 37, 1960): A and B are only ever compared within
 * the same block, here the pair of runs that an interleaved experiment made side by side, so that what drifts from
 * pair to pair does not count. Each block weighs 1/(N + 1). Normal approximation, tie-corrected, without continuity
 * correction.
 *
 * @param pairs ascending samples of A and B
 */
export function blockedRankSum(
  pairs: readonly (readonly [Float64Array, Float64Array])[],
): RankTest {
  let statistic = 0;
  let variance = 0;
  for (const [a, b] of pairs) {
    const [m, n] = [a.length, b.length];
    if (m === 0 || n === 0) continue;
    const total = m + n;
    const { rankSumB, tieTerm } = rankSum(a, b);
    statistic += (rankSumB - (n * (total + 1)) / 2) / (total + 1);
    variance += ((m * n) / 12) * ((total + 1 - tieTerm / (total * (total - 1))) / (total + 1) ** 2);
  }
  return { p: variance > 0 ? twoSidedP(statistic / Math.sqrt(variance)) : null, method: 'normal' };
}

interface Ranked {
  /** 1-based, in the order given. */
  ranks: Float64Array;
  /** Sum of t^3 - t over the groups of t tied values: what ties take from the variance of a rank statistic. */
  tieTerm: number;
}

/** Mid-ranks of finite values: tied ones share the mean of theirs. */
function midRanks(values: ArrayLike<number>): Ranked {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => (values[i] as number) - (values[j] as number));
  const ranks = new Float64Array(n);
  let tieTerm = 0;
  for (let from = 0; from < n; ) {
    const value = values[order[from] as number] as number;
    let to = from + 1;
    while (to < n && values[order[to] as number] === value) to++;
    const ties = to - from;
    tieTerm += ties ** 3 - ties;
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + to + 1) / 2;
    from = to;
  }
  return { ranks, tieTerm };
}

/**
 * For two ascending samples at once, without ranking each value: the rank sum of the second in the pooled sample.
 */
function rankSum(a: Float64Array, b: Float64Array): { rankSumB: number; tieTerm: number } {
  let i = 0;
  let j = 0;
  let rankSumB = 0;
  let tieTerm = 0;
  while (i < a.length || j < b.length) {
    const value = Math.min(
      i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY,
      j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY,
    );
    const before = i + j;
    const fromB = j;
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    const ties = i + j - before;
    rankSumB += (j - fromB) * (before + (ties + 1) / 2);
    tieTerm += ties ** 3 - ties;
  }
  return { rankSumB, tieTerm };
}
