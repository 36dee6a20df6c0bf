import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { jobsForUpperBound, quantileBounds } from '../../src/statistics/quantile-bounds.js';
import { seededRandom } from '../../src/statistics/random.js';

const oneTo = (n: number) => Float64Array.from({ length: n }, (_, i) => i + 1);

describe('bounds of a quantile by order statistics', () => {
  // ranks and coverage from scipy.stats.binom (1.17)
  test.each([
    [6, 0.5, 1, 6, 0.96875],
    [11, 0.5, 2, 10, 0.98828125],
    [100, 0.9, 84, 96, 0.955690107191223],
    [1000, 0.99, 983, 997, 0.976094763497977],
    [5000, 0.5, 2431, 2570, 0.9506841418958285],
    [5000, 0.99, 4936, 4964, 0.9537403179227332],
    [5000, 0.999, 4990, 5000, 0.9796289355159518],
  ])('of %i jobs at q = %d are the ranks %i and %i', (n, q, lower, upper, coverage) => {
    const bounds = quantileBounds(oneTo(n), q);
    expect(bounds).toMatchObject({ lowerRank: lower, upperRank: upper, lower, upper });
    expect(bounds.coverage).toBeCloseTo(coverage, 9);
  });

  test('are absent where no observed value can bound the quantile', () => {
    expect(quantileBounds(oneTo(5), 0.5)).toMatchObject({
      lower: null,
      upper: null,
      coverage: null,
    });
    expect(quantileBounds(oneTo(200), 0.99)).toMatchObject({
      lower: 195,
      upper: null,
      coverage: null,
    });
    expect(quantileBounds(new Float64Array(), 0.5)).toMatchObject({ lower: null, upper: null });
  });

  test('refuse what is no quantile', () => {
    expect(() => quantileBounds(oneTo(5), 1)).toThrow(RangeError);
    expect(() => quantileBounds(oneTo(5), Number.NaN)).toThrow(RangeError);
  });

  test('enclose the true quantile at least as often as they say', () => {
    const random = seededRandom(4);
    let covered = 0;
    for (let i = 0; i < 1000; i++) {
      const sample = Float64Array.from({ length: 80 }, () => random()).sort();
      const { lower, upper } = quantileBounds(sample, 0.75);
      if ((lower as number) <= 0.75 && (upper as number) >= 0.75) covered++;
    }
    expect(covered / 1000).toBeGreaterThan(0.935);
  });

  test('never tighten when more confidence is asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, q) => {
          const [loose, tight] = [
            quantileBounds(oneTo(n), q, 0.9),
            quantileBounds(oneTo(n), q, 0.99),
          ];
          expect(tight.lowerRank ?? 0).toBeLessThanOrEqual(loose.lowerRank ?? 0);
          expect(tight.upperRank ?? n + 1).toBeGreaterThanOrEqual(loose.upperRank ?? n + 1);
          if (tight.coverage !== null) expect(tight.coverage).toBeGreaterThanOrEqual(0.99 - 1e-12);
        },
      ),
    );
  });
});

test('needs Wilks’s 59 jobs for a 95 % bound of a p95, and 299 for a p99', () => {
  expect(jobsForUpperBound(0.95)).toBe(59);
  expect(jobsForUpperBound(0.99)).toBe(299);
});
