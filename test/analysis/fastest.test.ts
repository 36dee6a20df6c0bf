/** Which one is the fastest, and what may be said of the others. */
import { expect, test } from 'vitest';
import type { Side } from '../../src/analysis/comparison.js';
import { type Fastest, fastestOf } from '../../src/analysis/fastest.js';
import type { Run } from '../../src/analysis/results.js';
import { columnsOf, runOf } from './fabricated.js';

/** Processes of one configuration, side by side with the others' by their number. */
function side(name: string, medians: readonly number[], valid = true): Side {
  const runs = medians.map((median, repetition) =>
    runOf(`${name}${repetition}`, [median, median, median], {
      suite: 's',
      repetition,
      interleaved: true,
      file: {
        startedAt: new Date(1e12 + repetition * 60_000 + name.charCodeAt(0)).toISOString(),
        summary: { elapsed: { median } },
        verdict: { valid, reasons: [], notes: [] },
      } as unknown as Run['file'],
    }),
  );
  return { name, runs };
}
const spread = (n: number, around: number) =>
  Array.from({ length: n }, (_, i) => around * (1 + 0.001 * ((i * 7) % 5)));

test('a difference that the processes show has a factor with an interval that excludes 1', async () => {
  const fastest = await fastestOf([side('a', spread(8, 1320)), side('b', spread(8, 1000))]);
  expect(fastest).toMatchObject({ name: 'b', processes: 8, invalid: 0 });
  const [other] = fastest?.others ?? [];
  expect(other).toMatchObject({ name: 'a', time: { shown: true }, paired: true, doubts: [] });
  expect(other?.time.ratio).toBeCloseTo(1.32);
  expect(other?.time.interval?.low).toBeGreaterThan(1);
});

test('a tie is told as one: its interval holds 1', async () => {
  const medians = spread(8, 1000);
  const fastest = await fastestOf([side('a', medians), side('b', [...medians].reverse())]);
  expect(fastest?.others[0]?.time.shown).toBe(false);
  const { low, high } = (fastest as Fastest).others[0]?.time.interval ?? { low: NaN, high: NaN };
  expect(low).toBeLessThanOrEqual(1);
  expect(high).toBeGreaterThanOrEqual(1);
});

test('too few processes show nothing, and the more there are to choose from, the more it takes', async () => {
  const sides = (n: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      side(String.fromCharCode(97 + i), spread(n, 1000 * (i + 1))),
    );
  const two = await fastestOf(sides(1, 2));
  // as many as a comparison of two by itself takes
  expect(two?.others[0]?.time).toMatchObject({ shown: null, interval: null, more: 5 });
  const six = await fastestOf(sides(6, 2));
  expect(six?.others[0]?.time.shown).toBe(true);
  const amongFour = await fastestOf(sides(6, 4));
  // which would be chosen out of six pairs
  expect(amongFour?.others.map(({ time }) => time.shown)).toEqual([null, null, null]);
  expect(amongFour?.others[0]?.time.more).toBe(2);
});

test('INVALID ones are counted, the fastest included, and a stop at a deadline miss is a doubt', async () => {
  const missed = side('b', spread(6, 2000));
  const stopped = {
    ...missed,
    runs: missed.runs.map((run) => ({ ...run, status: 'deadline_miss' as const })),
  };
  const fastest = await fastestOf([side('a', spread(6, 1000), false), stopped]);
  expect(fastest?.invalid).toBe(6);
  expect(fastest?.others[0]?.doubts[0]).toMatch(/ended at its first missed deadline/);
});

test('one alone is not the fastest of anything, and what has no median is left out', async () => {
  expect(await fastestOf([side('a', [1])])).toBeNull();
  expect(await fastestOf([side('a', [1]), side('b', [Number.NaN])])).toBeNull();
  expect(await fastestOf([side('a', [1]), { name: 'b', runs: [runOf('b', [])] }])).toBeNull();
});

test('the fastest is found by the times that are compared: responses, where a log has no others', async () => {
  const logged = (name: string, elapsed: number, response: number, hasElapsed: boolean): Side => ({
    name,
    runs: [
      runOf(name, [], {
        columns: async () =>
          columnsOf({
            job: [0, 1, 2],
            ...(hasElapsed ? { elapsed_ns: [9, elapsed, elapsed] } : {}),
            response_ns: [9, response, response],
          }),
      }),
    ],
  });
  const mixed = await fastestOf([logged('a', 1, 30, true), logged('b', 2, 20, false)]);
  expect(mixed).toMatchObject({ name: 'b', timeBase: 'response', medianNs: 20 });
  expect(mixed?.others[0]).toMatchObject({ time: { ratio: 1.5 }, doubts: [] });
  const both = await fastestOf([logged('a', 1, 30, true), logged('b', 2, 20, true)]);
  expect(both).toMatchObject({ name: 'a', timeBase: 'elapsed' });
});
