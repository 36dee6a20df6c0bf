import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { blockLength, ratioInterval, resampledMedian } from '../../src/statistics/bootstrap.js';
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

describe('the interval on a ratio of medians over the jobs of two processes', () => {
  test('agrees with scipy.stats.bootstrap (1.17, percentile, 200,000 resamples)', () => {
    const a = Float64Array.from(lcg(200, 7, 1000, 1000));
    const b = Float64Array.from(lcg(150, 8, 900, 1400));
    expect([blockLength(a), blockLength(b)]).toEqual([1, 1]);
    const interval = ratioInterval(a, b, { resamples: 100_000 });
    expect(interval?.low).toBeCloseTo(1.12375, 2.5);
    expect(interval?.high).toBeCloseTo(1.26676, 2.5);
  });

  test.each([
    ['independent', 0, 0.91, 0.985],
    // without blocks it would be about 0.65 here
    ['correlated', 0.7, 0.88, 0.985],
  ])(
    'covers the true ratio of %s jobs about as often as it says',
    (_what, correlation, least, most) => {
      const random = seededRandom(99);
      const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
      const draw = (scale: number) => {
        let noise = normal();
        return Float64Array.from({ length: 300 }, () => {
          noise = correlation * noise + Math.sqrt(1 - correlation ** 2) * normal();
          return scale * Math.exp(0.1 * noise);
        });
      };
      let covered = 0;
      for (let i = 0; i < 300; i++) {
        const interval = ratioInterval(draw(1), draw(2), { resamples: 300, seed: i });
        if (interval !== null && interval.low <= 2 && interval.high >= 2) covered++;
      }
      expect(covered / 300).toBeGreaterThan(least);
      expect(covered / 300).toBeLessThan(most);
    },
  );

  test('is the same for the same seed', () => {
    const [a, b] = [Float64Array.from(lcg(50, 1, 100, 10)), Float64Array.from(lcg(50, 2, 100, 20))];
    expect(ratioInterval(a, b, { seed: 3 })).toEqual(ratioInterval(a, b, { seed: 3 }));
    expect(ratioInterval(a, b, { seed: 3 })).not.toEqual(ratioInterval(a, b, { seed: 4 }));
  });

  test('is of blocks where neighbours are correlated, six at least', () => {
    const rising = Float64Array.from({ length: 60 }, (_, i) => 100 + i);
    expect(blockLength(rising)).toBe(10);
    expect(blockLength(rising.map((v, i) => v + 1000 * (i % 2)))).toBe(1);
    const width = (jobs: Float64Array) => {
      const interval = ratioInterval(jobs, new Float64Array(60).fill(100));
      return (interval?.high ?? Number.NaN) - (interval?.low ?? Number.NaN);
    };
    const scattered = rising.map((_, i) => 100 + ((i * 23) % 60));
    expect(blockLength(scattered)).toBe(1);
    expect(width(rising)).toBeGreaterThan(1.5 * width(scattered));
  });

  test('is a point for constant data, and absent where it would be a fiction', () => {
    const six = new Float64Array(6).fill(4);
    expect(
      ratioInterval(
        six,
        six.map((v) => 2 * v),
      ),
    ).toEqual({ low: 2, high: 2 });
    expect(ratioInterval(six.slice(1), six)).toBeNull();
    expect(ratioInterval(new Float64Array(), six)).toBeNull();
    expect(ratioInterval(new Float64Array(6), six)).toBeNull();
  });

  test('lies among the ratios that there are, and does not depend on the unit', () => {
    const sample = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 6, maxLength: 40 });
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const [a, b] = [Float64Array.from(x), Float64Array.from(y)];
        const options = { resamples: 300 };
        const { low, high } = ratioInterval(a, b, options) as { low: number; high: number };
        expect(low).toBeGreaterThanOrEqual(Math.min(...y) / Math.max(...x));
        expect(high).toBeLessThanOrEqual(Math.max(...y) / Math.min(...x));
        const other = ratioInterval(
          a.map((v) => v * 1024),
          b.map((v) => v * 1024),
          options,
        );
        expect(other).toEqual({ low, high });
      }),
      { numRuns: 60 },
    );
  });
});
