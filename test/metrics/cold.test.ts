import { describe, expect, it as test } from 'vitest';
import { startedCold } from '../../src/metrics/cold.js';
import { judge } from './judged.js';

const file = (residentBytes: number | null, path = '/e.so') => ({
  path,
  bytes: 1000,
  residentBytes,
});
const of = (fileCache: ReturnType<typeof file>[], initMajorFaults: number | null = 40) => ({
  cold: { fileCache, initMajorFaults },
});

describe('a run that was asked to start cold', () => {
  test('did where its files were dropped and had to be read', () => {
    expect(startedCold(of([file(0), file(50)]).cold)).toBe(true);
    expect(judge(of([file(0), file(50)])).all).toEqual([]);
    expect(judge({ cold: null }).all).toEqual([]);
    // a workload without files reads none
    expect(judge(of([], 0)).all).toEqual([]);
  });

  test.each([
    [of([file(51), file(2000, '/m.tflite')]), /51 B of \/e\.so and 1\.00 kB of \/m\.tflite stayed/],
    [of([file(0)], 0), /nothing had to be read from a disk/],
    [of([file(null), file(0)]), /^Whether .* is not known/],
    [of([file(0)], null), /^Whether .* is not known/],
  ])('says that it did not, or that nobody knows', (facts, words) => {
    const { valid, all } = judge(facts);
    expect(valid).toBe(true);
    expect(all).toEqual([
      { code: 'not_cold', message: expect.stringMatching(words), hint: expect.any(String) },
    ]);
  });
});
