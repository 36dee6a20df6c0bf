import { describe, expect, test } from 'vitest';
import { CATALOGUE, EVENT_SETS, SYNONYMS } from '../../src/events/catalogue.js';
import { closestNames, expandEvents } from '../../src/events/parse.js';
import { GENERIC_NAMES, genericEvent } from '../../src/events/perf.js';
import { UsageError } from '../../src/kernel/errors.js';

function usageError(events: string | string[]): UsageError {
  try {
    expandEvents(events);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`${events} was accepted`);
}

describe('expandEvents', () => {
  test('the set rtbench is RT-Bench’s six, in its order; bandwidth adds write-backs', () => {
    const rtbench = [
      'l1d_cache',
      'l1d_cache_refill',
      'l2d_cache',
      'l2d_cache_refill',
      'inst_retired',
      'cpu_cycles',
    ];
    expect(expandEvents('rtbench')).toEqual(rtbench);
    expect(expandEvents('bandwidth')).toEqual([...rtbench, 'l2d_cache_wb']);
    expect(expandEvents('none')).toEqual([]);
  });

  test('sets and names mix, each event once, in the order given', () => {
    expect(expandEvents('page_faults,rtbench, l1d_cache ,software')).toEqual([
      'page_faults',
      ...expandEvents('rtbench'),
      'task_clock',
      'context_switches',
      'cpu_migrations',
    ]);
    expect(expandEvents(['cpu_cycles', 'r17,r18'])).toEqual(['cpu_cycles', 'r17', 'r18']);
  });

  test('perf’s names for the same quantity become the catalogue’s; other generic names stay', () => {
    expect(expandEvents('cycles,cpu-cycles,instructions,cs')).toEqual([
      'cpu_cycles',
      'inst_retired',
      'context_switches',
    ]);
    expect(expandEvents('L1-dcache-load-misses,llc-loads,branch-misses')).toEqual([
      'L1-dcache-load-misses',
      'LLC-loads',
      'branch-misses',
    ]);
  });

  test('commas inside the slashes of a PMU event belong to it', () => {
    expect(expandEvents('cpu/event=0x3c,umask=1/,cpu_cycles')).toEqual([
      'cpu/event=0x3c,umask=1/',
      'cpu_cycles',
    ]);
    expect(expandEvents('armv8_cortex_a53/l2d_cache_refill/')).toEqual([
      'armv8_cortex_a53/l2d_cache_refill/',
    ]);
  });

  test('an unknown name is a usage error that names close ones', () => {
    const error = usageError('l1d_cache_refil');
    expect(error.message).toContain('"l1d_cache_refil"');
    expect(error.hint).toContain('l1d_cache_refill');
    expect(usageError('rtbnch').hint).toContain('rtbench');
    expect(usageError('zzzzzzzzzz').hint).not.toContain('Did you mean');
    expect(usageError('l1d_cache,,nonsense/').message).toContain('nonsense/');
  });

  test('nothing, and none mixed with something, are usage errors', () => {
    expect(usageError('').hint).toContain('--events none');
    expect(usageError(' , ').message).toContain('no event');
    expect(usageError([]).message).toContain('no event');
    expect(usageError('none,rtbench').message).toContain('none');
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    '%s is no event',
    (name) => {
      expect(() => expandEvents(name)).toThrow(UsageError);
    },
  );
});

describe('closestNames', () => {
  const cases: [why: string, name: string, close: string[]][] = [
    ['a letter left out', 'rtbnch', ['rtbench']],
    ['a letter too many', 'bandwidthh', ['bandwidth']],
    ['a letter in place of another', 'cpu_cyclez', ['cpu_cycles', 'cpu-cycles']],
    ['the first letter', 'xoftware', ['software']],
    [
      'the beginning of names, however far the end',
      'l2d_cache_',
      ['l2d_cache', 'l2d_cache_refill', 'l2d_cache_wb'],
    ],
    ['a name with more after it', 'task_clock_of_mine', ['task_clock']],
    ['too short to be contained in others', 'mi', []],
    ['two edits of ten letters', 'mem_aces', ['mem_access']],
    ['as far from every name as can be', 'zzzzzzzzzz', []],
    ['other case in the name of perf', 'llc-load', ['LLC-loads', 'LLC-load-misses']],
  ];
  test.each(cases)('%s: %s', (_, name, close) => {
    expect(closestNames(name)).toEqual(close);
  });
});

describe('the tables', () => {
  test('every set is made of catalogue events, and every synonym leads to the same encoding', () => {
    const names = CATALOGUE.map((event) => event.name);
    for (const set of Object.values(EVENT_SETS))
      for (const name of set) expect(names).toContain(name);
    for (const [perfName, name] of Object.entries(SYNONYMS))
      expect(CATALOGUE.find((event) => event.name === name)?.generic).toEqual(
        genericEvent(perfName),
      );
    expect(new Set(names).size).toBe(names.length);
  });

  test('every generic name is accepted as perf spells it', () => {
    for (const name of GENERIC_NAMES) expect(expandEvents(name)).toEqual([SYNONYMS[name] ?? name]);
  });

  test('generic cache events are cache | operation << 8 | result << 16', () => {
    expect(genericEvent('L1-dcache-load-misses')).toEqual({ type: 3, config: 0x10000n });
    expect(genericEvent('LLC-store-misses')).toEqual({ type: 3, config: 0x10102n });
    expect(genericEvent('dTLB-prefetches')).toEqual({ type: 3, config: 0x203n });
  });
});
