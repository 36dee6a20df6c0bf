/** How points are run, how they fail and what is said, with runs that are over at once. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { ManifestPoint } from '../../src/formats/manifest.js';
import { IsochronError } from '../../src/kernel/errors.js';
import type { RunOptions } from '../../src/run/run-benchmark.js';
import { loadSuite } from '../../src/sweep/load-suite.js';
import { planSweep } from '../../src/sweep/plan-sweep.js';
import type { SweepOptions } from '../../src/sweep/run-sweep.js';
import { runs } from './fake-run.js';
import {
  edit,
  entry,
  file,
  manifest,
  one,
  out,
  passOf,
  points,
  resume,
  sweep,
} from './sweeping.js';

vi.mock('../../src/run/run-benchmark.js', () => import('./fake-run.js'));

describe('a point that fails', () => {
  const three = points([1, 2, 3].map((jobs) => ({ workload: 'noop', name: `p${jobs}`, jobs })));
  const throwing = (error: unknown) => () => {
    throw error;
  };

  test('by an error of ours is recorded, and the sweep goes on; --resume tries it again', async () => {
    runs.instead.set('p2', throwing(new IsochronError('E_NO_FILE', 'It is not there.', 'Look.')));
    const { outcomes } = await sweep(three);
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    expect(entry('p2')).toMatchObject({
      status: 'failed',
      error: { code: 'E_NO_FILE', message: 'It is not there.', hint: 'Look.' },
      valid: null,
    });
    runs.instead.clear();
    const again = await resume(three);
    expect(again.ran).toEqual(['p2']);
    expect(again.notes).toEqual(['2 of 3 points stand, 1 are run.']);
    expect(entry('p2')).toMatchObject({ status: 'done', error: null, attempts: 2 });
  });

  test('after it has begun keeps its reason and its verdict', async () => {
    const error = { code: 'E_CRASHED', message: 'It crashed.' };
    runs.instead.set('p2', () => ({ status: 'failed', error, verdict: { valid: false } }));
    const { outcomes } = await sweep(three);
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    expect(entry('p2')).toMatchObject({ status: 'failed', error, valid: false });
  });

  test('by a mistake of isochron’s own ends the sweep with it, and the manifest says so', async () => {
    const mistake = new TypeError('of its own');
    runs.instead.set('p2', throwing(mistake));
    await expect(sweep(three)).rejects.toBe(mistake);
    expect(manifest().points.map(({ status }) => status)).toEqual(['done', 'failed', 'pending']);
    expect(entry('p2').error).toMatchObject({ code: 'E_UNEXPECTED', message: 'of its own' });
    expect(existsSync(join(out, '.sweep.lock'))).toBe(false);
  });

  test('in a later pass is a failed point: its passes say which, and --resume runs it again', async () => {
    const error = { code: 'E_CRASHED', message: 'It crashed.' };
    const second = join(out, 'p2.r1.pass2.csv');
    runs.instead.set('p2', () => ({
      furtherPasses: [passOf(second, { status: 'failed', error, verdict: { valid: false } })],
    }));
    const { outcomes } = await sweep(three);
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    expect(entry('p2')).toMatchObject({
      status: 'failed',
      error,
      valid: false,
      passes: [
        { csv: 'p2.r1.csv', status: 'done', error: null, valid: true },
        { csv: 'p2.r1.pass2.csv', status: 'failed', error, valid: false },
      ],
    });
    expect(entry('p1').passes).toBeNull();
    runs.instead.set('p2', () => ({ passesLeft: 1 }));
    expect((await resume(three)).ran).toEqual(['p2']);
    // it was told to end between two of them: nothing failed, and it is not done
    expect(entry('p2')).toMatchObject({ status: 'interrupted', error: null });
    runs.instead.set('p2', () => ({ furtherPasses: [passOf(second)] }));
    expect((await resume(three)).ran).toEqual(['p2']);
    expect(entry('p2')).toMatchObject({ status: 'done', error: null, valid: true });
  });

  test.each(['E_OUTPUT', 'E_WRITE_FAILED'] as const)(
    'by %s, where the folder can be written all the same, is one point’s: the others go on',
    async (code) => {
      runs.instead.set('p2', throwing(new IsochronError(code, 'It can’t be written.')));
      const { outcomes } = await sweep(three);
      expect(outcomes.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    },
  );

  test('by what the file system says is one sentence, and the others go on', async () => {
    await sweep(three, { only: ['p1'] });
    // what rm can't remove: whoever made a folder of that name will want to know
    for (const name of ['p2.r1.csv', 'p3.r1.pass2.json'])
      mkdirSync(join(out, name, 'x'), { recursive: true });
    const { outcomes } = await resume(three);
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'failed', 'failed']);
    expect(entry('p2').error).toMatchObject({
      code: 'E_OUTPUT',
      message: `${join(out, 'p2.r1.csv')} is a folder.`,
    });
    expect(entry('p3').error?.message).toBe(`${join(out, 'p3.r1.pass2.json')} is a folder.`);
  });

  test.each(['E_DISK_FULL', 'E_ADDON_MISSING', 'E_ADDON_VERSION', 'E_BUSY'] as const)(
    '%s ends the sweep: going on would only fail again',
    async (code) => {
      for (const how of ['thrown', 'told'] as const) {
        rmSync(out, { recursive: true, force: true });
        const error = new IsochronError(code, 'No room.', 'Make some.');
        runs.instead.set(
          'p2',
          how === 'thrown'
            ? throwing(error)
            : () => ({
                status: 'failed',
                error: { code, message: 'No room.', hint: 'Make some.' },
              }),
        );
        await expect(sweep(three)).rejects.toMatchObject({
          code,
          message: 'The sweep stops at p2.r1: No room.',
          hint: 'Make some. Then go on with --resume.',
        });
        expect(manifest().points.map(({ status }) => status)).toEqual([
          'done',
          'failed',
          'pending',
        ]);
        // whatever the verdict of the run that failed was
        expect(manifest().points[1]?.valid).toBe(how === 'told' ? false : null);
      }
    },
  );

  test('interrupted: it and the rest are for later', async () => {
    const abort = new AbortController();
    runs.instead.set('p2', () => {
      abort.abort();
      return { status: 'interrupted' };
    });
    const { interrupted } = await sweep(three, { signal: abort.signal });
    expect(interrupted).toBe(true);
    expect(manifest().points.map(({ status }) => status)).toEqual([
      'done',
      'interrupted',
      'pending',
    ]);
  });
});

describe('an automatic period', () => {
  const auto = points([{ workload: 'm.tflite', name: 'one', period: 'auto', jobs: 5 }], {
    auto: { factor: 2, jobs: 7 },
  });
  beforeEach(() => file('m.tflite', 'model'));

  test('is a multiple of the p99 of a calibration', async () => {
    runs.jobNs = 1e6 - 0.25;
    const { ran } = await sweep(auto);
    expect(ran).toEqual(['timing of one', 'calibration of one', 'one']);
    expect(runs.ran[2]?.period).toBe('2000000ns');
    expect(entry('one').autoPeriodNs).toBe(2e6);
    expect(manifest().calibrations).toMatchObject([
      { name: 'one', jobs: 7, medianNs: runs.jobNs, p99Ns: runs.jobNs, maxNs: runs.jobNs },
    ]);
    expect(readFileSync(join(out, 'sweep.log'), 'utf8')).toContain(
      'calibrated one: median 1000000 ns, p99 1000000 ns, max 1000000 ns over 7 jobs\n',
    );
  });

  test('is measured once, and again when the model is another', async () => {
    await sweep(auto);
    edit(({ points: [point] }) => Object.assign(point as ManifestPoint, { status: 'interrupted' }));
    runs.jobNs = 5e6;
    await resume(auto);
    expect(runs.ran.at(-1)?.period).toBe('2000000ns');
    file('m.tflite', 'MODEL');
    await resume(auto);
    expect(runs.ran.at(-1)?.period).toBe('10000000ns');
    expect(manifest().calibrations).toHaveLength(1);
  });

  test('interrupted while it is measured: nothing is recorded', async () => {
    runs.instead.set('calibration of one', () => ({ status: 'interrupted' }));
    const { interrupted } = await sweep(auto);
    expect(interrupted).toBe(true);
    expect(entry('one')).toMatchObject({ status: 'interrupted', autoPeriodNs: null });
    expect(manifest().calibrations).toEqual([]);
  });
});

test('the time that is left is made anew when a point has ended, not with every row', async () => {
  const lefts: (number | null)[] = [];
  const suite = points(
    [1, 2].map((n) => ({ workload: 'noop', name: `p${n}`, period: '1s', jobs: 10 * n })),
  );
  for (const name of ['p1', 'p2'])
    runs.instead.set(name, (_definition, options) => {
      for (let i = 0; i < 3; i++)
        options.onProgress?.({ phase: 'running', done: i, total: 3, note: '' });
    });
  await sweep(suite, {
    onProgress: ({ secondsLeft, done, total }) => {
      expect(total).toBe(2);
      if (secondsLeft !== null) lefts.push(Math.round(secondsLeft / 10) * 10 + done);
    },
  });
  expect(new Set(lefts)).toEqual(new Set([30, 21]));
});

test('ten thousand points are planned, and a log that can’t be written stops nothing', async () => {
  const many = points(
    Array.from({ length: 10_000 }, (_, i) => ({
      workload: 'noop',
      name: `n${i}`,
      period: '1ms',
      jobs: 1,
    })),
  );
  const path = file('suite.json', JSON.stringify(many));
  const { points: planned, seconds } = await planSweep(await loadSuite(path), { output: out });
  expect(planned).toHaveLength(10_000);
  expect(seconds).toBeGreaterThan(1000);
  mkdirSync(out);
  mkdirSync(join(out, 'sweep.log'));
  expect((await sweep(many, { only: ['n17.r1'] })).ran).toEqual(['n17']);
  appendFileSync(join(out, 'n17.r1.csv'), '');
});

describe('what is said', () => {
  const twelve = (names: number) =>
    points(
      Array.from({ length: names }, (_, i) => ({
        workload: './m.tflite',
        name: `p${i}`,
        seed: i + 1,
      })),
      { title: 'Twelve', description: 'of one model' },
    );

  test('of points that have changed: ten by name, the rest by number; and which have left the suite', async () => {
    file('m.tflite', 'model');
    await sweep(twelve(14));
    file('m.tflite', 'MODEL');
    const { notes } = await resume(twelve(13));
    expect(notes.filter((note) => note.includes('is run again: its model'))).toHaveLength(10);
    expect(notes.slice(10)).toEqual([
      '3 more points are run again, for they have changed.',
      'The point p13.r1 is no longer in the suite; what they left stays in the folder.',
      '0 of 13 points stand, 13 are run.',
    ]);
    file('m.tflite', 'third');
    const fewer = await resume(twelve(10));
    expect(fewer.notes.slice(10)).toEqual([
      '3 points are no longer in the suite; what they left stays in the folder.',
      '0 of 10 points stand, 10 are run.',
    ]);
  });

  test('where an earlier part was run by another version, and nothing where the version is not known', async () => {
    await sweep(points([{ workload: 'noop', name: 'one' }]));
    const { startedAt, tool } = manifest();
    expect(tool).toMatchObject({ name: 'isochron', node: process.versions.node });
    edit((content) => Object.assign(content, { tool: { ...tool, version: '0.0.9' } }));
    const again = await resume(points([{ workload: 'noop', name: 'one' }]));
    expect(again.notes[0]).toBe(
      `Earlier points were run by isochron 0.0.9, and this is ${tool?.version}.`,
    );
    expect(manifest().startedAt).toBe(startedAt);
    edit((content) => Object.assign(content, { tool: undefined }));
    expect((await resume(points([{ workload: 'noop', name: 'one' }]))).notes).toEqual([
      '1 of 1 points stand, 0 are run.',
    ]);
  });

  test('of points that can not run, before anything has run, in words for one and for several', async () => {
    const { notes } = await sweep(
      points([
        { workload: './none.tflite', name: 'a', threads: 1 },
        { workload: './none.tflite', name: 'b', threads: 2 },
        { workload: './gone.tflite', name: 'c' },
        { workload: 'noop', name: 'd' },
      ]),
    );
    expect(notes).toEqual([
      expect.stringMatching(/^2 points will fail: .*none\.tflite does not exist\.$/),
      expect.stringMatching(/^1 point will fail: .*gone\.tflite does not exist\.$/),
    ]);
  });

  test('by a run at once and by several is told once; what it only notes goes to the log', async () => {
    for (const name of ['a', 'b'])
      runs.instead.set(name, (_definition, options) => {
        options.onNote?.('somebody else owns it', true);
        options.onNote?.(`just so, ${name}`);
      });
    const told: [string, boolean | undefined][] = [];
    await sweep(
      points([
        { workload: 'noop', name: 'a' },
        { workload: 'noop', name: 'b', jobs: 5 },
      ]),
      {
        onNote: (note, urgent) => told.push([note, urgent]),
      },
    );
    expect(told).toEqual([['somebody else owns it', true]]);
    const log = readFileSync(join(out, 'sweep.log'), 'utf8');
    for (const line of [
      'a.r1: somebody else owns it',
      'b.r1: somebody else owns it',
      'b.r1: just so, b',
    ])
      expect(log).toContain(line);
  });

  test('of how far a point is: what its run says, or its jobs', async () => {
    runs.instead.set('a', (_definition, options) => {
      options.onProgress?.({ phase: 'running', done: 3, total: 8, note: '' });
      options.onProgress?.({ phase: 'running', done: 3, total: null, note: '' });
      options.onProgress?.({ phase: 'running', done: 3, total: 8, note: '0 missed' });
    });
    const notes: string[] = [];
    await sweep(points([{ workload: 'noop', name: 'a' }]), {
      onProgress: ({ phase, note }) => phase === 'running' && notes.push(note),
    });
    expect(notes.slice(0, 3)).toEqual(['3/8', '', '0 missed']);
  });
});

test('the progress of a sweep has the misses of all its points, the one that runs included, and those that failed', async () => {
  const ran =
    (misses: number | null, more: object = {}) =>
    (_: unknown, options: RunOptions) => {
      options.onProgress?.({
        ...{ phase: 'running', done: 1, total: 2, note: '' },
        deadlineMisses: misses,
      });
      return {
        summary: { elapsed: { median: 1, bounds: {} }, deadlineMisses: misses, counts: {} },
        ...more,
      };
    };
  runs.instead.set('a', ran(null)); // without a deadline
  runs.instead.set(
    'b',
    ran(3, { furtherPasses: [passOf('b', { summary: { deadlineMisses: 2 } })] }),
  );
  runs.instead.set('c', () => {
    throw new IsochronError('E_NO_FILE', 'It is not there.');
  });
  // what a calibration misses is none of the point's
  runs.instead.set('calibration of d', ran(70));
  runs.instead.set('d', ran(10));
  const states: string[] = [];
  const suite = points([
    ...['a', 'b', 'c'].map((name) => ({ workload: 'noop', name })),
    { workload: 'spin', us: 10, name: 'd', period: 'auto', jobs: 5 },
  ]);
  await sweep(suite, {
    onProgress: ({ point, phase, done, deadlineMisses, failed }) =>
      states.push(`${point} ${phase} ${done}: ${deadlineMisses} missed, ${failed} failed`),
  });
  expect(states).toContain('a running 0: null missed, 0 failed');
  expect(states).toContain('b starting 1: null missed, 0 failed');
  expect(states).toContain('b running 1: 3 missed, 0 failed');
  expect(states).toContain('c starting 2: 5 missed, 0 failed');
  expect(states).toContain('d starting 3: 5 missed, 1 failed');
  expect(states).toContain('d calibrating 3: 5 missed, 1 failed');
  expect(states).toContain('d running 3: 15 missed, 1 failed');
});

test('a sweep that is ended before its first point runs none, and its log says so', async () => {
  const { ran, interrupted } = await sweep(one, { signal: AbortSignal.abort() });
  expect([ran, interrupted]).toEqual([[], true]);
  expect(readFileSync(join(out, 'sweep.log'), 'utf8')).toContain('interrupted');
  expect(manifest().points.map(({ status }) => status)).toEqual(['pending', 'pending']);
});

test('a point is run with the ways of ending it that the sweep has', async () => {
  const given: RunOptions[] = [];
  const [stop, kill] = [new AbortController(), new AbortController()];
  const onWaiting = vi.fn();
  for (const name of ['calibration of a', 'a'])
    runs.instead.set(name, (_definition, run) => {
      given.push(run);
      run.onWaiting?.(`waiting for ${name}`);
    });
  const suite = points([{ workload: 'spin', us: 10, name: 'a', period: 'auto', jobs: 5 }]);
  await sweep(suite, { signal: stop.signal, kill: kill.signal, onWaiting });
  expect(onWaiting.mock.calls).toEqual([['waiting for calibration of a'], ['waiting for a']]);
  const ended = () => given.map(({ signal, kill }) => [signal?.aborted, kill?.aborted]);
  expect(ended()).toEqual([
    [false, false],
    [false, false],
  ]);
  stop.abort();
  kill.abort();
  expect(ended()).toEqual([
    [true, true],
    [true, true],
  ]);
});

test('a function of the caller’s that fails later ends the sweep with its reason; the point that runs then is for later', async () => {
  const suite = points([1, 2, 3].map((n) => ({ workload: 'noop', name: `p${n}`, jobs: n })));
  let fail = () => {};
  const upload = new Promise<void>((_resolve, reject) => {
    fail = () => reject(new Error('my upload failed'));
  });
  runs.instead.set('p2', async (_definition, { signal }) => {
    const ended = new Promise((resolve) => signal?.addEventListener('abort', resolve));
    fail();
    await ended;
    return { status: 'interrupted' };
  });
  // what is given back is not waited for before the next point begins
  const onPoint = (({ name }) => (name === 'p1' ? upload : undefined)) as SweepOptions['onPoint'];
  await expect(sweep(suite, { onPoint, signal: new AbortController().signal })).rejects.toThrow(
    'my upload failed',
  );
  expect(manifest().points.map(({ status }) => status)).toEqual(['done', 'interrupted', 'pending']);
});

test('an entry says how long its point took, how long its rows are and whether they are valid', async () => {
  const { outcomes } = await sweep(points([{ workload: 'noop', name: 'a' }]));
  expect(entry('a').csvBytes).toBe(statSync(join(out, 'a.r1.csv')).size);
  const [{ seconds, valid } = { seconds: null, valid: null }] = outcomes;
  expect(valid).toBe(true);
  expect(outcomes).toMatchObject([{ medianNs: 1e6, p99Ns: 1e6, p99BoundNs: 2e6 }]);
  expect(seconds).toBeGreaterThanOrEqual(0);
  expect(seconds).toBeLessThan(3600);
});
