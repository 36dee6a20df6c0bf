import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zeroIsOrdinary } from '../../src/events/never-counted.js';
import { splitIntoPasses, tooManyEvents } from '../../src/events/split-passes.js';

const atMost = (n: number) => (subset: readonly unknown[]) => subset.length <= n;

describe('splitIntoPasses', () => {
  test('keeps the order and fills each run', () => {
    expect(splitIntoPasses(['a', 'b', 'c', 'd', 'e'], atMost(2))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e'],
    ]);
    expect(splitIntoPasses(['a', 'b'], atMost(6))).toEqual([['a', 'b']]);
    expect(splitIntoPasses([], atMost(1))).toEqual([]);
  });

  test('an event that fits nowhere has a run of its own and disturbs no other', () => {
    const fits = (subset: readonly string[]) => !subset.includes('bad') && subset.length <= 2;
    expect(splitIntoPasses(['a', 'bad', 'b', 'c'], fits)).toEqual([['a'], ['bad'], ['b', 'c']]);
    expect(splitIntoPasses(['bad', 'a', 'bad'], fits)).toEqual([['bad'], ['a'], ['bad']]);
    expect(splitIntoPasses(['bad'], fits)).toEqual([['bad']]);
  });

  test('an event that does not fit even alone may stand first or be all there is', () => {
    const fits = (subset: readonly string[]) => !subset.includes('bad');
    expect(splitIntoPasses(['bad', 'a', 'b'], fits)).toEqual([['bad'], ['a', 'b']]);
    expect(splitIntoPasses(['bad'], fits)).toEqual([['bad']]);
  });

  test('a dedicated cycle counter is used', () => {
    const fits = (subset: readonly string[]) =>
      subset.filter((e) => e !== 'cpu_cycles').length <= 2;
    expect(splitIntoPasses(['a', 'b', 'cpu_cycles', 'c'], fits)).toEqual([
      ['a', 'b', 'cpu_cycles'],
      ['c'],
    ]);
  });

  test('loses and repeats nothing, and every run of more than one event fits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 8 }), (events, room) => {
        const passes = splitIntoPasses(events, atMost(room));
        expect(passes.flat()).toEqual(events);
        expect(passes.every((pass) => pass.length > 0 && pass.length <= room)).toBe(true);
      }),
    );
  });
});

test('the refusal names the core’s counters and gives the list split for the command line', () => {
  const error = tooManyEvents([['l1d_cache', 'l2d_cache'], ['br_pred']], '0xd03');
  expect(error.code).toBe('E_EVENTS_DONT_FIT');
  expect(error.message).toContain('The 3 events');
  expect(error.message).toContain('Cortex-A53) has 6 counters');
  expect(error.hint).toBe(
    'Use --event-passes, or run: --events l1d_cache,l2d_cache, then --events br_pred.',
  );
  expect(tooManyEvents([['a'], ['b']], null).message).not.toContain('null');
});

test('0 over a whole run is ordinary for software events only', () => {
  expect(zeroIsOrdinary({ type: 1 })).toBe(true);
  for (const type of [0, 3, 4, 7]) expect(zeroIsOrdinary({ type })).toBe(false);
});
