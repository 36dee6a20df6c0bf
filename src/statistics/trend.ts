/** Change over time: hints that the jobs of a run are not draws from one population. */
import { twoSidedP } from './normal.js';

export interface Trend {
  /** Two-sided p of the Mann-Kendall test; null below four values or for constant data. */
  p: number | null;
  /** Kendall's score: rising pairs less falling ones. */
  s: number;
}

/**
 * Mann-Kendall test (Mann, Econometrica 13, 1945; Kendall, 1975) with tie correction and continuity correction.
 *
 * @param values in the order of the jobs, finite
 */
export function trend(values: ArrayLike<number>): Trend {
  const n = values.length;
  const { s, tieTerm } = kendallScore(values);
  const variance = (n * (n - 1) * (2 * n + 5) - tieTerm) / 18;
  const p =
    n < 4 || variance <= 0
      ? null
      : twoSidedP((Math.sign(s) * Math.max(0, Math.abs(s) - 1)) / Math.sqrt(variance));
  return { p, s };
}

/** In O(n log n): n(n-1)/2 pairs, less the tied ones, less twice the inversions that a merge sort undoes. */
function kendallScore(values: ArrayLike<number>): { s: number; tieTerm: number } {
  const n = values.length;
  let from = Float64Array.from(values);
  let into = new Float64Array(n);
  let inversions = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let i = start;
      let j = middle;
      for (let k = start; k < end; k++) {
        if (i < middle && (j >= end || (from[i] as number) <= (from[j] as number))) {
          into[k] = from[i++] as number;
        } else {
          into[k] = from[j++] as number;
          inversions += middle - i;
        }
      }
    }
    [from, into] = [into, from];
  }
  let tiedPairs = 0;
  let tieTerm = 0;
  for (let i = 0; i < n; ) {
    let j = i + 1;
    while (j < n && from[j] === from[i]) j++;
    const t = j - i;
    tiedPairs += (t * (t - 1)) / 2;
    tieTerm += t * (t - 1) * (2 * t + 5);
    i = j;
  }
  return { s: Math.max(0, n * (n - 1)) / 2 - tiedPairs - 2 * inversions, tieTerm };
}

export interface Autocorrelation {
  /** Sample autocorrelation at lag 1; null below three values or for constant data. */
  r: number | null;
  /** |r| above this is unlikely (5 %) for independent jobs (`correlationLimit`). */
  limit: number | null;
}

/** What |r| of n independent values is above in 5 % of cases only: 1.96 / sqrt(n) (Bartlett, 1946). */
const correlationLimit = (n: number): number => 1.96 / Math.sqrt(n);

/** Whether n values are so alike from one to the next that it is no chance, and worth a word. */
export const neighboursAlike = (r: number | null, n: number): r is number =>
  r !== null && r > Math.max(0.2, correlationLimit(n));

/**
 * The same of values that come one by one and are not kept. Sums are of distances from the first value, which takes no digits from
 * values that lie close together.
 */
export class RunningAutocorrelation {
  #n = 0;
  #origin = 0;
  #previous = 0;
  #sum = 0;
  #squares = 0;
  #neighbours = 0;

  add(value: number): void {
    if (this.#n === 0) this.#origin = value;
    const d = value - this.#origin;
    if (this.#n > 0) this.#neighbours += d * this.#previous;
    this.#n++;
    this.#previous = d;
    this.#sum += d;
    this.#squares += d * d;
  }

  finish(): Autocorrelation {
    const n = this.#n;
    if (n < 3) return { r: null, limit: null };
    const limit = correlationLimit(n);
    const mean = this.#sum / n;
    const around = this.#squares - n * mean * mean;
    // of the differences to the mean; the first value's distance is 0 and the last one's `previous`
    const neighbours =
      this.#neighbours - mean * (2 * this.#sum - this.#previous) + (n - 1) * mean * mean;
    // what rounding leaves of equal values is no spread
    const r = around > 1e-12 * this.#squares && around > 0 ? neighbours / around : null;
    return { r, limit };
  }
}

/**
 * r_1 = sum (x_i - m)(x_{i+1} - m) / sum (x_i - m)^2 (Box, Jenkins and Reinsel, "Time Series Analysis", 2.1). Positive
 * correlation means that neighbouring jobs share something (a warm cache, a clock step), so that intervals made for
 * independent jobs are too narrow.
 */
export function lagOneAutocorrelation(values: ArrayLike<number>): Autocorrelation {
  const n = values.length;
  if (n < 3) return { r: null, limit: null };
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (values[i] as number) / n;
  let around = 0;
  let neighbours = 0;
  for (let i = 0; i < n; i++) {
    const d = (values[i] as number) - mean;
    around += d * d;
    if (i + 1 < n) neighbours += d * ((values[i + 1] as number) - mean);
  }
  const limit = correlationLimit(n);
  return around > 0 ? { r: neighbours / around, limit } : { r: null, limit };
}
