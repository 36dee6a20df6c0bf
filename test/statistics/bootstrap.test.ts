import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { ratioOfMedians, resampledMedian } from '../../src/statistics/bootstrap.js';
import { seededRandom } from '../../src/statistics/random.js';
import { medianOf } from '../../src/statistics/sorted.js';
import { ascending, lcg } from './samples.js';

/** The plain way: draw n values with replacement and take their median. */
function drawnMedian(sorted: Float64Array, random: () => number): number {
  return medianOf(
    sorted.map(() => sorted[Math.floor(random() * sorted.length)] as number).sort(),
  ) as number;
}

describe('the median of a resample drawn through a beta variate', () => {
  test.each([7, 8])('has the distribution that drawing %i values gives', (n) => {
    const sorted = ascending(lcg(n, 11, 1000, 0));
    const random = seededRandom(5);
    const draws = 40_000;
    const [fast, plain] = [resampledMedian, drawnMedian].map((draw) =>
      Float64Array.from({ length: draws }, () => draw(sorted, random)).sort(),
    ) as [Float64Array, Float64Array];
    // Kolmogorov-Smirnov distance of two samples of 40,000: above 0.0138 in one case of a thousand
    let distance = 0;
    for (const x of new Set([...fast, ...plain])) {
      const upTo = (values: Float64Array) => values.filter((v) => v <= x).length / draws;
      distance = Math.max(distance, Math.abs(upTo(fast) - upTo(plain)));
    }
    expect(distance).toBeLessThan(0.0138);
  });

  test('has the exact probabilities of three values: 7/27, 13/27, 7/27', () => {
    // P(median = least) = P(at least two of three draws are the least) = 3 · (1/3)^2 · (2/3) + (1/3)^3
    const random = seededRandom(1);
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const m = resampledMedian(Float64Array.of(1, 2, 3), random);
      counts.set(m, (counts.get(m) ?? 0) + 1);
    }
    expect((counts.get(1) as number) / 60_000).toBeCloseTo(7 / 27, 1.7);
    expect((counts.get(2) as number) / 60_000).toBeCloseTo(13 / 27, 1.7);
  });
});

describe('the interval on a ratio of medians', () => {
  test('agrees with scipy.stats.bootstrap (1.17, percentile, 200,000 resamples)', () => {
    const a = ascending(lcg(200, 7, 1000, 1000));
    const b = ascending(lcg(150, 8, 900, 1400));
    const { ratio, interval } = ratioOfMedians([a], [b], { resamples: 100_000 });
    expect(ratio).toBeCloseTo(1.2174204355108877, 12);
    expect(interval?.low).toBeCloseTo(1.12375, 2.5);
    expect(interval?.high).toBeCloseTo(1.26676, 2.5);
  });

  test('covers the true ratio about as often as it says', () => {
    const random = seededRandom(99);
    let covered = 0;
    for (let i = 0; i < 400; i++) {
      const draw = (scale: number) =>
        Float64Array.from({ length: 60 }, () => -Math.log(random()) * scale).sort();
      const { interval } = ratioOfMedians([draw(1)], [draw(2)], { resamples: 400, seed: i });
      if (interval !== null && interval.low <= 2 && interval.high >= 2) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.91);
    expect(covered / 400).toBeLessThan(0.985);
  });

  test('is the same for the same seed', () => {
    const a = ascending(lcg(50, 1, 100, 10));
    const b = ascending(lcg(50, 2, 100, 20));
    expect(ratioOfMedians([a], [b], { seed: 3 })).toEqual(ratioOfMedians([a], [b], { seed: 3 }));
    expect(ratioOfMedians([a], [b], { seed: 3 })).not.toEqual(
      ratioOfMedians([a], [b], { seed: 4 }),
    );
  });

  test('is narrow for pairs that drift together, and wide when the pairing is thrown away', () => {
    const runs = [1, 2, 3, 4, 5, 6, 7, 8].map((drift) =>
      ascending(lcg(40, drift, 20, 1000 * drift)),
    );
    const faster = runs.map((run) => run.map((v) => v * 0.9));
    const width = (paired: boolean) => {
      const { ratio, interval } = ratioOfMedians(runs, faster, { paired });
      expect(ratio).toBeCloseTo(0.9, 9);
      return (interval?.high ?? Number.NaN) - (interval?.low ?? Number.NaN);
    };
    expect(width(true)).toBeLessThan(0.02);
    expect(width(false)).toBeGreaterThan(0.2);
  });

  test('is a point for constant data, and absent where it would be a fiction', () => {
    const six = new Float64Array(6).fill(4);
    expect(ratioOfMedians([six], [six.map((v) => 2 * v)])).toEqual({
      ratio: 2,
      interval: { low: 2, high: 2 },
      confidence: 0.95,
    });
    expect(ratioOfMedians([six.slice(1)], [six])).toMatchObject({ ratio: 1, interval: null });
    expect(ratioOfMedians([], [six])).toMatchObject({ ratio: null, interval: null });
    expect(ratioOfMedians([new Float64Array()], [six])).toMatchObject({ ratio: null });
    expect(ratioOfMedians([new Float64Array(6)], [six])).toMatchObject({ ratio: null });
    expect(ratioOfMedians([six], [new Float64Array(6)])).toMatchObject({ ratio: 0 });
  });

  test('encloses the ratio and does not depend on the unit', () => {
    const sample = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 6, maxLength: 40 });
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const [a, b] = [ascending(x), ascending(y)];
        const options = { resamples: 300 };
        const one = ratioOfMedians([a], [b], options);
        const { low, high } = one.interval as { low: number; high: number };
        expect(low).toBeLessThanOrEqual(one.ratio as number);
        expect(high).toBeGreaterThanOrEqual(one.ratio as number);
        const other = ratioOfMedians([a.map((v) => v * 1024)], [b.map((v) => v * 1024)], options);
        expect(other).toEqual(one);
      }),
      { numRuns: 60 },
    );
  });
});
