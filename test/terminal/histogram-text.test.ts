import { expect, test } from 'vitest';
import type { Histogram } from '../../src/metrics/histogram.js';
import { utf8Locale } from '../../src/terminal/charset.js';
import { histogramText } from '../../src/terminal/histogram-text.js';

const histogram: Histogram = {
  of: 'response',
  jobs: 1235,
  deadlineNs: 120_000,
  bins: [
    { from: 100_000, to: 110_000, jobs: 1200 },
    { from: 110_000, to: 120_000, jobs: 33 },
    { from: 120_000, to: 5_000_000, jobs: 0 },
    { from: 5_000_000, to: 9_000_000, jobs: 2 },
  ],
  exact: true,
};
const look = { columns: 80, utf8: true, color: false };
const lines = (text: string) => text.split('\n');

test('has one unit, a count in each line, and the deadline between its bins', () => {
  expect(lines(histogramText(histogram, look))).toEqual([
    'response time of 1235 jobs without the first and the warm-up, µs',
    ' 100 –  110  1200  ████████████████████████████████████████████████████████████',
    expect.stringMatching(/^ 110 – {2}120 {4}33 {2}█+$/),
    '-----------  deadline 120 µs',
    ' 120 – 5000     0',
    expect.stringMatching(/^5000 – 9000 {5}2 {2}█+$/),
    'range, jobs, and a bar of the logarithm of their number',
  ]);
});

test.each([40, 60, 80, 200])('fits a terminal of %d columns', (columns) => {
  const [, ...rows] = lines(histogramText(histogram, { ...look, columns }));
  for (const row of rows.slice(0, -1)) expect(row.length).toBeLessThanOrEqual(columns);
});

test('without room for bars has counts', () => {
  expect(histogramText(histogram, { ...look, columns: 25 })).not.toContain('█');
  expect(histogramText(histogram, { ...look, columns: 25 })).toContain('1200');
});

test('is ASCII where the locale is, and without colour where none is wanted', () => {
  const text = histogramText(histogram, { ...look, utf8: false });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what ASCII is
  expect(text).toMatch(/^[\x00-\x7f]+$/);
  expect(text).toContain('us');
  expect(text).not.toContain('\u001b');
  // those beyond the deadline are red
  const coloured = histogramText(histogram, { ...look, color: true });
  expect(coloured).toContain('\u001b[31m5000');
});

test('a deadline beyond all bins is said to be there', () => {
  const beyond = (deadlineNs: number) =>
    lines(histogramText({ ...histogram, deadlineNs, bins: histogram.bins.slice(0, 2) }, look))[0];
  expect(beyond(1e9)).toMatch(/the deadline 1000000 µs is after all$/);
  expect(beyond(10)).toMatch(/the deadline 0.01 µs is before all$/);
});

test.each([
  [{ LANG: 'de_DE.UTF-8' }, true],
  [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, false],
  [{ LC_ALL: '', LC_CTYPE: 'en_US.utf8', LANG: 'C' }, true],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
  [{}, false],
])('the locale of %j has more than ASCII: %s', (env, is) => {
  expect(utf8Locale(env)).toBe(is);
});
