import { describe, expect, test } from 'vitest';
import { medianOf, quantileOf, sortedFinite } from '../../src/statistics/sorted.js';

describe('sortedFinite', () => {
  const cases: [why: string, values: number[], sorted: number[]][] = [
    ['orders by size, not by spelling', [10, 9, -1, 100], [-1, 9, 10, 100]],
    [
      'leaves an absent value (NaN) out, wherever it stands',
      [Number.NaN, 2, Number.NaN, 1],
      [1, 2],
    ],
    ['leaves infinities out', [Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY], [0]],
    ['keeps 0: it is a value', [0, -0.5], [-0.5, 0]],
    ['gives nothing for nothing but absent values', [Number.NaN], []],
  ];
  test.each(cases)('%s', (_, values, sorted) => {
    expect([...sortedFinite(values)]).toEqual(sorted);
  });
});

describe('quantileOf and medianOf', () => {
  test('interpolate between neighbours', () => {
    const sorted = Float64Array.from([1, 2, 4, 8]);
    expect(quantileOf(sorted, 0)).toBe(1);
    expect(quantileOf(sorted, 0.5)).toBe(3);
    expect(quantileOf(sorted, 0.75)).toBe(5);
    expect(quantileOf(sorted, 1)).toBe(8);
    expect(medianOf(sorted)).toBe(3);
    expect(medianOf(Float64Array.from([7]))).toBe(7);
  });

  test('have no value for an empty sample', () => {
    expect(quantileOf(new Float64Array(), 0.5)).toBeNull();
    expect(medianOf(new Float64Array())).toBeNull();
  });
});
