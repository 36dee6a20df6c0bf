import { expect, test } from 'vitest';
import { compareSides, conclude } from '../../src/analysis/compare.js';
import { gate, isShut } from '../../src/analysis/gate.js';
import { runOf } from './fabricated.js';

/** Processes that differ by up to 1 %, and B takes `factor` of A's time. */
const pairs = (n: number, factor: number) => {
  const side = (id: string, scale: number) => ({
    name: id,
    runs: Array.from({ length: n }, (_, i) =>
      runOf(`${id}${i}`, Array(9).fill(1e6 * scale * (1 + 0.001 * ((i * 7) % 10))), {
        suite: 's',
        interleaved: true,
        repetition: i,
      }),
    ),
  });
  return compareSides(side('A', 1), side('B', factor));
};

test.each([
  ['slower by more', 6, 1.03, 'failed'],
  ['slower, but not by more', 6, 1.015, 'below'],
  ['slower by just that', 6, 1.02, 'passed'],
  ['faster', 6, 0.5, 'below'],
  ['slower, of too few processes', 5, 1.5, 'undecided'],
])('a gate at 2 %% with B %s', async (_what, n, factor, outcome) => {
  expect(gate([await pairs(n, factor)], 0.02)).toMatchObject([
    {
      a: 'A',
      b: 'B',
      outcome,
      p: outcome === 'undecided' ? null : outcome === 'passed' ? expect.closeTo(1, 9) : 2 / 64,
    },
  ]);
});

test('a gate over several is corrected for their number', async () => {
  const outcomes = async (n: number, ...factors: number[]) =>
    gate(await Promise.all(factors.map((f) => pairs(n, f))), 0.02).map(({ outcome }) => outcome);
  expect(await outcomes(6, 1.03, 1)).toEqual(['undecided', 'undecided']);
  // two pairs of eight are held against 2.5 %, and what is left against 5 %
  expect(await outcomes(8, 1.03, 1)).toEqual(['failed', 'below']);
  expect(await outcomes(8, 1.03, 1.04)).toEqual(['failed', 'failed']);
});

test('a gate at 0 % fails just what the table shows to be slower, whatever else is in it', async () => {
  const one = (id: string, factor: number) =>
    // seven pairs, of which one is against it
    Array.from({ length: 7 }, (_, i) =>
      runOf(
        `${id}${i}`,
        Array(9).fill(1e6 * (1 + 0.001 * i) * (i === 3 ? factor ** -0.001 : factor)),
        {
          suite: 's',
          interleaved: true,
          repetition: i,
        },
      ),
    );
  const base = { name: 'A', runs: one('a', 1) };
  const against = (name: string, factor: number) =>
    compareSides(base, { name, runs: one(name, factor) });
  const open = [await against('slow', 2), await pairs(7, 0.5)];
  expect(conclude(open).map(({ metrics }) => metrics.find((m) => m.key === 'time')?.shown)).toEqual(
    [true, true],
  );
  expect(gate(open, 0).map(({ outcome }) => outcome)).toEqual(['failed', 'below']);
  expect(gate(open, 0.2).map(({ outcome }) => outcome)).toEqual(['failed', 'below']);
});

test('a gate is not shut by what rests on doubted runs, and not opened either', async () => {
  const open = { ...(await pairs(6, 1.03)), lost: ['A0: An older result.'] };
  const results = gate([open], 0.02);
  expect(results).toMatchObject([{ outcome: 'doubted', p: 2 / 64 }]);
  expect(() => isShut(results, '2%', open.lost)).toThrow(
    "--fail-above 2% can't be decided: A0: An older result.",
  );
  expect(gate([{ ...(await pairs(6, 0.5)), lost: open.lost }], 0.02)[0]?.outcome).toBe('below');
});

test('a gate is shut by one failure, and refuses to be open where it could not shut', () => {
  const results = (...outcomes: ('failed' | 'passed' | 'undecided' | 'untested')[]) =>
    outcomes.map((outcome) => ({ a: 'A', b: 'B', p: null, outcome }));
  expect(isShut(results('undecided', 'failed', 'passed'), '2%')).toBe(true);
  expect(isShut(results('passed'), '2%')).toBe(false);
  // what is missing might have failed
  expect(isShut(results('failed'), '2%', ['b was measured in old only.'])).toBe(true);
  expect(() => isShut(results('passed'), '2%', ['b was measured in old only.'])).toThrow(
    "--fail-above 2% can't be decided: b was measured in old only.",
  );
  expect(() => isShut(results('passed', 'undecided'), '2%')).toThrow(
    expect.objectContaining({ code: 'E_TOO_FEW' }),
  );
  expect(() => isShut(results('passed', 'untested'), '2%')).toThrow(
    /one side has no job, or a median of 0/,
  );
});
