import { beforeEach, describe, expect, test, vi } from 'vitest';
import { expandSuite, type Point } from '../../src/benchmark/expand.js';
import type { Assignment } from '../../src/benchmark/suite.js';
import { calibrate, probeJobs } from '../../src/sweep/calibrate-period.js';
import { forgetRuns, runs } from './fake-run.js';

vi.mock('../../src/run/run-benchmark.js', () => import('./fake-run.js'));

const AUTO = { factor: 2, jobs: 7, durationNs: 4e9 };
const point = (options: Assignment = {}) =>
  expandSuite({
    name: 's',
    include: [{ workload: 'spin', name: 'p', us: 5, period: 'auto', ...options }],
  }).points[0] as Point;
const summary =
  (elapsed: object, inStatistics = 7) =>
  () => ({
    summary: { elapsed: { median: 1e6, p99: 1e6, max: 1e6, ...elapsed }, counts: { inStatistics } },
  });

beforeEach(() => {
  forgetRuns();
});

describe('the jobs that only find out how far apart the measured ones must be', () => {
  // a real-time thread that never sleeps would be throttled, or take the core from all else
  test.each<Assignment>([
    { fifo: 90 },
    { rr: 90 },
    { schedDeadline: { runtimeNs: 1, deadlineNs: 2, periodNs: 3 } },
  ])('run one after the other without %j', async (policy) => {
    await probeJobs(point({ ...policy, cores: [0], period: '1ms', deadline: '1ms', cold: true }));
    expect(runs.ran).toEqual([
      {
        name: 'timing of p',
        workload: 'spin',
        us: 5,
        cores: [0],
        jobs: 3,
        warmup: 1,
        events: 'none',
        requireEvents: false,
      },
    ]);
  });
});

describe('the jobs that are measured', () => {
  test('leave half of the time free, under the point’s own policy', async () => {
    runs.instead.set('timing of p', summary({ max: 3e6 }));
    await calibrate(
      point({
        fifo: 90,
        cores: [0],
        deadline: '1s',
        jobs: 5000,
        warmup: 9,
        duration: '9s',
        overrun: 'stop',
        cold: true,
        sampler: { core: 1, intervalNs: 5 },
        eventPasses: true,
        events: 'rtbench',
        requireEvents: true,
        dumpOutput: 'x',
      }),
      AUTO,
    );
    expect(runs.ran[1]).toEqual({
      name: 'calibration of p',
      workload: 'spin',
      us: 5,
      fifo: 90,
      cores: [0],
      period: '6000000ns', // twice the slowest
      jobs: 7,
      duration: '4000000000ns',
      warmup: 1,
      events: 'none',
      requireEvents: false,
    });
  });

  test('are a microsecond long at least, for a timer can’t do better', async () => {
    for (const max of [0, 10, null]) {
      runs.ran = [];
      runs.instead.set('timing of p', summary({ max }));
      await calibrate(point(), AUTO);
      expect(runs.ran[1]?.period).toBe('2000ns');
    }
  });

  test('give median, p99 and maximum, and say of how many jobs', async () => {
    runs.instead.set('calibration of p', summary({ median: 2e6, p99: null, max: 4e6 }, 6));
    expect(await calibrate(point(), AUTO)).toMatchObject({
      name: 'p',
      jobs: 6,
      medianNs: 2e6,
      p99Ns: null,
      maxNs: 4e6,
      content: { model: null, engine: null, plugin: null, inputs: [] },
    });
  });

  test('that are too few to tell anything are an error with what to do', async () => {
    runs.instead.set('calibration of p', summary({ median: null, p99: null, max: null }, 0));
    await expect(calibrate(point(), AUTO)).rejects.toMatchObject({
      code: 'E_CALIBRATION',
      message: 'The calibration of p ended before a second job.',
      hint: expect.stringContaining('auto.duration'),
    });
  });

  test.each(['timing of p', 'calibration of p'])('%s: failed or interrupted', async (name) => {
    const error = { code: 'E_CRASHED', message: 'It crashed.', hint: 'Look.' };
    runs.instead.set(name, () => ({ status: 'failed', error }));
    await expect(calibrate(point(), AUTO)).rejects.toMatchObject(error);
    runs.instead.set(name, () => ({ status: 'failed', error: null }));
    await expect(calibrate(point(), AUTO)).rejects.toMatchObject({
      code: 'E_CALIBRATION',
      message: `The calibration ${name} failed.`,
    });
    runs.instead.set(name, () => ({ status: 'interrupted', summary: { elapsed: {}, counts: {} } }));
    expect(await calibrate(point(), AUTO)).toBeNull();
  });

  test('are told of, and can be interrupted', async () => {
    const { signal } = new AbortController();
    const told: string[] = [];
    runs.instead.set('calibration of p', (_definition, options) => {
      expect(options.signal).toBe(signal);
    });
    await calibrate(point(), AUTO, { signal, onProgress: ({ phase }) => told.push(phase) });
    expect(told).toEqual(['running', 'running']);
  });
});
