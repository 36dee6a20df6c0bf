import { expect, test } from 'vitest';
import { Distribution } from '../../src/metrics/distribution.js';
import { histogramOf } from '../../src/metrics/histogram.js';

function of(values: readonly number[], limit?: number): Distribution {
  const times = new Distribution(limit);
  for (const value of values) times.add(value);
  return times;
}
/** 1000 values from 1000 to 1999, and a few far off. */
const body = Array.from({ length: 1000 }, (_, i) => 1000 + i);
const tailed = [...body, 5000, 90_000, 1_000_000];

test('every job stands in one bin, the shortest and the longest included, and bins have no gaps', () => {
  for (const values of [body, tailed, [7], [3, 3, 3], [0, 0, 1], [1, 1e9], [1e6, ...tailed]]) {
    const histogram = histogramOf(of(values), 'elapsed', null);
    const bins = histogram?.bins ?? [];
    expect(bins.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(values.length);
    expect(bins[0]?.from).toBeLessThanOrEqual(Math.min(...values));
    expect(bins.at(-1)?.to).toBeGreaterThanOrEqual(Math.max(...values));
    for (const [i, { from, to }] of bins.entries()) {
      expect(to).toBeGreaterThan(from);
      if (i > 0) expect(from).toBe(bins[i - 1]?.to);
    }
    for (const [i, { from, to, jobs }] of bins.entries())
      expect(jobs).toBe(values.filter((v) => (i === 0 ? v >= from : v > from) && v <= to).length);
  }
});

test('a tail takes no resolution from where most jobs are, and few lines', () => {
  const [plain, far] = [body, tailed].map((values) => histogramOf(of(values), 'elapsed', null));
  const width = (histogram: typeof plain) => {
    const most = Math.max(...(histogram?.bins.map(({ jobs }) => jobs) ?? []));
    const bin = histogram?.bins.find(({ jobs }) => jobs === most);
    return (bin?.to ?? 0) - (bin?.from ?? 0);
  };
  // the longest job is a thousand times as far away
  expect(width(far)).toBeLessThanOrEqual(2 * width(plain));
  expect(far?.bins.length).toBeLessThan(40);
});

test('a deadline parts those that met it, which may take as long, from those that missed it', () => {
  const bins = histogramOf(of(tailed), 'response', 1234)?.bins ?? [];
  expect(bins.some(({ to }) => to === 1234)).toBe(true);
  const late = bins.filter(({ from }) => from >= 1234).reduce((sum, { jobs }) => sum + jobs, 0);
  expect(late).toBe(tailed.filter((v) => v > 1234).length);
});

test('empty bins next to each other are one, but for the deadline between them', () => {
  const bins = histogramOf(of([...body, 1e6]), 'response', 500_000)?.bins ?? [];
  const empty = bins.flatMap(({ jobs }, i) => (jobs === 0 ? [i] : []));
  expect(empty.filter((i) => empty.includes(i + 1) && bins[i]?.to !== 500_000)).toEqual([]);
  expect(bins.some(({ to }) => to === 500_000)).toBe(true);
});

test('a sample that is no longer exact is counted all the same, and says so', () => {
  const histogram = histogramOf(of(tailed, 100), 'elapsed', null);
  expect(histogram?.exact).toBe(false);
  expect(histogram?.bins.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(tailed.length);
});

test('of no jobs there is none', () => {
  expect(histogramOf(of([]), 'elapsed', null)).toBeNull();
});
