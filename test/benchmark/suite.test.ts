import { describe, expect, test } from 'vitest';
import { expandSuite } from '../../src/benchmark/expand.js';
import { selectPoints } from '../../src/benchmark/select-points.js';
import { checkSuite, quickSuite, type Suite, SuiteError } from '../../src/benchmark/suite.js';

const points = (suite: Suite) => expandSuite(checkSuite(suite)).points;
const names = (suite: Suite) => points(suite).map((point) => point.name);

/** The mistake that checking or expanding a suite comes to. */
function mistake(suite: unknown): SuiteError {
  try {
    expandSuite(checkSuite(suite));
  } catch (error) {
    if (error instanceof SuiteError) return error;
    throw error;
  }
  throw new Error('the suite was accepted');
}

describe('the matrix of a suite', () => {
  test('gives every combination of its axes, the first axis varying slowest', () => {
    expect(names({ name: 's', matrix: { model: ['a', 'b'], xnnpack: [false, true] } })).toEqual([
      'a no xnnpack',
      'a xnnpack',
      'b no xnnpack',
      'b xnnpack',
    ]);
  });

  test('puts the parts of a network’s name together', () => {
    const workloads = (suite: Suite) => points(suite).map((point) => point.definition.workload);
    expect(
      workloads({ name: 's', matrix: { model: ['mobilenet_v1'], precision: ['fp32', 'int8'] } }),
    ).toEqual(['mobilenet_v1', 'mobilenet_v1@int8']);
    expect(
      workloads({ name: 's', matrix: { model: ['mobilenet_v2'], alpha: [0.5], resolution: [96] } }),
    ).toEqual(['mobilenet_v2_0.5_96']);
    expect(
      workloads({
        name: 's',
        base: { model: 'yolov3_tiny' },
        matrix: { depth: ['00012'], precision: ['uint8'] },
      }),
    ).toEqual(['yolov3_tiny_00012@uint8']);
  });

  test('takes labelled bundles of options as an axis under any name', () => {
    const [paged, locked] = points({
      name: 's',
      base: { workload: 'noop' },
      matrix: { memory: { paged: { lockMemory: false }, locked: { warmup: 2 } } },
    });
    expect(paged).toMatchObject({
      parameters: { memory: 'paged' },
      definition: { lockMemory: false },
    });
    expect(locked).toMatchObject({ parameters: { memory: 'locked' }, definition: { warmup: 2 } });
  });

  test('keeps two bundles with the same options apart: an A/A test is one', () => {
    expect(
      points({ name: 's', base: { workload: 'noop' }, matrix: { side: { a: {}, b: {} } } }),
    ).toHaveLength(2);
  });

  test('leaves out what is excluded, a list standing for any of its values', () => {
    expect(
      names({
        name: 's',
        matrix: { model: ['a', 'b', 'c'], threads: [1, 2] },
        exclude: [{ model: ['a', 'b'], threads: 2 }, { model: 'c' }],
      }),
    ).toEqual(['a 1 thread', 'b 1 thread']);
  });

  test('adds what is included, and a combination given twice is one point', () => {
    const suite: Suite = {
      name: 's',
      matrix: { model: ['a'], xnnpack: [true] },
      include: [
        { model: 'b', xnnpack: false, jobs: 7 },
        { model: 'a', xnnpack: true },
      ],
    };
    expect(names(suite)).toEqual(['a xnnpack', 'b no xnnpack jobs 7']);
  });

  test('a point’s own options win over those of the base', () => {
    expect(
      points({ name: 's', base: { model: 'x', jobs: 5 }, matrix: { jobs: [5, 9] } }).map(
        (point) => point.definition.jobs,
      ),
    ).toEqual([5, 9]);
  });

  test('an option’s other names are other names of one thing: what is nearer to the point wins', () => {
    const base = { workload: 'a', fifo: 5, tasks: 7 };
    const near = { model: 'b', priority: 6, jobs: 8 };
    const [point] = points({ name: 's', base, include: [near] });
    expect(point?.definition).toMatchObject({ workload: 'b', fifo: 6, jobs: 8 });
    const [back] = points({ name: 's', base: near, include: [base] });
    expect(back?.definition).toMatchObject({ workload: 'a', fifo: 5, jobs: 7 });
    const quick = quickSuite({ name: 's', base, matrix: { us: [1] }, quick: { base: near } });
    expect(points(quick)[0]?.definition).toMatchObject({ workload: 'b', fifo: 6, jobs: 8 });
  });

  test('a suite of 0.1.0 has the points that it had: their names, and the hashes by which a folder is gone on with', () => {
    const of = (name: string) =>
      points({ name: 's', base: { workload: 'noop', [name]: 5 }, matrix: { us: [1] } });
    expect(of('tasks')).toEqual(of('jobs'));
    expect(of('tasks')[0]?.hash).toBe(
      'a7345e139eced56b3b9c98c8a74eec5629e1e16e9a250b6d08d0b5c5720e2297',
    );
    expect(names({ name: 's', base: { workload: 'noop' }, matrix: { tasks: [5] } })).toEqual([
      'tasks 5',
    ]);
  });

  test('jobs by both of their names are a mistake', () => {
    expect(() => checkSuite({ name: 's', include: [{ tasks: 1, jobs: 2 }] })).toThrow(
      'include[0]: jobs is given twice, by two of its names.',
    );
  });

  test('a list of cores is one value', () => {
    const [both] = points({ name: 's', base: { workload: 'noop' }, matrix: { cores: [[0, 1]] } });
    expect(both).toMatchObject({ parameters: { cores: '0,1' }, definition: { cores: [0, 1] } });
  });
});

describe('the order of points', () => {
  const suite: Suite = { name: 's', matrix: { model: ['a', 'b'] }, repetitions: 2 };
  const ids = (order: Suite['order'], seed = 1) =>
    points({ ...suite, order, seed } as Suite).map((point) => point.id);

  test('is interleaved unless it is said otherwise', () => {
    expect(points(suite).map((point) => point.id)).toEqual(['a.r1', 'b.r1', 'a.r2', 'b.r2']);
    expect(ids('sequential')).toEqual(['a.r1', 'a.r2', 'b.r1', 'b.r2']);
  });

  test('is the same for a seed, another for another, and always holds every point', () => {
    const many: Suite = { ...suite, repetitions: 10, order: 'shuffled' };
    const order = (seed: number) => points({ ...many, seed }).map((point) => point.id);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect([...order(1)].sort()).toEqual([...order(2)].sort());
  });
});

describe('identity of points', () => {
  test('an id depends on the point alone, so that a longer suite finds its earlier results', () => {
    const short = points({ name: 's', matrix: { model: ['b'] } });
    const long = points({ name: 's', matrix: { model: ['a', 'b'] }, repetitions: 3 });
    expect(long.map((point) => point.id)).toContain(short[0]?.id);
  });

  test('a hash changes with what is run, not with how it is called', () => {
    const hash = (options: object) =>
      points({ name: 's', include: [{ workload: 'noop', ...options }] })[0]?.hash;
    expect(hash({ name: 'x' })).toBe(hash({ name: 'y' }));
    expect(hash({ jobs: 5 })).not.toBe(hash({ jobs: 6 }));
  });

  test('the hash of an automatic period holds how it is found', () => {
    const hash = (factor: number) =>
      points({ name: 's', include: [{ workload: 'noop', period: 'auto' }], auto: { factor } })[0]
        ?.hash;
    expect(hash(1.5)).not.toBe(hash(2));
  });

  test('ids are names of files, and different points have different ones', () => {
    const ids = points({
      name: 's',
      base: { workload: 'noop' },
      matrix: { what: { 'a b': { jobs: 1 }, 'a/b': { jobs: 2 }, ['x'.repeat(300)]: {} } },
    }).map((point) => point.id);
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[\w.@=-]{1,130}$/);
  });
});

describe('the quick variant', () => {
  const suite: Suite = {
    name: 's',
    base: { jobs: 1000, period: 'auto' },
    matrix: { model: ['a', 'b'] },
    include: [{ model: 'c' }],
    repetitions: 5,
    quick: { base: { jobs: 5 }, matrix: { model: ['a'] }, repetitions: 1 },
  };
  test('replaces what it names and keeps the rest', () => {
    const quick = points(quickSuite(checkSuite(suite)));
    expect(quick.map((point) => point.name)).toEqual(['a']);
    expect(quick[0]?.definition).toMatchObject({ jobs: 5, period: 'auto' });
  });
  test('is asked for in vain where there is none', () => {
    const { quick: _quick, ...plain } = suite;
    expect(() => quickSuite(plain)).toThrow(/no quick variant/);
  });
});

describe('mistakes in suites', () => {
  test.each<[string, unknown, (string | number)[], RegExp]>([
    ['no suite', 5, [], /expected object/i],
    ['a name that is no file’s', { name: 'a/b', matrix: {} }, ['name'], /letters/],
    ['nothing to run', { name: 's' }, [], /neither a matrix nor points/],
    ['an unknown word', { name: 's', matrxi: {} }, ['matrxi'], /matrxi/],
    [
      'an unknown option in the base',
      { name: 's', base: { task: 1 }, include: [] },
      ['base', 'task'],
      /task/,
    ],
    ['an unknown axis', { name: 's', matrix: { speed: [1] } }, ['matrix', 'speed'], /speed/],
    [
      'an axis without values',
      { name: 's', matrix: { threads: [] } },
      ['matrix', 'threads'],
      /no values/,
    ],
    [
      'a wrong value on an axis',
      { name: 's', matrix: { threads: [1, 'two'] } },
      ['matrix', 'threads', 1],
      /expected number/,
    ],
    [
      'a time that is none',
      { name: 's', include: [{ workload: 'noop', period: 'soon' }] },
      ['include', 0, 'period'],
      /"soon" is not a time/,
    ],
    [
      'a depth code that YAML made a number of',
      { name: 's', matrix: { depth: [12] } },
      ['matrix', 'depth', 0],
      /quotes/,
    ],
    ['a point without a model', { name: 's', matrix: { jobs: [1] } }, ['matrix'], /no model/],
    [
      'a deadline beyond its period',
      { name: 's', include: [{ workload: 'noop', period: '1ms', deadline: '2ms' }] },
      ['include', 0],
      /longer than the period/,
    ],
    [
      'an exclusion by an axis that is not there',
      { name: 's', matrix: { model: ['a'] }, exclude: [{ modle: 'a' }] },
      ['exclude', 0, 'modle'],
      /modle/,
    ],
    [
      'everything excluded',
      { name: 's', matrix: { model: ['a'] }, exclude: [{ model: 'a' }] },
      ['exclude'],
      /no points/,
    ],
    [
      'parts of a name for a file',
      { name: 's', matrix: { model: ['a.tflite'], precision: ['int8'] } },
      ['matrix'],
      /a\.tflite/,
    ],
    [
      'a mistake in the quick variant',
      { name: 's', matrix: { model: ['a'] }, quick: { matrix: { threads: [0] } } },
      ['quick', 'matrix', 'threads', 0],
      /./,
    ],
  ])('%s', (_what, suite, path, words) => {
    const error = mistake(suite);
    expect(error.message).toMatch(words);
    expect(error.path.slice(0, path.length)).toEqual(path);
    expect(error.message).not.toContain('\n');
  });
});

describe('--only', () => {
  const all = points({
    name: 's',
    matrix: { model: ['mobilenet_v1', 'mobilenet_v2', 'vgg16'], xnnpack: [false, true] },
  });
  const chosen = (...patterns: string[]) => selectPoints(all, patterns).map((point) => point.name);

  test('matches a part of the name, with * for anything', () => {
    expect(chosen('vgg')).toEqual(['vgg16 no xnnpack', 'vgg16 xnnpack']);
    expect(chosen('mobile*v2')).toHaveLength(2);
  });
  test('matches the value of an axis as a whole', () => {
    expect(chosen('model=mobilenet_v1')).toHaveLength(2);
    expect(chosen('xnnpack=true')).toHaveLength(3);
  });
  test('wants all patterns to match, and any alternative of each', () => {
    expect(chosen('model=vgg16,mobilenet_v1', 'xnnpack=true')).toEqual([
      'mobilenet_v1 xnnpack',
      'vgg16 xnnpack',
    ]);
  });
  test('says so when nothing matches', () => {
    expect(() => chosen('resnet')).toThrow(/no point matches --only resnet/);
    expect(() => chosen('colour=red')).toThrow(/no axis|no point has an axis called colour/);
  });
});
