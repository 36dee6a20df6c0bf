import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { moreNeeded, pairsNeeded, rankSum, signedRank } from '../../src/statistics/rank-tests.js';

const distinct = (least: number, most: number) =>
  fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: least, maxLength: most });

/** Every choice of k of the positions 0 … n-1. */
function* choices(n: number, k: number, from = 0): Generator<number[]> {
  if (k === 0) yield [];
  else
    for (let i = from; i <= n - k; i++)
      for (const rest of choices(n, k - 1, i + 1)) yield [i, ...rest];
}

describe('the rank-sum test', () => {
  test('agrees with the permeability example of Hollander and Wolfe (R: wilcox.test, conf.int)', () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    const { p, estimate, interval } = rankSum(early, atTerm);
    expect(p()).toBeCloseTo(0.2544122544122544, 12);
    expect(estimate).toBeCloseTo(0.305, 12);
    const { low, high } = interval(0.05) as { low: number; high: number };
    expect([low, high]).toEqual([expect.closeTo(-0.15, 9), expect.closeTo(0.76, 9)]);
  });

  test('counts what an enumeration of all splits counts', () => {
    fc.assert(
      fc.property(distinct(2, 9), fc.nat(), (pooled, cut) => {
        const n = 1 + (cut % (pooled.length - 1));
        const score = (chosen: number[]) =>
          chosen.reduce(
            (sum, i) =>
              sum +
              pooled.filter((v, j) => !chosen.includes(j) && (pooled[i] as number) > v).length,
            0,
          );
        const m = pooled.length - n;
        const observed = score(Array.from({ length: n }, (_, i) => m + i));
        const all = [...choices(pooled.length, n)].map(score);
        const tail = (is: (u: number) => boolean) => all.filter(is).length / all.length;
        const expected =
          2 *
          Math.min(
            tail((u) => u <= observed),
            tail((u) => u >= observed),
          );
        const { p } = rankSum(pooled.slice(0, m), pooled.slice(m));
        expect(p()).toBeCloseTo(Math.min(1, expected), 9);
      }),
    );
  });

  test('of samples that are too large for counting is the normal approximation', () => {
    const ramp = (n: number, from: number) => Array.from({ length: n }, (_, i) => from + i * 1.001);
    const [a, b] = [ramp(300, 0), ramp(300, 20.5)];
    const { p, least } = rankSum(a, b);
    expect(least).toBeLessThan(1e-90);
    expect(p()).toBeGreaterThan(0);
    expect(p()).toBeLessThan(0.05);
    expect(p(20.5)).toBe(1);
  });
});

describe('the signed-rank test', () => {
  test('agrees with the depression-scale example of Hollander and Wolfe (V = 40, p = 0.03906, and R: conf.int)', () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const { p, estimate, interval } = signedRank(before.map((x, i) => x - (after[i] as number)));
    expect(p()).toBe(0.0390625);
    expect(estimate).toBeCloseTo(0.46, 9);
    const { low, high } = interval(0.05) as { low: number; high: number };
    expect([low, high]).toEqual([expect.closeTo(0.01, 9), expect.closeTo(0.786, 9)]);
  });

  test('counts what an enumeration of all signs counts, and errs towards caution with ties and zeros', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 8 }),
        (d) => {
          // ties broken in one of many ways, and a zero by taking it for negative: none of them may show more
          const ranks = d.map(
            (x, i) =>
              1 +
              d.filter(
                (y, j) => Math.abs(y) < Math.abs(x) || (Math.abs(y) === Math.abs(x) && j < i),
              ).length,
          );
          const sumOf = (positive: (i: number) => boolean) =>
            ranks.reduce((sum, rank, i) => sum + (positive(i) ? rank : 0), 0);
          const sums = Array.from({ length: 2 ** d.length }, (_, signs) =>
            sumOf((i) => ((signs >> i) & 1) === 1),
          );
          const observed = sumOf((i) => (d[i] as number) > 0);
          const tail = (is: (s: number) => boolean) => sums.filter(is).length / sums.length;
          const expected = Math.min(
            1,
            2 *
              Math.min(
                tail((s) => s <= observed),
                tail((s) => s >= observed),
              ),
          );
          const { p } = signedRank(d);
          const untied = new Set(d.map(Math.abs)).size === d.length && !d.includes(0);
          if (untied) expect(p()).toBeCloseTo(expected, 9);
          else expect(p()).toBeGreaterThanOrEqual(expected - 1e-9);
        },
      ),
    );
  });

  test('goes over into its normal approximation without a step', () => {
    const d = (n: number) =>
      Array.from({ length: n }, (_, i) => (i % 3 === 0 ? -1 : 1) * (1 + ((i * 37) % n)));
    const [exact, normal] = [signedRank(d(60)).p(), signedRank(d(61)).p()];
    expect(exact / normal).toBeGreaterThan(0.5);
    expect(exact / normal).toBeLessThan(2);
    expect(signedRank(d(61)).least).toBeGreaterThan(0);
  });

  test('needs six pairs for 5 %, and says nothing of fewer', () => {
    expect(signedRank([1, 2, 3, 4, 5]).interval(0.05)).toBeNull();
    expect(signedRank([1, 2, 3, 4, 5, 6]).interval(0.05)).toEqual({ low: 1, high: 6 });
    expect(signedRank([1, 2, 3, 4, 5, 6]).p()).toBe(0.03125);
    expect(signedRank([])).toMatchObject({ estimate: null, least: 1 });
    expect(signedRank([]).p()).toBe(1);
    expect(signedRank([0, 0, 0, 0, 0, 0]).p()).toBe(1);
    expect(signedRank([0, 0, 0, 0, 0, 0]).interval(0.05)).toEqual({ low: 0, high: 0 });
  });
});

test('a shift lies outside the interval just where the test rejects it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(0.2, 0.05, 0.01, 0.05 / 7),
      (a, b, alpha) => {
        for (const shift of [signedRank(a), rankSum(a, b)]) {
          const interval = shift.interval(alpha);
          expect(interval === null).toBe(shift.least > alpha);
          if (interval === null) continue;
          const estimate = shift.estimate as number;
          expect(interval.low).toBeLessThanOrEqual(estimate);
          expect(interval.high).toBeGreaterThanOrEqual(estimate);
          for (const at of [
            0,
            interval.low,
            interval.high,
            interval.low - 0.25,
            interval.high + 0.25,
          ])
            expect(shift.p(at) > alpha).toBe(interval.low <= at && at <= interval.high);
        }
      },
    ),
  );
});

test('how many processes are needed', () => {
  expect([0.05, 0.05 / 8, 0.05 / 25, 0.5].map(pairsNeeded)).toEqual([6, 9, 10, 2]);
  for (const alpha of [0.05, 0.01, 0.002]) {
    const n = pairsNeeded(alpha);
    const least = (k: number) => signedRank(Array.from({ length: k }, (_, i) => i + 1)).least;
    expect(least(n)).toBeLessThanOrEqual(alpha);
    expect(least(n - 1)).toBeGreaterThan(alpha);
  }
  expect(moreNeeded(1, 1, 0.05)).toBe(3);
  expect(moreNeeded(2, 2, 0.05)).toBe(2);
  expect(moreNeeded(4, 4, 0.05)).toBe(0);
  expect(moreNeeded(1, 38, 0.05)).toBe(1);
  expect(moreNeeded(1, 39, 0.05)).toBe(0);
  expect(moreNeeded(4, 4, 0.05 / 8)).toBe(2);
});

test('ties that logarithms break in their last bits are ties all the same', () => {
  const a = [141, 200, 200, 100, 100, 100, 100];
  const b = [100, 282, 282, 300, 300, 300, 300];
  const logs = a.map((x, i) => Math.log(b[i] as number) - Math.log(x));
  const exact = signedRank([-1, 1, 1, 5, 5, 5, 5].map((x) => x * 0.3));
  // ratios of 100/141 and 282/200 are each other's inverse
  const test = signedRank(logs);
  expect(test.p()).toBeCloseTo(exact.p(), 12);
  expect(test.p()).toBeGreaterThan(0.05);
  // of six pairs that all differ by 5 %, none shows more than 5 %
  const five = signedRank(Array.from({ length: 6 }, () => Math.log(21) - Math.log(20)));
  expect(five.p()).toBeLessThan(0.05);
  expect(five.p(Math.log1p(0.05))).toBe(1);
});
