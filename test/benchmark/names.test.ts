/** What points are called, in tables and as files, and what they are made of. */
import { describe, expect, test } from 'vitest';
import { expandSuite } from '../../src/benchmark/expand.js';
import { checkSuite, quickSuite, type Suite, SuiteError } from '../../src/benchmark/suite.js';

const points = (content: object, name = 's') =>
  expandSuite(checkSuite({ name, ...content } as unknown as Suite)).points;
function mistake(content: object): SuiteError {
  try {
    points(content);
  } catch (error) {
    if (error instanceof SuiteError) return error;
    throw error;
  }
  throw new Error('the suite was accepted');
}
const one = (matrix: object, base: object = {}) =>
  points({ base: { workload: 'noop', ...base }, matrix })[0] as ReturnType<typeof points>[number];

describe('a point is called', () => {
  test.each<[why: string, matrix: object, name: string]>([
    ['by a model’s file, without its folders and its ending', { model: ['./a/b.c.TFLITE'] }, 'b.c'],
    ['by a plugin', { workload: ['/x/p.so'] }, 'p'],
    ['by an engine', { engine: ['/x/lib.so'] }, 'lib'],
    ['by a text as it stands, slashes and all', { args: ['a/b.so'] }, 'a/b.so'],
    ['by a number with what it counts', { jobs: [5] }, 'jobs 5'],
    ['by a text that is a number, too', { cores: ['1,2'] }, 'cores 1,2'],
    ['by a list', { cores: [[1, 2]] }, 'cores 1,2'],
    ['by a depth code alone', { depth: ['00012'], model: ['y'] }, '00012 y'],
    ['by a period with its name', { period: ['5ms'] }, 'period 5ms'],
    ['by an automatic period', { period: ['auto'] }, 'period auto'],
    ['by what is on', { xnnpack: [true] }, 'xnnpack'],
    ['by what is off', { xnnpack: [false] }, 'no xnnpack'],
    ['by its threads', { threads: [1] }, '1 thread'],
    ['by several', { threads: [4] }, '4 threads'],
    ['by a label', { how: { 'with care': { warmup: 1 } } }, 'with care'],
    ['in the order of the axes', { warmup: [1], jobs: [2] }, 'warmup 1 jobs 2'],
  ])('%s', (_why, matrix, name) => {
    expect(one(matrix).name).toBe(name);
  });

  test('by its own name, the base’s or the suite’s where it varies in nothing', () => {
    expect(points({ include: [{ workload: 'noop', name: 'mine' }] })[0]?.name).toBe('mine');
    expect(points({ base: { workload: 'noop', name: 'ours' }, include: [{}] })[0]?.name).toBe(
      'ours',
    );
    expect(points({ base: { workload: 'noop' }, include: [{}] }, 'suite')[0]?.name).toBe('suite');
    expect(
      points({ base: { workload: 'noop', name: 'ours' }, include: [{ jobs: 5 }] })[0]?.name,
    ).toBe('jobs 5');
  });
});

describe('a point’s file', () => {
  const ids = (...labels: string[]) =>
    points({
      base: { workload: 'noop' },
      matrix: { a: Object.fromEntries(labels.map((label, i) => [label, { jobs: i + 1 }])) },
    }).map(({ id }) => id.replace(/\.r1$/, ''));
  test.each<[why: string, label: string, id: string | RegExp]>([
    ['has one dash for what files don’t like', 'a  /\\ b', 'a-b'],
    ['is not hidden, and no option', '.-a', 'a'],
    ['does not end with a dash', 'a (b)', 'a-b'],
    ['keeps what networks are called with', 'a_1.0@int8=x', 'a_1.0@int8=x'],
    ['is told by a hash where nothing is left', '???', /^-[0-9a-f]{8}$/],
  ])('%s', (_why, label, id) => {
    if (typeof id === 'string') expect(ids(label)).toEqual([id]);
    else expect(ids(label)[0]).toMatch(id);
  });
  test('is told from others whose name only looks the same, also where capitals are none', () => {
    for (const two of [ids('a b', 'a/b'), ids('A', 'a')]) {
      expect(new Set(two.map((id) => id.toLowerCase())).size).toBe(2);
      for (const id of two) expect(id).toMatch(/^[Aa](-b)?-[0-9a-f]{8}$/);
    }
    expect(ids('a', 'b')).toEqual(['a', 'b']);
  });
});

describe('a point is made', () => {
  test.each<[why: string, options: object, workload: string]>([
    ['of a network and its precision', { model: 'n', precision: 'dynamic' }, 'n@dynamic'],
    ['of floats without a word', { model: 'n', precision: 'fp32' }, 'n'],
    [
      'of all parts in their order',
      { model: 'n', resolution: 96, alpha: 0.5, keep: 70, depth: '00012', precision: 'int8' },
      'n_00012_70_0.5_96@int8',
    ],
    ['of a model, which is a workload', { model: 'n' }, 'n'],
    [
      'of a file, of which floats are no part',
      { model: 'a.tflite', precision: 'fp32' },
      'a.tflite',
    ],
  ])('%s', (_why, options, workload) => {
    const [point] = points({ include: [options] });
    expect(point?.definition.workload).toBe(workload);
    for (const part of ['model', 'precision', 'depth', 'keep', 'alpha', 'resolution', 'priority'])
      expect(point?.definition).not.toHaveProperty(part);
  });

  test.each<[object]>([
    [{ model: 'a.tflite', alpha: 1 }],
    [{ workload: 'p.SO', precision: 'int8' }],
  ])('not of a file and parts of a name: %j', (options) => {
    expect(mistake({ include: [options] }).message).toMatch(
      /gives the file .* parts of a network's name/,
    );
  });

  test('with its options as facts, but not its name, nor what has parts of its own', () => {
    const [point] = points({
      include: [
        {
          workload: 'noop',
          name: 'n',
          cores: [1, 2],
          sampler: { core: 0, intervalNs: 5 },
          xnnpack: true,
          jobs: 5,
        },
      ],
    });
    expect(point?.parameters).toEqual({ workload: 'noop', cores: '1,2', xnnpack: true, jobs: 5 });
  });

  test('once, where two say the same; twice where they are only called alike', () => {
    const same = { workload: 'noop', name: 'a', jobs: 5 };
    expect(points({ include: [same, { ...same }] })).toHaveLength(1);
    expect(points({ include: [same, { ...same, jobs: 6 }] }).map(({ id }) => id)).toEqual([
      expect.stringMatching(/^a-[0-9a-f]{8}\.r1$/),
      expect.stringMatching(/^a-[0-9a-f]{8}\.r1$/),
    ]);
  });

  test('but not with a deadline beyond its period; an automatic one is not known yet', () => {
    const options = { workload: 'noop', period: '1ms', deadline: '2ms' };
    expect(mistake({ include: [options] })).toMatchObject({
      message: expect.stringContaining('the point "noop period 1ms 2ms" can\'t be run') as never,
      hint: 'Give a deadline of at most one period.',
    });
    expect(points({ include: [{ ...options, period: 'auto' }] })).toHaveLength(1);
    const { period: _, ...continuous } = options;
    expect(points({ include: [continuous] })).toHaveLength(1);
  });

  test('an exclusion holds for every matrix, and numbers are not their texts', () => {
    const threads = (exclude: object[]) =>
      points({
        base: { workload: 'noop' },
        matrix: [{ threads: [1, 2] }, { threads: [3], jobs: [5, 6] }],
        exclude,
      }).map(({ name }) => name);
    expect(threads([{ threads: [2, 3] }])).toEqual(['1 thread']);
    expect(threads([{ threads: '2' }, { jobs: 5 }])).toEqual([
      '1 thread',
      '2 threads',
      '3 threads jobs 6',
    ]);
  });

  test('of two matrices each of which is named where it is wrong', () => {
    expect(mistake({ matrix: [{ workload: ['noop'] }, { jobs: [5] }] }).path).toEqual([
      'matrix',
      1,
    ]);
    expect(mistake({ matrix: { jobs: [5] } }).path).toEqual(['matrix']);
    expect(
      mistake({ base: { workload: 'noop' }, include: [{}, { period: '1ms', deadline: '2ms' }] })
        .path,
    ).toEqual(['include', 1]);
  });
});

describe('a quick variant', () => {
  const full = {
    name: 's',
    base: { workload: 'noop', jobs: 9 },
    matrix: { us: [1, 2] },
    include: [{ us: 3 }],
    seed: 5,
  };
  const quick = (content: object) => {
    const suite = quickSuite(checkSuite({ ...full, quick: content } as unknown as Suite));
    return [
      expandSuite(suite).points.map(({ definition }) => [definition.us, definition.jobs]),
      suite.seed,
      'quick' in suite,
    ];
  };
  test.each<[why: string, content: object, us: number[], jobs: number]>([
    ['of other options has the same points', { base: { jobs: 1 } }, [1, 2, 3], 1],
    ['with a matrix of its own has no other points', { matrix: { us: [7] } }, [7], 9],
    ['with points of its own has no matrix', { include: [{ us: 8 }] }, [8], 9],
    ['of nothing is the same', {}, [1, 2, 3], 9],
  ])('%s', (_why, content, us, jobs) => {
    expect(quick(content)).toEqual([us.map((n) => [n, jobs]), 5, false]);
  });
});

describe('a name that is none', () => {
  test.each<[content: object, hint: string | undefined]>([
    [{ axes: {} }, 'It is called matrix here.'],
    [{ base: { network: 'noop' } }, 'It is called model here.'],
    [{ base: { jbs: 4 } }, 'Did you mean jobs?'],
    [{ base: { zzzzz: 4 } }, undefined],
    [
      { matrix: { modle: ['noop'] } },
      'Did you mean model? An axis with a name of your own gives labelled options: {label: {option: value}}.',
    ],
  ])('is told with what may be meant: %j', (content, hint) => {
    expect(mistake(content).hint).toBe(hint);
  });
});

describe('a mistake is placed', () => {
  test.each<[content: object, place: string]>([
    [{ matrix: { k: 5 } }, 'matrix.k: an axis is a list of values'],
    [{ matrix: { k: null } }, 'matrix.k: an axis is a list of values'],
    [{ matrix: { k: {} } }, 'matrix.k: the axis has no values.'],
    [{ matrix: { k: { a: { tsks: 1 } } } }, 'matrix.k.a.tsks: no option is called tsks.'],
    [{ matrix: [{ us: [1] }, { us: ['x'] }] }, 'matrix[1].us[0]:'],
    [{ matrix: { period: ['1ms', 'soon'] } }, 'matrix.period[1]: the period "soon"'],
    [
      { include: [{}], auto: { duration: 'soon' } },
      'auto.duration: the duration of a calibration "soon"',
    ],
    [{ include: [{ deadline: '1ms', size: '1T' }] }, 'include[0].size: the buffer size "1T"'],
    [{ include: [{}], quick: { base: { us: 'x' } } }, 'quick.base.us:'],
    [{ include: [{}], quick: { include: [{ us: -1 }] } }, 'quick.include[0].us:'],
    [{ include: [{ inputs: ['a', 'b\u0007'] }] }, 'include[0].inputs[1]: "b\\u0007"'],
    [{ base: 5, include: [{}] }, 'base: '],
    [{ include: [{ jobs: 1 }, { jobs: 'x' }] }, 'include[1].jobs: expected number'],
    [{ seed: -1, include: [{}] }, 'seed: '],
    [{ include: [5] }, 'include[0]: expected object'],
    [{}, 'the suite has neither a matrix nor points to include.'],
  ])('%j: %s', (content, place) => {
    const { message } = mistake({ base: { workload: 'noop' }, ...content });
    expect(message.slice(0, place.length)).toBe(place);
  });
});
