/** What becomes of the results that a folder holds already. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Manifest, ManifestPoint } from '../../src/formats/manifest.js';
import { IsochronError } from '../../src/kernel/errors.js';
import { runs } from './fake-run.js';
import { edit, entry, folder, manifest, out, points, resume, sweep } from './sweeping.js';

vi.mock('../../src/run/run-benchmark.js', () => import('./fake-run.js'));

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

  test('whose turn never came is what it was, and is known to be of another suite until it has run', async () => {
    const before = entry('one');
    await resume(suite(6), { signal: AbortSignal.abort() });
    expect(entry('one')).toEqual({ ...before, outdated: 'its definition has changed' });
    await resume(suite(5), { signal: AbortSignal.abort() });
    expect(entry('one')).toEqual(before);
    await resume(suite(6), { signal: AbortSignal.abort() });
    await resume(suite(6));
    expect(entry('one').outdated).toBeNull();
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
