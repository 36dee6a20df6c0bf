import { expect, test } from 'vitest';
import { expandSuite } from '../../src/benchmark/expand.js';
import { checkSuite } from '../../src/benchmark/suite.js';
import { firstRunSuite } from '../../src/benchmark/treatments.js';

test('the suite of a first run: every treatment, without XNNPACK and with it, by turns', () => {
  const suite = checkSuite(
    firstRunSuite('mobilenet_v1', { repetitions: 2, jobs: 5, base: { fifo: 90 } }),
  );
  const { points, order, auto } = expandSuite(suite);
  expect(points).toHaveLength(2 * 6 * 2);
  expect(order).toBe('interleaved');
  expect(auto).toMatchObject({ factor: 1.5, jobs: 10 });
  for (const { definition } of points)
    expect(definition).toMatchObject({
      workload: 'mobilenet_v1',
      fifo: 90,
      jobs: 5,
      period: 'auto',
      events: 'rtbench',
    });
  // which comes first within a repetition is left to chance
  for (const repetition of [0, 1]) {
    const side = points.slice(12 * repetition, 12 * (repetition + 1));
    expect(side.every((point) => point.repetition === repetition)).toBe(true);
    expect(new Set(side.map(({ parameters }) => parameters.treatment))).toEqual(
      new Set(['untreated', 'warm', 'prefaulted', 'locked', 'warmed up', 'recommended']),
    );
  }
});
