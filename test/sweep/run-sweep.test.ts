/** Which points are run, which stand and why, with runs that are over at once. */
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Suite } from '../../src/benchmark/suite.js';
import type { Manifest, ManifestPoint } from '../../src/formats/manifest.js';
import { IsochronError } from '../../src/kernel/errors.js';
import type { RunOptions } from '../../src/run/run-benchmark.js';
import { loadSuite } from '../../src/sweep/load-suite.js';
import { planSweep } from '../../src/sweep/plan-sweep.js';
import { runSweep, type SweepOptions } from '../../src/sweep/run-sweep.js';
import { scratch } from '../cli/helpers.js';
import { forgetRuns, runs } from './fake-run.js';

vi.mock('../../src/run/run-benchmark.js', () => import('./fake-run.js'));

let folder: string;
let out: string;
beforeEach(() => {
  forgetRuns();
  folder = scratch();
  out = join(folder, 'results');
  writeFileSync(join(folder, 'engine.so'), 'engine');
  vi.stubEnv('ISOCHRON_ENGINE', join(folder, 'engine.so'));
});

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const points = (include: object[], more: object = {}) =>
  ({ name: 's', base: { events: 'none' }, include, ...more }) as unknown as Suite;
/** A sweep of a suite in a file of the folder; what was run in it, by name of point, and what was said. */
async function sweep(suite: Suite, options: SweepOptions = {}, from = folder) {
  const path = join(from, 'suite.json');
  writeFileSync(path, JSON.stringify(suite));
  const before = runs.ran.length;
  const notes: string[] = [];
  const loaded = await loadSuite(path);
  const { resume, quick, only } = options;
  const choice = { output: out, measure: false, resume, quick, only };
  const planned = await planSweep(loaded, choice).catch(() => null);
  const result = await runSweep(loaded, {
    output: out,
    onNote: (note) => notes.push(note),
    ...options,
  });
  const ran = runs.ran.slice(before).map(({ name }) => name);
  // --dry-run says what is then done
  const due = planned?.points.filter(({ run }) => run).map(({ point }) => point.name);
  if (options.signal === undefined && !ran.some((name) => name?.startsWith('timing')))
    expect(due).toEqual(result.outcomes.filter(({ kept }) => !kept).map(({ name }) => name));
  return { ...result, ran, notes, planned };
}
const resume = (suite: Suite, options: SweepOptions = {}, from = folder) =>
  sweep(suite, { resume: true, ...options }, from);
const manifest = (): Manifest => JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
const entry = (name: string) =>
  manifest().points.find((point) => point.name === name) as ManifestPoint;
const edit = (change: (content: Manifest) => void) => {
  const content = manifest();
  change(content);
  writeFileSync(join(out, 'manifest.json'), JSON.stringify(content));
};
/** A further pass of a fake run. */
const passOf = (output: string, more: object = {}) => ({
  plan: { output },
  status: 'done',
  error: null,
  verdict: { valid: true },
  files: [output],
  ...more,
});
const one = points([
  { workload: './m.tflite', name: 'one' },
  { workload: 'noop', name: 'two' },
]);

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

describe('an old result', () => {
  const suite = (jobs: number) => points([{ workload: 'noop', name: 'one', jobs }]);
  const rows = () => readFileSync(join(out, 'one.r1.csv'), 'utf8');
  beforeEach(async () => {
    await sweep(suite(5));
    expect(rows()).toBe('job\n1\n');
  });

  /** What makes the folder what it was while the point's new result came. */
  async function killedWhileReplacing(): Promise<() => void> {
    let then = '';
    runs.instead.set('one', async () => {
      then = await mkdtemp(join(folder, 'killed-'));
      cpSync(out, then, { recursive: true });
      writeFileSync(join(then, 'one.r1.csv'), 'half');
    });
    await resume(suite(6));
    runs.instead.clear();
    return () => {
      rmSync(out, { recursive: true });
      cpSync(then, out, { recursive: true });
      rmSync(join(out, '.sweep.lock'));
    };
  }

  test('is there until the new one is complete, and gone then', async () => {
    const seen: string[] = [];
    runs.instead.set('one', () => {
      seen.push(readFileSync(join(out, '.before', 'one.r1.csv'), 'utf8'));
      seen.push(String(existsSync(join(out, 'one.r1.json'))));
    });
    await resume(suite(6));
    expect(seen).toEqual(['job\n1\n', 'false']);
    expect(rows()).toBe('job\n2\n');
    expect(existsSync(join(out, '.before'))).toBe(false);
    expect(entry('one')).toMatchObject({ status: 'done', before: null, lastAttempt: null });
  });

  test.each<[string, () => unknown, string]>([
    [
      'fails',
      () => {
        writeFileSync(join(out, 'one.r1.csv'), 'half');
        throw new IsochronError('E_CRASHED', 'It crashed.');
      },
      'failed',
    ],
    ['is interrupted', () => ({ status: 'interrupted' }), 'interrupted'],
  ])('stays with its own definition where the new one %s', async (_what, run, status) => {
    const before = entry('one');
    runs.instead.set('one', run);
    const { outcomes } = await resume(suite(6));
    expect(outcomes.map((outcome) => outcome.status)).toEqual([status]);
    expect(rows()).toBe('job\n1\n');
    expect(entry('one')).toEqual({
      ...before,
      attempts: 2,
      lastAttempt: expect.objectContaining({ status, reason: 'its definition has changed' }),
    });
    runs.instead.clear();
    expect((await resume(suite(6))).ran).toEqual(['one']);
    expect(entry('one')).toMatchObject({ attempts: 3, lastAttempt: null, before: null });
  });

  test('comes back where the process was killed while it was replaced, and stands where it is asked for again', async () => {
    const before = entry('one');
    const csv = rows();
    const kill = await killedWhileReplacing();
    const goOn = async (jobs: number) => {
      kill();
      return resume(suite(jobs));
    };
    expect((await goOn(5)).ran).toEqual([]);
    expect(rows()).toBe(csv);
    expect(entry('one')).toEqual(before);
    const { ran, notes } = await goOn(6);
    expect(ran).toEqual(['one']);
    expect(notes[0]).toBe('one.r1 is run again: its definition has changed.');
    expect(existsSync(join(out, '.before'))).toBe(false);
  });

  test('comes back where the point has left the suite since the process was killed, and stands when it returns', async () => {
    const before = entry('one');
    const csv = rows();
    (await killedWhileReplacing())();
    await resume(points([{ workload: 'noop', name: 'other' }]));
    expect(rows()).toBe(csv);
    expect(existsSync(join(out, '.before'))).toBe(false);
    expect(manifest().retired).toEqual([before]);
    expect((await resume(suite(5))).ran).toEqual([]);
    expect(entry('one')).toEqual(before);
  });

  test('of a point that leaves the suite and comes back stands again, or is replaced by a complete one only', async () => {
    const other = points([{ workload: 'noop', name: 'other' }]);
    const before = entry('one');
    await resume(other);
    expect(manifest().retired.map(({ id }) => id)).toEqual(['one.r1']);
    expect((await resume(suite(5))).ran).toEqual([]);
    expect(entry('one')).toEqual(before);
    await resume(other);
    runs.instead.set('one', () => {
      throw new IsochronError('E_CRASHED', 'It crashed.');
    });
    await resume(suite(6));
    expect(rows()).toBe('job\n1\n');
    expect(entry('one')).toMatchObject({ status: 'done', hash: before.hash });
  });

  test('whose last attempt failed is as good as new where the suite asks for it again', async () => {
    runs.instead.set('one', () => {
      throw new IsochronError('E_CRASHED', 'It crashed.');
    });
    await resume(suite(6));
    expect(entry('one').lastAttempt).not.toBeNull();
    expect((await resume(suite(5))).ran).toEqual([]);
    expect(entry('one').lastAttempt).toBeNull();
  });

  test('is not lost with a manifest that lost its journal, before it was replaced or after', async () => {
    const old = readFileSync(join(out, 'manifest.json'));
    const csv = readFileSync(join(out, 'one.r1.csv'));
    // killed while it was replaced, and the journal was not copied
    mkdirSync(join(out, '.before'));
    for (const name of ['one.r1.csv', 'one.r1.json'])
      renameSync(join(out, name), join(out, '.before', name));
    writeFileSync(join(out, 'one.r1.csv'), 'half');
    expect((await resume(suite(5))).ran).toEqual([]);
    expect(readFileSync(join(out, 'one.r1.csv'))).toEqual(csv);
    expect(existsSync(join(out, '.before'))).toBe(false);
    // killed after it was replaced: what was put aside is of no use any more
    mkdirSync(join(out, '.before'));
    writeFileSync(join(out, '.before', 'one.r1.csv'), 'older');
    expect((await resume(suite(5))).ran).toEqual([]);
    expect(readFileSync(join(out, 'one.r1.csv'))).toEqual(csv);
    expect(existsSync(join(out, '.before'))).toBe(false);
    // the manifest is of the time before its first point had ended
    const pending = JSON.parse(old.toString()) as Manifest;
    Object.assign(pending.points[0] as ManifestPoint, { status: 'pending', hashes: null });
    writeFileSync(join(out, 'manifest.json'), JSON.stringify(pending));
    runs.instead.set('one', () => {
      throw new IsochronError('E_CRASHED', 'It crashed.');
    });
    await resume(suite(5));
    expect(readFileSync(join(out, 'one.r1.csv'))).toEqual(csv);
  });

  test('whose turn never came is what it was', async () => {
    const before = entry('one');
    await resume(suite(6), { signal: AbortSignal.abort() });
    expect(entry('one')).toEqual(before);
  });
});

describe('one folder', () => {
  const both = points([{ workload: 'noop', name: 'one', jobs: 9 }], {
    quick: { base: { jobs: 1 } },
  });
  test('holds full results or quick ones, with --resume, too', async () => {
    await sweep(both, { quick: true });
    await expect(sweep(both)).rejects.toMatchObject({
      code: 'E_SWEEP_THERE',
      message: `${out} holds results of s --quick, and this is s.`,
    });
    await expect(resume(both)).rejects.toMatchObject({ code: 'E_SWEEP_THERE' });
    expect((await resume(both, { quick: true })).ran).toEqual([]);
    rmSync(out, { recursive: true });
    await sweep(both);
    await expect(resume(both, { quick: true })).rejects.toMatchObject({
      message: `${out} holds results of s, and this is s --quick.`,
    });
    expect(runs.ran).toHaveLength(2);
  });

  test('is not gone on with unless that is said', async () => {
    await sweep(both);
    await expect(sweep(both)).rejects.toMatchObject({
      code: 'E_SWEEP_THERE',
      message: `${out} already holds this sweep (1 of 1 points done).`,
    });
  });

  test('whose CSV nobody accounts for is not written to', async () => {
    mkdirSync(out);
    writeFileSync(join(out, 'one.r1.csv'), 'precious');
    await expect(sweep(both)).rejects.toMatchObject({ code: 'E_SWEEP_THERE' });
    await expect(resume(both)).rejects.toMatchObject({ code: 'E_SWEEP_THERE' });
    expect(readFileSync(join(out, 'one.r1.csv'), 'utf8')).toBe('precious');
  });

  test('is let go of at every end', async () => {
    await sweep(both);
    expect(existsSync(join(out, '.sweep.lock'))).toBe(false);
    await expect(sweep(both)).rejects.toThrow();
    expect(existsSync(join(out, '.sweep.lock'))).toBe(false);
  });

  test('is cleared of what a point has left, and of nothing else', async () => {
    await sweep(both);
    const left = [
      'one.r1.samples.csv',
      'one.r1.pass2.csv',
      'one.r1.pass2.samples.csv',
      'one.r1.pass2.json',
    ];
    const others = [
      'one.r11.csv',
      'one.r1.png',
      'one.r1.csv.bak',
      'xone.r1.csv',
      'one.r1.mine.csv',
    ];
    for (const name of [...left, ...others]) writeFileSync(join(out, name), '');
    edit(({ points: [point] }) => Object.assign(point as ManifestPoint, { status: 'running' }));
    await resume(both);
    for (const name of left) expect(existsSync(join(out, name)), name).toBe(false);
    for (const name of others) expect(existsSync(join(out, name)), name).toBe(true);
  });
});

describe('--only', () => {
  const three = points([1, 2, 3].map((jobs) => ({ workload: 'noop', name: `p${jobs}`, jobs })));
  test('with --resume forgets nothing of the other points', async () => {
    await sweep(three, { only: ['p1,p2'] });
    const before = manifest().points;
    const { outcomes } = await resume(three, { only: ['p3'] });
    expect(outcomes.map(({ name }) => name)).toEqual(['p3']);
    expect(manifest().points.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(manifest().points.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    expect((await resume(three)).ran).toEqual([]);
  });

  test('leaves a point that has changed as it was, to be run when it is meant', async () => {
    await sweep(three);
    const changed = points(
      [1, 2, 5].map((jobs, i) => ({ workload: 'noop', name: `p${i + 1}`, jobs })),
    );
    expect((await resume(changed, { only: ['p1'] })).ran).toEqual([]);
    const { ran, notes } = await resume(changed);
    expect(ran).toEqual(['p3']);
    expect(notes[0]).toBe('p3.r1 is run again: its definition has changed.');
  });
});

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
