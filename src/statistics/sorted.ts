/** Ordered samples: the one form in which most statistics here take their values. */
import { quantileSorted } from 'simple-statistics';

/** Any numbers that can be read by index. */
export type Values = ArrayLike<number>;

/** The finite values in ascending order; NaN stands for an absent value and is left out. */
export function sortedFinite(values: Values): Float64Array {
  const kept = new Float64Array(values.length);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value)) kept[n++] = value;
  }
  return kept.subarray(0, n).sort();
}

/**
 * Quantile by linear interpolation at rank (n - 1)q (type 7, as everywhere in isochron); null for an empty sample.
 */
export function quantileOf(sorted: Float64Array, q: number): number | null {
  return sorted.length === 0 ? null : valueAt(sorted, (sorted.length - 1) * q);
}

/** The value at a rank from 0 to n - 1 of an ordered sample, by linear interpolation between whole ones. */
export function valueAt(sorted: Float64Array, rank: number): number {
  return between((whole) => sorted[whole] as number, rank);
}

/** What `at` gives at whole ranks, with linear interpolation between them. */
export function between(at: (whole: number) => number, rank: number): number {
  const below = at(Math.floor(rank));
  return below + (rank - Math.floor(rank)) * (at(Math.ceil(rank)) - below);
}

/** Median of an ordered sample; null when it is empty. */
export function medianOf(sorted: Float64Array): number | null {
  // quantileSorted reads its argument by index and length only, which a typed array has too
  return sorted.length === 0 ? null : quantileSorted(sorted as unknown as number[], 0.5);
}
