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
  ])('%s', (_what, asked, granted, cores) => {
    expect(jobCores(asked, granted)).toEqual(cores);
  });
});

test.each<[string, number[], number[], number[]]>([
  ['what it is told', [1], [0, 1, 2], [1]],
  ['what it is told, even where this thread may be elsewhere only', [1], [0], [1]],
  ['the one core that there is for it', [], [2], [2]],
  ['none of its own among several', [], [1, 2], []],
])('a job that is not there yet will have %s', (_what, asked, allowed, cores) => {
  expect(coresAhead(asked, allowed)).toEqual(cores);
});
