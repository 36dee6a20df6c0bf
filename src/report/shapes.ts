/** The shapes of distributions, as the report draws them. */
import { kernelDensityEstimation } from 'simple-statistics';
import { quantileOf } from '../statistics/sorted.js';

/** Bins per factor of ten. */
const PER_DECADE = 20;
/** Everything below is one bin: no clock that is read twice tells less. */
const LEAST_NS = 100;

export interface LatencyBin {
  /** Bounds of the bin, ns. */
  from: number;
  to: number;
  count: number;
}

/** Release latencies in bins of equal width on a logarithmic scale: those that hold something, ascending. Latencies at or below 100 ns (and negative ones) share the first. */
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

/** The bins of several histograms together. */
export function mergedBins(all: readonly (readonly LatencyBin[])[]): LatencyBin[] {
  const bins = new Map<number, LatencyBin>();
  for (const { from, to, count } of all.flat())
    bins.set(from, { from, to, count: (bins.get(from)?.count ?? 0) + count });
  return [...bins.values()].sort((a, b) => a.from - b.from);
}

/**
 * Shares of jobs that waited longer, at the bins' bounds, where they are exact; the last point is the greatest latency, that
 * one job in all reached.
 */
export function exceedance(
  bins: readonly LatencyBin[],
  max: number,
): { ns: number; share: number }[] {
  const all = bins.reduce((sum, bin) => sum + bin.count, 0);
  const points: { ns: number; share: number }[] = [];
  let above = all;
  for (const bin of bins) {
    if (above === all) points.push({ ns: bin.from, share: 1 });
    above -= bin.count;
    if (above > 0) points.push({ ns: bin.to, share: above / all });
  }
  const last = points.at(-1);
  if (last !== undefined && max > last.ns)
    points.push({ ns: max, share: Math.min(last.share, 1 / all) });
  return points;
}

/** Values that a shape is kept as. */
const VALUES = 1000;

/** All of an ordered sample, or evenly spaced order statistics of a large one. */
export function thinned(sorted: Float64Array): Float64Array {
  if (sorted.length <= VALUES) return Float64Array.from(sorted);
  return Float64Array.from(
    { length: VALUES },
    (_, i) => quantileOf(sorted, (i + 0.5) / VALUES) as number,
  );
}

/** Points of a curve. */
const POINTS = 64;
const MINIMUM = 6;

/**
 * Gaussian kernel density with Scott's bandwidth, 1.06 min(sd, IQR/1.34) n^(-1/5) ("Multivariate Density Estimation",
 * 1992), between the 1st and the 99th percentile, widened by three bandwidths but never beyond the data: there is nothing.
 *
 * @param sorted ascending
 * @returns empty for fewer than six values; a single spike for constant data
 */
export function density(sorted: Float64Array): { at: number; density: number }[] {
  const n = sorted.length;
  if (n < MINIMUM) return [];
  const [least, most] = [sorted[0] as number, sorted[n - 1] as number];
  // rounding gives equal values a deviation that is not quite 0
  if (least === most) return [{ at: least, density: 1 }];
  const quantile = (q: number) => quantileOf(sorted, q) as number;
  const kept = [...thinned(sorted)];
  const mean = kept.reduce((sum, v) => sum + v / kept.length, 0);
  const sd = Math.sqrt(kept.reduce((sum, v) => sum + (v - mean) ** 2 / (kept.length - 1), 0));
  const iqr = (quantile(0.75) - quantile(0.25)) / 1.34;
  const spread = iqr > 0 ? Math.min(sd, iqr) : sd;
  const bandwidth = 1.06 * spread * n ** -0.2;
  const estimate = kernelDensityEstimation(kept, 'gaussian', bandwidth);
  const from = Math.max(least, quantile(0.01) - 3 * bandwidth);
  const to = Math.min(most, quantile(0.99) + 3 * bandwidth);
  return Array.from({ length: POINTS }, (_, i) => {
    const at = from + ((to - from) * i) / (POINTS - 1);
    return { at, density: estimate(at) };
  });
}
