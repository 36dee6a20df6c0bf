import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { Distribution, HISTOGRAM_RELATIVE_ERROR } from '../../src/metrics/distribution.js';

/** The definition, written plainly: sort, and interpolate between the neighbours of rank (n-1)q. */
function oracle(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (sorted.length - 1) * q;
  const below = sorted[Math.floor(rank)] as number;
  const above = sorted[Math.ceil(rank)] as number;
  return below + (rank - Math.floor(rank)) * (above - below);
}

function filled(values: number[], exactLimit?: number): Distribution {
  const d = new Distribution(exactLimit);
  for (const v of values) d.add(v);
  return d;
}

const nanoseconds = fc.array(fc.integer({ min: 0, max: 2 ** 45 }), {
  minLength: 1,
  maxLength: 700,
});
const quantile = fc.double({ min: 0, max: 1, noNaN: true });

describe('an exact distribution', () => {
  test('agrees with the definition of the quantile for any sample', () => {
    fc.assert(
      fc.property(nanoseconds, quantile, (values, q) => {
        const [found] = filled(values).quantiles([q]);
        const expected = oracle(values, q);
        expect(Math.abs((found as number) - expected)).toBeLessThanOrEqual(1e-9 * (1 + expected));
      }),
    );
  });

  test('agrees with the two-pass mean and standard deviation', () => {
    fc.assert(
      fc.property(nanoseconds, (values) => {
        const d = filled(values);
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        expect(Math.abs((d.mean as number) - mean)).toBeLessThanOrEqual(1e-9 * (1 + mean));
        if (values.length < 2) expect(d.sd).toBeNull();
        else {
          const ss = values.reduce((a, v) => a + (v - mean) ** 2, 0);
          const sd = Math.sqrt(ss / (values.length - 1));
          expect(Math.abs((d.sd as number) - sd)).toBeLessThanOrEqual(1e-9 * (1 + mean + sd));
        }
        expect(d.min).toBe(Math.min(...values));
        expect(d.max).toBe(Math.max(...values));
      }),
    );
  });

  test('keeps the deviation of small differences on large values', () => {
    // 1e15 ± 1: the naive sum of squares has no digit left here.
    expect(filled([1e15 - 1, 1e15, 1e15 + 1]).sd).toBe(1);
  });

  test('is worked by hand for 1 … 5', () => {
    const d = filled([5, 3, 1, 4, 2]);
    expect(d.quantiles([0, 0.25, 0.5, 0.9, 1])).toEqual([1, 2, 3, 4.6, 5]);
    expect(d.mean).toBe(3);
    expect(d.sd).toBeCloseTo(Math.sqrt(2.5), 12);
  });

  test('can be asked in the middle and go on', () => {
    const d = filled([3, 1]);
    expect(d.quantiles([0.5])).toEqual([2]);
    d.add(100);
    expect(d.quantiles([0.5])).toEqual([3]);
  });

  test('says nothing about an empty sample', () => {
    const d = new Distribution();
    expect([d.mean, d.sd, d.min, d.max, ...d.quantiles([0, 0.5, 1])]).toEqual(Array(7).fill(null));
  });

  test('refuses values that are no numbers', () => {
    expect(() => new Distribution().add(Number.NaN)).toThrow(RangeError);
    expect(() => new Distribution().add(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });
});

describe('a distribution beyond its exact limit', () => {
  test('keeps every quantile of non-negative values within the stated relative error', () => {
    fc.assert(
      fc.property(nanoseconds, quantile, (values, q) => {
        const d = filled(values, 16);
        const [found] = d.quantiles([q]);
        const expected = oracle(values, q);
        const allowed = d.exact ? 0 : HISTOGRAM_RELATIVE_ERROR;
        expect(Math.abs((found as number) - expected)).toBeLessThanOrEqual(
          expected * allowed + 1e-9 * (1 + expected),
        );
      }),
    );
  });

  test('orders negative, zero and fractional values too', () => {
    const values = [-1000, -0.5, -0.25, 0, -0, 0.125, 3, 1e-300, 1e300];
    const d = filled(values, 1);
    expect(d.exact).toBe(false);
    values.sort((a, b) => a - b);
    values.forEach((expected, i) => {
      const [found] = d.quantiles([i / (values.length - 1)]);
      expect(Math.abs((found as number) - expected)).toBeLessThanOrEqual(
        Math.abs(expected) * HISTOGRAM_RELATIVE_ERROR,
      );
    });
  });

  test('keeps count, mean, deviation and extremes exact', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1009);
    const rough = filled(values, 10);
    const exact = filled(values);
    expect(rough.exact).toBe(false);
    expect(exact.exact).toBe(true);
    expect([rough.count, rough.mean, rough.sd, rough.min, rough.max]).toEqual([
      exact.count,
      exact.mean,
      exact.sd,
      exact.min,
      exact.max,
    ]);
  });
});
