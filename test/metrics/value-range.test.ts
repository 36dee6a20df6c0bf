import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { ValueRange } from '../../src/metrics/value-range.js';

const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 300,
});

function rangeOf(list: readonly number[], parts = 1): ValueRange {
  const range = new ValueRange(true);
  const size = Math.ceil(list.length / parts);
  for (let at = 0; at < list.length; at += size)
    range.add(Float32Array.from(list.slice(at, at + size)));
  return range;
}

describe('the range of a stream of values', () => {
  test('runs from the smallest to the largest, however the values arrive', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 5 }), (list, parts) => {
        const range = rangeOf(list, parts);
        const sorted = Float32Array.from(list).sort();
        expect(range.count).toBe(list.length);
        expect(range.between(100)).toEqual([sorted[0], sorted.at(-1)]);
        expect(range.between(99)).toEqual(rangeOf([...list].reverse()).between(99));
      }),
    );
  });

  test('leaves at most the tails outside of its percentiles, and cuts them where they end', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 60, max: 99.9, noNaN: true }), (list, percent) => {
        const [low, high] = rangeOf(list).between(percent) ?? [Number.NaN, Number.NaN];
        const tail = list.length * (1 - percent / 100);
        const floats = Float32Array.from(list).sort();
        const largest = Math.max(...floats.map(Math.abs));
        const width = Math.max(largest / 2048, Number.MIN_VALUE);
        expect(floats.filter((v) => v < low).length).toBeLessThanOrEqual(tail);
        expect(floats.filter((v) => v > high).length).toBeLessThanOrEqual(tail);
        // to a bin, the cut is where the exact percentile is
        const exactLow = floats[Math.floor(tail)] as number;
        const exactHigh = floats[floats.length - 1 - Math.floor(tail)] as number;
        expect(Math.abs(low - exactLow)).toBeLessThanOrEqual(width * 1.001);
        expect(Math.abs(high - exactHigh)).toBeLessThanOrEqual(width * 1.001);
      }),
    );
  });

  test('counts what is no number, and takes it for nothing else', () => {
    const range = rangeOf([1, Number.NaN, -2, Number.POSITIVE_INFINITY, 0.5]);
    expect(range.nonFinite).toBe(2);
    expect(range.count).toBe(3);
    expect(range.between(100)).toEqual([-2, 1]);
    expect(range.between(90)).toEqual([-2, 1]);
    expect(rangeOf([Number.NaN]).between(100)).toBeNull();
  });

  test('is a point for constants, zero included', () => {
    expect(rangeOf([0, 0, 0]).between(99)).toEqual([0, 0]);
    expect(rangeOf([3, 3, 3]).between(99)).toEqual([3, 3]);
  });

  test('has percentiles only where tails were kept', () => {
    const range = new ValueRange(false);
    range.add(Float32Array.of(1, 2));
    expect(() => range.between(99)).toThrow(RangeError);
    expect(range.between(100)).toEqual([1, 2]);
  });
});
