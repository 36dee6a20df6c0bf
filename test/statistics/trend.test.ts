import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import {
  lagOneAutocorrelation,
  neighboursAlike,
  RunningAutocorrelation,
  trend,
} from '../../src/statistics/trend.js';
import { lcg } from './samples.js';

const drifting = lcg(40, 5, 20, 50).map((v, i) => v + i * 0.2);

describe('the Mann-Kendall trend', () => {
  test('agrees with NumPy on drifting values', () => {
    expect(trend(drifting).s).toBe(166);
  });

  test('agrees with the tie-corrected variance worked out in NumPy', () => {
    const { s, p } = trend(lcg(40, 6, 8, 50));
    expect(s).toBe(-28);
    expect(p).toBeCloseTo(0.7506358555486545, 10);
  });

  test('counts the pairs that the definition counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }), (values) => {
        let s = 0;
        values.forEach((v, i) => {
          for (const w of values.slice(i + 1)) s += Math.sign(w - v);
        });
        expect(trend(values).s).toBe(s);
      }),
    );
  });

  test('is sure of a straight line, however long', () => {
    const line = Float64Array.from({ length: 5000 }, (_, i) => 100 + 3 * i);
    expect(trend(line).p).toBeLessThan(1e-100);
  });

  test('says nothing of constant data or of three values', () => {
    expect(trend([4, 4, 4, 4, 4])).toEqual({ p: null, s: 0 });
    expect(trend([1, 2, 3]).p).toBeNull();
    expect(trend([1])).toEqual({ p: null, s: 0 });
  });
});

describe('the autocorrelation at lag 1', () => {
  test('agrees with the definition worked out in NumPy', () => {
    expect(lagOneAutocorrelation(drifting).r).toBeCloseTo(0.21173263187234345, 12);
    expect(lagOneAutocorrelation(drifting).limit).toBeCloseTo(0.3099, 4);
  });

  test('is worked by hand for 1, 2, 3, 4: 0.25', () => {
    expect(lagOneAutocorrelation([1, 2, 3, 4]).r).toBeCloseTo(0.25, 12);
  });

  test('is strongly negative for values that alternate', () => {
    expect(lagOneAutocorrelation(Array.from({ length: 100 }, (_, i) => i % 2)).r).toBeLessThan(
      -0.9,
    );
  });

  test('comes out the same of values that are not kept, however far from 0 they lie', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 60 }),
        fc.constantFrom(0, 1e3, 1e9),
        (values, origin) => {
          const running = new RunningAutocorrelation();
          const shifted = values.map((value) => value + origin);
          for (const value of shifted) running.add(value);
          const { r, limit } = lagOneAutocorrelation(shifted);
          expect(running.finish().limit).toBe(limit);
          if (new Set(values).size === 1) expect(running.finish().r).toBeNull();
          else expect(running.finish().r).toBeCloseTo(r as number, 6);
        },
      ),
    );
    expect(new RunningAutocorrelation().finish()).toEqual({ r: null, limit: null });
  });

  test('is worth a word beyond chance, and from 0.2 on', () => {
    expect(neighboursAlike(0.19, 10_000)).toBe(false);
    expect(neighboursAlike(0.21, 10_000)).toBe(true);
    expect(neighboursAlike(0.3, 30)).toBe(false);
    expect(neighboursAlike(0.4, 30)).toBe(true);
    expect(neighboursAlike(null, 30)).toBe(false);
  });

  test('is absent for constant data and below three values', () => {
    expect(lagOneAutocorrelation([2, 2, 2]).r).toBeNull();
    expect(lagOneAutocorrelation([1, 2]).r).toBeNull();
  });
});
