/**
 * What is known of an activation's values without running the network. Weights are scaled by it (the idea of He et al.,
 * "Delving deep into rectifiers", 2015, followed through every operator), so that signals neither vanish into denormals
 * nor saturate at any depth; and it gives plausible quantization ranges.
 *
 * In a network with random weights, a channel's mean over places and inputs differs from channel to channel, and with depth
 * this part of the variance comes to dominate: pools average only the rest away. So both parts are followed. Values are
 * treated as normally distributed and, unless said otherwise, as independent.
 */
export interface Moments {
  /** Over all channels, places and inputs. */
  mean: number;
  /** Variance of the channels' means. */
  between: number;
  /** Mean of the channels' own variances. */
  within: number;
  /** Interval that holds practically all values. */
  min: number;
  max: number;
}

/** Deviations from the mean that count as the end of a normal distribution: 1 value in 10^9 lies beyond. */
const REACH = 6;

export const variance = (m: Moments): number => m.between + m.within;

/** E[x²], on which the variance of a sum with zero-mean weights depends. */
export const meanSquare = (m: Moments): number => m.mean ** 2 + variance(m);

/** Mean square of the channels' means. */
const meanSquareBetween = (m: Moments): number => m.mean ** 2 + m.between;

/** A sum with zero-mean random weights, scaled to the given deviation: what is constant in its inputs is so in it. */
export function weightedSum(input: Moments, deviation: number): Moments {
  const share = meanSquareBetween(input) / meanSquare(input);
  return {
    mean: 0,
    between: deviation ** 2 * share,
    within: deviation ** 2 * (1 - share),
    min: -REACH * deviation,
    max: REACH * deviation,
  };
}

/** Moments of f(x), with its range; quadrature over the channels' means and over the values around them. */
function through(m: Moments, f: (x: number) => number, min: number, max: number): Moments {
  let mean = 0;
  let square = 0;
  let channelSquare = 0;
  for (const [c, channelWeight] of NORMAL_GRID) {
    let channelMean = 0;
    for (const [w, weight] of NORMAL_GRID) {
      const x = m.mean + c * Math.sqrt(m.between) + w * Math.sqrt(m.within);
      const y = f(Math.min(m.max, Math.max(m.min, x)));
      channelMean += weight * y;
      square += channelWeight * weight * y * y;
    }
    mean += channelWeight * channelMean;
    channelSquare += channelWeight * channelMean ** 2;
  }
  return {
    mean,
    between: Math.max(channelSquare - mean ** 2, 0),
    within: Math.max(square - channelSquare, 0),
    min,
    max,
  };
}

/** Points in deviations and their weights: the rectangle rule from -6 to 6, which is exact to 10^-8 for smooth functions. */
const NORMAL_GRID: readonly (readonly [at: number, weight: number])[] = (() => {
  const points = Array.from({ length: 49 }, (_, i) => (i - 24) / 4);
  const densities = points.map((z) => Math.exp((-z * z) / 2));
  const total = densities.reduce((a, b) => a + b, 0);
  return points.map((z, i) => [z, (densities[i] as number) / total] as const);
})();

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

/** A function that never falls takes the ends of the range to the ends of its own. */
const rising = (m: Moments, f: (x: number) => number): Moments => through(m, f, f(m.min), f(m.max));

export const relu = (m: Moments): Moments => rising(m, (x) => Math.max(x, 0));
export const relu6 = (m: Moments): Moments => rising(m, (x) => clamp(x, 0, 6));
export const leakyRelu = (m: Moments, alpha: number): Moments =>
  rising(m, (x) => (x < 0 ? alpha * x : x));
/** These two keep the whole range that the kernels' fixed scales stand for. */
export const logistic = (m: Moments): Moments => through(m, (x) => 1 / (1 + Math.exp(-x)), 0, 1);
export const tanh = (m: Moments): Moments => through(m, Math.tanh, -1, 1);
/** Its minimum is -3/8, at -1.5. */
export const hardSwish = (m: Moments): Moments => {
  const f = (x: number) => (x * clamp(x + 3, 0, 6)) / 6;
  return through(m, f, m.min < 0 ? -0.375 : 0, Math.max(f(m.max), 0));
};

/** factor · x + offset. */
export const scaled = (m: Moments, factor: number, offset = 0): Moments => {
  const ends = [m.min * factor + offset, m.max * factor + offset];
  return {
    mean: m.mean * factor + offset,
    between: m.between * factor ** 2,
    within: m.within * factor ** 2,
    min: Math.min(...ends),
    max: Math.max(...ends),
  };
};

/** Ends of ranges do not meet: distances from the mean add up as deviations do. */
export function sum(a: Moments, b: Moments): Moments {
  const mean = a.mean + b.mean;
  return {
    mean,
    between: a.between + b.between,
    within: a.within + b.within,
    min: mean - Math.hypot(a.mean - a.min, b.mean - b.min),
    max: mean + Math.hypot(a.max - a.mean, b.max - b.mean),
  };
}

export function product(a: Moments, b: Moments): Moments {
  const mean = a.mean * b.mean;
  const channels = meanSquareBetween(a) * meanSquareBetween(b);
  const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
  return {
    mean,
    between: channels - mean ** 2,
    within: meanSquare(a) * meanSquare(b) - channels,
    min: Math.min(...corners),
    max: Math.max(...corners),
  };
}

/** Values drawn from several sources with the given shares. */
export function mixture(parts: { moments: Moments; share: number }[]): Moments {
  const total = parts.reduce((t, p) => t + p.share, 0);
  const average = (f: (m: Moments) => number) =>
    parts.reduce((t, p) => t + p.share * f(p.moments), 0) / total;
  const mean = average((m) => m.mean);
  return {
    mean,
    between: Math.max(average(meanSquareBetween) - mean ** 2, 0),
    within: average((m) => m.within),
    min: Math.min(...parts.map((p) => p.moments.min)),
    max: Math.max(...parts.map((p) => p.moments.max)),
  };
}

/** Mean of n neighbours. */
export const averageOf = (m: Moments, n: number): Moments => ({ ...m, within: m.within / n });

/** Maximum of n neighbours: mean (Blom's approximation) and, roughly, variance of the largest of n normal values. */
export function maximumOf(m: Moments, n: number): Moments {
  if (n === 1) return m;
  const shift = Math.sqrt(m.within) * normalQuantile((n - 0.375) / (n + 0.25));
  return { ...m, mean: m.mean + shift, within: m.within / (1 + Math.log(n)) };
}

/** Inverse of the normal distribution function for p > 0.5 (Abramowitz and Stegun 26.2.23, error below 4.5e-4). */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - p));
  return (
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t ** 2) /
      (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3)
  );
}
