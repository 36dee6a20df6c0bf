/** A suite in one line. */
import { expect, test } from 'vitest';
import { expandSuite } from '../../src/benchmark/expand.js';
import { SEVERAL, takesSeveral } from '../../src/benchmark/run-options.js';
import { suiteOfVariants, type Variants } from '../../src/benchmark/variants.js';

const names = (base: Variants['base'], varied: Record<string, (string | number | boolean)[]>) =>
  expandSuite(suiteOfVariants({ base, varied: new Map(Object.entries(varied)) })).points.map(
    ({ name }) => name,
  );

test('is every combination, each called by what varies', () => {
  expect(
    names(
      { jobs: 5 },
      { workload: ['m.tflite', 'n.tflite'], xnnpack: [false, true], threads: [1] },
    ),
  ).toEqual([
    'm no xnnpack 1 thread',
    'm xnnpack 1 thread',
    'n no xnnpack 1 thread',
    'n xnnpack 1 thread',
  ]);
});

test('has its paths for names where files are called the same', () => {
  expect(names({}, { workload: ['a/m.tflite', 'm.tflite', 'n.tflite'] })).toEqual([
    ...['a/m.tflite', 'm.tflite', 'n.tflite'],
  ]);
});

test('without an axis is called by the name that is given', () => {
  expect(names({ workload: 'noop', name: 'mine' }, {})).toEqual(['mine']);
});

test('ends: each of its runs has jobs, a time, or a median to be known', () => {
  const endless = { workload: 'noop', jobs: 0 };
  expect(() => names(endless, { warmup: [0, 1] })).toThrow(/without an end/);
  expect(names({ ...endless, duration: '1s' }, { warmup: [0, 1] })).toHaveLength(2);
  expect(names({ ...endless, untilCi: '1%' }, { warmup: [0, 1] })).toHaveLength(2);
});

test('options of which one value may hold a comma have no several', () => {
  const one = ['cores', 'events', 'engine', 'inputs', 'args', 'name', 'output', 'dumpOutput'];
  expect([...SEVERAL.keys()].filter((field) => one.includes(field))).toEqual([]);
  expect([...SEVERAL.keys()]).toEqual(
    expect.arrayContaining(['period', 'jobs', 'overrun', 'xnnpack', 'threads', 'size']),
  );
  expect(takesSeveral('text')).toBe(false);
});
