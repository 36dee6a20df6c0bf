import { expect, it as test } from 'vitest';
import { normalCdf, twoSidedP } from '../../src/statistics/normal.js';

test('agrees with SciPy 1.17 (scipy.stats.norm.cdf) from tail to tail', () => {
  const table: [number, number][] = [
    [-10, 7.61985302416047e-24],
    [-3, 0.0013498980316300933],
    [-1.959963984540054, 0.025],
    [-0.5, 0.3085375387259869],
    [0, 0.5],
    [1, 0.8413447460685429],
    [2.5, 0.9937903346742238],
    [8, 0.9999999999999993],
  ];
  for (const [z, p] of table) expect(Math.abs(normalCdf(z) / p - 1)).toBeLessThan(1e-8);
});

test('keeps the relative size of tiny two-sided p-values (2 * scipy.stats.norm.sf)', () => {
  expect(twoSidedP(5) / 5.733031437583866e-7).toBeCloseTo(1, 7);
  expect(twoSidedP(-20) / 5.507248237212311e-89).toBeCloseTo(1, 7);
  expect(twoSidedP(35) / 2.2498214129448122e-268).toBeCloseTo(1, 7);
  expect(twoSidedP(0)).toBe(1);
  expect(twoSidedP(50)).toBe(0);
});
