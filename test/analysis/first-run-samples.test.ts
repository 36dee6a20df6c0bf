/** From a folder of results to the samples of a first run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it as test } from 'vitest';
import { firstRunSamples } from '../../src/analysis/first-run-samples.js';
import { type RunSketch, scratch, writeManifest, writeRun } from './helpers.js';

let folder: string;
beforeEach(() => {
  folder = scratch();
});

/** One point of the sweep, whose JSON is then changed. */
function point(id: string, sketch: Partial<RunSketch>, change: object = {}): void {
  const path = join(folder, id);
  writeRun(path, { elapsed: [30, 10, 12, 20, 14], ...sketch });
  const json = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
  writeFileSync(`${path}.json`, JSON.stringify({ ...json, ...change }));
}
const plan = (more: object) => ({ plan: { workload: null, cores: [2], cold: false, ...more } });
const manifest = (...parameters: object[]) =>
  writeManifest(folder, {
    suite: 'first-run',
    points: parameters.map((p, i) => ({
      id: `p${i}`,
      name: `p${i}`,
      parameters: p,
      repetition: i,
    })),
  });
const only = async () => {
  const { samples } = await firstRunSamples(folder);
  expect(samples).toHaveLength(1);
  return samples[0] as NonNullable<(typeof samples)[number]>;
};

test('a sample is the first job that counts and the medians of those after it', async () => {
  point('p0', { counters: 2 }, { ...plan({}), workload: { tflite: { stages: { loadModel: 5 } } } });
  manifest({ treatment: 'warm', xnnpack: true });
  expect(await only()).toMatchObject({
    xnnpack: true,
    treatment: 'warm',
    repetition: 0,
    first: {
      elapsedNs: 30,
      cpuNs: 30,
      minorFaults: 0,
      counters: { l1d_cache: 60, cpu_cycles: 360 },
    },
    later: { elapsedNs: 13, cpuNs: 13, counters: { l1d_cache: 26 } },
    stages: { loadModel: 5 },
  });
  // between 14 and 20, at rank 2.7
  expect((await only()).laterP90Ns).toBeCloseTo(18.2, 9);
});

test('warm-up comes before the first job that counts, and what was not counted is not 0', async () => {
  point('p0', { warmup: 1, counters: null });
  manifest({ treatment: 'warmed up' });
  expect(await only()).toMatchObject({
    xnnpack: false,
    first: { elapsedNs: 10, counters: { l1d_cache: null } },
    later: { elapsedNs: 14, counters: { l1d_cache: null } },
    stages: {},
    frequency: null,
  });
});

test('runs that are none of the sweep are passed over, and those that are not there are named', async () => {
  point('p0', {});
  point('p1', { elapsed: [30, 10] });
  point('p2', { status: 'failed' });
  point('p3', { status: 'interrupted' });
  point('p4', { elapsed: [30, 10, 10], warmup: 3 });
  point('stray', {});
  manifest({ treatment: 'a' }, ...Array(4).fill({ treatment: 'b' }), { treatment: 'c' });
  const { samples, missing } = await firstRunSamples(folder);
  expect(samples.map(({ treatment }) => treatment)).toEqual(['a']);
  expect(missing).toEqual([
    'p5: it has not run',
    'p1: it has too few jobs',
    'p2: The engine crashed.',
    'p3: interrupted',
    'p4: it has too few jobs',
  ]);
});

test('a JSON that tells little more than what was run gives a sample of what its rows tell', async () => {
  const sketch = { elapsed: [30, 10, 12, 20, 14] };
  writeRun(join(folder, 'p0'), sketch);
  writeRun(join(folder, 'p1'), sketch);
  const file = { format: 'isochron-run', version: 1, status: 'done' };
  writeFileSync(join(folder, 'p0.json'), JSON.stringify(file));
  writeFileSync(join(folder, 'p1.json'), 'no JSON');
  manifest({ treatment: 'warm' }, { treatment: 'warm' });
  const { samples, missing } = await firstRunSamples(folder);
  expect(samples).toMatchObject([{ cold: false, stages: {}, frequency: null }]);
  expect(samples[0]?.first).toMatchObject({ elapsedNs: 30, counters: {} });
  expect(missing).toEqual(['p1: unknown']);
});

describe('a start was cold', () => {
  const file = (residentBytes: number) => ({ path: '/m', bytes: 1000, residentBytes });
  test.each<[why: string, json: object, cold: boolean]>([
    ['if all files were dropped, and reading them made faults', {}, true],
    ['though a twentieth stayed', { fileCache: [file(0), file(50)] }, true],
    ['but not if more did, of any file', { fileCache: [file(0), file(51)] }, false],
    ['nor if nothing came from the disk', { initFaults: { minor: 9, major: 0 } }, false],
    ['nor if that is not known', { initFaults: null }, false],
    ['nor if it is not known what stayed', { fileCache: null }, false],
    ['nor if nobody tells', { fileCache: undefined, initFaults: undefined }, false],
    ['nor if what stayed is told of some files only', { fileCache: [file(0), {}] }, false],
    ['nor if it was not asked for', plan({ cold: false }), false],
  ])('%s', async (_why, json, cold) => {
    point(
      'p0',
      {},
      {
        ...plan({ cold: true }),
        fileCache: [file(0)],
        initFaults: { minor: 9, major: 1 },
        ...json,
      },
    );
    manifest({ treatment: 'untreated' });
    expect((await only()).cold).toBe(cold);
  });
});

describe('the frequency', () => {
  const cores = (...khz: (number | null)[]) => ({
    cores: khz.map((frequencyKhz, i) => ({ core: i + 1, frequencyKhz })),
  });
  test.each<[why: string, json: object, frequency: object | null]>([
    [
      'is that of the job’s core',
      { before: cores(1, 5), after: cores(2, 6) },
      { beforeKhz: 5, afterKhz: 6 },
    ],
    ['is not known before the run', { before: cores(1, null), after: cores(2, 6) }, null],
    ['is not known after it', { before: cores(1, 5), after: cores(2) }, null],
    ['is not known of a run that was killed', { before: cores(1, 5), after: null }, null],
    ['is not known where nobody tells', { before: undefined, after: undefined }, null],
  ])('%s', async (_why, json, frequency) => {
    point('p0', {}, { ...plan({}), ...json });
    manifest({ treatment: 'warm' });
    expect((await only()).frequency).toEqual(frequency);
  });
});
