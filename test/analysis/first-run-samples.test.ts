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
  expect([...Array.from((await only()).laterNs)]).toEqual([10, 12, 20, 14]);
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
    { name: 'p5', reason: 'it has not run' },
    { name: 'p1', reason: 'it has too few jobs' },
    { name: 'p2', reason: 'The engine crashed.' },
    { name: 'p3', reason: 'interrupted' },
    { name: 'p4', reason: 'it has too few jobs' },
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
  expect(missing).toEqual([{ name: 'p1', reason: 'unknown' }]);
});

/** What the kernel granted. */
const granted = (denied: object[] = [], prefaultedBytes: number | null = null) => ({
  policy: 'fifo',
  priority: 90,
  cores: [2],
  memoryLocked: false,
  prefaultedBytes,
  dmaLatencyHeld: true,
  timerSlackNs: 1,
  stackPrefaultBytes: 0,
  denied,
});
const locked = (lockedBytes: number) => ({
  finished: { locked: { lockedBytes, eligibleBytes: 10_000_000, unlocked: [] } },
});
const NO_LOCK = {
  what: 'memory',
  code: 'E_MEMORY_LOCK_DENIED',
  message: 'Memory was not locked: its limit is 64 KiB.',
  hint: 'Raise it.',
};

describe('a run is a process of its treatment', () => {
  test.each<[why: string, treatment: string, warmup: number, json: object, reason: RegExp | null]>([
    ['if its memory was locked', 'locked', 0, { granted: granted(), ...locked(10_000_000) }, null],
    [
      'though a little came too late',
      'locked',
      0,
      { granted: granted(), ...locked(9_500_000) },
      null,
    ],
    [
      'but not if more did',
      'locked',
      0,
      { granted: granted(), ...locked(9_499_999) },
      /500 kB of 10\.0 MB were not locked/,
    ],
    [
      'nor if the lock was denied',
      'locked',
      0,
      { granted: granted([NO_LOCK]) },
      /not tried.*limit is 64 KiB\. Raise it\./,
    ],
    [
      'nor if it was denied beside a warm-up',
      'recommended',
      1,
      { granted: granted([NO_LOCK]) },
      /limit is 64 KiB/,
    ],
    [
      'nor if nothing shows that it is locked',
      'locked',
      0,
      { granted: granted(), finished: { locked: null } },
      /nothing shows/,
    ],
    ['nor if nobody tells what was granted', 'locked', 0, {}, /nothing shows/],
    [
      'if it was warmed up and locked',
      'recommended',
      1,
      { granted: granted(), ...locked(10_000_000) },
      null,
    ],
    [
      'but not if it was locked only',
      'recommended',
      0,
      { granted: granted(), ...locked(10_000_000) },
      /no warm-up job/,
    ],
    ['if it was warmed up', 'warmed up', 1, {}, null],
    ['but not if it was not', 'warmed up', 0, {}, /no warm-up job/],
    ['if memory was made present', 'prefaulted', 0, { granted: granted([], 4096) }, null],
    [
      'but not if none was',
      'prefaulted',
      0,
      { granted: granted([], 0) },
      /no memory was made present/,
    ],
    ['nor if nobody tells', 'prefaulted', 0, {}, /no memory was made present/],
    ['whatever it did not ask for', 'warm', 0, { granted: granted() }, null],
  ])('%s', async (_why, treatment, warmup, json, reason) => {
    point('p0', { warmup }, json);
    point('p1', {});
    manifest({ treatment }, { treatment: 'untreated' });
    const { samples, missing } = await firstRunSamples(folder);
    expect(samples.map((sample) => sample.treatment)).toEqual(
      reason === null ? [treatment, 'untreated'] : ['untreated'],
    );
    expect(missing).toEqual(
      reason === null ? [] : [{ name: 'p0', reason: expect.stringMatching(reason) }],
    );
  });
});

describe('the notes', () => {
  const said = (code: string, message: string) => ({ code, message, hint: 'Do this.' });
  const verdict = (reasons: object[], notes: object[] = []) => ({
    verdict: { valid: reasons.length === 0, reasons, notes },
  });
  const few = said('too_few_jobs', 'The statistics rest on 4 jobs.');
  const notesOf = async (...json: object[]) => {
    for (const [i, each] of json.entries()) point(`p${i}`, {}, each);
    manifest(...json.map(() => ({ treatment: 'warm' })));
    return firstRunSamples(folder);
  };

  test('say once what all were denied, and a right that was asked for by name is lacking', async () => {
    const all = verdict([few, said('not_granted', 'No FIFO.')], [said('not_granted', 'No idle.')]);
    const { samples, notes } = await notesOf(all, all);
    expect(notes).toEqual(['No FIFO. Do this.', 'No idle. Do this.']);
    expect(samples.map(({ lacked }) => lacked)).toEqual([
      ['No FIFO. Do this.'],
      ['No FIFO. Do this.'],
    ]);
  });

  test('say how many were denied it where not all were, and a right that was lost lacks, too', async () => {
    const { samples, notes } = await notesOf(
      verdict([few]),
      verdict([few, said('grants_changed', 'It ended as other.')]),
      verdict([few], [said('not_granted', 'No idle.'), said('few_jobs', 'Few.')]),
    );
    expect(notes).toEqual([
      'In 1 of 3 processes: It ended as other. Do this.',
      'In 1 of 3 processes: No idle. Do this.',
    ]);
    expect(samples.map(({ lacked }) => lacked.length)).toEqual([0, 1, 0]);
  });

  test('name what else a verdict is INVALID for, but not that jobs are few', async () => {
    const { notes } = await notesOf(
      verdict([few, said('governor', 'It is ondemand.')]),
      verdict([few, said('governor', 'It is ondemand.'), said('stolen', 'By the host.')]),
      verdict([few]),
    );
    expect(notes).toEqual([
      'The verdict of 2 of 3 processes is INVALID for more than few jobs: governor (2), stolen (1).',
    ]);
  });

  test('name the most memory that came too late for its lock', async () => {
    const { notes } = await notesOf(locked(10_000_000), locked(9_995_904), locked(9_991_808), {});
    expect(notes).toEqual([
      'In 2 of 3 processes with locked memory a little of it was not: 8.19 kB of 10.0 MB at most.',
    ]);
  });
});

describe('a result that is not its point’s last word is no sample', () => {
  const only = async (of: object) => {
    point('p0', {});
    point('p1', {});
    writeManifest(folder, {
      suite: 'first-run',
      points: ['p0', 'p1'].map((id, i) => ({
        id,
        name: id,
        status: 'done',
        parameters: { treatment: 'warm' },
        repetition: i,
        ...(id === 'p1' ? of : {}),
      })),
    });
    const { samples, missing } = await firstRunSamples(folder);
    expect(samples.map(({ repetition }) => repetition)).toEqual([0]);
    expect(missing.map(({ name }) => name)).toEqual(['p1']);
    return missing[0]?.reason;
  };
  const attempt = (more: object) => ({
    lastAttempt: {
      reason: 'its model m is not the one it was run with',
      startedAt: null,
      endedAt: null,
      error: null,
      ...more,
    },
  });

  test('that was kept because a new one failed', async () => {
    const error = { code: 'E_ENGINE_DIED', message: 'The engine was killed.' };
    expect(await only(attempt({ status: 'failed', error }))).toBe(
      'An older result: it was to be run again (its model m is not the one it was run with), and that failed: The engine was killed.',
    );
  });
  test('that was kept because a new one was interrupted', async () => {
    expect(await only(attempt({ status: 'interrupted' }))).toMatch(/and that was interrupted\.$/);
  });
  test('that was kept while a new one is made', async () => {
    expect(await only({ status: 'running' })).toMatch(/“running”/);
  });
  test('that failed after its run', async () => {
    const error = { code: 'E_DISK_FULL', message: 'The disk is full.' };
    expect(await only({ status: 'failed', error })).toContain('The disk is full.');
  });
});

test('runs of two models are not pooled: those of the newest run’s count', async () => {
  const of = (sha256: string, hour: number) => ({
    startedAt: `2026-01-01T0${hour}:00:00.000Z`,
    model: { path: '/m', sha256, bytes: 1 },
  });
  point('p0', {}, of('x', 1));
  point('p1', {}, of('y', 4));
  point('p2', {}, of('y', 3));
  point('p3', {}, { ...of('y', 2), engine: { path: '/e', sha256: 'another', bytes: 1 } });
  manifest(...Array(4).fill({ treatment: 'warm' }));
  const { samples, missing } = await firstRunSamples(folder);
  expect(samples.map(({ repetition }) => repetition)).toEqual([1, 2]);
  const reason = 'it ran another model or engine than the newest run';
  expect(missing).toEqual([
    { name: 'p0', reason },
    { name: 'p3', reason },
  ]);
});

describe('a start was cold', () => {
  const file = (residentBytes: number | null) => ({ path: '/m', bytes: 1000, residentBytes });
  test.each<[why: string, json: object, cold: boolean | null]>([
    ['if all files were dropped, and reading them made faults', {}, true],
    ['though a twentieth stayed', { fileCache: [file(0), file(50)] }, true],
    ['but not if more did, of any file', { fileCache: [file(0), file(51)] }, false],
    ['nor if nothing came from the disk', { initFaults: { minor: 9, major: 0 } }, false],
    ['nor if it was not asked for', plan({ cold: false }), false],
    ['not known if the faults are not', { initFaults: null }, null],
    ['not known if what stayed is not', { fileCache: null }, null],
    ['not known if nobody tells', { fileCache: undefined, initFaults: undefined }, null],
    ['not known if that of one file is not', { fileCache: [file(0), file(null)] }, null],
    ['nor if another of the files stayed', { fileCache: [file(null), file(51)] }, false],
    [
      'nor if nothing was read, whatever stayed',
      { fileCache: [file(null)], initFaults: { minor: 9, major: 0 } },
      false,
    ],
    ['not known if some files are not told of', { fileCache: [file(0), {}] }, null],
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
    [
      'is that of the core that it was left, where none was asked for',
      { ...plan({ cores: [] }), granted: { cores: [2] }, before: cores(1, 5), after: cores(2, 6) },
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
