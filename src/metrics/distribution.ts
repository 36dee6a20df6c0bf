/** A growing sample with bounded memory: exact while it is small, a fine logarithmic histogram beyond. */
import { between, valueAt } from '../statistics/sorted.js';

/**
 * Values that are kept as they are before a sample turns into a histogram: about 100 s at 10 kHz,
 * 8 MiB per quantity.
 */
const EXACT_LIMIT = 1 << 20;

/** High bits of a double that name its bucket: sign, exponent and 11 bits of the mantissa. */
const DROPPED_BITS = 20 - 11;

/**
 * Largest relative error of a quantile taken from the histogram: half a bucket, whose width is 2^-11
 * of its lower edge.
 */
export const HISTOGRAM_RELATIVE_ERROR = 2 ** -12;

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
// The index of the word with sign and exponent, whatever the machine's byte order.
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

function bucketOf(value: number): number {
  scratch[0] = value === 0 ? 0 : value; // -0 and 0 are one value
  return (words[HIGH] as number) >>> DROPPED_BITS;
}

/** The middle of a bucket; the lowest one holds 0 (and subnormal numbers, which count as 0). */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const edge = (high: number) => {
    words[HIGH] = high >>> 0;
    words[1 - HIGH] = 0;
    return scratch[0] as number;
  };
  const low = edge(bucket << DROPPED_BITS);
  const high = edge((bucket + 1) << DROPPED_BITS);
  return Number.isFinite(high) ? low + (high - low) / 2 : low;
}

/**
 * Mean, standard deviation, minimum, maximum and quantiles of a stream of finite numbers.
 *
 * Count, mean, standard deviation (n - 1), minimum and maximum are exact for any number of values (Welford's
 * update: Technometrics 4(3), 1962). Quantiles interpolate linearly between order statistics at rank
 * (n - 1)·q (Hyndman and Fan's type 7, the default of R and NumPy). They are exact up to `exactLimit` values;
 * beyond it each order statistic is known to within `HISTOGRAM_RELATIVE_ERROR` of itself.
 */
export class Distribution {
  readonly #exactLimit: number;
  #values: Float64Array | null = new Float64Array(256);
  #buckets: Map<number, number> | null = null;
  #count = 0;
  #mean = 0;
  #m2 = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(exactLimit = EXACT_LIMIT) {
    this.#exactLimit = exactLimit;
  }

  get count(): number {
    return this.#count;
  }

  get exact(): boolean {
    return this.#values !== null;
  }

  get mean(): number | null {
    return this.#count === 0 ? null : this.#mean;
  }

  /** Sample standard deviation; null below two values. */
  get sd(): number | null {
    return this.#count < 2 ? null : Math.sqrt(this.#m2 / (this.#count - 1));
  }

  get min(): number | null {
    return this.#count === 0 ? null : this.#min;
  }

  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  /** Adds one value; values that are not finite are a caller's mistake and are refused. */
  add(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`);
    if (this.#values !== null && this.#count >= this.#exactLimit) this.#toHistogram();
    if (this.#values !== null) this.#keep(value);
    else this.#countIn(value);
    this.#count++;
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#m2 += delta * (value - this.#mean);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Several quantiles (each 0 <= q <= 1) from one pass over the ordered sample; null for each when it is empty. */
  quantiles(qs: readonly number[]): (number | null)[] {
    if (this.#count === 0) return qs.map(() => null);
    const at = this.inOrder();
    return qs.map((q) => at((this.#count - 1) * q));
  }

  /**
   * The value at a rank from 0 to count - 1 of what has come up to now, by linear interpolation between whole ones; the sample is
   * put into order once. Not to be asked where there is none.
   */
  inOrder(): (rank: number) => number {
    if (this.#values !== null) {
      const sorted = this.#values.slice(0, this.#count).sort();
      return (rank) => valueAt(sorted, rank);
    }
    const ladder = this.#ladder();
    return (rank) => between((whole) => this.#atRank(ladder, whole), rank);
  }

  /** How many values are at most each of the limits, which ascend. */
  upTo(limits: readonly number[]): number[] {
    const sorted = this.#values?.slice(0, this.#count).sort() ?? null;
    const ladder = sorted === null ? this.#ladder() : [];
    const valueAt = (i: number) => sorted?.[i] ?? ladder[i]?.value ?? Number.POSITIVE_INFINITY;
    let at = 0;
    return limits.map((limit) => {
      while (valueAt(at) <= limit) at++;
      return sorted === null ? (ladder[at - 1]?.upTo ?? 0) : at;
    });
  }

  #keep(value: number): void {
    let values = this.#values as Float64Array;
    if (this.#count === values.length) {
      const grown = new Float64Array(Math.min(2 * values.length, this.#exactLimit));
      grown.set(values);
      values = grown;
      this.#values = grown;
    }
    values[this.#count] = value;
  }

  #countIn(value: number): void {
    const buckets = this.#buckets as Map<number, number>;
    const bucket = bucketOf(value);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }

  #toHistogram(): void {
    const values = this.#values as Float64Array;
    this.#buckets = new Map();
    this.#values = null;
    for (let i = 0; i < this.#count; i++) this.#countIn(values[i] as number);
  }

  /** Representative values in ascending order, each with the number of values up to and including it. */
  #ladder(): { value: number; upTo: number }[] {
    const steps = [...(this.#buckets as Map<number, number>)]
      .map(([bucket, n]) => ({
        // The extremes are known exactly, and no order statistic lies outside them.
        value: Math.min(Math.max(middleOf(bucket), this.#min), this.#max),
        upTo: n,
      }))
      .sort((a, b) => a.value - b.value);
    let total = 0;
    for (const step of steps) {
      total += step.upTo;
      step.upTo = total;
    }
    return steps;
  }

  #atRank(ladder: readonly { value: number; upTo: number }[], rank: number): number {
    if (rank <= 0) return this.#min;
    if (rank >= this.#count - 1) return this.#max;
    let low = 0;
    let high = ladder.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ladder[middle] as { upTo: number }).upTo > rank) high = middle;
      else low = middle + 1;
    }
    return (ladder[low] as { value: number }).value;
  }
}
