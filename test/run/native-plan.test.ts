/** Every option of a plan arrives at the addon. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/benchmark/plan.js';
import { nativePlan } from '../../src/run/native-plan.js';
import { makePlan } from './plans.js';

const native = (rest: Partial<Plan> = {}) => nativePlan(makePlan(rest), []);

describe('the schedule', () => {
  test('of a periodic run', () => {
    const plan = native({ periodNs: 7, deadlineNs: 5, jobs: 11, warmup: 2, overrun: 'queue' });
    expect(plan.schedule).toEqual({
      periodNs: 7,
      deadlineNs: 5,
      overrun: 'queue',
      jobs: 11,
      durationNs: 0,
      warmupJobs: 2,
    });
  });
  test('of a continuous run without a deadline, for a time', () => {
    expect(
      native({ periodNs: 0, deadlineNs: null, jobs: 0, durationNs: 9 }).schedule,
    ).toMatchObject({ periodNs: 0, deadlineNs: 0, jobs: 0, durationNs: 9 });
  });
});

describe('the placement', () => {
  test('of an ordinary run', () => {
    expect(native().placement).toEqual({
      cores: [],
      policy: 'other',
      priority: 0,
      dlRuntimeNs: 0,
      dlDeadlineNs: 0,
      dlPeriodNs: 0,
      bestEffort: false,
      stackPrefaultBytes: 512 * 1024,
    });
    expect(native().lending).toEqual({
      lockMemory: true,
      prefault: false,
      holdDmaLatency: true,
      heapLimitBytes: 0,
    });
  });

  test.each(['fifo', 'rr'] as const)('%s has its priority, and nothing of a deadline', (policy) => {
    expect(native({ scheduling: { policy, priority: 42 } }).placement).toMatchObject({
      policy,
      priority: 42,
      dlRuntimeNs: 0,
      dlDeadlineNs: 0,
      dlPeriodNs: 0,
    });
  });

  test('SCHED_DEADLINE has -T, -D and -P each in its place', () => {
    const scheduling = { policy: 'deadline', runtimeNs: 1, deadlineNs: 2, periodNs: 3 } as const;
    expect(native({ scheduling }).placement).toMatchObject({
      policy: 'deadline',
      priority: 0,
      dlRuntimeNs: 1,
      dlDeadlineNs: 2,
      dlPeriodNs: 3,
    });
  });

  test.each<[keyof Plan, string, unknown]>([
    ['cores', 'cores', [1, 3]],
    ['bestEffort', 'bestEffort', true],
    ['lockMemory', 'lockMemory', false],
    ['prefault', 'prefault', true],
    ['heapLimitBytes', 'heapLimitBytes', 64 * 2 ** 20],
  ])('%s arrives', (option, field, value) => {
    const { placement, lending } = native({ [option]: value });
    expect({ ...placement, ...lending }).toMatchObject({ [field]: value });
  });
});

describe('the workload', () => {
  test('of a model is one for TFLite, with every option', () => {
    const workload = {
      kind: 'model' as const,
      path: '/m.tflite',
      name: 'm',
      xnnpack: true,
      threads: 3,
      engine: '/e.so',
      seed: 5,
      inputs: [{ index: 1, path: '/i' }],
      ranges: [{ index: 0, low: 1, high: 2 }],
      dumpOutput: '/d',
    };
    const expected = {
      kind: 'tflite',
      library: '/e.so',
      model: '/m.tflite',
      threads: 3,
      xnnpack: true,
      seed: 5,
      inputs: [{ index: 1, path: '/i' }],
      ranges: [{ index: 0, low: 1, high: 2 }],
      dumpOutput: '/d',
    };
    expect(native({ workload }).workload).toEqual(expected);
    expect(
      native({ workload: { ...workload, inputs: [], ranges: [], dumpOutput: null } }).workload,
    ).toMatchObject({ dumpOutput: '', inputs: [], ranges: [] });
  });
  test('a plugin passes as it is', () => {
    const workload: Plan['workload'] = { kind: 'plugin', path: '/p.so', args: '-x' };
    expect(native({ workload }).workload).toEqual(workload);
  });
  test.each<[Plan['workload'], object]>([
    [{ kind: 'noop' }, { name: 'noop', settings: {} }],
    [
      { kind: 'spin', us: 4 },
      { name: 'spin', settings: { us: 4 } },
    ],
    [
      { kind: 'bandwidth', sizeBytes: 8, access: 'write' },
      { name: 'bandwidth', settings: { sizeBytes: 8, access: 'write' } },
    ],
  ])('%o is one of the addon’s own, with its settings', (workload, expected) => {
    expect(native({ workload }).workload).toEqual({ kind: 'synthetic', ...expected });
  });
});

describe('the rest', () => {
  test('events, kernel mode and the sampler', () => {
    const events = [{ name: 'a', type: 4, config: 17n }];
    const sampler = { core: 2, intervalNs: 1000 };
    expect(nativePlan(makePlan({ eventsKernel: true, sampler }), events)).toMatchObject({
      events,
      eventsKernel: true,
      sampler,
    });
    expect(native()).toMatchObject({ events: [], eventsKernel: false, sampler: null });
  });

  test.each([
    ['four seconds of records', 1_000_000, 4000],
    ['rounded up', 999_999, 4001],
    ['no fewer than 1024', 1_000_000_000, 1024],
    ['no more than 65536', 1000, 65_536],
    ['2048 of a continuous run', 0, 2048],
  ])('the ring holds %s', (_what, periodNs, records) => {
    expect(native({ periodNs }).rings.jobs).toBe(records);
  });
});
