/** The line of progress of a sweep. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { stateInWords } from '../../src/cli/carry-out.js';
import { scratch } from './helpers.js';

const state = {
  ...{ done: 1, total: 3, secondsLeft: 9, deadlineMisses: null, failed: 0 },
  ...{ jobsDone: null, jobsTotal: null },
  ...{ point: 'a', phase: 'running a', note: '3/8' },
};

test('has what came of the whole sweep first, and leaves out what there is none of', () => {
  expect(stateInWords(state)).toBe('a: running 3/8');
  expect(stateInWords({ ...state, deadlineMisses: 0 })).toBe('0 missed in all | a: running 3/8');
  expect(stateInWords({ ...state, failed: 2 })).toBe('2 failed | a: running 3/8');
  expect(
    stateInWords({ ...state, deadlineMisses: 5, failed: 1, phase: 'calibrating', note: '' }),
  ).toBe('5 missed in all, 1 failed | a: calibrating');
});

test('on a terminal is one line with points, time left and misses', ({ skip }) => {
  if (spawnSync('script', ['--version']).status !== 0) return skip('there is no script(1)');
  const out = join(scratch(), 'r');
  const words = `run spin --us 100,200 -p 5ms -t 400 --events none -o ${out}`;
  const { stdout, status } = spawnSync(
    'script',
    [
      '-qec',
      `stty cols 100; ${process.execPath} ${resolve('dist/cli/main.js')} ${words}`,
      '/dev/null',
    ],
    { encoding: 'utf8', env: { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8', NO_COLOR: '1' } },
  );
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/points [█░]+ 0\/2 \d+ s left \d+ missed in all \| us 100: running/);
  expect(stdout).toMatch(/points [█░]+ 1\/2 \d+ s left \d+ missed in all \| us 200: running/);
});
