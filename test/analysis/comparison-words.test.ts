/** Figures of a comparison in words: as many digits as say something. */
import { describe, expect, it as test } from 'vitest';
import type { Comparison, MetricComparison } from '../../src/analysis/comparison.js';
import {
  compareInWords,
  formatFactor,
  formatInterval,
  formatP,
  formatRange,
} from '../../src/analysis/comparison-words.js';

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
    [1, 1.00000001, '1.000000–1.000000'], // no more than six
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
])('p of %j is %s', (p, text) => {
  expect(formatP(p)).toBe(text);
});

describe('a comparison is said as', () => {
  const inWords = (time: Partial<MetricComparison>, jobs: [a: number, b: number] = [9, 9]) =>
    compareInWords({
      a: { name: 'A', jobs: jobs[0] },
      b: { name: 'B', jobs: jobs[1] },
      metrics: [
        { key: 'size', ratio: 7, shown: true },
        { key: 'time', interval: null, confidence: 0.95, p: null, ...time },
      ],
    } as Comparison);

  test.each<[string, Partial<MetricComparison>, string]>([
    [
      'B faster',
      { ratio: 0.5, shown: true, p: 0.001, interval: { low: 0.4, high: 0.625 } },
      "B takes 50.0 % of A's inference time: 2.00× faster, 95 % CI 1.60–2.50.",
    ],
    [
      'A faster, and not as a slowness of B',
      { ratio: 2, shown: true, p: 0.001, interval: { low: 1.6, high: 2.5 } },
      "A takes 50.0 % of B's inference time: 2.00× faster, 95 % CI 1.60–2.50.",
    ],
    [
      'a small difference with the digits that show it',
      { ratio: 0.996, shown: true, p: 0.001, interval: { low: 0.995, high: 0.997 } },
      "B takes 99.60 % of A's inference time: 1.0040× faster, 95 % CI 1.0030–1.0050.",
    ],
    [
      'none, with how sure that is',
      { ratio: 1.02, shown: false, p: 0.3, interval: { low: 0.9, high: 1.1 } },
      'No difference shown between A and B: time ratio 1.02, 95 % CI 0.90–1.10, p = 0.300.',
    ],
    [
      'none, though the test alone would reject',
      { ratio: 1.02, shown: false, p: 0.0001, interval: { low: 0.9, high: 1.1 } },
      'No difference shown between A and B: time ratio 1.02, 95 % CI 0.90–1.10, p < 0.001.',
    ],
    [
      'none, without a test',
      { ratio: 1.02, shown: false, p: null, interval: { low: 0.9, high: 1.1 } },
      'No difference shown between A and B: time ratio 1.02, 95 % CI 0.90–1.10.',
    ],
    [
      'none at all between equal constants',
      { ratio: 1, shown: false },
      'No difference shown between A and B: every job took the same time.',
    ],
    [
      'undecided for too few jobs',
      { ratio: 1.2, shown: null },
      "B takes 120 % of A's time, but there are too few jobs to say whether that is a difference.",
    ],
    [
      'undecided where the tests see a difference that the medians do not',
      { ratio: 1, shown: true, p: 0.001, interval: { low: 1, high: 1 } },
      "B takes 100 % of A's time, but there are too few jobs to say whether that is a difference.",
    ],
  ])('%s', (_what, time, words) => {
    expect(inWords(time)).toBe(words);
  });

  test('impossible, with whose jobs are missing', () => {
    expect(inWords({ ratio: null }, [0, 9])).toBe(
      "B and A can't be compared: A has no job to compare.",
    );
    expect(inWords({ ratio: null }, [9, 0])).toBe(
      "B and A can't be compared: B has no job to compare.",
    );
  });
});
