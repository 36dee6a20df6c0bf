import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { type Criterion, paretoFront, rankItems } from '../../src/statistics/ranking.js';

interface Model {
  name: string;
  time: number | null;
  accuracy: number | null;
}
const time: Criterion<Model> = { name: 'time', better: 'lower', value: (m) => m.time };
const accuracy: Criterion<Model> = { name: 'accuracy', better: 'higher', value: (m) => m.accuracy };

describe('ranking over several metrics', () => {
  test('adds the ranks up, with equal values sharing the better rank', () => {
    const models: Model[] = [
      { name: 'slow and right', time: 400, accuracy: 0.8 },
      { name: 'fast and wrong', time: 100, accuracy: 0.5 },
      { name: 'middling', time: 200, accuracy: 0.7 },
      { name: 'as middling', time: 200, accuracy: 0.6 },
    ];
    const ranked = rankItems(models, [time, accuracy]);
    expect(ranked.map(({ item, ranks, total }) => [item.name, ...ranks, total])).toEqual([
      ['middling', 2, 2, 4],
      ['slow and right', 4, 1, 5],
      ['fast and wrong', 1, 4, 5],
      ['as middling', 2, 3, 5],
    ]);
  });

  test('puts items with an unknown value last and gives them no total', () => {
    const ranked = rankItems(
      [
        { name: 'unknown', time: 1, accuracy: null },
        { name: 'known', time: 2, accuracy: 0.1 },
        { name: 'NaN', time: Number.NaN, accuracy: 0.2 },
      ],
      [time, accuracy],
    );
    expect(ranked.map(({ item, ranks, total }) => [item.name, ...ranks, total])).toEqual([
      ['known', 2, 2, 4],
      ['unknown', 1, null, null],
      ['NaN', null, 1, null],
    ]);
  });
});

const points = fc.array(
  fc.record({
    name: fc.constant(''),
    time: fc.integer({ min: 0, max: 8 }),
    accuracy: fc.integer({ min: 0, max: 8 }),
  }),
  { maxLength: 25 },
);

describe('the Pareto front', () => {
  test('holds what nothing else beats, and drops the unknown', () => {
    const models: Model[] = [
      { name: 'a', time: 1, accuracy: 1 },
      { name: 'b', time: 2, accuracy: 3 },
      { name: 'c', time: 3, accuracy: 2 },
      { name: 'd', time: 4, accuracy: 3 },
      { name: 'e', time: 0, accuracy: null },
    ];
    expect(paretoFront(models, [time, accuracy]).map((m) => m.name)).toEqual(['a', 'b']);
  });

  test('holds exactly the points to which none is strictly better in one and no worse in the other', () => {
    fc.assert(
      fc.property(points, (models) => {
        const front = new Set(paretoFront(models, [time, accuracy]));
        for (const m of models) {
          const beaten = models.some(
            (o) =>
              o.time <= m.time &&
              o.accuracy >= m.accuracy &&
              (o.time < m.time || o.accuracy > m.accuracy),
          );
          expect(front.has(m)).toBe(!beaten);
        }
      }),
    );
  });
});
