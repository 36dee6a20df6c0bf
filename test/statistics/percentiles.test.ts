import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { boundRank, jobsFor, jobsForBound, percentile } from '../../src/statistics/percentiles.js';
import { seededRandom } from '../../src/statistics/random.js';
import { valueAt } from '../../src/statistics/sorted.js';

describe('the bound of a percentile', () => {
  // by exact sums of binomial probabilities in rational numbers
  test.each([
    [28, 0.9, null],
    [29, 0.9, 29],
    [100, 0.9, 96],
    [298, 0.99, null],
    [299, 0.99, 299],
    [1000, 0.99, 996],
    [5000, 0.99, 4962],
    [2994, 0.999, null],
    [2995, 0.999, 2995],
  ])('of %i jobs at q = %d is the value of rank %s', (n, q, rank) => {
    expect(boundRank(n, q)).toBe(rank);
    expect(boundRank(n, 1 - q)).toBe(rank === null ? null : n + 1 - rank);
  });

  test('is that of a normal distribution where the jobs are millions', () => {
    const [n, q] = [20_000_000, 0.99];
    const normal = n * q + 1.6448536 * Math.sqrt(n * q * (1 - q));
    expect(Math.abs((boundRank(n, q) ?? 0) - normal)).toBeLessThan(3);
  });

  test('lies beyond the true percentile in 95 % of samples', () => {
    const random = seededRandom(4);
    let [above, below] = [0, 0];
    for (let i = 0; i < 2000; i++) {
      const sample = Float64Array.from({ length: 320 }, () => random()).sort();
      const of = (rank: number) => valueAt(sample, rank);
      if ((percentile(320, 'p99', of)?.bound ?? 0) >= 0.99) above++;
      if ((percentile(320, 'p1', of)?.bound ?? 1) <= 0.01) below++;
    }
    for (const covered of [above, below]) expect(covered / 2000).toBeGreaterThan(0.94);
  });

  test('is no nearer than the percentile itself, and farther where more confidence is asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        (n, q) => {
          const rank = boundRank(n, q);
          const surer = boundRank(n, q, 0.99);
          if (rank === null) {
            expect(surer).toBeNull();
            expect(n).toBeLessThan(jobsForBound(q));
            return;
          }
          expect(rank).toBeLessThanOrEqual(n);
          expect(rank - 1).toBeGreaterThanOrEqual((n - 1) * q - 1);
          expect(surer ?? n + 1).toBeGreaterThanOrEqual(rank);
        },
      ),
    );
  });

  test('refuses what is no quantile', () => {
    expect(() => boundRank(5, 1)).toThrow(RangeError);
    expect(() => boundRank(5, Number.NaN)).toThrow(RangeError);
  });
});

test('a percentile is stated from the job on that makes the extreme a bound: Wilks’s 59 for a p95, 299 for a p99', () => {
  expect(jobsForBound(0.95)).toBe(59);
  expect([jobsFor('p1'), jobsFor('p90'), jobsFor('p99'), jobsFor('p999')]).toEqual([
    299, 29, 299, 2995,
  ]);
  const of = (rank: number) => rank;
  expect(percentile(298, 'p99', of)).toBeNull();
  expect(percentile(299, 'p99', of)).toEqual({ value: 298 * 0.99, bound: 298 });
  expect(percentile(0, 'p90', of)).toBeNull();
});
