/** Which points --resume runs again, and why. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { ManifestPoint } from '../../src/formats/manifest.js';
import { runs } from './fake-run.js';
import {
  edit,
  entry,
  file,
  folder,
  manifest,
  one,
  out,
  passOf,
  points,
  resume,
  sweep,
} from './sweeping.js';

vi.mock('../../src/run/run-benchmark.js', () => import('./fake-run.js'));

describe('--resume runs again, and says why, where', () => {
  test('nothing has changed: nothing', async () => {
    file('m.tflite', 'model');
    expect((await sweep(one)).ran).toEqual(['one', 'two']);
    const { ran, notes } = await resume(one);
    expect(ran).toEqual([]);
    expect(notes).toEqual(['2 of 2 points stand, 0 are run.']);
  });

  test('the model has changed, and where it only has another date: nothing', async () => {
    const model = file('m.tflite', 'model');
    await sweep(one);
    utimesSync(model, 0, 0);
    expect((await resume(one)).ran).toEqual([]);
    file('m.tflite', 'MODEL');
    const { ran, notes, planned } = await resume(one);
    expect(ran).toEqual(['one']);
    const reason = `its model ${model} is not the one it was run with`;
    expect(notes[0]).toBe(`one.r1 is run again: ${reason}.`);
    expect(planned?.points[0]?.again).toBe(reason);
    expect((await resume(one)).ran).toEqual([]);
  });

  test('the engine has changed, or another one is the engine now', async () => {
    file('m.tflite', 'model');
    await sweep(one);
    const other = file('other.so', 'another engine');
    vi.stubEnv('ISOCHRON_ENGINE', other);
    const { ran, notes } = await resume(one);
    expect(ran).toEqual(['one']);
    expect(notes[0]).toContain(`its engine ${other} is not the one it was run with`);
    file('other.so', 'a third');
    expect((await resume(one)).ran).toEqual(['one']);
  });

  test('an input file has changed, with a name in front of it or not', async () => {
    file('m.tflite', 'model');
    file('a.raw', 'a');
    file('x=b.raw', 'b');
    const suite = points([
      { workload: './m.tflite', name: 'one', inputs: ['a.raw', 'in=put=x=b.raw'] },
    ]);
    await sweep(suite);
    expect(runs.ran[0]?.inputs).toEqual([
      join(folder, 'a.raw'),
      `in=put=${join(folder, 'x=b.raw')}`,
    ]);
    expect((await resume(suite)).ran).toEqual([]);
    for (const name of ['a.raw', 'x=b.raw']) {
      const path = file(name, 'changed');
      const { ran, notes } = await resume(suite);
      expect(ran).toEqual(['one']);
      expect(notes[0]).toContain(`its input file ${path} is not the one it was run with`);
    }
  });

  test('a plugin has changed, which is no engine', async () => {
    const plugin = file('p.so', 'plugin');
    const suite = points([{ workload: 'p.so', name: 'one' }]);
    await sweep(suite);
    expect((await resume(suite)).ran).toEqual([]);
    file('p.so', 'PLUGIN');
    const { ran, notes } = await resume(suite);
    expect(ran).toEqual(['one']);
    expect(notes[0]).toContain(`its plugin ${plugin} is not the one it was run with`);
  });

  test('the rows were edited, though not in number', async () => {
    await sweep(points([{ workload: 'noop', name: 'one' }]));
    const csv = join(out, 'one.r1.csv');
    expect(readFileSync(csv, 'utf8')).toBe('job\n1\n');
    writeFileSync(csv, 'job\n7\n');
    const { ran, notes } = await resume(points([{ workload: 'noop', name: 'one' }]));
    expect(ran).toEqual(['one']);
    expect(notes[0]).toBe('one.r1 is run again: its file one.r1.csv is not as it was.');
  });

  test('the rows were lost', async () => {
    const suite = points([{ workload: 'noop', name: 'one' }]);
    await sweep(suite);
    rmSync(join(out, 'one.r1.csv'));
    const { ran, notes } = await resume(suite);
    expect(ran).toEqual(['one']);
    expect(notes[0]).toBe('one.r1 is run again: its file one.r1.csv is missing.');
  });

  test('a file that it was run with is not there any more: nothing, what it gave still stands', async () => {
    const model = file('m.tflite', 'model');
    file('a.raw', 'a');
    const suite = points([{ workload: './m.tflite', name: 'one', inputs: ['a.raw'] }]);
    await sweep(suite);
    for (const path of [model, join(folder, 'a.raw'), join(folder, 'engine.so')]) rmSync(path);
    expect((await resume(suite)).ran).toEqual([]);
  });

  test('the rows of a further pass were edited or lost', async () => {
    const suite = points([{ workload: 'noop', name: 'one' }]);
    const second = join(out, 'one.r1.pass2.csv');
    runs.instead.set('one', () => {
      writeFileSync(second, 'job\n1\n');
      return { furtherPasses: [passOf(second)] };
    });
    await sweep(suite);
    expect((await resume(suite)).ran).toEqual([]);
    writeFileSync(second, 'job\n7\n');
    expect((await resume(suite)).notes[0]).toContain('one.r1.pass2.csv is not as it was');
    rmSync(second);
    expect((await resume(suite)).notes[0]).toContain('one.r1.pass2.csv is missing');
  });

  test.each<[string, (point: ManifestPoint) => void, boolean]>([
    ['it was running when the power failed', (p) => Object.assign(p, { status: 'running' }), true],
    ['it was interrupted', (p) => Object.assign(p, { status: 'interrupted' }), true],
    ['it failed', (p) => Object.assign(p, { status: 'failed' }), true],
    ['its state can’t be read', (p) => Object.assign(p, { status: 'odd' }), true],
    [
      'it stopped at a deadline miss: a result',
      (p) => Object.assign(p, { status: 'deadline_miss' }),
      false,
    ],
    ['its definition is another', (p) => Object.assign(p, { hash: 'x' }), true],
    ['its CSV had another size', (p) => Object.assign(p, { csvBytes: 5 }), true],
  ])('%s', async (_why, change, again) => {
    const suite = points([{ workload: 'noop', name: 'one' }]);
    await sweep(suite);
    edit(({ points: [point] }) => change(point as ManifestPoint));
    const { ran, outcomes } = await resume(suite);
    expect(ran).toEqual(again ? ['one'] : []);
    expect(outcomes[0]?.kept).toBe(!again);
    expect(entry('one').attempts).toBe(again ? 2 : 1);
  });

  test('its sidecar is not of a finished run', async () => {
    const suite = points([{ workload: 'noop', name: 'one' }]);
    await sweep(suite);
    const path = join(out, 'one.r1.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"done"', '"running"'));
    expect((await resume(suite)).ran).toEqual(['one']);
    rmSync(path);
    expect((await resume(suite)).ran).toEqual(['one']);
  });
});

test('a result that --only leaves out though it is of an older definition is told to be so, until it is run again', async () => {
  const suite = (jobs: number) =>
    points([
      { workload: 'noop', name: 'one', jobs },
      { workload: 'noop', name: 'two', jobs: 9 },
    ]);
  await sweep(suite(5));
  await resume(suite(6), { only: ['two'] });
  expect(entry('one').outdated).toBe('its definition has changed');
  expect(entry('two').outdated).toBeNull();
  await resume(suite(5), { only: ['two'] });
  expect(entry('one').outdated).toBeNull();
  rmSync(join(out, 'one.r1.csv'));
  await resume(suite(5), { only: ['two'] });
  expect(entry('one').outdated).toContain('one.r1.csv');
  await resume(suite(6));
  expect(entry('one').outdated).toBeNull();
});

describe('--again', () => {
  const pair = points(
    [
      { workload: 'noop', name: 'one' },
      { workload: 'noop', name: 'two', warmup: 1 },
    ],
    { repetitions: 3 },
  );
  const reps = (list: readonly { id: string; kept?: boolean }[]) =>
    list.filter(({ kept }) => kept === false).map(({ id }) => id);

  test('runs all of a repetition again, one after the other, and nothing that stands of the others', async () => {
    await sweep(pair);
    const { outcomes, notes, planned } = await resume(pair, { again: [2] });
    expect(reps(outcomes).sort()).toEqual(['one.r2', 'two.r2']);
    expect(notes).toEqual(['4 of 6 points stand, 2 are run.']);
    const reasons = planned?.points.map(({ again }) => again).filter((reason) => reason !== null);
    expect(reasons).toEqual(Array(2).fill('all of its repetition is run again'));
    expect(reps((await resume(pair)).outcomes)).toEqual([]);
    expect(reps((await resume(pair, { again: [1, 3], only: ['two'] })).outcomes).sort()).toEqual([
      'two.r1',
      'two.r3',
    ]);
  });

  test('keeps the result that stands until the new one is complete', async () => {
    await sweep(pair);
    const before = readFileSync(join(out, 'one.r1.csv'), 'utf8');
    runs.instead.set('one', () => ({ status: 'failed', error: { code: 'E_CRASH', message: 'x' } }));
    await resume(pair, { again: [1] });
    expect(readFileSync(join(out, 'one.r1.csv'), 'utf8')).toBe(before);
    const point = manifest().points.find(({ id }) => id === 'one.r1');
    expect(point).toMatchObject({ status: 'done', lastAttempt: { status: 'failed' } });
  });

  test.each([0, 4, 1.5, Number.NaN])('refuses %d where there are three repetitions', async (n) => {
    await sweep(pair);
    await expect(resume(pair, { again: [n] })).rejects.toThrow(
      `there is no repetition ${n} to be run again.`,
    );
  });
});

test('results of a version that kept no hashes stand, and a changed model is noticed by their sidecar', async () => {
  file('m.tflite', 'model');
  await sweep(one);
  edit((content) => {
    for (const point of content.points as Partial<ManifestPoint>[]) {
      delete point.hashes;
      delete point.content;
    }
  });
  expect((await resume(one)).ran).toEqual([]);
  file('m.tflite', 'MODEL');
  expect((await resume(one)).ran).toEqual(['one']);
  expect(entry('one').content?.model).toMatch(/^[0-9a-f]{64}$/);
});

describe('the paths of a suite', () => {
  test('are seen from its own folder, wherever the command runs', async () => {
    file('m.tflite', 'model');
    mkdirSync(join(folder, 'sub'));
    copyFileSync(join(folder, 'm.tflite'), join(folder, 'sub', 'n'));
    const suite = points([
      { workload: 'm.tflite', name: 'bare' },
      { workload: 'sub/n', name: 'below' },
      { workload: './m.tflite', name: 'dot', engine: 'engine.so', dumpOutput: 'dump' },
      { workload: join(folder, 'm.tflite'), name: 'absolute', engine: './engine.so' },
      { workload: 'mobilenet_v1', name: 'network', engine: 'tflite-2.9.0' },
      { workload: 'spin', name: 'synthetic' },
    ]);
    runs.instead.set('network', () => ({ report: { plan: { workload: {} } }, status: 'done' }));
    await sweep(suite);
    const model = join(folder, 'm.tflite');
    const engine = join(folder, 'engine.so');
    expect(runs.ran.map(({ workload, engine: e }) => [workload, e])).toEqual([
      [model, undefined],
      [join(folder, 'sub', 'n'), undefined],
      [model, engine],
      [model, engine],
      ['mobilenet_v1', 'tflite-2.9.0'],
      ['spin', undefined],
    ]);
    expect(runs.ran[2]?.dumpOutput).toBe(join(folder, 'dump'));
  });

  test('a copy of the suite elsewhere, with another model of the same name, mixes nothing', async () => {
    const suite = points([
      { workload: 'm.tflite', name: 'one' },
      { workload: 'm.tflite', name: 'two', warmup: 1 },
    ]);
    const [here, there] = [join(folder, 'here'), join(folder, 'there')];
    for (const [place, text] of [
      [here, 'model'],
      [there, 'another'],
    ] as const) {
      mkdirSync(place);
      writeFileSync(join(place, 'm.tflite'), text);
    }
    await sweep(suite, { only: ['one'] }, here);
    const { ran, notes } = await resume(suite, {}, there);
    expect(ran).toEqual(['one', 'two']);
    expect(notes[0]).toContain(join(there, 'm.tflite'));
    // the same model elsewhere is the same model
    copyFileSync(join(there, 'm.tflite'), join(here, 'm.tflite'));
    expect((await resume(suite, {}, here)).ran).toEqual([]);
  });
});
