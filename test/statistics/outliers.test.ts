import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { modifiedZScores } from '../../src/statistics/outliers.js';

describe('modified Z-scores', () => {
  test('find both outliers of Iglewicz and Hoaglin’s ten observations, which the plain Z-score misses', () => {
    const values = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3];
    const { scores, median, outliers } = modifiedZScores(values);
    // worked by hand: median 2.45, MAD 0.15, 0.6745 · 5.75 / 0.15
    expect(median).toBeCloseTo(2.45, 12);
    expect(scores[8]).toBeCloseTo(25.856, 3);
    expect(scores[9]).toBeCloseTo(26.3055, 6);
    expect(outliers).toEqual([8, 9]);
    const mean = values.reduce((a, b) => a + b) / 10;
    const sd = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / 9);
    expect(Math.abs(8.3 - mean) / sd).toBeLessThan(3);
  });

  test('falls back to the mean deviation when more than half of the values are equal', () => {
    const { scores, outliers } = modifiedZScores([5, 5, 5, 5, 5, 5, 5, 5, 5, 15]);
    // mean absolute deviation 1: 10 / (1.253314 · 1)
    expect(scores[9]).toBeCloseTo(7.979, 3);
    expect(outliers).toEqual([9]);
  });

  test('call nothing an outlier in constant data, in one value and in none', () => {
    expect(modifiedZScores([7, 7, 7])).toMatchObject({ scale: 0, outliers: [] });
    expect([...modifiedZScores([7]).scores]).toEqual([0]);
    expect(modifiedZScores([])).toMatchObject({ median: null, outliers: [] });
  });

  test('leave absent values absent', () => {
    const { scores, outliers } = modifiedZScores([1, Number.NaN, 2, 3, 2, 1, 3, 1000]);
    expect(scores[1]).toBeNaN();
    expect(outliers).toEqual([7]);
  });

  test('do not change with the unit or the origin of the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: -5000, max: 5000 }),
        (values, factor, shift) => {
          const moved = modifiedZScores(values.map((v) => v * factor + shift)).scores;
          modifiedZScores(values).scores.forEach((score, i) => {
            expect(moved[i]).toBeCloseTo(score, 9);
          });
        },
      ),
    );
  });
});
