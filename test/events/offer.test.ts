import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/events/catalogue.js';
import { encodingText, offeredEvents, type Probe } from '../../src/events/offer.js';
import { A53, NO_PMU, X86 } from './fixtures.js';

/** A core with so many counters and one for cycles; `missing` events don't open; software events always do. */
function core(counters: number, missing: string[] = []): Probe {
  return (events) => {
    const opened = events.map(({ name, type }) => type === 1 || !missing.includes(name));
    const cycles = Math.min(1, events.filter((e) => e.name === 'cpu_cycles').length);
    const taken = events.filter((e, i) => e.type !== 1 && opened[i]).length - cycles;
    return {
      events: opened.map((ok) => ({ opened: ok, reason: ok ? '' : 'not there' })),
      fits: taken <= counters,
    };
  };
}

const everything = CATALOGUE.map((event) => event.name);

describe('offeredEvents', () => {
  test('a Cortex-A53 offers everything, and its seven counters are found by trying', () => {
    const offer = offeredEvents(A53, [1], core(6));
    expect(offer.events.map((event) => event.name)).toEqual(everything);
    expect(offer.events.every((event) => event.offered && event.reason === null)).toBe(true);
    expect(offer).toMatchObject({ countersAtOnce: 6, cycleCounter: true });
    expect(offer.sets.find((set) => set.name === 'bandwidth')?.passes).toHaveLength(1);
    expect(offer.kernelNamed).toContain('armv8_cortex_a53/l2d_cache_refill/');
  });

  test('with four counters the set bandwidth needs two runs', () => {
    const offer = offeredEvents(A53, [1], core(4));
    expect(offer.sets.find((set) => set.name === 'bandwidth')?.passes).toEqual([
      ['l1d_cache', 'l1d_cache_refill', 'l2d_cache', 'l2d_cache_refill'],
      ['inst_retired', 'cpu_cycles', 'l2d_cache_wb'],
    ]);
  });

  test('an event without an encoding is not tried, one that does not open has the kernel’s reason', () => {
    const offer = offeredEvents(X86, [0], core(8, ['l1i_cache']));
    const event = (name: string) => offer.events.find((e) => e.name === name);
    expect(event('mem_access')).toMatchObject({
      encoding: null,
      offered: false,
      reason: expect.stringContaining('x86'),
    });
    expect(event('l1i_cache')).toMatchObject({
      encoding: 'cache 0x1',
      offered: false,
      reason: 'not there',
    });
    expect(event('cpu_cycles')).toMatchObject({
      encoding: 'hardware 0x0',
      offered: true,
      reason: null,
    });
  });

  test('without a PMU nothing is claimed about its size', () => {
    const offer = offeredEvents(NO_PMU, [0], core(0, everything));
    expect(offer).toMatchObject({ countersAtOnce: null, cycleCounter: null, kernelNamed: [] });
    expect(offer.events.filter((event) => event.offered).map((event) => event.name)).toEqual([
      'task_clock',
      'page_faults',
      'context_switches',
      'cpu_migrations',
    ]);
    expect(offer.sets.find((set) => set.name === 'rtbench')?.passes).toEqual([]);
  });
});

test.each([
  [0, 'hardware 0x1f'],
  [1, 'software 0x1f'],
  [3, 'cache 0x1f'],
  [4, 'raw 0x1f'],
  [7, 'PMU 7, 0x1f'],
])('an encoding of type %d is written as %s', (type, text) => {
  expect(encodingText({ type, config: 0x1fn })).toBe(text);
});

describe('the room that is measured', () => {
  test.each([
    ['one counter', 1, [], { countersAtOnce: 1, cycleCounter: true }],
    [
      'as many as are looked for: more is not told',
      16,
      [],
      { countersAtOnce: null, cycleCounter: null },
    ],
    ['one fewer', 15, [], { countersAtOnce: 15, cycleCounter: true }],
    ['hardware events open and never run', 0, [], { countersAtOnce: null, cycleCounter: null }],
    ['cycles do not open', 4, ['cpu_cycles'], { countersAtOnce: 4, cycleCounter: null }],
  ])('%s', (_, counters, missing, room) => {
    expect(offeredEvents(A53, [1], core(counters, missing))).toMatchObject(room);
  });

  test('cycles that take one of the counters have none of their own', () => {
    const shared: Probe = (events) => ({
      events: events.map(() => ({ opened: true, reason: '' })),
      fits: events.filter((e) => e.type !== 1).length <= 4,
    });
    expect(offeredEvents(A53, [1], shared)).toMatchObject({
      countersAtOnce: 4,
      cycleCounter: false,
    });
  });

  test('a note of the encoding is handed on', () => {
    const offer = offeredEvents(A53, [1], core(6));
    const note = (name: string) => offer.events.find((event) => event.name === name)?.note;
    expect(note('mem_access')).toContain('PMCEID');
    expect(note('l2d_cache')).toBeNull();
  });
});
