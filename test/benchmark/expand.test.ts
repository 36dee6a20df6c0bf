/** What `--resume` rests on, and the limits of a suite. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandSuite, hashOf, MAX_POINTS } from '../../src/benchmark/expand.js';
import { checkSuite, type Suite, SuiteError } from '../../src/benchmark/suite.js';

const expand = (suite: unknown) => expandSuite(checkSuite(suite));
const points = (suite: Suite) => expand(suite).points;
function mistake(suite: unknown): SuiteError {
  try {
    expand(suite);
  } catch (error) {
    if (error instanceof SuiteError) return error;
    throw error;
  }
  throw new Error('the suite was accepted');
}

describe('the hash of a value', () => {
  test('is SHA-256 of its JSON with sorted keys', () => {
    // printf '{"a":[2,{"c":1,"d":null}],"b":"x"}' | sha256sum
    const expected = 'eee89cde4e8b612c4cd250855c36b366db32431866768b7719e52296bb5c6682';
    expect(hashOf({ b: 'x', a: [2, { d: null, c: 1 }] })).toBe(expected);
    expect(hashOf({ a: [2, { c: 1, d: null }], b: 'x' })).toBe(expected);
  });
  test('knows the order of a list', () => {
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
  });
  test('is the same for any order of keys, at every depth', () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, part]) => [key, reversed(part)]),
            )
          : value;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(hashOf(reversed(value))).toBe(hashOf(value));
      }),
    );
  });
  test('of a point does not depend on where an option stands', () => {
    const hash = (include: object) => points({ name: 's', include: [include as never] })[0]?.hash;
    expect(hash({ workload: 'noop', jobs: 3, sampler: { core: 1, intervalNs: 5 } })).toBe(
      hash({ sampler: { intervalNs: 5, core: 1 }, jobs: 3, workload: 'noop' }),
    );
    const based = points({ name: 's', base: { jobs: 3 }, include: [{ workload: 'noop' }] });
    expect(hash({ workload: 'noop', jobs: 3 })).toBe(based[0]?.hash);
  });
});

describe('a suite of too many points', () => {
  const axes = (n: number, values = 2) =>
    Object.fromEntries(
      Array.from({ length: n }, (_, i) => [
        `a${i}`,
        Object.fromEntries(Array.from({ length: values }, (_, v) => [`v${v}`, {}])),
      ]),
    );
  const suite = (content: object) => ({ name: 's', base: { workload: 'noop' }, ...content });

  test.each<[string, object, (string | number)[], RegExp]>([
    [
      '2^30 combinations',
      { matrix: axes(30) },
      ['matrix'],
      /1,073,741,824 points.*at most 100,000/,
    ],
    ['2^18 combinations', { matrix: axes(18) }, ['matrix'], /262,144 points/],
    ['2^900 combinations', { matrix: axes(900) }, ['matrix'], /8\.5e\+270 points/],
    [
      'two matrices that are too many together',
      { matrix: [axes(16), axes(16)] },
      ['matrix', 1],
      /131,072/,
    ],
    ['repetitions', { matrix: axes(4), repetitions: 10_000 }, ['repetitions'], /160,000/],
    [
      'single points',
      { include: Array.from({ length: MAX_POINTS + 1 }, () => ({})) },
      ['include'],
      /100,001/,
    ],
  ])('%s: said before anything is made of them', (_what, content, path, words) => {
    const error = mistake(suite(content));
    expect(error.path).toEqual(path);
    expect(error.message).toMatch(words);
    expect(error.hint).toMatch(/several suites/);
  });

  test('the limit itself is accepted', () => {
    expect(points(suite({ include: [{}], repetitions: 10_000 }) as Suite)).toHaveLength(10_000);
    const many = expand(
      suite({ matrix: { n: { a: { jobs: 1 }, b: { jobs: 2 } } }, repetitions: 5_000 }),
    );
    expect(many.points).toHaveLength(10_000);
    expect(() => expand(suite({ matrix: axes(1, 10), repetitions: 10_000 }))).not.toThrow();
    expect(mistake(suite({ matrix: axes(1, 11), repetitions: 10_000 })).path).toEqual([
      'repetitions',
    ]);
  });

  // of size, not of rules: under mutation testing it would be most of the time
  test.skipIf(process.env.MUTATION_ROOM)('2^16 combinations are expanded, in any order', () => {
    for (const order of ['interleaved', 'shuffled', 'sequential'])
      expect(expand(suite({ matrix: axes(16), order })).points).toHaveLength(65_536);
  });
});

describe('the order of interleaved points', () => {
  const suite = { base: { workload: 'noop' }, matrix: { n: { a: { jobs: 1 }, b: { jobs: 2 } } } };
  const order = (content: object) =>
    points({ name: 's', ...suite, ...content }).map(({ id }) => id.replace('n-', ''));

  test('is one repetition after the other, each by chance, and the same again from the same seed', () => {
    const ran = order({ repetitions: 40 });
    expect(ran.map((id) => id.replace(/^.*r/, ''))).toEqual(
      Array.from({ length: 80 }, (_, i) => String((i >> 1) + 1)),
    );
    const firsts = ran.filter((id, i) => i % 2 === 0 && id.startsWith('a')).length;
    expect(firsts).toBeGreaterThan(10);
    expect(firsts).toBeLessThan(30);
    expect(order({ repetitions: 40 })).toEqual(ran);
    expect(order({ repetitions: 40, seed: 2 })).not.toEqual(ran);
    // a further repetition changes nothing of those before it
    expect(order({ repetitions: 41 }).slice(0, 80)).toEqual(ran);
  });

  test('of a single repetition is that of the suite', () => {
    for (const seed of [1, 2, 3]) expect(order({ seed })).toEqual(['a.r1', 'b.r1']);
  });
});

describe('what a suite leaves out', () => {
  test('an automatic period is half again the p99 of three hundred jobs, within half a minute', () => {
    const { auto, order, seed, repetitions } = expand({
      name: 's',
      include: [{ workload: 'noop' }],
    });
    expect(auto).toEqual({ factor: 1.5, jobs: 300, durationNs: 30e9 });
    expect({ order, seed, repetitions }).toEqual({ order: 'interleaved', seed: 1, repetitions: 1 });
  });
  test('priority is another name of fifo, and model of workload: both at once are a mistake', () => {
    const fifo = (options: object) =>
      points({ name: 's', include: [{ workload: 'noop', ...options }] })[0]?.definition.fifo;
    expect(fifo({ priority: 50 })).toBe(50);
    expect(() => fifo({ priority: 50, fifo: 60 })).toThrow('fifo is given twice');
    expect(() => fifo({ model: 'x.tflite' })).toThrow('workload is given twice');
    expect(fifo({})).toBeUndefined();
  });
});

test('a list of cores is excluded as one value, and a list of lists as any of them', () => {
  const cores = (exclude: object[]) =>
    points({
      name: 's',
      base: { workload: 'noop' },
      matrix: { cores: [[0, 1], [2], '0'] },
      exclude: exclude as never,
    }).map(({ parameters }) => parameters.cores);
  expect(cores([{ cores: [0, 1] }])).toEqual(['2', '0']);
  expect(cores([{ cores: [[0, 1], [2]] }])).toEqual(['0']);
});

test('a name of a file is short, and tells long names apart', () => {
  const ids = points({
    name: 's',
    base: { workload: 'noop' },
    matrix: { a: { ['x'.repeat(121)]: {}, [`${'x'.repeat(121)}y`]: {}, ['z'.repeat(120)]: {} } },
  }).map(({ id }) => id);
  expect(ids.map((id) => id.length)).toEqual([123, 123, 123]);
  expect(new Set(ids).size).toBe(3);
  expect(ids[2]).toBe(`${'z'.repeat(120)}.r1`);
});

describe('names that every object has already', () => {
  const bundles = { a: { us: 10 }, b: { us: 300 } };
  test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'an axis called %s is an axis like others',
    (name) => {
      const all = points(
        JSON.parse(
          JSON.stringify({ name: 's', base: { workload: 'spin' }, matrix: { [name]: bundles } }),
        ),
      );
      expect(all.map((point) => [point.name, point.parameters[name], point.definition.us])).toEqual(
        [
          ['a', 'a', 10],
          ['b', 'b', 300],
        ],
      );
      expect(mistake({ name: 's', matrix: { [name]: [1, 2] } }).message).toContain(
        `no option is called ${name}.`,
      );
      expect(
        mistake({
          name: 's',
          base: { workload: 'spin' },
          matrix: { k: bundles },
          exclude: [{ [name]: 'a' }],
        }).message,
      ).toContain(`the matrix has no axis called ${name}.`);
    },
  );
  test('__proto__ is refused', () => {
    const suite = JSON.parse(
      '{"name":"s","base":{"workload":"spin"},"matrix":{"__proto__":{"a":{},"b":{}}}}',
    );
    expect(mistake(suite).message).toMatch(/matrix\.__proto__: an axis of this name/);
    const label = JSON.parse(
      '{"name":"s","base":{"workload":"spin"},"matrix":{"x":{"__proto__":{"us":5},"b":{}}}}',
    );
    expect(points(label).map(({ parameters }) => parameters.x)).toEqual(['__proto__', 'b']);
  });
});

test.each<[string, object, string]>([
  ['an axis', { matrix: { 'a\u001b[31m': { x: {} } } }, '"a\\u001b[31m"'],
  ['a label', { matrix: { a: { 'x\u009b': {} } } }, 'control character'],
  ['a name', { include: [{ name: 'a\nb' }] }, '"a\\nb"'],
  ['a model', { include: [{ model: 'a\u0000.tflite' }] }, '"a\\u0000.tflite"'],
  ['a title', { title: 'a\u2028b', include: [{}] }, 'control character'],
])('a control character in %s is shown, not printed', (_what, content, words) => {
  const error = mistake({ name: 's', base: { workload: 'noop' }, ...content });
  expect(error.message).toContain(words);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(error.message).not.toMatch(/[\u0000-\u001f]/);
});

// biome-ignore-start lint/suspicious/noSparseArray: what a module may export
test.each<[string, object, string]>([
  ['points', { include: [, {}] }, 'include[0]:'],
  ['an axis', { matrix: { us: [1, , 2] } }, 'matrix.us[1]:'],
  ['matrices', { matrix: [{ us: [1] }, ,] }, 'matrix:'],
  ['what is left out', { include: [{}], exclude: [,] }, 'exclude[0]:'],
  ['the quick variant', { quick: { include: [,] } }, 'quick.include[0]:'],
])('a hole in the list of %s is named', (_what, content, words) => {
  const error = mistake({ name: 's', base: { workload: 'spin' }, ...content });
  expect(error.message.startsWith(words), error.message).toBe(true);
});
// biome-ignore-end lint/suspicious/noSparseArray: what a module may export

test('a description and a plugin’s arguments may have several lines', () => {
  expect(
    points({ name: 's', description: 'a\nb', include: [{ workload: 'p.so', args: 'a\tb\n' }] }),
  ).toHaveLength(1);
});

describe('whatever a suite holds', () => {
  const sound = {
    name: 's',
    title: 't',
    base: { jobs: 3, period: '1ms', events: 'none', sampler: { core: 1, intervalNs: 1000 } },
    matrix: { workload: ['noop', 'spin'], memory: { paged: { lockMemory: false }, locked: {} } },
    include: [{ workload: 'noop', name: 'one', period: 'auto', cores: [0, 1] }],
    exclude: [{ workload: 'noop', memory: ['paged'] }],
    repetitions: 2,
    order: 'shuffled',
    seed: 7,
    auto: { factor: 2, jobs: 5, duration: '1s' },
    quick: { base: { jobs: 1 }, matrix: { workload: ['noop'] }, repetitions: 1 },
  };
  type Path = (string | number)[];
  const places = (value: unknown, path: Path = []): Path[] => [
    path,
    ...(typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, part]) =>
          places(part, [...path, Array.isArray(value) ? Number(key) : key]),
        )
      : []),
  ];
  const replaced = (value: unknown, [head, ...rest]: Path, by: unknown): unknown => {
    if (head === undefined) return by;
    if (Array.isArray(value))
      return value.map((part, i) => (i === head ? replaced(part, rest, by) : part));
    const { [head]: part, ...others } = value as Record<string, unknown>;
    return { ...others, [head]: replaced(part, rest, by) };
  };
  const cyclic: unknown[] = [];
  cyclic.push(cyclic, { cyclic });
  const odd = fc.oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    }),
    fc.jsonValue(),
    fc.constantFrom<unknown>(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      1e300,
      2 ** 53,
      '',
      'auto',
      '../..',
      '\u0000',
      '__proto__',
      'constructor',
      Symbol('s'),
      () => 1,
      cyclic,
      { toString: 1 },
      Object.create(null),
      new Proxy({}, {}),
      JSON.parse('{"__proto__": {"a": {}}}'),
    ),
  );

  test('it is a suite, or the mistake is said in one line', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...places(sound)),
        fc.constantFrom(...places(sound)),
        odd,
        odd,
        (at, and, by, other) => {
          let suite = replaced(sound, at, by);
          try {
            suite = replaced(suite, and, other);
          } catch {
            // the second place has gone with the first
          }
          try {
            expect(expand(suite).points.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(SuiteError);
            expect((error as Error).message).toMatch(/^[^\n]+\.$/);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
