/** Bins on each side of zero. Their width is at most 1/2048 of the largest magnitude: finer than any 8-bit step. */
const HALF = 4096;

/**
 * The range of a stream of values, and where its tails end. The histogram grows with what it sees (its limit doubles, and
 * neighbouring bins become one), so one pass is enough and the order of the values does not matter.
 */
export class ValueRange {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  count = 0;
  /** How many values were NaN or infinite; they are in nothing else. */
  nonFinite = 0;
  #limit = 0;
  readonly #bins: Float64Array | null;

  /** @param tails whether percentiles will be asked for */
  constructor(tails: boolean) {
    this.#bins = tails ? new Float64Array(2 * HALF) : null;
  }

  add(values: Float32Array): void {
    let { min, max, nonFinite } = this;
    for (const value of values) {
      if (value - value !== 0) nonFinite++;
      else {
        if (value < min) min = value;
        if (value > max) max = value;
      }
    }
    this.count += values.length - (nonFinite - this.nonFinite);
    this.min = min;
    this.max = max;
    this.nonFinite = nonFinite;
    if (this.#bins) this.#fill(this.#bins, values);
  }

  /**
   * The values between which all but the tails lie: at most a share of 1 - `percent`/100 of all values is below the first,
   * and as much above the second, to the width of a bin.
   *
   * @param percent above 50, up to 100 (the whole range)
   * @returns null before any finite value
   * @throws RangeError where no tails were asked for
   */
  between(percent: number): [low: number, high: number] | null {
    if (this.count === 0) return null;
    if (percent === 100) return [this.min, this.max];
    if (!this.#bins) throw new RangeError('this range was not told to keep its tails');
    const tail = this.count * (1 - percent / 100);
    const width = this.#limit / HALF;
    const low = tailEnd(this.#bins, tail, 0, 1);
    const high = tailEnd(this.#bins, tail, this.#bins.length - 1, -1);
    return [
      Math.max(this.min, (low - HALF) * width),
      Math.min(this.max, (high + 1 - HALF) * width),
    ];
  }

  #fill(bins: Float64Array, values: Float32Array): void {
    if (this.count === 0) return;
    const largest = Math.max(-this.min, this.max);
    if (this.#limit === 0) this.#limit = 2 ** Math.ceil(Math.log2(largest || 1));
    while (this.#limit <= largest) this.#grow(bins);
    const scale = HALF / this.#limit;
    for (const value of values) {
      const bin = Math.floor(value * scale) + HALF;
      if (value - value === 0) bins[bin] = (bins[bin] as number) + 1;
    }
  }

  #grow(bins: Float64Array): void {
    const old = bins.slice();
    bins.fill(0);
    old.forEach((count, i) => {
      const bin = Math.floor((i - HALF) / 2) + HALF;
      bins[bin] = (bins[bin] as number) + count;
    });
    this.#limit *= 2;
  }
}

/** The first bin, counted inwards, that does not wholly belong to a tail of so many values. */
function tailEnd(bins: Float64Array, tail: number, from: number, step: 1 | -1): number {
  let passed = 0;
  for (let bin = from; bin >= 0 && bin < bins.length; bin += step) {
    passed += bins[bin] as number;
    if (passed > tail) return bin;
  }
  return from;
}
