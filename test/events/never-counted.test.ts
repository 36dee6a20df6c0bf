import { expect, test } from 'vitest';
import { AliveCounters, zeroIsOrdinary } from '../../src/events/never-counted.js';
import { PERF_TYPE } from '../../src/events/perf.js';

test('a 0 is ordinary of software events only', () => {
  expect(zeroIsOrdinary({ type: PERF_TYPE.software })).toBe(true);
  for (const type of [PERF_TYPE.hardware, PERF_TYPE.raw, PERF_TYPE.hwCache, 10])
    expect(zeroIsOrdinary({ type })).toBe(false);
});

test('a counter is empty until it moves, and its zeros after that are zeros', () => {
  const alive = new AliveCounters([false, false, true]);
  expect(alive.only([0, 7, 0])).toEqual([null, 7, 0]);
  expect(alive.only([0, 0, 0])).toEqual([null, 0, 0]);
  expect(alive.only([3, null, 0])).toEqual([3, null, 0]);
  expect(alive.only([0, 1, 0])).toEqual([0, 1, 0]);
});

test('where every counter lives the counts are handed on as they are', () => {
  const counts = [1, null];
  expect(new AliveCounters([false, false]).only(counts)).toBe(counts);
});
