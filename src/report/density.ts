/** The shape of a distribution, for violins. */
import { kernelDensityEstimation } from 'simple-statistics';
import { quantileOf } from '../statistics/sorted.js';

/** Points of a curve. */
const POINTS = 64;
/** Values that enter the estimate; of more, evenly spaced order statistics do, which keeps the shape. */
const VALUES = 1000;
const MINIMUM = 6;

/**
 * Gaussian kernel density with Scott's bandwidth, 1.06 min(sd, IQR/1.34) n^(-1/5) ("Multivariate Density Estimation",
 * 1992), between the 1st and the 99th percentile, widened by three bandwidths.
 *
 * @param sorted ascending
 * @returns empty for fewer than six values; a single spike for constant data
 */
export function density(sorted: Float64Array): { at: number; density: number }[] {
  const n = sorted.length;
  if (n < MINIMUM) return [];
  // rounding gives equal values a deviation that is not quite 0
  if (sorted[0] === sorted[n - 1]) return [{ at: sorted[0] as number, density: 1 }];
  const quantile = (q: number) => quantileOf(sorted, q) as number;
  const kept =
    n <= VALUES
      ? [...sorted]
      : Array.from({ length: VALUES }, (_, i) => quantile((i + 0.5) / VALUES));
  const mean = kept.reduce((sum, v) => sum + v / kept.length, 0);
  const sd = Math.sqrt(kept.reduce((sum, v) => sum + (v - mean) ** 2 / (kept.length - 1), 0));
  const iqr = (quantile(0.75) - quantile(0.25)) / 1.34;
  const spread = iqr > 0 ? Math.min(sd, iqr) : sd;
  const bandwidth = 1.06 * spread * n ** -0.2;
  const estimate = kernelDensityEstimation(kept, 'gaussian', bandwidth);
  const [from, to] = [quantile(0.01) - 3 * bandwidth, quantile(0.99) + 3 * bandwidth];
  return Array.from({ length: POINTS }, (_, i) => {
    const at = from + ((to - from) * i) / (POINTS - 1);
    return { at, density: estimate(at) };
  });
}
