/**
 * An interval on the ratio of two medians over the jobs of one process on each side. It describes those two processes: what
 * another process would do is not in it.
 *
 * Method: the percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13). BCa is not
 * used: its acceleration comes from the jackknife, which is inconsistent for a median (Efron, 1979). Where neighbouring
 * jobs are correlated, blocks of them are redrawn (Künsch, Ann. Stat. 17, 1989; in a circle, Politis and Romano, 1992).
 *
 * Resamples of single jobs are never materialised. The k-th order statistic of a resample of n values drawn with
 * replacement is the sorted sample at ceil(nU), where U is the k-th order statistic of n uniforms, that is
 * Beta(k, n - k + 1). One beta variate therefore gives exactly what n draws and a selection would.
 */
import { beta, type Random, seededRandom } from './random.js';
import { quantileOf } from './sorted.js';
import { lagOneAutocorrelation } from './trend.js';

/**
 * Below six values no two order statistics enclose the median with 95 % (1 - 2 · 0.5^5 = 0.94), so that any interval
 * would be a fiction.
 */
const MINIMUM_FOR_INTERVAL = 6;
/** Values that the resamples of blocks draw in all: of long runs there are fewer. */
const MOST_DRAWN = 4e7;
const FEWEST_RESAMPLES = 400;

export interface RatioOptions {
  /** Default 4000. */
  resamples?: number;
  /** Default 0.95. */
  confidence?: number;
  /** Default 1. */
  seed?: number;
}

/**
 * A median of a bootstrap resample of `sorted`, drawn directly.
 *
 * @param sorted ascending, not empty
 */
export function resampledMedian(sorted: Float64Array, random: Random): number {
  const n = sorted.length;
  const k = (n + 1) >> 1;
  const u = beta(k, n - k + 1, random);
  const at = (x: number) => sorted[Math.min(n - 1, Math.floor(x * n))] as number;
  if (n % 2 === 1) return at(u);
  // the next uniform order statistic is the least of the n - k that lie above u
  const next = u + (1 - u) * (1 - random() ** (1 / (n - k)));
  return (at(u) + at(next)) / 2;
}

/**
 * Jobs that are redrawn together: 1 where neighbours are not positively correlated beyond chance, else Carlstein's length
 * for an AR(1) (Ann. Stat. 14, 1986), but never so long that fewer than six blocks make a sample.
 */
export function blockLength(values: Float64Array): number {
  const n = values.length;
  const { r, limit } = lagOneAutocorrelation(values);
  if (r === null || limit === null || r <= limit) return 1;
  const length = ((Math.sqrt(6) * r) / (1 - r * r)) ** (2 / 3) * n ** (1 / 3);
  return Math.max(1, Math.min(Math.ceil(length), Math.floor(n / MINIMUM_FOR_INTERVAL)));
}

/** Draws the medians of resamples, in blocks of a length. */
function medianDrawer(values: Float64Array, block: number, random: Random): () => number {
  const n = values.length;
  const sorted = values.slice().sort();
  if (block === 1) return () => resampledMedian(sorted, random);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => (values[i] as number) - (values[j] as number));
  const rank = new Uint32Array(n);
  order.forEach((job, i) => {
    rank[job] = i;
  });
  const times = new Uint32Array(n);
  return () => {
    times.fill(0);
    for (let drawn = 0; drawn < n; ) {
      let job = Math.floor(random() * n);
      for (let i = 0; i < block && drawn < n; i++, drawn++) {
        const at = rank[job] as number;
        times[at] = (times[at] as number) + 1;
        if (++job === n) job = 0;
      }
    }
    const lower = (n + 1) >> 1;
    let seen = 0;
    let i = -1;
    while (seen < lower) seen += times[++i] as number;
    const below = sorted[i] as number;
    if (n % 2 === 1 || seen > lower) return below;
    do i++;
    while (times[i] === 0);
    return (below + (sorted[i] as number)) / 2;
  };
}

/**
 * @param a the jobs of a process of the baseline in their order, finite and not negative
 * @param b those of one of the other side
 * @returns null for fewer than six jobs, or where a median can be 0
 */
export function ratioInterval(
  a: Float64Array,
  b: Float64Array,
  options: RatioOptions = {},
): { low: number; high: number } | null {
  const { resamples = 4000, confidence = 0.95, seed = 1 } = options;
  if (Math.min(a.length, b.length) < MINIMUM_FOR_INTERVAL) return null;
  const random = seededRandom(seed);
  const blocks = [blockLength(a), blockLength(b)] as const;
  const drawA = medianDrawer(a, blocks[0], random);
  const drawB = medianDrawer(b, blocks[1], random);
  const costly = (blocks[0] > 1 ? a.length : 0) + (blocks[1] > 1 ? b.length : 0);
  const affordable = Math.max(FEWEST_RESAMPLES, Math.floor(MOST_DRAWN / Math.max(1, costly)));
  const draws = new Float64Array(Math.min(resamples, affordable));
  for (let i = 0; i < draws.length; i++) draws[i] = drawB() / drawA();
  draws.sort();
  const low = quantileOf(draws, (1 - confidence) / 2);
  const high = quantileOf(draws, (1 + confidence) / 2);
  return low !== null && high !== null && Number.isFinite(low) && Number.isFinite(high)
    ? { low, high }
    : null;
}
