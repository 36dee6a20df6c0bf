import { describe, expect, test } from 'vitest';
import { beta, seededRandom } from '../../src/statistics/random.js';

describe('seededRandom', () => {
  // sfc32 seeded through splitmix32 (MurmurHash3's finaliser), computed from their definitions in Python
  const known: [why: string, seed: number, outputs: number[]][] = [
    ['no seed at all', 0, [0x23427724, 0xa326e0cb, 0x066a84ca, 0x4fc89f56]],
    ['a small one', 1, [0x2f3d1c4a, 0xbfa66005, 0x098cf040, 0x449b7e4f]],
    ['a negative one: its 32 bits', -1, [0x17f29cdd, 0x30976dff, 0x61831b43, 0xa54b7665]],
    ['all bytes in use', 0x6973_6f63, [0xef59c6b3, 0x7d5d9851, 0x8bcdbdff, 0x33e91cf2]],
  ];
  test.each(known)('gives the published stream for %s', (_, seed, outputs) => {
    const random = seededRandom(seed);
    expect(outputs.map(() => random() * 2 ** 32 - 0.5)).toEqual(outputs);
  });
});

describe('beta', () => {
  // mean a/(a+b), variance ab/((a+b)²(a+b+1))
  test.each([
    [1, 1],
    [2, 5],
    [40, 3],
    [500.5, 500.5],
  ])('has the mean and the variance of Beta(%d, %d)', (a, b) => {
    const random = seededRandom(7);
    const n = 20_000;
    const values = Array.from({ length: n }, () => beta(a, b, random));
    const mean = values.reduce((sum, x) => sum + x) / n;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    const expected = (a * b) / ((a + b) ** 2 * (a + b + 1));
    expect(Math.abs(mean - a / (a + b))).toBeLessThan(4 * Math.sqrt(expected / n));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.06);
  });

  test('stays between 0 and 1', () => {
    const random = seededRandom(3);
    for (let i = 0; i < 1000; i++) {
      const x = beta(1, 1, random);
      expect(x > 0 && x < 1).toBe(true);
    }
  });
});
