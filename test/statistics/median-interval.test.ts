import { expect, test } from 'vitest';
import { medianInterval, student95 } from '../../src/statistics/median-interval.js';
import { seededRandom } from '../../src/statistics/random.js';

/** Autoregressive values about 1: `r` between neighbours. */
function values(n: number, r: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  let x = normal();
  return Float64Array.from({ length: n }, () => {
    x = r * x + Math.sqrt(1 - r * r) * normal();
    return Math.exp(0.1 * x);
  });
}
const share = (n: number, r: number) =>
  Array.from({ length: 400 }, (_, seed) => medianInterval(values(n, r, seed + 1))).filter(
    (interval) => interval !== null && interval.low <= 1 && interval.high >= 1,
  ).length / 400;

test('holds the true median about as often as it says, of jobs that are like their neighbours, too', () => {
  // seeded, so that it is the same share each time
  expect(share(400, 0)).toBeGreaterThan(0.95);
  expect(share(2000, 0.8)).toBeGreaterThan(0.91);
});

test('jobs that are like their neighbours are worth fewer, and their interval is wider', () => {
  const [alone, alike] = [medianInterval(values(2000, 0, 1)), medianInterval(values(2000, 0.9, 1))];
  expect(alone?.effective).toBeGreaterThan(1000);
  expect(alike?.effective).toBeLessThan(500);
  expect(alike?.share).toBeGreaterThan(alone?.share as number);
});

test('a level that changed in the middle is no narrow interval, however many jobs there are', () => {
  const low = values(2000, 0, 3);
  const changed = Float64Array.from([
    ...low.map((v) => v * 0.01 + 1),
    ...low.map((v) => v * 0.01 + 2),
  ]);
  expect(medianInterval(changed)?.share ?? 1).toBeGreaterThan(0.2);
});

test('its ends are observed, and enclose the median', () => {
  const sample = values(501, 0, 5);
  const { low, high, median } = medianInterval(sample) ?? { low: NaN, high: NaN, median: NaN };
  expect([...sample]).toEqual(expect.arrayContaining([low, high, median]));
  expect(low).toBeLessThan(median);
  expect(high).toBeGreaterThan(median);
});

test('there is none of a few jobs, and no share of a median of 0', () => {
  for (let n = 0; n < 15; n++) expect(medianInterval(values(n, 0, 1)), `${n}`).toBeNull();
  expect(medianInterval(new Float64Array(200))).toMatchObject({ median: 0, share: null });
  // a clock that tells them no further apart
  expect(medianInterval(new Float64Array(200).fill(40))).toMatchObject({
    share: 0,
    effective: 200,
  });
});

test('Student’s quantiles are those of the tables', () => {
  // Abramowitz and Stegun, table 26.10
  for (const [freedom, quantile] of [
    [4, 2.776],
    [9, 2.262],
    [30, 2.042],
    [120, 1.98],
  ] as const)
    expect(student95(freedom)).toBeCloseTo(quantile, 2);
});
