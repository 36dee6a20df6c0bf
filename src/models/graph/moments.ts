/**
 * What is known of an activation's values without running the network: mean, variance and hard limits. Weights are
 * scaled by these moments (the idea of He et al., "Delving deep into rectifiers", 2015, followed through every operator),
 * so that signals neither vanish into denormals nor saturate at any depth; and they give plausible quantization ranges.
 * Values are treated as normally distributed and, unless said otherwise, as independent.
 */
export interface Moments {
  mean: number;
  variance: number;
  /** Hard limits, e.g. 0 and 6 after a relu6. */
  min: number;
  max: number;
}

export const normal = (mean = 0, variance = 1): Moments => ({
  mean,
  variance,
  min: Number.NEGATIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
});

/** E[x²], what the variance of a weighted sum with zero-mean weights depends on. */
export const meanSquare = (m: Moments): number => m.mean ** 2 + m.variance;

/** Interval that holds practically all values: six deviations around the mean, within the hard limits. */
export function range(m: Moments): [min: number, max: number] {
  const reach = 6 * Math.sqrt(m.variance);
  return [Math.max(m.min, m.mean - reach), Math.min(m.max, m.mean + reach)];
}

/** Moments of f(x) by the rectangle rule on ±6 deviations. */
export function through(m: Moments, f: (x: number) => number, min: number, max: number): Moments {
  const steps = 240;
  const deviation = Math.sqrt(m.variance);
  let weight = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i <= steps; i++) {
    const z = -6 + (12 * i) / steps;
    const density = Math.exp((-z * z) / 2);
    const y = f(Math.min(m.max, Math.max(m.min, m.mean + z * deviation)));
    weight += density;
    sum += density * y;
    squares += density * y * y;
  }
  const mean = sum / weight;
  return { mean, variance: Math.max(squares / weight - mean ** 2, 0), min, max };
}

export const relu = (m: Moments): Moments =>
  through(m, (x) => Math.max(x, 0), 0, Math.max(m.max, 0));
export const relu6 = (m: Moments): Moments =>
  through(m, (x) => Math.min(Math.max(x, 0), 6), 0, Math.min(Math.max(m.max, 0), 6));
export const logistic = (m: Moments): Moments => through(m, (x) => 1 / (1 + Math.exp(-x)), 0, 1);
export const tanh = (m: Moments): Moments => through(m, Math.tanh, -1, 1);
/** Its minimum is -3/8, at x = -1.5. */
export const hardSwish = (m: Moments): Moments =>
  through(m, (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6, -0.375, m.max);
export const leakyRelu = (m: Moments, alpha: number): Moments =>
  through(m, (x) => (x < 0 ? alpha * x : x), alpha * m.min, m.max);

export const scaled = (m: Moments, factor: number, offset = 0): Moments => {
  const ends = [m.min * factor + offset, m.max * factor + offset];
  return {
    mean: m.mean * factor + offset,
    variance: m.variance * factor ** 2,
    min: Math.min(...ends),
    max: Math.max(...ends),
  };
};

export const sum = (a: Moments, b: Moments): Moments => ({
  mean: a.mean + b.mean,
  variance: a.variance + b.variance,
  min: a.min + b.min,
  max: a.max + b.max,
});

export function product(a: Moments, b: Moments): Moments {
  const mean = a.mean * b.mean;
  const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
  const open = corners.some((c) => !Number.isFinite(c));
  return {
    mean,
    variance: meanSquare(a) * meanSquare(b) - mean ** 2,
    min:
      open && !(a.min >= 0 && b.min >= 0) ? Number.NEGATIVE_INFINITY : Math.min(...finite(corners)),
    max: open ? Number.POSITIVE_INFINITY : Math.max(...corners),
  };
}
const finite = (values: number[]) => [0, ...values.filter(Number.isFinite)];

/** Values drawn from several sources with the given shares. */
export function mixture(parts: { moments: Moments; share: number }[]): Moments {
  const total = parts.reduce((t, p) => t + p.share, 0);
  const mean = parts.reduce((t, p) => t + p.share * p.moments.mean, 0) / total;
  const square = parts.reduce((t, p) => t + p.share * meanSquare(p.moments), 0) / total;
  return {
    mean,
    variance: square - mean ** 2,
    min: Math.min(...parts.map((p) => p.moments.min)),
    max: Math.max(...parts.map((p) => p.moments.max)),
  };
}

/** Mean of n neighbours. Neighbours in a feature map resemble each other: half of the variance is taken as common. */
export const averageOf = (m: Moments, n: number): Moments => ({
  ...m,
  variance: m.variance * (0.5 + 0.5 / n),
});

/** Maximum of n neighbours; mean and deviation of the largest of n normal values (Blom's approximation). */
export function maximumOf(m: Moments, n: number): Moments {
  if (n === 1) return m;
  // Half of the variance is common to the neighbours, as in averageOf.
  const own = Math.sqrt(m.variance / 2);
  return {
    ...m,
    mean: m.mean + own * normalQuantile((n - 0.375) / (n + 0.25)),
    variance: m.variance * (0.5 + 0.5 / (1 + Math.log(n))),
  };
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
