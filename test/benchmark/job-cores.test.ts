/** Which cores a job has, whoever pinned it. */
import { describe, expect, test } from 'vitest';
import { coresAhead, jobCores } from '../../src/benchmark/job-cores.js';

describe('a job has', () => {
  test.each<[string, number[], number[] | null | undefined, number[]]>([
    ['the cores that it was told and granted', [1, 2], [1, 2], [1, 2]],
    ['all of them, though its thread is kept to the first', [1, 2], [1], [1, 2]],
    ['the one core that it was left, as if it had been told', [], [1], [1]],
    ['none of its own where it was left several', [], [1, 2], []],
    ['none of its own where it was told one and got others', [1], [0, 1], []],
    ['the one that it got instead of what it was told', [1], [0], [0]],
    ['what it was told, as long as nobody knows what it got', [1], null, [1]],
    ['what it was told, where that was not written down', [1], undefined, [1]],
    ['and where the list of it is lost', [1], [], [1]],
    ['none where nobody knows anything', [], null, []],
  ])('%s', (_what, asked, got, cores) => {
    expect(jobCores(asked, got && { cores: got, denied: [] })).toEqual(cores);
    expect(jobCores(asked, got && { cores: got })).toEqual(cores);
  });

  test('of several that were denied the one that it got, if it is one', () => {
    const denied = [{ what: 'affinity' }];
    expect(jobCores([0, 1], { cores: [1], denied })).toEqual([1]);
    expect(jobCores([0, 1, 2], { cores: [1, 2], denied })).toEqual([]);
    expect(jobCores([0, 1], { cores: [2, 3], denied })).toEqual([]);
    expect(jobCores([0, 1], { cores: [1], denied: [{ what: 'policy' }] })).toEqual([0, 1]);
  });
});

test.each<[string, number[], number[], number[], number[]]>([
  ['what it is told', [1], [0, 1, 2], [], [1]],
  ['what it is told, even where this thread may be elsewhere only', [1], [0], [], [1]],
  ['what it may have of that', [0, 1], [1], [0], [1]],
  ['the one core that there is for it', [], [2], [], [2]],
  ['the one core that there is for it, where it may not have what it is told', [1], [2], [1], [2]],
  ['none of its own among several', [], [1, 2], [], []],
])('a job that is not there yet will have %s', (_what, asked, allowed, denied, cores) => {
  expect(coresAhead(asked, allowed, (core) => !denied.includes(core))).toEqual(cores);
});
