/**
 * Rank tests of a shift, exact for the sizes at hand, each with the interval that is its inversion: a shift lies outside the
 * interval just where the test rejects it, so that the two can never contradict each other.
 *
 * Both rest on a list of contrasts (pairwise means of the differences, or differences between the sides): the statistic is
 * how many of them lie on one side of the shift, its estimate their median (Hodges and Lehmann, Ann. Math. Stat. 34,
 * 1963), and the ends of the interval are two of them (Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods",
 * 3.3 and 4.3). What ties with the shift counts for either side, which errs towards "not shown".
 */
import { normalCdf } from './normal.js';
import { medianOf } from './sorted.js';

export interface ShiftTest {
  /** The median of the contrasts; null without data. */
  estimate: number | null;
  /** The smallest two-sided p that samples of this size can have at all. */
  least: number;
  /** Two-sided p of "the shift is `shift`". */
  p(shift?: number): number;
  /** The shifts whose p is above `alpha`; null where no sample of this size could reject any. */
  interval(alpha: number): { low: number; high: number } | null;
}

/**
 * Values closer than this share of the largest (or of 1) are the same: equal ratios taken by other divisions differ in their
 * logarithms' last bits, and a tie that is missed would count for one side.
 */
const TIE = 1e-12;

/** k -> P(statistic <= k) without a shift. */
type LowerTail = (k: number) => number;

function shiftTest(contrasts: Float64Array, lowerTail: LowerTail): ShiftTest {
  const n = contrasts.length;
  contrasts.sort();
  const tie = TIE * Math.max(1, Math.abs(contrasts[0] ?? 0), Math.abs(contrasts[n - 1] ?? 0));
  const end = (c: number) => (Math.abs(c) <= tie ? 0 : c);
  const twoSided = (k: number) => Math.min(1, 2 * lowerTail(k));
  return {
    estimate: medianOf(contrasts),
    least: n === 0 ? 1 : twoSided(0),
    p(shift = 0) {
      let below = 0;
      let above = 0;
      for (const c of contrasts) {
        if (c <= shift + tie) below++;
        if (c >= shift - tie) above++;
      }
      return n === 0 ? 1 : twoSided(Math.min(below, above));
    },
    interval(alpha) {
      let k = 0;
      while (k < n && twoSided(k) <= alpha) k++;
      return k === 0
        ? null
        : { low: end(contrasts[k - 1] as number), high: end(contrasts[n - k] as number) };
    },
  };
}

/** Wilcoxon's signed-rank test (Biometrics Bulletin 1, 1945) of differences whose signs are a matter of chance. */
export function signedRank(differences: ArrayLike<number>): ShiftTest {
  const n = differences.length;
  const walsh = new Float64Array((n * (n + 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++)
      walsh[at++] = ((differences[i] as number) + (differences[j] as number)) / 2;
  return shiftTest(walsh, signedRankTail(n));
}

/** The rank-sum test of Wilcoxon, Mann and Whitney (Ann. Math. Stat. 18, 1947): how far `b` lies above `a`. */
export function rankSum(a: ArrayLike<number>, b: ArrayLike<number>): ShiftTest {
  const [m, n] = [a.length, b.length];
  const differences = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) differences[i * n + j] = (b[j] as number) - (a[i] as number);
  return shiftTest(differences, rankSumTail(m, n));
}

/** How many pairs must agree before any test of them can reject at this level: 2 / 2^n <= alpha. */
export const pairsNeeded = (alpha: number): number => Math.ceil(Math.log2(2 / alpha) - 1e-9);

/** How many more values each of two samples needs for it: 2 / C(m + n, n) <= alpha. */
export function moreNeeded(m: number, n: number, alpha: number): number {
  const ways = (k: number, of: number) => {
    let product = 1;
    for (let i = 1; i <= k; i++) product *= (of - k + i) / i;
    return product;
  };
  for (let more = 0; ; more++)
    if (2 / ways(Math.min(m, n) + more, m + n + 2 * more) <= alpha * (1 + 1e-9)) return more;
}

/** Pairs up to which the distribution is counted out; beyond them a normal one is as good. */
const EXACT_PAIRS = 60;
/** Steps of counting up to which that of two samples is. */
const EXACT_STEPS = 2e7;

/** Many comparisons have the same sizes. */
const known = new Map<string, LowerTail>();

function remembered(key: string, make: () => LowerTail): LowerTail {
  const tail = known.get(key) ?? make();
  known.set(key, tail);
  return tail;
}

const signedRankTail = (n: number) =>
  remembered(`${n}`, () => {
    const most = (n * (n + 1)) / 2;
    if (n > EXACT_PAIRS) return normalTail(most, (most * (2 * n + 1)) / 12);
    const ways = new Float64Array(most + 1);
    ways[0] = 1;
    for (let rank = 1; rank <= n; rank++)
      for (let s = most; s >= rank; s--) ways[s] = (ways[s] as number) + (ways[s - rank] as number);
    return countedTail(ways);
  });

const rankSumTail = (m: number, n: number) =>
  remembered(`${m} ${n}`, () => {
    const [few, most] = [Math.min(m, n), m * n];
    if ((m + n) * few * most > EXACT_STEPS) return normalTail(most, (most * (m + n + 1)) / 12);
    // ways[k][u]: choices of k of the ranks seen so far whose sum is u above the least that k can have in the end
    const ways = Array.from({ length: few + 1 }, () => new Float64Array(most + 1));
    (ways[0] as Float64Array)[0] = 1;
    for (let rank = 1; rank <= m + n; rank++)
      for (let k = Math.min(few, rank); k >= 1; k--) {
        const [taken, before] = [ways[k] as Float64Array, ways[k - 1] as Float64Array];
        for (let u = most; u >= rank - k; u--)
          taken[u] = (taken[u] as number) + (before[u - (rank - k)] as number);
      }
    return countedTail(ways[few] as Float64Array);
  });

function countedTail(ways: Float64Array): LowerTail {
  const upTo = new Float64Array(ways.length);
  let sum = 0;
  ways.forEach((count, k) => {
    sum += count;
    upTo[k] = sum;
  });
  return (k) => (k < 0 ? 0 : (upTo[Math.min(k, upTo.length - 1)] as number) / sum);
}

/** With a correction for continuity of one half. */
const normalTail =
  (most: number, variance: number): LowerTail =>
  (k) =>
    normalCdf((k + 0.5 - most / 2) / Math.sqrt(variance));
