/** Figures of a comparison in words: as many digits as say something. */
import { describe, expect, it as test } from 'vitest';
import type { Comparison, MetricComparison } from '../../src/analysis/comparison.js';
import {
  compareInWords,
  condensed,
  formatConfidence,
  formatFactor,
  formatInterval,
  formatP,
  formatRange,
  otherQuotient,
} from '../../src/analysis/comparison-words.js';

test('an end of a range that is not 1 is never printed as 1', () => {
  expect(formatRange({ low: 1.00004, high: 1.6 })).toBe('1.00004–1.60');
  expect(formatRange({ low: 0.5, high: 0.99996 })).toBe('0.500–0.99996');
  expect(formatRange({ low: 1, high: 1.6 })).toBe('1.00–1.60');
  expect(formatRange({ low: 100.004, high: 160 }, 100)).toBe('100.004–160');
});

describe('factors have the digits that tell them from 1', () => {
  test.each([
    [1.5234, '1.52'],
    [1.0042, '1.0042'],
    [0.9958, '0.9958'],
    [1.01, '1.01'],
    [1.000000001, '1.000000'], // no more than six
    [12.34, '12.3'],
    [123.4, '123'],
    [123_456, '123456'],
    [0.6433, '0.643'],
    [0.000123, '0.000123'],
    [1e-15, '0.00000000000'], // no more than eleven
    [1, '1.00'],
    [0, '0'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%d is %s', (value, text) => {
    expect(formatFactor(value)).toBe(text);
  });
});

describe('the ends of an interval have the digits that tell them apart', () => {
  test.each([
    [1.553912, 1.555408, '1.5539–1.5554'],
    [1.4, 1.6, '1.40–1.60'],
    [2, 2, '2.00–2.00'],
    [10, 30, '10.0–30.0'],
    [1000, 3000, '1000–3000'],
    [1, 1.00000001, '1.000000–1.000000010'], // no more than six
    [0, 0, '0.00–0.00'],
    [-3, -1, '-3.00–-1.00'],
  ])('%d … %d is %s', (low, high, text) => {
    expect(formatRange({ low, high })).toBe(text);
    expect(formatInterval({ low, high }, 0.95)).toBe(`95 % CI ${text}`);
  });
});

test.each([
  [null, '–'],
  [0.0009, '< 0.001'],
  [0.001, '0.001'],
  [0.03, '0.030'],
  [0.05, '0.050'],
  [0.0501, '0.0501'],
  [0.04999, '0.04999'],
])('p of %j is %s', (p, text) => {
  expect(formatP(p)).toBe(text);
});

describe('a comparison is said as', () => {
  const inWords = (
    time: Partial<MetricComparison>,
    {
      jobs = [9, 9],
      ...more
    }: { jobs?: [a: number, b: number]; paired?: boolean; family?: number } = {},
  ) =>
    compareInWords({
      a: { name: 'A', jobs: jobs[0] },
      b: { name: 'B', jobs: jobs[1] },
      paired: false,
      family: 1,
      ...more,
      metrics: [
        { key: 'size', ratio: 7, shown: true },
        {
          key: 'time',
          interval: null,
          confidence: 0.95,
          p: null,
          more: null,
          within: null,
          ...time,
        },
      ],
    } as unknown as Comparison);
  const medians = { a: 2e6, b: 1e6 };
  const few = (a: number, b: number, more: number) => ({
    ...medians,
    ratio: 0.5,
    shown: null,
    more,
    processes: { a, b },
  });

  test.each<[string, Parameters<typeof inWords>, string]>([
    [
      'B faster',
      [{ ...medians, ratio: 0.5, shown: true, p: 0.03125, interval: { low: 0.4, high: 0.625 } }],
      'B took 0.500× the time of A (medians 1.000 ms against 2.000 ms): shown to be faster, 95 % CI 0.400–0.625×, p = 0.031.',
    ],
    [
      'B slower, in the same direction',
      [
        {
          a: 1e6,
          b: 2e6,
          ratio: 2,
          shown: true,
          p: 0.0001,
          interval: { low: 1.6, high: 2.5 },
        },
      ],
      'B took 2.00× the time of A (medians 2.000 ms against 1.000 ms): shown to be slower, 95 % CI 1.60–2.50×, p < 0.001.',
    ],
    [
      'a small difference with the digits that show it',
      [
        {
          a: 1e6,
          b: 996e3,
          ratio: 0.996,
          shown: true,
          p: 0.001,
          interval: { low: 0.995, high: 0.997 },
        },
      ],
      'B took 0.9960× the time of A (medians 996.0 µs against 1.000 ms): shown to be faster, 95 % CI 0.9950–0.9970×, p = 0.001.',
    ],
    [
      'one of several, with the corrected p and the level of its interval',
      [
        {
          ...medians,
          ratio: 0.5,
          shown: true,
          p: 0.001,
          pCorrected: 0.008,
          confidence: 1 - 0.05 / 8,
          interval: { low: 0.4, high: 0.625 },
        },
        { family: 8 },
      ],
      'B took 0.500× the time of A (medians 1.000 ms against 2.000 ms): shown to be faster, 99.38 % CI 0.400–0.625×, p = 0.008 among 8 comparisons.',
    ],
    [
      'none, with how sure that is',
      [{ a: 1e6, b: 1.02e6, ratio: 1.02, shown: false, p: 0.3, interval: { low: 0.9, high: 1.1 } }],
      'B took 1.02× the time of A (medians 1.020 ms against 1.000 ms): no difference is shown, 95 % CI 0.90–1.10×, p = 0.300.',
    ],
    [
      'nothing that two pairs can show',
      [few(2, 2, 4), { paired: true }],
      "B took 0.500× the time of A (medians 1.000 ms against 2.000 ms), but 2 processes a side can't show a difference at 5 %: 4 more pairs would.",
    ],
    [
      'nothing that eight pairs can show among eight comparisons',
      [few(8, 8, 1), { paired: true, family: 8 }],
      "B took 0.500× the time of A (medians 1.000 ms against 2.000 ms), but 8 processes a side can't show a difference at 5 % among 8 comparisons: 1 more pair would.",
    ],
    [
      'nothing that two runs can show, with what their own jobs say',
      [{ ...few(1, 1, 3), within: { low: 0.49, high: 0.51 } }],
      "B took 0.500× the time of A (medians 1.000 ms against 2.000 ms), but 1 process a side can't show a difference at 5 %: 3 more a side would. Over the jobs of these two processes alone the ratio is 0.490–0.510, which says nothing of another process.",
    ],
    [
      'nothing of one against two',
      [few(1, 2, 2)],
      "B took 0.500× the time of A (medians 1.000 ms against 2.000 ms), but 1 and 2 processes can't show a difference at 5 %: 2 more a side would.",
    ],
    [
      'nothing where a median is 0',
      [{ a: 2e6, b: 0, ratio: 0, shown: null }],
      'B took 0× the time of A (medians 0 ns against 2.000 ms), and a median of 0 lets nothing be tested.',
    ],
  ])('%s', (_what, given, words) => {
    expect(inWords(...given)).toBe(words);
  });

  test('impossible, with whose jobs are missing', () => {
    for (const [jobs, name] of [
      [[0, 9], 'A'],
      [[9, 0], 'B'],
    ] as const)
      expect(inWords({ ratio: null }, { jobs: [...jobs] })).toBe(
        `B and A can't be compared: ${name} has no job to compare.`,
      );
    expect(inWords({ a: 0, b: 1, ratio: null })).toBe(
      "B and A can't be compared: a median of 0 has no ratio.",
    );
  });
});

test.each([
  [0.95, '95 %'],
  [0.975, '97.5 %'],
  [1 - 0.05 / 8, '99.38 %'],
  [0.998, '99.8 %'],
  [1 - 0.05 / 132, '99.962 %'],
])('a confidence of %d is %s', (confidence, text) => {
  expect(formatConfidence(confidence)).toBe(text);
});

test('notes of a kind are said once, with how many more there are, and none that a count covers', () => {
  const drift = (name: string) => `${name}: its time drifts: from 1 to 2.`;
  const invalid = (name: string) => `${name} has the verdict INVALID: it moved.`;
  expect(condensed([drift('a'), 'other', drift('b'), drift('a'), invalid('a')])).toEqual([
    `${drift('a')} And so of 1 more (--json has each).`,
    'other',
    invalid('a'),
  ]);
  expect(
    condensed([invalid('a'), invalid('b'), '2 of 3 runs have the verdict INVALID: it moved.']),
  ).toEqual(['2 of 3 runs have the verdict INVALID: it moved.']);
  expect(condensed([])).toEqual([]);
});

test('a quotient of the medians that is not the ratio is said, where it is', () => {
  const of = (b: number, interval: { low: number; high: number } | null) =>
    otherQuotient({ a: 100, b, ratio: 0.6, interval });
  expect(of(82, { low: 0.54, high: 0.75 })).toBe(0.82);
  expect(of(82, null)).toBe(0.82);
  expect(of(63, null)).toBeNull();
  expect(of(63, { low: 0.59, high: 0.61 })).toBe(0.63);
  expect(of(60, { low: 0.5, high: 0.7 })).toBeNull();
});
