import { describe, expect, it as test } from 'vitest';
import {
  ABSENT,
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatRatio,
} from '../../src/kernel/quantities.js';

describe('figures for people', () => {
  test.each([
    [0, '0 ns'],
    [999.4, '999 ns'],
    [999.6, '1.000 µs'],
    [12_345, '12.35 µs'],
    [999_949, '999.9 µs'],
    [999_951, '1.000 ms'], // what is printed decides the unit: never "1000 µs"
    [123_456_789, '123.5 ms'],
    [5e9, '5.000 s'],
    [3.6e12, '3600 s'],
    [-2500, '-2.500 µs'],
  ])('%f ns is %s', (ns, text) => expect(formatNs(ns)).toBe(text));

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1023, '1.02 kB'],
    [12_345, '12.3 kB'],
    [16_900_000, '16.9 MB'],
    [2 ** 33, '8.59 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0, '0'],
    [9999, '9999'],
    [10_000, '10.00 k'],
    [2.5, '2.500'],
    [410_208_050, '410.2 M'],
  ])('a count of %f is %s', (count, text) => expect(formatCount(count)).toBe(text));

  test('keeps three digits of ratios and bandwidths, and all before the point', () => {
    expect(formatRatio(0.831323)).toBe('0.831');
    expect(formatRatio(12345)).toBe('12345');
    expect(formatPercent(0.015302)).toBe('1.53 %');
    expect(formatPercent(1)).toBe('100 %');
    expect(formatBandwidth(252.88)).toBe('253 MB/s');
  });

  test('shows a dash, never 0, for what is absent', () => {
    const absent = [
      formatNs,
      formatBytes,
      formatCount,
      formatPercent,
      formatRatio,
      formatBandwidth,
    ];
    expect(new Set(absent.map((format) => format(null)))).toEqual(new Set([ABSENT]));
  });
});
