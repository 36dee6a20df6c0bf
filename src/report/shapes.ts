/** The shapes of distributions, as the report draws them. */
import { kernelDensityEstimation } from 'simple-statistics';
import { quantileOf } from '../statistics/sorted.js';

/** A histogram of release latencies, in bins of equal width on a logarithmic scale. */

/** Bins per factor of ten. */
const PER_DECADE = 10;
/** Everything below is one bin: no clock that is read twice tells less. */
const LEAST_NS = 100;

export interface LatencyBin {
  /** Bounds of the bin, ns. */
  from: number;
  to: number;
  count: number;
}

/** Bins that hold something, in ascending order. Latencies at or below 100 ns (and negative ones) share the first. */
export function latencyHistogram(latencies: ArrayLike<number>): LatencyBin[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < latencies.length; i++) {
    const value = latencies[i] as number;
    if (Number.isNaN(value)) continue;
    const bin =
      value <= LEAST_NS ? -1 : Math.floor(PER_DECADE * Math.log10(value / LEAST_NS) + 1e-9);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const edge = (bin: number) => LEAST_NS * 10 ** (bin / PER_DECADE);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bin, count]) => ({ from: bin < 0 ? edge(-1) : edge(bin), to: edge(bin + 1), count }));
}

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
