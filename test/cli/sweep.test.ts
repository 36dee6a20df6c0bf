import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifest } from '../../src/formats/manifest.js';
import { sha256Of } from '../../src/kernel/sha256.js';
import { csv, isochron, json, scratch, start, until } from './helpers.js';

interface PointEntry {
  id: string;
  status: string;
  attempts: number;
  hash: string;
  error: { code: string; message: string } | null;
  autoPeriodNs: number | null;
  definition: { jobs?: number };
}

/** A suite of noop and spin, in a folder of its own. */
function suiteFile(content: object, folder = scratch()): string {
  const path = join(folder, 'suite.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}
const small = {
  name: 'small',
  base: { jobs: 10, events: 'none', period: '1ms' },
  matrix: { workload: ['noop', 'spin'], overrun: ['skip', 'queue'] },
};
const points = (folder: string): PointEntry[] => json(join(folder, 'manifest.json')).points;
const statuses = (folder: string) => points(folder).map((point) => point.status);

/** Everything that a finished point must have left. */
function expectComplete(folder: string, point: PointEntry): void {
  const sidecar = json(join(folder, `${point.id}.json`));
  expect(sidecar.status).toBe('done');
  const rows = csv(join(folder, `${point.id}.csv`));
  expect(rows).toHaveLength(sidecar.summary.counts.executed);
}

describe('a sweep', () => {
  test('runs every point into files of its own and a manifest that describes the folder', async () => {
    const out = join(scratch(), 'results');
    const suite = suiteFile(small);
    const { status, stdout, stderr } = await isochron(['sweep', suite, '-o', out]);
    expect(status).toBe(0);
    expect(stdout).toContain('4 of 4 points done');
    // a line for each configuration, in the order of the suite, then why runs are INVALID, and what to do next
    const named = stdout
      .split('\n')
      .slice(1, 5)
      .map((line) => line.split(/ {2,}/)[0]);
    expect(named).toEqual(['noop skip', 'noop queue', 'spin skip', 'spin queue']);
    expect(stdout).toMatch(/^INVALID 4 of 4 runs, such as .*: The statistics rest on 9 jobs/m);
    // whoever has a suite has no -t
    expect(stdout).toContain('Ask for more with `jobs`: ');
    expect(stdout).toContain(`isochron compare ${out} --by workload`);
    expect(stdout).toContain(`isochron report ${out} -o ${out}/report.html`);
    expect(stderr.match(/: done, /g)).toHaveLength(4);
    const manifest = json(join(out, 'manifest.json'));
    expect(manifest).toMatchObject({
      format: 'isochron-sweep',
      version: 1,
      suite: { name: 'small', quick: false },
      order: 'interleaved',
      repetitions: 1,
    });
    expect(manifest.machine.cores.online.length).toBeGreaterThan(0);
    for (const point of manifest.points) {
      expect(point).toMatchObject({ status: 'done', attempts: 1, error: null });
      expectComplete(out, point);
    }
    expect(readFileSync(join(out, 'sweep.log'), 'utf8')).toContain('noop-skip.r1 done');
    // so few jobs are INVALID
    const strict = await isochron(['sweep', suite, '-o', out, '--resume', '--strict']);
    expect(strict.status, strict.stderr).toBe(4);
  });

  test('a point that stopped at a deadline miss is a result, which is told, and the exit code is 3', async () => {
    const out = join(scratch(), 'results');
    const base = { jobs: 30, events: 'none', period: '10ms', overrun: 'stop' };
    const late = { workload: 'spin', us: 3000, deadline: '1ms' };
    // which goes on after a miss, for on a busy machine it has some
    const other = { workload: 'noop', overrun: 'skip' };
    const suite = suiteFile({ name: 's', base, include: [late, other] });
    const first = await isochron(['sweep', suite, '-o', out]);
    expect(first.status, first.stderr).toBe(3);
    expect(first.stdout).toContain('2 of 2 points done; 1 stopped at a deadline miss');
    expect(statuses(out)).toEqual(['deadline_miss', 'done']);
    const again = await isochron(['sweep', suite, '-o', out, '--resume', '--strict']);
    expect(again.status, again.stderr).toBe(3);
    const { stdout } = await isochron(['compare', out]);
    expect(stdout).not.toContain('not interleaved');
    expect(stdout).toMatch(/deadline misses +(\d+ +–|– +\d+)/);
  });

  test('its table has what stands of the suite as it is now, and the next commands are as a shell takes them', async () => {
    const out = join(scratch(), 'my results');
    const content = (jobs: number) => ({
      name: 's',
      base: { jobs, events: 'none', period: '1ms' },
      matrix: { 'my axis': { one: { workload: 'noop' }, two: { workload: 'spin' } } },
    });
    const folder = scratch();
    const suite = suiteFile(content(10), folder);
    const whole = await isochron(['sweep', suite, '-o', out]);
    expect(whole.stdout).toContain(`isochron compare '${out}' --by 'my axis'`);
    suiteFile(content(12), folder);
    const part = await isochron(['sweep', suite, '-o', out, '--resume', '--only', 'two']);
    expect(part.status, part.stderr).toBe(0);
    expect(part.stdout).toMatch(/^two /m);
    expect(part.stdout).not.toMatch(/^one /m);
    expect(part.stdout).not.toContain('isochron compare');
  });

  test('a point whose CSV somebody removes while it is written has failed, and the sweep goes on', async () => {
    const out = join(scratch(), 'results');
    const suite = suiteFile({
      name: 's',
      base: { events: 'none', period: '5ms' },
      include: [
        { workload: 'noop', jobs: 1000 },
        { workload: 'spin', jobs: 5 },
      ],
    });
    const { result } = start(['sweep', suite, '-o', out]);
    const written = () => readdirSync(out).filter((name) => /^noop.*\.csv$/.test(name));
    await until(() => existsSync(out) && written().length > 0, 'the first rows');
    rmSync(join(out, written()[0] as string));
    expect((await result).status).toBe(1);
    expect(points(out).map(({ status, error }) => [status, error?.code])).toEqual([
      ['failed', 'E_OUTPUT_CHANGED'],
      ['done', undefined],
    ]);
  });

  test('a point that fails is recorded with its reason, and the sweep goes on', async () => {
    const out = join(scratch(), 'results');
    const suite = suiteFile({
      name: 's',
      base: { jobs: 5, events: 'none' },
      include: [
        { workload: 'noop' },
        { workload: '/nowhere/model.tflite', name: 'absent' },
        { workload: 'spin' },
      ],
    });
    const { status, stdout, stderr } = await isochron(['sweep', suite, '-o', out]);
    expect(status).toBe(1);
    expect(stderr).toContain('1 point will fail: /nowhere/model.tflite does not exist');
    expect(stdout).toContain('2 of 3 points done, 1 failed');
    expect(statuses(out)).toEqual(['done', 'failed', 'done']);
    expect(points(out)[1]?.error?.message).toContain('/nowhere/model.tflite');
    // the reason is gone once the point has run
    const again = await isochron(['sweep', suite, '-o', out, '--resume']);
    expect(again.status).toBe(1);
    expect(points(out).map((point) => point.attempts)).toEqual([1, 2, 1]);
  });

  test('that was stopped within a pair for longer than pairs may be apart opens no gate until --again has run both', async () => {
    const out = join(scratch(), 'results');
    const suite = suiteFile({
      name: 's',
      repetitions: 6,
      base: { workload: 'noop', jobs: 20, events: 'none', period: '1ms' },
      matrix: { overrun: ['skip', 'queue'] },
    });
    const gate = () => isochron(['compare', out, '--by', 'overrun', '--fail-above', '1000%']);
    const started = (id: string, at: string) => {
      const path = join(out, `${id}.json`);
      writeFileSync(path, JSON.stringify({ ...json(path), startedAt: at }));
    };
    expect((await isochron(['sweep', suite, '-o', out])).status).toBe(0);
    // as a sweep leaves it that was stopped after a half of the third pair and went on an hour later
    const order = points(out).map(({ id }) => id);
    const second = order.findLastIndex((id) => id.endsWith('.r3'));
    const manifest = json(join(out, 'manifest.json'));
    for (const [i, id] of order.entries()) {
      started(
        id,
        new Date(Date.UTC(2026, 0, 1) + 1000 * i + (i < second ? 0 : 3_600_000)).toISOString(),
      );
      // what was edited here is to stand
      manifest.points[i].hashes[`${id}.json`] = sha256Of(readFileSync(join(out, `${id}.json`)));
    }
    writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest));
    const torn = await gate();
    expect(torn.status).toBe(1);
    expect(torn.stderr).toContain('with --resume --again 3 runs that repetition again');
    const plain = await isochron(['sweep', suite, '-o', out, '--resume']);
    expect(plain.stderr).toContain('12 of 12 points stand, 0 are run.');
    const again = await isochron(['sweep', suite, '-o', out, '--resume', '--again', '3']);
    expect(again.status).toBe(0);
    expect(again.stderr).toContain('10 of 12 points stand, 2 are run.');
    const mended = await gate();
    expect(mended.status, mended.stderr).toBe(0);
    const wrong = await isochron(['sweep', suite, '-o', out, '--resume', '--again', 'r3']);
    expect(wrong.stderr).toContain('--again takes numbers of repetitions, and "r3" is none.');
    expect(wrong.status).toBe(2);
  });

  test('counts as done only what is of the suite as it is now, and compare opens no gate over the rest', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    const suite = (us: number) => {
      const path = join(folder, 's.yaml');
      const base = { workload: 'spin', us, jobs: 20, events: 'none', period: '1ms' };
      const matrix = { overrun: ['skip', 'queue'] };
      writeFileSync(path, JSON.stringify({ name: 's', repetitions: 6, base, matrix }));
      return path;
    };
    expect((await isochron(['sweep', suite(100), '-o', out])).status).toBe(0);
    const only = ['--resume', '--only', 'overrun=queue'];
    const part = await isochron(['sweep', suite(50), '-o', out, ...only]);
    expect(part.stdout).toContain('6 of 12 points done');
    expect(part.stdout).toMatch(
      /6 more are older results that --resume runs again \(\S+: its definition has changed\)\./,
    );
    const gate = await isochron(['compare', out, '--by', 'overrun', '--fail-above', '1%']);
    expect(gate.status).toBe(1);
    expect(gate.stderr).toContain('An older result: its definition has changed');
  });

  test('an automatic period is a multiple of what a calibration measured, which is recorded', async () => {
    const out = join(scratch(), 'results');
    const suite = suiteFile({
      name: 's',
      base: { jobs: 5, events: 'none', workload: 'spin', us: 400, period: 'auto' },
      auto: { factor: 3, jobs: 10 },
      repetitions: 2,
      matrix: { overrun: ['skip'] },
    });
    expect((await isochron(['sweep', suite, '-o', out])).status).toBe(0);
    const manifest = json(join(out, 'manifest.json'));
    expect(manifest.calibrations).toHaveLength(1); // of both repetitions
    const [calibration] = manifest.calibrations;
    expect(calibration).toMatchObject({ jobs: 10, p99Ns: null }); // ten jobs have no p99
    expect(calibration.medianNs).toBeGreaterThanOrEqual(400_000);
    for (const point of manifest.points) {
      const { periodNs } = json(join(out, `${point.id}.json`)).plan;
      expect(point.autoPeriodNs).toBe(periodNs);
      expect(periodNs).toBeGreaterThanOrEqual(3 * calibration.maxNs);
      expect(periodNs).toBeLessThan(3 * calibration.maxNs + 1000);
    }
  });

  test('--only runs what matches and leaves the rest for later', async () => {
    const out = join(scratch(), 'results');
    const suite = suiteFile(small);
    await isochron(['sweep', suite, '-o', out, '--only', 'workload=noop']);
    expect(statuses(out)).toEqual(['done', 'done', 'pending', 'pending']);
    await isochron(['sweep', suite, '-o', out, '--resume']);
    expect(points(out).map((point) => [point.status, point.attempts])).toEqual(
      Array(4).fill(['done', 1]),
    );
  });

  test('--json tells the outcomes', async () => {
    const { stdout } = await isochron([
      'sweep',
      suiteFile(small),
      '-o',
      join(scratch(), 'r'),
      '--json',
      '--quiet',
    ]);
    const { outcomes, interrupted } = JSON.parse(stdout);
    expect(interrupted).toBe(false);
    expect(outcomes.map((o: { status: string }) => o.status)).toEqual(Array(4).fill('done'));
  });

  test('results go below results/ by the suite’s name when nothing is said', async () => {
    const cwd = scratch();
    const { stdout } = await isochron(
      ['sweep', suiteFile({ ...small, quick: { matrix: { workload: ['noop'] } } }), '--quick'],
      { cwd },
    );
    expect(stdout).toContain(
      'its repetitions (1) are too few to show a difference between points, which takes 6 at least',
    );
    expect(readdirSync(join(cwd, 'results'))).toEqual(['small-quick']);
    expect(points(join(cwd, 'results', 'small-quick'))).toHaveLength(1);
  });
});

describe('--dry-run', () => {
  test('shows points and an estimate, and writes nothing', async () => {
    const cwd = scratch();
    const suite = suiteFile({ ...small, base: { ...small.base, jobs: 60_000 } });
    const { status, stdout } = await isochron(['sweep', suite, '--dry-run'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toContain('spin-queue.r1');
    expect(stdout).toMatch(/4 of 4 points are to be run, in about 4 min \d s/); // 4 × 60,000 × 1 ms
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('times a few jobs where they decide the estimate', async () => {
    const suite = suiteFile({
      name: 's',
      include: [{ workload: 'bandwidth', size: '1M', jobs: 50, events: 'none' }],
    });
    const timed = await isochron(['sweep', suite, '--dry-run'], { cwd: scratch() });
    expect(timed.stdout).toMatch(/in about \d+ s/);
    const blind = await isochron(['sweep', suite, '--dry-run', '--no-measure'], { cwd: scratch() });
    expect(blind.stdout).toContain('unknown time');
  });

  test('says what would stand, what would be run again and what will fail', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    await isochron(['sweep', suiteFile(small, folder), '-o', out]);
    const changed = {
      ...small,
      include: [
        { workload: 'noop', overrun: 'skip', jobs: 11, name: 'noop skip' },
        { workload: 'nosuchnet' },
      ],
      exclude: [{ workload: 'noop', overrun: 'skip' }],
    };
    const { status, stdout } = await isochron([
      'sweep',
      suiteFile(changed, folder),
      '-o',
      out,
      '--resume',
      '--dry-run',
    ]);
    // as the sweep would end
    expect(status).toBe(1);
    expect(stdout).toContain('1 of them will fail.');
    expect(stdout).toMatch(/spin-skip\.r1 +stands/);
    expect(stdout).toMatch(/noop-skip\.r1 +run again: its definition has changed/);
    expect(stdout).toMatch(/nosuchnet.*will fail/);
  });
});

describe('a sweep that stopped', () => {
  /** Its second point is long enough to be hit in the middle. */
  const slow = {
    name: 'slow',
    base: { jobs: 20, events: 'none', period: '2ms' },
    include: [
      { workload: 'noop', overrun: 'skip' },
      { workload: 'noop', overrun: 'queue', jobs: 1000, name: 'noop-queue' },
      { workload: 'spin', overrun: 'skip' },
      { workload: 'spin', overrun: 'queue' },
    ],
  };
  const rows = (path: string) =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
  const inTheMiddle = (out: string) =>
    until(() => rows(join(out, 'noop-queue.r1.csv')) > 20, 'the second point');

  test('SIGKILL: the manifest is whole, and --resume runs what is missing and nothing twice', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    const suite = suiteFile(slow, folder);
    const { child, result } = start(['sweep', suite, '-o', out]);
    await inTheMiddle(out);
    child.kill('SIGKILL');
    expect((await result).signal).toBe('SIGKILL');
    const { manifest } = await readManifest(join(out, 'manifest.json'));
    const states = manifest?.points.map(({ status }) => status);
    expect(states).toEqual(['done', 'running', 'pending', 'pending']);
    const first = readFileSync(join(out, 'noop-skip.r1.csv'), 'utf8');
    const { status, stderr } = await isochron(['sweep', suite, '-o', out, '--resume']);
    expect(status).toBe(0);
    expect(stderr).toContain('1 of 4 points stand, 3 are run');
    expect(points(out).map((point) => [point.status, point.attempts])).toEqual([
      ['done', 1],
      ['done', 2],
      ['done', 1],
      ['done', 1],
    ]);
    expect(readFileSync(join(out, 'noop-skip.r1.csv'), 'utf8')).toBe(first);
    for (const point of points(out)) expectComplete(out, point);
    expect(
      readdirSync(out).filter((name) => name.includes('.tmp') || name.includes('lock')),
    ).toEqual([]);
  });

  test('SIGINT: exit code 130, the running point’s rows are kept, and --resume goes on', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    const suite = suiteFile(slow, folder);
    const { child, result } = start(['sweep', suite, '-o', out]);
    await inTheMiddle(out);
    child.kill('SIGINT');
    const { status, stdout } = await result;
    expect(status).toBe(130);
    expect(stdout).toContain('--resume goes on');
    expect(statuses(out)).toEqual(['done', 'interrupted', 'pending', 'pending']);
    expect(json(join(out, 'noop-queue.r1.json')).status).toBe('interrupted');
    expect((await isochron(['sweep', suite, '-o', out, '--resume'])).status).toBe(0);
    expect(statuses(out)).toEqual(Array(4).fill('done'));
  });

  test('a changed definition is noticed, run again and said', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    await isochron(['sweep', suiteFile(small, folder), '-o', out]);
    const before = points(out);
    const changed = {
      ...small,
      matrix: { ...small.matrix, workload: ['noop'] },
      include: [{ workload: 'spin', overrun: 'skip', jobs: 12, name: 'spin skip' }],
    };
    const { stderr } = await isochron(['sweep', suiteFile(changed, folder), '-o', out, '--resume']);
    expect(stderr).toContain('spin-skip.r1 is run again: its definition has changed');
    expect(stderr).toContain('The point spin-queue.r1 is no longer in the suite');
    const after = points(out);
    expect(after.map((point) => [point.id, point.attempts])).toEqual([
      ['noop-skip.r1', 1],
      ['noop-queue.r1', 1],
      ['spin-skip.r1', 2],
    ]);
    expect(after[0]?.hash).toBe(before[0]?.hash);
    expect(csv(join(out, 'spin-skip.r1.csv'))).toHaveLength(12);
  });

  test('files that were lost or cut are noticed, and their points run again', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    const suite = suiteFile(small, folder);
    await isochron(['sweep', suite, '-o', out]);
    rmSync(join(out, 'noop-skip.r1.csv'));
    writeFileSync(
      join(out, 'noop-queue.r1.csv'),
      readFileSync(join(out, 'noop-queue.r1.csv')).subarray(0, 900),
    );
    writeFileSync(join(out, 'spin-skip.r1.json'), '{"format":');
    const { stderr } = await isochron(['sweep', suite, '-o', out, '--resume']);
    expect(stderr).toContain('noop-skip.r1.csv is missing');
    expect(stderr).toContain('noop-queue.r1.csv is not as it was');
    expect(stderr).toContain('spin-skip.r1.json is not as it was');
    expect(stderr).toContain('1 of 4 points stand');
    for (const point of points(out)) expectComplete(out, point);
  });
});

describe('folders that can’t be used', () => {
  test('one that holds the sweep already, without --resume', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    const suite = suiteFile(small, folder);
    await isochron(['sweep', suite, '-o', out, '--only', 'noop-skip']);
    const { status, stderr } = await isochron(['sweep', suite, '-o', out]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/already holds this sweep \(1 of 4 points done\)/);
    expect(stderr).toContain('--resume');
  });

  test('one that holds another suite, with --resume or without', async () => {
    const out = join(scratch(), 'results');
    await isochron(['sweep', suiteFile(small), '-o', out, '--only', 'noop-skip']);
    const before = readFileSync(join(out, 'manifest.json'), 'utf8');
    for (const options of [[], ['--resume']]) {
      const { status, stderr } = await isochron([
        'sweep',
        suiteFile({ ...small, name: 'other' }),
        '-o',
        out,
        ...options,
      ]);
      expect(status).toBe(2);
      expect(stderr).toMatch(/holds results of small, and this is other/);
    }
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe(before);
  });

  test('one whose manifest is half-written', async () => {
    const out = scratch();
    writeFileSync(join(out, 'manifest.json'), '{"format": "isochron-sweep", "poi');
    const { status, stderr } = await isochron(['sweep', suiteFile(small), '-o', out, '--resume']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/manifest\.json is there, but/);
    expect(stderr.trim().split('\n')).toHaveLength(2);
  });

  test('one that holds somebody’s file of the same name', async () => {
    const out = scratch();
    writeFileSync(join(out, 'noop-skip.r1.csv'), 'precious\n');
    const { status, stderr } = await isochron(['sweep', suiteFile(small), '-o', out]);
    expect(status).toBe(2);
    expect(stderr).toContain('noop-skip.r1.csv');
    expect(readFileSync(join(out, 'noop-skip.r1.csv'), 'utf8')).toBe('precious\n');
  });

  test('one in which another sweep is at work', async () => {
    const folder = scratch();
    const out = join(folder, 'results');
    const suite = suiteFile(
      { name: 's', include: [{ workload: 'noop', period: '5ms', jobs: 0, events: 'none' }] },
      folder,
    );
    const { child, result } = start(['sweep', suite, '-o', out]);
    await until(
      () =>
        existsSync(join(out, 'noop-5ms-0-none.r1.csv')) ||
        (readdirSync(folder).includes('results') &&
          readdirSync(out).some((name) => name.endsWith('.csv'))),
      'the first point',
    );
    const { status, stderr } = await isochron(['sweep', suite, '-o', out, '--resume']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/A sweep is at work .*process \d+/); // E_SWEEP_BUSY
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
  });

  test('one that can’t be made, and a file', async () => {
    const suite = suiteFile(small);
    const absent = await isochron(['sweep', suite, '-o', '/proc/nowhere/at/all']);
    expect(absent.status).toBe(1);
    expect(absent.stderr).toMatch(/\/proc\/nowhere/);
    const file = await isochron(['sweep', suite, '-o', suite]);
    expect(file.status).toBe(1);
    expect(file.stderr).toContain(suite);
  });

  test('one that may not be written', async ({ skip }) => {
    if (process.getuid?.() !== 0 || spawnSync('setpriv', ['--version']).status !== 0)
      return skip('needs root and setpriv to run as another user');
    const out = join(scratch(), 'results');
    mkdirSync(out);
    const suite = suiteFile(small);
    for (const path of [out, join(suite, '..'), suite]) chmodSync(path, 0o755);
    if ((statSync(join(out, '..')).mode & 0o005) === 0) chmodSync(join(out, '..'), 0o755);
    const { status, stderr } = await isochron(['sweep', suite, '-o', out], {
      wrapper: [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
      ],
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/permission denied/);
    expect(readdirSync(out)).toEqual([]);
  });

  test('a disk that fills: the sweep stops with a sentence, and goes on once there is room', async ({
    skip,
  }) => {
    const disk = join(scratch(), 'disk');
    mkdirSync(disk);
    const mount = (...options: string[]) =>
      spawnSync('mount', ['-t', 'tmpfs', '-o', ...options, 'tmpfs', disk]).status;
    if (mount('size=160k') !== 0) return skip('a small tmpfs can’t be mounted here');
    try {
      const suite = suiteFile({
        name: 's',
        base: { jobs: 400, events: 'none' },
        matrix: { workload: ['noop', 'spin'], period: ['1ms', '2ms'] },
      });
      const { status, stderr } = await isochron(['sweep', suite, '-o', join(disk, 'r')]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/disk .*full/i);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(spawnSync('mount', ['-o', 'remount,size=20m', disk]).status).toBe(0);
      const again = await isochron(['sweep', suite, '-o', join(disk, 'r'), '--resume']);
      expect(again.status).toBe(0);
      for (const point of points(join(disk, 'r'))) expectComplete(join(disk, 'r'), point);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

describe('wrong suites', () => {
  test('one bad line of a thousand points is named before anything runs', async () => {
    const folder = scratch();
    const path = join(folder, 'long.yaml');
    const lines = Array.from(
      { length: 1000 },
      (_, i) => `  - { workload: spin, us: ${i === 321 ? 'lots' : i} }`,
    );
    writeFileSync(path, ['name: long', 'include:', ...lines].join('\n'));
    const out = join(folder, 'results');
    const { status, stderr } = await isochron(['sweep', path, '-o', out]);
    expect(status).toBe(2);
    expect(stderr).toContain('long.yaml, line 324: include[321].us');
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(existsSync(out)).toBe(false);
  });

  test('a suite that is not there', async () => {
    const { status, stderr } = await isochron(['sweep', 'no-such-suite']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/There is no suite no-such-suite/);
  });

  test('what has its name and is none says what it is', async () => {
    const folder = scratch();
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
    writeFileSync(join(folder, 'suite.txt'), 'name: x');
    for (const [name, words] of [
      ['pipe', /pipe\.yaml is a pipe, .*a suite is a file/],
      ['suite.txt', /suite\.txt has not the ending of a suite/],
      ['/dev/null', /null is a pipe, a socket or a device/],
    ] as const) {
      const { status, stderr } = await isochron([
        'sweep',
        name.startsWith('/') ? name : join(folder, name),
      ]);
      expect(stderr).toMatch(words);
      expect(status).toBe(2);
    }
  });

  test('a pattern that matches nothing', async () => {
    const { status, stderr } = await isochron([
      'sweep',
      suiteFile(small),
      '--only',
      'vgg',
      '--dry-run',
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/no point matches --only vgg/);
  });
});

describe('a ready suite', () => {
  test('xnnpack --quick ends well, from the network to the comparison', async () => {
    const out = join(scratch(), 'results');
    const { status, stderr } = await isochron([
      ...['sweep', 'bench/xnnpack', '--quick', '-o', out],
      ...['--only', '.r1'], // the others are the same once more
    ]);
    expect(stderr).not.toMatch(/FAILED/);
    expect(status).toBe(0);
    const done = points(out).filter((point) => point.id.endsWith('.r1'));
    for (const point of done) expectComplete(out, point);
    const { loadResults } = await import('../../src/analysis/load-results.js');
    const { runs } = await loadResults(out);
    expect(runs).toHaveLength(done.length);
    expect(new Set(runs.map((run) => run.identity.xnnpack))).toEqual(new Set([true, false]));
    expect(runs.every((run) => run.interleaved && run.suite === 'xnnpack')).toBe(true);
  });
});
