import { expect, test } from 'vitest';
import { PrecisionGoal } from '../../src/metrics/precision.js';
import { verdict } from '../../src/metrics/verdict.js';
import { clean } from './judged.js';

/** Takes turns about 1000, ±`by`. */
function added(goal: PrecisionGoal, n: number, by: number): PrecisionGoal {
  for (let i = 0; i < n; i++) goal.add(1000 + by * (((i * 7919) % 101) / 50 - 1));
  return goal;
}

test('a goal is reached at 100 jobs at the earliest, however alike they are', () => {
  const goal = new PrecisionGoal(0.01);
  expect(added(goal, 99, 1).enough()).toBe(false);
  expect(added(goal, 1, 1).enough()).toBe(true);
  expect(goal.finish()).toMatchObject({ goal: 0.01, reached: true, stoppedAt: 100, jobs: 100 });
});

test('between two looks a quarter more jobs come', () => {
  const goal = added(new PrecisionGoal(0.001), 100, 500);
  expect(goal.enough()).toBe(false);
  const { share } = goal;
  added(goal, 24, 0);
  expect(goal.enough()).toBe(false);
  expect(goal.share).toBe(share);
  added(goal, 1, 0);
  goal.enough();
  expect(goal.share).not.toBe(share);
});

test('jobs that come after it was reached count in the end, and it stays reached', () => {
  const goal = added(new PrecisionGoal(0.01), 100, 1);
  expect(goal.enough()).toBe(true);
  added(goal, 60, 900);
  expect(goal.enough()).toBe(true);
  expect(goal.finish()).toMatchObject({ reached: true, stoppedAt: 100, jobs: 160 });
});

test('no jobs are a goal that was not reached, with nothing told of the median', () => {
  expect(new PrecisionGoal(0.01).finish()).toEqual({
    ...{ goal: 0.01, reached: false, stoppedAt: null, jobs: 0 },
    ...{ share: null, low: null, high: null, independent: null },
  });
});

test.each([
  [
    { reached: true, stoppedAt: 400, share: 0.009 },
    /^Stopped after 1001 jobs: ± 0\.900 % \(95 % interval of the median: 99 ns to 101 ns\), within the ± 1\.00 % of --until-ci\.$/,
  ],
  [{ reached: true, stoppedAt: null, share: 0.009 }, /^After 1001 jobs: ± 0\.900 %/],
  [{ reached: true, stoppedAt: 400, share: 0.011 }, /and at 400 within the ± 1\.00 %/],
  [
    { reached: false, stoppedAt: null, share: 0.014 },
    /^The ± 1\.00 % of --until-ci was not reached within 1001 jobs: ± 1\.40 %/,
  ],
  [
    { reached: false, stoppedAt: null, share: 0.009, independent: 41 },
    /believed only of 100 independent jobs, and these 1001 jobs weigh as much as 41: ± 0\.900 % .* is not taken for reached/,
  ],
  [
    { reached: false, stoppedAt: null, share: null },
    /not reached within 1001 jobs: no interval can be told\.$/,
  ],
])('the verdict says whether it was reached: %j', (found, words) => {
  const precision = {
    ...{ goal: 0.01, jobs: 1000, low: 99, high: 101, independent: 300 },
    ...found,
  };
  const { notes, valid } = verdict({ ...clean, precision });
  expect(valid).toBe(true);
  expect(notes.find(({ code }) => code === 'until_ci')?.message).toMatch(words);
});
