import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import {
  blockedRankSum,
  mannWhitney,
  wilcoxonSignedRank,
} from '../../src/statistics/rank-tests.js';
import { ascending, lcg } from './samples.js';

/** Every choice of k of the positions 0 … n-1. */
function* choices(n: number, k: number, from = 0): Generator<number[]> {
  if (k === 0) yield [];
  else
    for (let i = from; i <= n - k; i++)
      for (const rest of choices(n, k - 1, i + 1)) yield [i, ...rest];
}

const small = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });

describe('the Mann-Whitney test', () => {
  test('agrees with the permeability example of Hollander and Wolfe (R: wilcox.test, W = 35)', () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    const { u, p, method, superiority } = mannWhitney(ascending(early), ascending(atTerm));
    expect(u).toBe(35);
    expect(p).toBeCloseTo(0.2544122544122544, 12);
    expect(method).toBe('exact');
    expect(superiority).toBeCloseTo(0.7, 12);
  });

  test('agrees with SciPy 1.17 (mannwhitneyu, asymptotic, continuity) on a large sample with ties', () => {
    const a = ascending(lcg(60, 1, 40, 100));
    const b = ascending(lcg(50, 2, 40, 106));
    const { u, p, method } = mannWhitney(a, b);
    expect(u).toBe(1970.5);
    expect(p).toBeCloseTo(0.004751290560581758, 10);
    expect(method).toBe('normal');
  });

  test('counts exactly what an enumeration of all splits counts, ties included', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const pooled = [...a, ...b];
        const score = (chosen: number[]) => {
          const inB = new Set(chosen);
          let u = 0;
          for (const i of chosen)
            pooled.forEach((v, j) => {
              if (!inB.has(j)) u += (pooled[i] as number) > v ? 1 : pooled[i] === v ? 0.5 : 0;
            });
          return u;
        };
        const observed = score(b.map((_, i) => a.length + i));
        const all = [...choices(pooled.length, b.length)].map(score);
        const tail = (keep: (u: number) => boolean) => all.filter(keep).length / all.length;
        const expected = Math.min(
          1,
          2 *
            Math.min(
              tail((u) => u <= observed),
              tail((u) => u >= observed),
            ),
        );
        const { u, p } = mannWhitney(ascending(a), ascending(b));
        expect(u).toBeCloseTo(observed, 9);
        if (new Set(pooled).size === 1) expect(p).toBeNull();
        else expect(p).toBeCloseTo(expected, 9);
      }),
    );
  });

  test('says the same of both directions', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const [one, other] = [
          mannWhitney(ascending(a), ascending(b)),
          mannWhitney(ascending(b), ascending(a)),
        ];
        expect(one.u + other.u).toBeCloseTo(a.length * b.length, 9);
        if (one.p === null) expect(other.p).toBeNull();
        else expect(other.p).toBeCloseTo(one.p, 9);
      }),
    );
  });

  test('can tell nothing of no values or of constant data', () => {
    expect(mannWhitney(new Float64Array(), ascending([1])).p).toBeNull();
    expect(mannWhitney(new Float64Array(30).fill(2), new Float64Array(30).fill(2)).p).toBeNull();
  });
});

describe('the signed-rank test', () => {
  test('agrees with the depression-scale example of Hollander and Wolfe (V = 40, p = 0.03906)', () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const test = wilcoxonSignedRank(after, before);
    expect(test).toMatchObject({ v: 40, p: 0.0390625, method: 'exact', pairs: 9 });
  });

  test('agrees with SciPy 1.17 (wilcoxon, asymptotic, correction) beyond the exact range, with ties and equal pairs', () => {
    const test = wilcoxonSignedRank(lcg(80, 3, 30, 100), lcg(80, 4, 30, 104));
    expect(test).toMatchObject({ v: 2276.5, pairs: 78, method: 'normal' });
    expect(test.p).toBeCloseTo(0.0002477976916861959, 10);
  });

  test('counts exactly what an enumeration of all signs counts, ties included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 8 }),
        (d) => {
          const kept = d.filter((x) => x !== 0);
          const { p, v } = wilcoxonSignedRank(
            d.map(() => 0),
            d,
          );
          if (kept.length === 0) {
            expect(p).toBeNull();
            return;
          }
          const ranks = kept.map((x) => {
            const less = kept.filter((y) => Math.abs(y) < Math.abs(x)).length;
            const same = kept.filter((y) => Math.abs(y) === Math.abs(x)).length;
            return less + (same + 1) / 2;
          });
          const sums = Array.from({ length: 2 ** kept.length }, (_, signs) =>
            ranks.reduce((sum, rank, i) => sum + ((signs >> i) & 1 ? rank : 0), 0),
          );
          const tail = (keep: (s: number) => boolean) => sums.filter(keep).length / sums.length;
          expect(p).toBeCloseTo(
            Math.min(
              1,
              2 *
                Math.min(
                  tail((s) => s <= v),
                  tail((s) => s >= v),
                ),
            ),
            9,
          );
        },
      ),
    );
  });

  test('leaves out pairs with an absent value and refuses lists that are no pairs', () => {
    expect(wilcoxonSignedRank([1, Number.NaN, 2], [2, 5, 4]).pairs).toBe(2);
    expect(() => wilcoxonSignedRank([1], [1, 2])).toThrow(RangeError);
  });
});

describe('the blocked rank-sum test', () => {
  test('is the Mann-Whitney approximation when there is one block', () => {
    const a = ascending(lcg(60, 1, 4000, 100));
    const b = ascending(lcg(50, 2, 4000, 700));
    // the two differ by the continuity correction only
    expect(blockedRankSum([[a, b]]).p).toBeCloseTo(mannWhitney(a, b).p as number, 3);
  });

  test('agrees with the permutation distribution within blocks', () => {
    const pairs: [number[], number[]][] = [
      [
        [1, 4, 6, 9],
        [7, 8, 12],
      ],
      [
        [21, 22, 25],
        [24, 28, 29, 30],
      ],
      [
        [41, 43, 44],
        [42, 47, 48],
      ],
    ];
    const blocks = pairs.map(([a, b]) => {
      const pooled = [...a, ...b].sort((x, y) => x - y);
      const sums = [...choices(pooled.length, b.length)].map(
        (chosen) => chosen.reduce((sum, i) => sum + i + 1, 0) / (pooled.length + 1),
      );
      const observed = b.reduce((sum, v) => sum + pooled.indexOf(v) + 1, 0) / (pooled.length + 1);
      return { sums, observed, expected: b.length / 2 };
    });
    const observed = blocks.reduce((t, block) => t + block.observed - block.expected, 0);
    let extreme = 0;
    let all = 0;
    for (const x of (blocks[0] as { sums: number[] }).sums)
      for (const y of (blocks[1] as { sums: number[] }).sums)
        for (const z of (blocks[2] as { sums: number[] }).sums) {
          const t = x + y + z - blocks.reduce((sum, block) => sum + block.expected, 0);
          all++;
          if (Math.abs(t) >= Math.abs(observed) - 1e-9) extreme++;
        }
    const { p } = blockedRankSum(pairs.map(([a, b]) => [ascending(a), ascending(b)]));
    expect(Math.abs((p as number) - extreme / all)).toBeLessThan(0.01);
  });

  test('sees through a drift that hides the difference from the pooled test', () => {
    const pairs = Array.from({ length: 6 }, (_, i) => {
      const a = ascending(lcg(20, i + 1, 100, 10_000 * i));
      return [a, a.map((v) => v + 60)] as const;
    });
    const pooled = mannWhitney(
      ascending(pairs.flatMap(([a]) => [...a])),
      ascending(pairs.flatMap(([, b]) => [...b])),
    );
    expect(pooled.p).toBeGreaterThan(0.05);
    expect(blockedRankSum(pairs).p).toBeLessThan(1e-6);
  });

  test('can tell nothing of constant data', () => {
    const same = new Float64Array(5).fill(1);
    expect(blockedRankSum([[same, same]]).p).toBeNull();
  });
});
