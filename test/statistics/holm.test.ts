import { expect, test } from 'vitest';
import { holm } from '../../src/statistics/holm.js';

const near = (values: number[]) => values.map((v) => expect.closeTo(v, 12));

test('corrects as R does (p.adjust, method "holm"), in any order', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005], 0.05).map(({ p }) => p)).toEqual(
    near([0.03, 0.06, 0.06, 0.02]),
  );
  expect(holm([0.4, 0.6], 0.05).map(({ p }) => p)).toEqual(near([0.8, 0.8]));
  expect(holm([0.02], 0.05)).toEqual([{ p: 0.02, level: 0.05 }]);
  expect(holm([], 0.05)).toEqual([]);
});

test('tells the level that each was held against: the corrected p is at most alpha where the other is at most that', () => {
  const ps = [0.01, 0.04, 0.03, 0.005];
  const corrected = holm(ps, 0.05);
  expect(corrected.map(({ level }) => level)).toEqual(near([0.05 / 3, 0.025, 0.025, 0.0125]));
  corrected.forEach(({ p, level }, i) => {
    expect(p <= 0.05).toBe((ps[i] as number) <= level);
  });
});
