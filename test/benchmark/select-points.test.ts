import { describe, expect, test } from 'vitest';
import { expandSuite } from '../../src/benchmark/expand.js';
import { selectPoints } from '../../src/benchmark/select-points.js';
import { checkSuite, type Suite } from '../../src/benchmark/suite.js';
import { UsageError } from '../../src/kernel/errors.js';

const of = (suite: Suite) => expandSuite(checkSuite(suite)).points;
const nets = of({
  name: 's',
  matrix: { model: ['mobilenet_v1', 'mobilenet_v10', 'vgg16'], threads: [1, 12] },
});
const names = (points: ReturnType<typeof of>, ...patterns: string[]) =>
  selectPoints(points, patterns).map(({ name }) => name);
const chosen = (...patterns: string[]) => names(nets, ...patterns);

describe('a pattern without an axis', () => {
  test('is looked for anywhere in the name', () => {
    expect(chosen('vgg')).toEqual(['vgg16 1 thread', 'vgg16 12 threads']);
    expect(chosen('16 12')).toEqual(['vgg16 12 threads']);
    expect(chosen('VGG16 1 T')).toEqual(['vgg16 1 thread']);
  });
  test('or in the id, which has no blanks and counts repetitions', () => {
    expect(chosen('vgg16-12-threads.r1')).toEqual(['vgg16 12 threads']);
    expect(() => chosen('vgg16-12-threads.r2')).toThrow(/no point matches/);
  });
  test('its stars stand for anything, in order', () => {
    expect(chosen('v1*12')).toEqual(['mobilenet_v1 12 threads', 'mobilenet_v10 12 threads']);
    expect(() => chosen('thread*vgg')).toThrow(/no point matches/);
    expect(() => chosen('vgg*vgg')).toThrow(/no point matches/);
    expect(chosen('*')).toHaveLength(6);
  });
  test('capitals are small letters, in names, too', () => {
    const point = of({ name: 's', base: { workload: 'noop' }, matrix: { kind: { BIG: {} } } });
    expect(names(point, 'big')).toEqual(['BIG']);
    expect(names(point, 'kind=Big')).toEqual(['BIG']);
  });
  test('all else in it is itself', () => {
    expect(() => chosen('vgg.6')).toThrow(/no point matches/);
    expect(() => chosen('[v]gg16')).toThrow(/no point matches/);
  });
  test('alternatives are separated by commas', () => {
    expect(chosen('vgg16 1 t , v10 12')).toEqual(['mobilenet_v10 12 threads', 'vgg16 1 thread']);
  });
  test.each(['', ' ', 'vgg,', ','])('%j has nothing to look for', (pattern) => {
    expect(() => chosen(pattern)).toThrow(/has nothing to look for/);
  });
});

describe('AXIS=VALUE', () => {
  test('is the whole value, not a part', () => {
    expect(chosen('model=mobilenet_v1')).toEqual([
      'mobilenet_v1 1 thread',
      'mobilenet_v1 12 threads',
    ]);
    expect(() => chosen('model=mobilenet')).toThrow(/no point matches/);
    expect(() => chosen('threads=2')).toThrow(/no point matches/);
  });
  test('takes stars at both ends and within', () => {
    expect(chosen('model=*1', 'threads=1')).toEqual(['mobilenet_v1 1 thread']);
    // what stands at the end is not there once more
    expect(() => chosen('model=*1*1')).toThrow(/no point matches/);
    expect(chosen('model=mob*', 'threads=1')).toHaveLength(2);
    expect(chosen('model=m*v1', 'threads=1')).toEqual(['mobilenet_v1 1 thread']);
    expect(() => chosen('model=mobilenet_v1*1')).toThrow(/no point matches/); // the 1 counts once
    expect(chosen('model=*')).toHaveLength(6);
  });
  test('takes alternatives, and a value that holds commas', () => {
    expect(chosen('model=vgg16,mobilenet_v1', 'threads=1')).toHaveLength(2);
    const cores = of({ name: 's', base: { workload: 'noop' }, matrix: { cores: [[0, 1], [0]] } });
    expect(names(cores, 'cores=0,1')).toEqual(['cores 0,1', 'cores 0']);
    expect(
      names(
        of({ name: 's', base: { workload: 'noop' }, matrix: { cores: [[0, 1], [2]] } }),
        'cores=0,1',
      ),
    ).toEqual(['cores 0,1']);
  });
  test('an axis that no point has is named with those that there are', () => {
    expect(() => chosen('colour=red')).toThrow('no point has an axis called colour.');
    try {
      chosen('colour=red');
    } catch (error) {
      expect((error as UsageError).hint).toBe('Axes: model, threads.');
    }
    expect(() => chosen('constructor=red')).toThrow(/no axis|no point has an axis/);
    expect(() =>
      names(of({ name: 's', base: { workload: 'noop' }, include: [{}] }), 'a=b'),
    ).toThrow(UsageError);
  });
  test('a point without the axis does not match', () => {
    const mixed = of({
      name: 's',
      base: { workload: 'noop' },
      matrix: [{ kind: { undefined: { jobs: 2 } } }, { other: { b: { jobs: 3 } } }],
    });
    expect(names(mixed, 'kind=*')).toEqual(['undefined']);
    expect(names(mixed, 'kind=undefined')).toEqual(['undefined']);
  });
});

describe('several patterns', () => {
  test('must all match', () => {
    expect(chosen('v1', 'threads=12', 'v10')).toEqual(['mobilenet_v10 12 threads']);
    expect(() => chosen('vgg', 'mobilenet')).toThrow(
      'no point matches --only mobilenet and the others.',
    );
    expect(() => chosen('resnet')).toThrow('no point matches --only resnet.');
  });
  test('none is all', () => {
    expect(chosen()).toHaveLength(6);
  });
});

test('a pattern of many stars is answered at once', () => {
  const point = of({ name: 's', include: [{ workload: 'noop', name: 'a'.repeat(110) }] });
  // forty nested loops over the name, were it a regular expression
  expect(() => names(point, `${'a*'.repeat(40)}b`)).toThrow(/no point matches/);
});
