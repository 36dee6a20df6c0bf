/** What runs are told apart by, grouped and matched. */
import { describe, expect, it as test } from 'vitest';
import {
  compareFacts,
  type Fact,
  factInWords,
  factName,
  identityOf,
  matchKey,
  parseModelName,
  sameKey,
} from '../../src/analysis/identity.js';
import { type RunFile, runFileSchema } from '../../src/formats/run-file.js';

test.each<[path: string, network: string, precision: string | null]>([
  ['mobilenet_v1_1.0_224_uint8.tflite', 'mobilenet_v1_1.0_224', 'uint8'],
  ['/a/b/ds_cnn_kws_int8.tflite', 'ds_cnn_kws', 'int8'],
  ['autoencoder_ad01_fp32', 'autoencoder_ad01', 'fp32'],
  ['mobilenet_v1_1.0_224_quant.tflite', 'mobilenet_v1_1.0_224', 'uint8'],
  ['resnet50_float16', 'resnet50', 'fp16'],
  ['inception_v3.tflite', 'inception_v3', null],
  ['mobilenet_v1_0.25_128@uint8', 'mobilenet_v1_0.25_128', 'uint8'],
  // a name that is nothing but its precision is a name all the same
  ['int8.tflite', 'int8', 'int8'],
  // and one that begins with it does not begin with what separated it
  ['uint8_net.tflite', 'net', 'uint8'],
])('reads network and precision from %s', (path, network, precision) => {
  expect(parseModelName(path)).toEqual({ network, precision });
});

test('has one name for a fact that people call differently', () => {
  expect(['quantization', 'num-threads', 'threads', 'depth'].map(factName)).toEqual([
    'precision',
    'threads',
    'threads',
    'depth',
  ]);
});

describe('keys', () => {
  const identity = { network: 'n', threads: 2, period: 5, deadline: 5, repetition: 1, warmup: 0 };
  test('of a match leave out what follows from other facts or from chance, and what is excepted', () => {
    const other = { deadline: 7, period: 7, repetition: 2, warmup: 1, threads: 2, network: 'n' };
    expect(matchKey(other)).toBe(matchKey(identity));
    expect(matchKey({ ...identity, threads: 4 })).not.toBe(matchKey(identity));
    expect(matchKey({ ...identity, threads: 4 }, ['threads'])).toBe(
      matchKey(identity, ['threads']),
    );
    // what only one of them tells makes them differ
    expect(matchKey({ ...identity, cores: '1' })).not.toBe(matchKey(identity));
  });
  test('of repetitions leave out their number only', () => {
    const { network, ...rest } = identity;
    expect(sameKey({ ...rest, network, repetition: 2 })).toBe(sameKey(identity));
    expect(sameKey({ ...identity, period: 7 })).not.toBe(sameKey(identity));
  });
});

test.each<[why: string, sorted: (Fact | undefined)[]]>([
  ['off before on', [false, true]],
  ['numbers by size, not by digits', [-1, 0.25, 0.5, 1, 2, 12]],
  // a suite that lists what a point leaves to the default beside what it sets
  ['what is of two kinds as its text', [0.5, 1, 'auto', true]],
  ['sizes by their bytes', [4096, '512K', '2M', '16M', '1G']],
  ['times by how long they are', ['500us', '20ms', 1, '2s', '1m']],
  ['cores by how many they are', [1, '0,1', '1-3']],
  ['the plainest precision first', ['fp32', 'fp16', 'dynamic', 'int16x8', 'int8', 'uint8']],
  ['names as people sort them', ['a2', 'a10', 'b']],
  ['a precision among other names is one of them', ['abc', 'fp32', 'xyz']],
  ['what is not known last', [1, 'zoo', undefined]],
])('the baseline of a comparison comes first: %s', (_why, sorted) => {
  // by hand, for sort() moves undefined to the end of its own accord
  for (const [i, a] of sorted.entries())
    for (const [j, b] of sorted.entries())
      expect(Math.sign(compareFacts(a, b)), `${a} and ${b}`).toBe(Math.sign(i - j));
});

test.each<[name: string, value: Fact | undefined, words: string]>([
  ['xnnpack', true, 'xnnpack'],
  ['xnnpack', false, 'no xnnpack'],
  ['threads', 1, '1 thread'],
  ['threads', 4, '4 threads'],
  ['precision', 'int8', 'int8'],
  ['network', 'resnet8', 'resnet8'],
  ['cores', '1,2', 'cores 1,2'],
  ['depth', undefined, 'unknown depth'],
])('%s = %j is "%s"', (name, value, words) => {
  expect(factInWords(name, value)).toBe(words);
});

describe('the identity of a run', () => {
  const file = (rest: object): RunFile =>
    runFileSchema.parse({ format: 'isochron-run', version: 1, ...rest });
  const plan = (workload: object | null, more: object = {}) => ({ plan: { workload, ...more } });
  const model = { kind: 'model', path: '/m/net_int8.tflite', xnnpack: true, threads: 2 };

  test.each<[why: string, file: RunFile | null, parameters: Record<string, Fact>, facts: object]>([
    ['without a file it is guessed from the name', null, {}, { network: 'run', precision: 'fp16' }],
    [
      'a model by its path',
      file(plan(model)),
      {},
      { network: 'net', precision: 'int8', xnnpack: true, threads: 2 },
    ],
    [
      'a built network by its own name, of floats unless that says otherwise',
      file(plan({ ...model, name: 'mobilenet_v1' })),
      {},
      { network: 'mobilenet_v1', precision: 'fp32', xnnpack: true, threads: 2 },
    ],
    [
      'a file whose name tells no precision: it is not known',
      file(plan({ kind: 'model', path: '/m/net.tflite', name: 'net.tflite' })),
      {},
      { network: 'net' },
    ],
    [
      'what ran counts, not what was asked for',
      file({ ...plan(model), xnnpackApplied: 'no' }),
      {},
      { network: 'net', precision: 'int8', xnnpack: false, threads: 2 },
    ],
    [
      'XNNPACK by default of the library is XNNPACK',
      file({ ...plan({ ...model, xnnpack: false }), xnnpackApplied: 'by default' }),
      {},
      { network: 'net', precision: 'int8', xnnpack: true, threads: 2 },
    ],
    [
      'an engine by its version',
      file({
        ...plan({ kind: 'model', path: 'n_fp32.tflite', engine: '/e/lib.so' }),
        engine: { tflite: '2.9.0' },
      }),
      {},
      { network: 'n', precision: 'fp32', engine: '2.9.0' },
    ],
    [
      'an engine without a version by its file',
      file(plan({ kind: 'model', path: 'n_fp32.tflite', engine: '/e/lib.so' })),
      {},
      { network: 'n', precision: 'fp32', engine: 'lib.so' },
    ],
    [
      'a workload without a model by its options; engine options are none of it',
      file(
        plan({ kind: 'bandwidth', sizeBytes: 4096, access: 'read', threads: 1, xnnpack: false }),
      ),
      {},
      { network: 'bandwidth', size: 4096, access: 'read' },
    ],
    [
      'periods, cores and scheduling of the plan',
      file(
        plan(
          { kind: 'spin', us: 5 },
          {
            periodNs: 10,
            deadlineNs: 9,
            cores: [1, 2],
            scheduling: { policy: 'fifo', priority: 90 },
          },
        ),
      ),
      {},
      {
        network: 'spin',
        us: 5,
        period: 10,
        deadline: 9,
        cores: '1,2',
        scheduling: 'fifo 90',
      },
    ],
    [
      'a policy that has no priority; not pinned',
      file(plan({ kind: 'noop' }, { scheduling: { policy: 'other' } })),
      {},
      { network: 'noop', scheduling: 'other' },
    ],
    [
      'the one core that it was left, where none was asked for',
      {
        ...file(plan({ kind: 'noop' }, { scheduling: { policy: 'other' } })),
        granted: { policy: 'other', priority: 0, cores: [3] } as unknown as RunFile['granted'],
      },
      {},
      { network: 'noop', cores: '3', scheduling: 'other' },
    ],
    [
      'the policy that was granted, whatever was asked for',
      {
        ...file(plan({ kind: 'noop' }, { scheduling: { policy: 'other' } })),
        granted: { policy: 'fifo', priority: 30 } as RunFile['granted'],
      },
      {},
      { network: 'noop', scheduling: 'fifo 30' },
    ],
    [
      'a sweep calibrates periods, which then tell nothing apart; what it varies wins under its usual name',
      file(plan(model, { periodNs: 10, deadlineNs: 10 })),
      { quantization: 'fp32', depth: '00012' },
      { network: 'net', precision: 'fp32', depth: '00012', xnnpack: true, threads: 2 },
    ],
    [
      'unless the period is its axis; a model’s file name does not win',
      file(plan(model, { periodNs: 10, deadlineNs: 10 })),
      { period: '5ms', model: '/m/net_int8.tflite' },
      { network: 'net', precision: 'int8', period: '5ms', xnnpack: true, threads: 2 },
    ],
  ])('%s', (_why, given, parameters, facts) => {
    expect(identityOf(given, '/r/run_fp16_timing.csv', parameters)).toEqual(facts);
  });
});
