/** What `--dry-run` says: which points, in which order, why, and for how long. Nothing is run but what is timed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { checkSuite, type Suite } from '../../src/benchmark/suite.js';
import { type PlanOptions, planSweep } from '../../src/sweep/plan-sweep.js';
import { runSweep, suiteInMemory } from '../../src/sweep/run-sweep.js';
import { scratch } from '../cli/helpers.js';
import { forgetRuns, runs } from './fake-run.js';

vi.mock('../../src/run/run-benchmark.js', () => import('./fake-run.js'));

let folder: string;
let out: string;
let model: string;
beforeEach(() => {
  forgetRuns();
  folder = scratch();
  out = join(folder, 'results');
  model = join(folder, 'm.tflite');
  writeFileSync(model, 'model');
  writeFileSync(join(folder, 'engine.so'), 'engine');
  vi.stubEnv('ISOCHRON_ENGINE', join(folder, 'engine.so'));
});

const suite = (content: Omit<Suite, 'name'>) =>
  suiteInMemory(checkSuite({ name: 's', ...content } as Suite));
const plan = (content: Omit<Suite, 'name'>, options: PlanOptions = {}) =>
  planSweep(suite(content), { output: out, ...options });
const names = ({ points }: Awaited<ReturnType<typeof plan>>) => points.map(({ point }) => point.id);
const timed = () => runs.ran.map(({ name }) => name);

describe('a plan', () => {
  const both = { matrix: { workload: ['noop', 'spin'], us: [5] }, repetitions: 2 };

  test('has every point in the order in which a sweep runs it, and writes nothing', async () => {
    const planned = await plan(both);
    // one repetition after the other, each in an order of its own
    expect(names(planned)).toEqual([
      'spin-us-5.r1',
      'noop-us-5.r1',
      'spin-us-5.r2',
      'noop-us-5.r2',
    ]);
    expect(
      planned.points.every(({ run, again, problem }) => run && again === null && problem === null),
    ).toBe(true);
    expect(names(await plan({ ...both, order: 'sequential' }))).toEqual([
      'noop-us-5.r1',
      'noop-us-5.r2',
      'spin-us-5.r1',
      'spin-us-5.r2',
    ]);
    const shuffled = { ...both, order: 'shuffled', repetitions: 9 } as const;
    await runSweep(suite(shuffled), { output: join(folder, 'other') });
    const ran = runs.ran.map(({ output }) => output?.replace(/^.*\/|\.csv$/g, ''));
    expect(names(await plan(shuffled))).toEqual(ran);
    expect(existsSync(out)).toBe(false);
  });

  test('has only the points that are meant', async () => {
    expect(names(await plan(both, { only: ['spin', '*r2'] }))).toEqual(['spin-us-5.r2']);
    const quick = { ...both, quick: { repetitions: 1 } };
    expect(names(await plan(quick, { quick: true }))).toHaveLength(2);
    await expect(plan(both, { quick: true })).rejects.toThrow(/no quick variant/);
  });

  test('names the folder', async () => {
    expect((await plan(both)).folder).toBe(out);
    const folderOf = async (options: PlanOptions) =>
      (await planSweep(suite({ ...both, quick: {} }), options)).folder;
    expect(await folderOf({})).toBe(resolve('results/s'));
    expect(await folderOf({ quick: true })).toBe(resolve('results/s-quick'));
  });

  test('is refused where the sweep would be', async () => {
    await runSweep(suite(both), { output: out });
    await expect(plan(both)).rejects.toMatchObject({ code: 'E_SWEEP_THERE' });
    const planned = await plan(both, { resume: true });
    expect(planned.points.map(({ run }) => run)).toEqual([false, false, false, false]);
    expect(planned).toMatchObject({ seconds: 0, unknown: 0 });
  });

  test('says why a point is run again, and nothing of one that was never run', async () => {
    const of = (jobs: number) => ({
      base: { events: 'none' },
      include: [
        { workload: 'noop', name: 'a', jobs },
        { workload: 'noop', name: 'b' },
        { workload: 'noop', name: 'c' },
      ],
    });
    await runSweep(suite(of(5)), { output: out, only: ['a,b'] });
    const { points } = await plan(of(6), { resume: true });
    expect(points.map(({ run, again }) => [run, again])).toEqual([
      [true, 'its definition has changed'],
      [false, null],
      [true, null],
    ]);
  });

  test('names the points that will fail, and times none of them', async () => {
    const planned = await plan({
      include: [
        { workload: '/none.tflite', name: 'a' },
        { workload: 'no_such_network', name: 'b' },
        { workload: 'noop', name: 'c', jobs: 10, period: '1s' },
      ],
    });
    expect(planned.points.map(({ problem }) => problem)).toEqual([
      '/none.tflite does not exist',
      expect.stringContaining('no_such_network'),
      null,
    ]);
    expect(planned.points.map(({ seconds }) => seconds)).toEqual([null, null, 10.6]);
    expect(planned).toMatchObject({ seconds: 10.6, unknown: 0 });
    expect(timed()).toEqual([]);
  });
});

describe('its time', () => {
  /** Continuous runs of 1,000 jobs, whose length has to be found out. */
  const unknown = (more: object = {}) => ({
    base: { jobs: 1000 },
    matrix: { workload: [model], threads: [1, 2], period: [0] },
    ...more,
  });

  test('is found out by a few jobs of every benchmark that is not known, once for all repetitions', async () => {
    const told: unknown[] = [];
    const planned = await plan(unknown({ repetitions: 3 }), {
      onProgress: ({ phase, done, total }) => told.push([phase, done, total]),
    });
    expect(timed()).toEqual(['timing of m 2 threads period 0', 'timing of m 1 thread period 0']);
    expect(told).toEqual([
      ['timing m 2 threads period 0', 0, 2],
      ['timing m 1 thread period 0', 1, 2],
    ]);
    // 1,000 jobs of 1 ms, and what a process takes
    expect(planned.points.map(({ seconds }) => seconds)).toEqual(Array(6).fill(1.6));
    expect(planned.seconds).toBeCloseTo(9.6, 9);
    expect(planned.unknown).toBe(0);
  });

  test('is not known where nothing is measured, where that fails or is stopped', async () => {
    const none = { seconds: null, unknown: 2 };
    expect(await plan(unknown(), { measure: false })).toMatchObject(none);
    expect(timed()).toEqual([]);
    expect(await plan(unknown(), { signal: AbortSignal.abort() })).toMatchObject(none);
    expect(timed()).toEqual([]);
    const abort = new AbortController();
    runs.instead.set('timing of m 1 thread period 0', () => abort.abort());
    expect(await plan(unknown(), { signal: abort.signal })).toMatchObject({ unknown: 1 });
    expect(timed()).toHaveLength(1);
    for (const threads of ['1 thread', '2 threads'])
      runs.instead.set(`timing of m ${threads} period 0`, () => {
        throw new Error('gone');
      });
    expect(await plan(unknown())).toMatchObject(none);
  });

  test('of unknown points is taken at the mean of the others', async () => {
    runs.instead.set('timing of m 2 threads period 0', () => ({ status: 'interrupted' }));
    expect(await plan(unknown())).toMatchObject({ seconds: 3.2, unknown: 1 });
  });

  test('needs no network to be built for it', async () => {
    const built = { include: [{ workload: 'mobilenet_v1', jobs: 5 }] };
    vi.stubEnv('ISOCHRON_CACHE', join(folder, 'cache'));
    expect(await plan(built)).toMatchObject({ seconds: null, unknown: 1 });
    expect(timed()).toEqual([]);
  });

  test('is known from a calibration in the folder', async () => {
    const of = (period: 'auto' | number): Omit<Suite, 'name'> => ({
      include: [{ workload: model, name: 'p', jobs: 1000, period }],
      auto: { factor: 2 },
    });
    const auto = of('auto');
    await runSweep(suite(auto), { output: out });
    const manifest = join(out, 'manifest.json');
    const content = JSON.parse(readFileSync(manifest, 'utf8'));
    content.points[0].status = 'interrupted';
    writeFileSync(manifest, JSON.stringify(content));
    runs.ran = [];
    // 1,000 periods of 2 × 1 ms
    const { points } = await plan(auto, { resume: true });
    expect(points.map(({ seconds, again }) => [seconds, again])).toEqual([
      [2.6, 'was interrupted'],
    ]);
    expect(timed()).toEqual([]);
    // a point of the same name whose period is no longer automatic knows its jobs from it, too
    expect((await plan(of(0), { resume: true })).points[0]?.seconds).toBe(1.6);
    expect(timed()).toEqual([]);
  });
});
