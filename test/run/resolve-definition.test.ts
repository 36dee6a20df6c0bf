/** From what a user wrote to a plan: every default decided, every path absolute, every mistake named. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanWorkload } from '../../src/benchmark/plan-workload.js';
import { EVENT_SETS } from '../../src/events/catalogue.js';
import { UsageError } from '../../src/kernel/errors.js';
import { onlineCores } from '../../src/machine/cores.js';
import { resolvePlan } from '../../src/run/resolve-definition.js';
import { scratch } from '../cli/helpers.js';
import { engineLibrary, modelBytes } from '../models/engine.js';
import { oneOperator } from '../models/one-operator.js';

const plan = (definition: Record<string, unknown> = {}) =>
  resolvePlan({ workload: 'noop', ...definition });
const noCore = Math.max(...(onlineCores() ?? [0])) + 1;

describe('without a word', () => {
  test('a run is 300 continuous jobs of locked memory on any core, with RT-Bench’s events, and writes nothing', async () => {
    expect(await plan()).toEqual({
      name: 'noop',
      workload: { kind: 'noop' },
      periodNs: 0,
      deadlineNs: null,
      overrun: 'skip',
      jobs: 300,
      durationNs: null,
      untilCi: null,
      warmup: 0,
      cores: [],
      scheduling: { policy: 'other' },
      bestEffort: false,
      isolate: false,
      lockMemory: true,
      prefault: false,
      cold: false,
      heapLimitBytes: null,
      events: [...(EVENT_SETS.rtbench as readonly string[])],
      eventsKernel: false,
      requireEvents: false,
      eventPasses: false,
      sampler: null,
      format: 'extended',
      output: null,
    });
  });

  test('a duration stands for the number of jobs, and a period for the deadline', async () => {
    expect(await plan({ duration: '2s' })).toMatchObject({ jobs: 0, durationNs: 2e9 });
    expect(await plan({ duration: '2s', jobs: 7 })).toMatchObject({ jobs: 7, durationNs: 2e9 });
    expect(await plan({ period: '3ms' })).toMatchObject({ periodNs: 3e6, deadlineNs: 3e6 });
    expect(await plan({ period: '3ms', deadline: '2ms' })).toMatchObject({ deadlineNs: 2e6 });
    expect(await plan({ deadline: '2ms' })).toMatchObject({ periodNs: 0, deadlineNs: 2e6 });
    expect(await plan({ jobs: 0 })).toMatchObject({ jobs: 0 });
  });

  test.each<[Record<string, unknown>, PlanWorkload, string]>([
    [{ workload: 'spin' }, { kind: 'spin', us: 100 }, 'spin 100 µs'],
    [
      { workload: 'bandwidth' },
      { kind: 'bandwidth', sizeBytes: 16 * 2 ** 20, access: 'read' },
      'bandwidth read 16 MiB',
    ],
    [{ workload: 'latency' }, { kind: 'latency', sizeBytes: 16 * 2 ** 20 }, 'latency 16 MiB'],
    [{ workload: 'spin', us: 7 }, { kind: 'spin', us: 7 }, 'spin 7 µs'],
    [
      { workload: 'bandwidth', size: '1M', access: 'write' },
      { kind: 'bandwidth', sizeBytes: 2 ** 20, access: 'write' },
      'bandwidth write 1 MiB',
    ],
  ])('%o', async (definition, workload, name) => {
    expect(await plan(definition)).toMatchObject({ workload, name });
  });
});

describe('what is given', () => {
  test.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ name: 'mine' }, { name: 'mine' }],
    [{ lockMemory: false }, { lockMemory: false }],
    [{ overrun: 'queue' }, { overrun: 'queue' }],
    [{ warmup: 3 }, { warmup: 3 }],
    [{ cores: [0] }, { cores: [0] }],
    [{ fifo: 9 }, { scheduling: { policy: 'fifo', priority: 9 } }],
    [{ rr: 8 }, { scheduling: { policy: 'rr', priority: 8 } }],
    [
      { schedDeadline: { runtimeNs: 1, deadlineNs: 2, periodNs: 3 } },
      { scheduling: { policy: 'deadline', runtimeNs: 1, deadlineNs: 2, periodNs: 3 } },
    ],
    [{ bestEffort: true }, { bestEffort: true }],
    [{ isolate: true, cores: [0] }, { isolate: true }],
    [{ prefault: true }, { prefault: true }],
    [{ cold: true }, { cold: true }],
    [{ memLimit: '4M' }, { heapLimitBytes: 4 * 2 ** 20 }],
    [{ events: 'none' }, { events: [] }],
    [{ events: ['cpu_cycles'] }, { events: ['cpu_cycles'] }],
    [{ eventsKernel: true }, { eventsKernel: true }],
    [{ requireEvents: true }, { requireEvents: true }],
    [{ eventPasses: true }, { eventPasses: true }],
    [{ sampler: { core: 0, intervalNs: 5 } }, { sampler: { core: 0, intervalNs: 5 } }],
    [{ sampler: { core: 0, interval: '5ms' } }, { sampler: { core: 0, intervalNs: 5e6 } }],
    [{ sampler: { core: 0, interval: 0.005 } }, { sampler: { core: 0, intervalNs: 5e6 } }],
    [
      { schedDeadline: { runtime: '1ms', deadline: 0.002, period: '3000us' } },
      { scheduling: { policy: 'deadline', runtimeNs: 1e6, deadlineNs: 2e6, periodNs: 3e6 } },
    ],
    [{ format: 'rtbench' }, { format: 'rtbench' }],
    [{ output: 'x.csv' }, { output: join(process.cwd(), 'x.csv') }],
  ])('%o arrives', async (given, expected) => {
    expect(await plan(given)).toMatchObject(expected);
  });

  test('a plugin has its absolute path, its arguments and its file’s name', async () => {
    const path = join(scratch(), 'mine.so');
    writeFileSync(path, '');
    const workload = relative(process.cwd(), path);
    expect(await plan({ workload, args: '-x 1' })).toMatchObject({
      workload: { kind: 'plugin', path, args: '-x 1' },
      name: 'mine',
    });
    expect(await plan({ workload })).toMatchObject({ workload: { args: '' } });
  });
});

describe('what can’t be', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a core that is not there', { cores: [noCore] }, new RegExp(`core ${noCore} does not exist`)],
    [
      'a core of the sampler’s that is not there',
      { sampler: { core: noCore, intervalNs: 1000 } },
      new RegExp(`core ${noCore} does not exist`),
    ],
    ['a policy of a model for noop', { xnnpack: true }, /"xnnpack" means nothing .* noop/],
    ['threads of noop', { threads: 2 }, /"threads"/],
    ['an engine of spin', { workload: 'spin', engine: 'x' }, /"engine"/],
    ['inputs of noop', { inputs: ['x'] }, /"inputs"/],
    ['a seed of noop', { seed: 1 }, /"seed"/],
    ['outputs of noop', { dumpOutput: 'x' }, /"dumpOutput"/],
    ['microseconds of noop', { us: 1 }, /"us"/],
    ['a size of spin', { workload: 'spin', size: '1M' }, /"size"/],
    ['an access of latency', { workload: 'latency', access: 'read' }, /"access"/],
    ['arguments of noop', { args: '-x' }, /"args"/],
    [
      'more events than a record holds',
      { events: Array.from({ length: 17 }, (_, i) => `r${i + 1}`) },
      /17 events are more than the 16/,
    ],
  ])('%s', async (_what, definition, message) => {
    await expect(plan(definition)).rejects.toThrow(UsageError);
    await expect(plan(definition)).rejects.toThrow(message);
  });

  test('a plugin that is not there, or a folder', async () => {
    const folder = join(scratch(), 'folder.so');
    await expect(plan({ workload: folder })).rejects.toMatchObject({
      code: 'E_NO_FILE',
      message: `The plugin ${folder} does not exist.`,
    });
    mkdirSync(folder);
    await expect(plan({ workload: folder })).rejects.toThrow(/is not a file/);
  });
});

// the library is found and described, not loaded
const missing = existsSync(engineLibrary()) ? null : 'no TensorFlow Lite library is in the cache';
describe.skipIf(missing !== null)(`a model (${missing ?? 'its library is there'})`, () => {
  const f32 = { type: 'FLOAT32', shape: [2] } as const;
  const folder = scratch();
  const model = join(folder, 'adds.tflite');
  const file = (name: string) => {
    const path = join(folder, name);
    writeFileSync(path, Buffer.alloc(8));
    return path;
  };
  let first: string;
  let second: string;
  beforeAll(() => {
    const adds = oneOperator({ type: 'ADD', inputs: [f32, f32], outputs: [f32] });
    writeFileSync(model, modelBytes(adds));
    first = file('first');
    second = file('second');
  });
  const resolve = (rest: Record<string, unknown> = {}) =>
    plan({ workload: model, engine: engineLibrary(), ...rest });
  const inputs = async (...given: string[]) => {
    const { workload } = await resolve({ inputs: given });
    return workload.kind === 'model' ? workload.inputs : null;
  };

  test('has its defaults', async () => {
    expect(await resolve()).toMatchObject({
      name: 'adds',
      workload: {
        kind: 'model',
        path: model,
        name: model,
        xnnpack: false,
        threads: 1,
        seed: 1,
        inputs: [],
        dumpOutput: null,
      },
    });
  });

  test('is called after how it runs', async () => {
    expect((await resolve({ xnnpack: true, threads: 4 })).name).toBe('adds xnnpack ×4');
  });

  test('bare files go to the inputs in order', async () => {
    expect(await inputs(first, second)).toEqual([
      { index: 0, path: first },
      { index: 1, path: second },
    ]);
  });

  test('NAME=FILE goes to the input of that name, a bare one beside it to the first', async () => {
    expect(await inputs(`t1=${first}`)).toEqual([{ index: 1, path: first }]);
    expect(await inputs(`t1=${second}`, first)).toEqual([
      { index: 1, path: second },
      { index: 0, path: first },
    ]);
  });

  test('a file whose own name looks like NAME=FILE is that file', async () => {
    const odd = file('t1=odd');
    expect(await inputs(odd)).toEqual([{ index: 0, path: odd }]);
  });

  test.each<[string, () => string[], RegExp]>([
    ['two files for one input', () => [first, `t0=${second}`], /two files .* t0/],
    ['the same name twice', () => [`t1=${first}`, `t1=${second}`], /two files .* t1/],
    ['more files than inputs', () => [first, second, first], /has 2 inputs, and more/],
    ['a name that no input has', () => [`x=${first}`], /no input that "x=/],
  ])('%s', async (_what, given, message) => {
    await expect(inputs(...given())).rejects.toThrow(UsageError);
    await expect(inputs(...given())).rejects.toThrow(message);
  });

  test('a file that is not there', async () => {
    await expect(inputs(join(folder, 'none'))).rejects.toMatchObject({ code: 'E_NO_FILE' });
    await expect(inputs(`t1=${join(folder, 'none')}`)).rejects.toMatchObject({ code: 'E_NO_FILE' });
  });

  test('a folder for its outputs is made, with those above it; one that can’t be is named', async () => {
    const dumpOutput = join(folder, 'a', 'b');
    expect(await resolve({ dumpOutput })).toMatchObject({ workload: { dumpOutput } });
    expect(existsSync(dumpOutput)).toBe(true);
    await expect(resolve({ dumpOutput: join(first, 'x') })).rejects.toMatchObject({
      code: 'E_OUTPUT',
    });
  });
});
