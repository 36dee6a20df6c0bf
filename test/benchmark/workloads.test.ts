import { describe, expect, test } from 'vitest';
import { RUN_OPTIONS, type RunOption } from '../../src/benchmark/run-options.js';
import { kindOf, SYNTHETIC, SYNTHETIC_NAMES, titleOf } from '../../src/benchmark/workloads.js';

describe('a workload', () => {
  test.each([
    ['noop', 'noop'],
    ['latency', 'latency'],
    ['./noop', 'model'],
    ['model.tflite', 'model'],
    ['mobilenet_v1', 'model'],
    ['./plugin.so', 'plugin'],
    ['.so', 'model'],
    // a name that every object has
    ['constructor', 'model'],
    ['toString', 'model'],
  ])('%s is of the kind %s', (workload, kind) => {
    expect(kindOf(workload)).toBe(kind);
  });

  test('without options has the defaults that the documentation names, and a title made of them', () => {
    const plans = SYNTHETIC_NAMES.map((name) => SYNTHETIC[name].plan({}));
    expect(plans).toEqual([
      { kind: 'noop' },
      { kind: 'spin', us: 100 },
      { kind: 'bandwidth', sizeBytes: 2 ** 24, access: 'read' },
      { kind: 'latency', sizeBytes: 2 ** 24 },
    ]);
    expect(plans.map((plan) => titleOf(plan))).toEqual([
      'noop',
      'spin 100 µs',
      'bandwidth read 16 MiB',
      'latency 16 MiB',
    ]);
  });

  test('that is made of a file is called after it', () => {
    expect(titleOf({ kind: 'plugin', path: '/a/wait.so', args: '' })).toBe('wait');
    const model = {
      kind: 'model',
      path: '/a/b.tflite',
      name: 'x/b.tflite',
      engine: '/e.so',
      seed: 1,
      inputs: [],
      dumpOutput: null,
    } as const;
    expect(titleOf({ ...model, inputs: [], xnnpack: false, threads: 1 })).toBe('b');
    expect(titleOf({ ...model, inputs: [], xnnpack: true, threads: 4 })).toBe('b xnnpack ×4');
  });

  test('says how long a job takes only where its options do', () => {
    const said = SYNTHETIC_NAMES.map((name) => [
      SYNTHETIC[name].jobNs?.({}) ?? null,
      SYNTHETIC[name].jobNs?.({ us: 0.5 }) ?? null,
    ]);
    expect(said).toEqual([
      [0, 0],
      [null, 500],
      [null, null],
      [null, null],
    ]);
  });

  test('takes each of the synthetic options that there are', () => {
    const group = Object.values<RunOption>(RUN_OPTIONS).filter(
      ({ group }) => group === 'Synthetic workloads',
    );
    expect(group.map((option) => option.for)).not.toContain(undefined);
  });
});
