/** The manifest of a sweep is read as far as it can be: one odd field must not hide a point. */
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it as test } from 'vitest';
import { type Manifest, readManifest } from '../../src/formats/manifest.js';
import { ManifestKeeper } from '../../src/formats/manifest-journal.js';

const root = mkdtempSync(join(tmpdir(), 'isochron-manifest-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let path: string;
let n = 0;
beforeEach(() => {
  path = join(root, `${n++}.json`);
});
const HEAD = { format: 'isochron-sweep', version: 1 };
const read = (value: unknown) => {
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return readManifest(path);
};
const point = async (given: object) => {
  const { manifest } = await read({ ...HEAD, points: [{ id: 'p', ...given }] });
  return manifest?.points[0] as NonNullable<typeof manifest>['points'][number];
};

const ABSENT = {
  id: 'p',
  name: null,
  status: null,
  error: null,
  csv: null,
  csvBytes: null,
  hashes: null,
  parameters: {},
  repetition: null,
  definition: {},
  hash: '',
  content: null,
  autoPeriodNs: null,
  attempts: 0,
  startedAt: null,
  endedAt: null,
  valid: null,
  accuracy: null,
  passes: null,
  before: null,
  lastAttempt: null,
  outdated: null,
};

describe('a point', () => {
  test('of nothing but its id is one', async () => {
    expect(await point({})).toEqual(ABSENT);
  });
  test('whose fields have other shapes than expected is one without them', async () => {
    const odd = Object.fromEntries(Object.keys(ABSENT).map((key) => [key, { odd: [1] }]));
    const content = { model: null, engine: null, plugin: null, inputs: null };
    expect(await point({ ...odd, id: 'p', parameters: 5, definition: 5, before: 5 })).toEqual({
      ...ABSENT,
      content,
    });
  });
  test.each<[why: string, given: object, read: object]>([
    [
      'has an error as text, as others write it',
      { error: 'gone' },
      { error: { code: 'E_UNKNOWN', message: 'gone' } },
    ],
    [
      'has an error without a code',
      { error: { message: 'gone' } },
      { error: { code: 'E_UNKNOWN', message: 'gone' } },
    ],
    [
      'has an error as it was thrown',
      { error: { code: 'E_X', message: 'm', hint: 'h' } },
      { error: { code: 'E_X', message: 'm', hint: 'h' } },
    ],
    [
      'has the facts of its axes, and nothing else',
      { parameters: { a: 1, b: 'x', c: true, d: [1], e: null } },
      { parameters: { a: 1, b: 'x', c: true } },
    ],
    [
      'knows of no inputs',
      { content: { model: 'm' } },
      { content: { model: 'm', engine: null, plugin: null, inputs: null } },
    ],
    [
      'knows its inputs',
      { content: { inputs: ['a'] } },
      { content: { model: null, engine: null, plugin: null, inputs: ['a'] } },
    ],
    ['has hashes by file', { hashes: { 'p.csv': 'ab' } }, { hashes: { 'p.csv': 'ab' } }],
    ['has hashes that are none', { hashes: { 'p.csv': 5 } }, { hashes: null }],
    ...['pending', 'running', 'done', 'deadline_miss', 'failed', 'interrupted'].map(
      (status): [string, object, object] => [`is ${status}`, { status }, { status }],
    ),
  ])('%s', async (_why, given, fields) => {
    expect(await point(given)).toEqual({ ...ABSENT, ...fields });
  });
  test('without an id is left out and counted', async () => {
    const { manifest, badPoints } = await read({
      ...HEAD,
      points: [{ id: 'p' }, {}, { id: '' }, 5],
    });
    expect(manifest?.points.map(({ id }) => id)).toEqual(['p']);
    expect(badPoints).toBe(3);
  });
});

describe('a manifest', () => {
  const whole = {
    name: 's',
    title: null,
    description: null,
    file: null,
    sha256: null,
    quick: false,
  };
  test.each<[why: string, given: object, read: object]>([
    [
      'of nothing but points is one',
      {},
      { suite: null, tool: null, order: null, calibrations: [], auto: null },
    ],
    ['names its suite by a text', { suite: 's' }, { suite: whole }],
    [
      'names its suite by an object',
      { suite: { name: 's', quick: true, file: 'f' } },
      { suite: { ...whole, quick: true, file: 'f' } },
    ],
    ['has no version: the first', { version: undefined }, { version: 1 }],
    [
      'has calibrations without content, as files of before',
      {
        calibrations: [
          { key: 'k', name: 'n', jobs: 1, medianNs: 1, p99Ns: null, maxNs: 1, at: '' },
        ],
      },
      { calibrations: [expect.objectContaining({ key: 'k', content: null })] },
    ],
    ['has calibrations that are none', { calibrations: [5] }, { calibrations: [] }],
  ])('%s', async (_why, given, fields) => {
    const { manifest, problem } = await read({ ...HEAD, points: [], ...given });
    expect(problem).toBeNull();
    expect(manifest).toMatchObject(fields);
  });
  test.each<[why: string, given: unknown, problem: RegExp]>([
    ['cut', '{"format":', /^it can't be read \(.+\)$/],
    ['of another program', { format: 'x', points: [] }, /^it is not the manifest of a sweep$/],
    ['without points', HEAD, /^it is not the manifest of a sweep$/],
    [
      'of a later version',
      { ...HEAD, version: 2, points: [] },
      /^it is of version 2, and this isochron reads 1$/,
    ],
  ])('%s is not used, and why', async (_why, given, problem) => {
    expect(await read(given)).toEqual({
      manifest: null,
      badPoints: 0,
      problem: expect.stringMatching(problem),
    });
  });
  test('that is missing is not used', async () => {
    expect((await readManifest(join(root, 'none.json'))).problem).toMatch(/ENOENT/);
  });
  test('is read as it was written', async () => {
    const { manifest } = await read({
      ...HEAD,
      suite: 's',
      points: [{ id: 'p', parameters: { a: 1 } }],
    });
    await new ManifestKeeper(path, manifest as Manifest).save();
    expect((await readManifest(path)).manifest).toEqual(manifest);
    expect(readFileSync(path, 'utf8')).toMatch(/^\{\n {2}"format"/);
  });
});

describe('the journal of a manifest', () => {
  const manifest = async (n: number): Promise<Manifest> => {
    const points = Array.from({ length: n }, (_, i) => ({ id: `p${i}`, status: 'pending' }));
    return (await read({ ...HEAD, points })).manifest as Manifest;
  };
  const journal = () => join(root, 'manifest.journal');
  const done = (of: Manifest, i: number) => {
    const point = { ...(of.points[i] as Manifest['points'][number]), status: 'done' as const };
    of.points[i] = point;
    return { point };
  };

  test('holds what has changed since, is read with it, and costs lines, not the whole', async () => {
    const sweep = await manifest(1000);
    const keeper = new ManifestKeeper(path, sweep);
    await keeper.save();
    const whole = readFileSync(path, 'utf8');
    for (const i of [3, 7]) await keeper.add(done(sweep, i));
    expect(readFileSync(path, 'utf8')).toBe(whole);
    expect(readFileSync(journal(), 'utf8').split('\n')).toHaveLength(4);
    const now = (await readManifest(path)).manifest as Manifest;
    expect(now.points).toEqual(sweep.points);
    await keeper.close();
    expect(existsSync(journal())).toBe(false);
    expect((await readManifest(path)).manifest?.points).toEqual(sweep.points);
  });

  test('is folded into it when it has grown as long', async () => {
    const sweep = await manifest(20);
    const keeper = new ManifestKeeper(path, sweep);
    await keeper.save();
    const before = readFileSync(path, 'utf8');
    let wrote = 0;
    let last = before;
    for (let i = 0; i < 200; i++) {
      await keeper.add(done(sweep, i % 20));
      const now = readFileSync(path, 'utf8');
      if (now !== last) wrote++;
      last = now;
      expect(existsSync(journal()) ? statSync(journal()).size : 0).toBeLessThan(now.length + 200);
    }
    expect(wrote).toBeGreaterThan(3);
    expect(wrote).toBeLessThan(30);
    await keeper.close();
  });

  test('whose last line was cut off counts up to there; one of another manifest does not count', async () => {
    const sweep = await manifest(100);
    const keeper = new ManifestKeeper(path, sweep);
    await keeper.save();
    for (const i of [0, 1]) await keeper.add(done(sweep, i));
    const lines = readFileSync(journal(), 'utf8');
    const dones = async () =>
      (await readManifest(path)).manifest?.points.filter((p) => p.status === 'done').length;
    expect(await dones()).toBe(2);
    writeFileSync(journal(), lines.slice(0, -20));
    expect(await dones()).toBe(1);
    writeFileSync(journal(), lines.replace(/^.*\n/, '{"extends":"2020-01-01T00:00:00.000Z"}\n'));
    expect(await dones()).toBe(0);
    await keeper.close();
  });

  test('is never written through a link of its name', async () => {
    const sweep = await manifest(100);
    const precious = join(root, 'precious');
    writeFileSync(precious, 'precious');
    rmSync(journal(), { force: true });
    symlinkSync(precious, journal());
    const keeper = new ManifestKeeper(path, sweep);
    await keeper.save();
    await keeper.add(done(sweep, 0));
    await keeper.close();
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });
});
