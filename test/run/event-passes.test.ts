/** Events that do not fit at once are counted in several runs, one after the other. */
import { describe, expect, test, vi } from 'vitest';
import type { NativeAddon } from '../../src/addon/native.js';
import type { Plan } from '../../src/benchmark/plan.js';
import { type EventColumn, eventPasses, inPasses, outputsOf } from '../../src/run/event-passes.js';
import type { RunResult } from '../../src/run/run-result.js';
import { A53, NO_PMU } from '../events/fixtures.js';
import { makeEvent, makePlan } from './plans.js';

const lists = [[makeEvent('a')], [makeEvent('b')], [makeEvent('c')]];
/** Runs nothing, and keeps what it was asked to. */
function runner(during: () => void = () => {}) {
  const runs: [string, string | null, string[]][] = [];
  const run = async (plan: Plan, events: EventColumn[]) => {
    runs.push([plan.name, plan.output, events.map(({ name }) => name)]);
    during();
    return { plan, furtherPasses: [] } as unknown as RunResult;
  };
  return { runs, run };
}

describe('passes', () => {
  test('have each its events, its name and its files', async () => {
    const { runs, run } = runner();
    const result = await inPasses(makePlan({ output: '/x/out.csv' }), lists, {}, run);
    expect(runs).toEqual([
      ['noop', '/x/out.csv', ['a']],
      ['noop (pass 2)', '/x/out.pass2.csv', ['b']],
      ['noop (pass 3)', '/x/out.pass3.csv', ['c']],
    ]);
    expect(result.plan.name).toBe('noop');
    expect(result.furtherPasses.map(({ plan }) => plan.name)).toEqual([
      'noop (pass 2)',
      'noop (pass 3)',
    ]);
  });

  test('are known before the first one with all that they will write', () => {
    const sampler = { core: 1, intervalNs: 1e6 };
    expect(outputsOf(makePlan({ output: '/x/out.csv', sampler }), 2)).toEqual([
      { csv: '/x/out.csv', series: ['samples'] },
      { csv: '/x/out.pass2.csv', series: ['samples'] },
    ]);
    expect(outputsOf(makePlan({ output: '/x/out' }), 1)).toEqual([{ csv: '/x/out', series: [] }]);
    expect(outputsOf(makePlan(), 2)).toEqual([]);
  });

  test('of a file without an ending, and of none', async () => {
    const { runs, run } = runner();
    await inPasses(makePlan({ output: '/x/log.csv.d' }), lists.slice(0, 2), {}, run);
    await inPasses(makePlan(), lists.slice(0, 2), {}, run);
    expect(runs.map(([, output]) => output)).toEqual([
      '/x/log.csv.d',
      '/x/log.csv.d.pass2',
      null,
      null,
    ]);
  });

  test.each(['signal', 'kill'] as const)('end with a run that is told to (%s)', async (how) => {
    const abort = new AbortController();
    const { runs, run } = runner(() => abort.abort());
    const result = await inPasses(makePlan(), lists, { [how]: abort.signal }, run);
    expect(runs).toHaveLength(1);
    expect(result.furtherPasses).toEqual([]);
  });

  test('end with one that fails: a benchmark that failed once fails again', async () => {
    let runs = 0;
    const fails = async (plan: Plan) => {
      runs++;
      return { plan, status: 'failed', furtherPasses: [] } as unknown as RunResult;
    };
    expect((await inPasses(makePlan(), lists, {}, fails)).furtherPasses).toEqual([]);
    expect(runs).toBe(1);
  });

  test('the first one runs even so: its result is what an interrupted run comes to', async () => {
    const { runs, run } = runner();
    await inPasses(makePlan(), lists, { signal: AbortSignal.abort() }, run);
    expect(runs).toHaveLength(1);
  });
});

describe('the events of a plan', () => {
  const software = ['task_clock', 'page_faults', 'context_switches'];
  const addon = (fits: boolean) => {
    const probeEvents = vi.fn(() => ({ events: [], fits }));
    return { probeEvents } as unknown as NativeAddon & { probeEvents: typeof probeEvents };
  };

  test('none: one pass without any', () => {
    expect(eventPasses(makePlan(), addon(true))).toEqual([[]]);
  });
  test('software events need no counter, however many they are', () => {
    const used = addon(false);
    const [first, ...more] = eventPasses(makePlan({ events: software }), used);
    expect(first?.map(({ name, zeroIsOrdinary }) => [name, zeroIsOrdinary])).toEqual(
      software.map((name) => [name, true]),
    );
    expect(more).toEqual([]);
    expect(used.probeEvents).not.toHaveBeenCalled();
  });
  test('an event that this machine has not got keeps its column, with the reason', () => {
    const [[column] = []] = eventPasses(makePlan({ events: ['r1ffffff'] }), addon(true));
    expect(column?.name).toBe('r1ffffff');
    expect(column?.native === null).toBe(column?.reason !== null);
  });

  /** A core that counts two hardware events at once. */
  const two = {
    probeEvents: (events: readonly { name: string }[]) => ({
      events: [],
      fits: events.length <= 2,
    }),
  } as unknown as NativeAddon;
  const three = ['l1d_cache', 'page_faults', 'l1d_cache_refill', 'inst_retired'];
  const names = (passes: EventColumn[][]) => passes.map((pass) => pass.map(({ name }) => name));

  test('hardware events that do not fit at once: several passes where that was asked for', () => {
    const split = eventPasses(makePlan({ events: three, cores: [1], eventPasses: true }), two, A53);
    expect(names(split)).toEqual([
      ['l1d_cache', 'page_faults', 'l1d_cache_refill'],
      ['inst_retired'],
    ]);
    expect(split[0]).toEqual([
      {
        name: 'l1d_cache',
        native: { name: 'l1d_cache', type: 7, config: 4n },
        reason: null,
        zeroIsOrdinary: false,
      },
      {
        name: 'page_faults',
        native: { name: 'page_faults', type: 1, config: 2n },
        reason: null,
        zeroIsOrdinary: true,
      },
      {
        name: 'l1d_cache_refill',
        native: { name: 'l1d_cache_refill', type: 7, config: 3n },
        reason: null,
        zeroIsOrdinary: false,
      },
    ]);
  });
  test('elsewhere they are refused, with the lists that would fit', () => {
    const refused = () => eventPasses(makePlan({ events: three, cores: [1] }), two, A53);
    expect(refused).toThrow(expect.objectContaining({ code: 'E_EVENTS_DONT_FIT' }));
    expect(refused).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/l1d_cache,page_faults,l1d_cache_refill.*inst_retired/s),
      }),
    );
  });
  test('two that fit are one pass, and one alone is not even tried', () => {
    const events = ['l1d_cache', 'l1d_cache_refill'];
    expect(names(eventPasses(makePlan({ events, cores: [1] }), two, A53))).toEqual([events]);
    const none = addon(false);
    expect(names(eventPasses(makePlan({ events: ['l1d_cache'] }), none, A53))).toEqual([
      ['l1d_cache'],
    ]);
    expect(none.probeEvents).not.toHaveBeenCalled();
  });
  test('events that a machine has not got need no room: they are empty columns with the reason', () => {
    const none = addon(false);
    const [[absent, counted] = []] = eventPasses(
      makePlan({ events: ['mem_access', 'task_clock', 'bus_access'] }),
      none,
      { ...NO_PMU, arch: 'riscv64' },
    );
    expect(absent).toMatchObject({ native: null, zeroIsOrdinary: true });
    expect(absent?.reason).toBe('riscv64 has no generic event for mem_access');
    expect(counted?.native).toMatchObject({ type: 1 });
    expect(none.probeEvents).not.toHaveBeenCalled();
  });
});
