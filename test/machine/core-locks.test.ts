/** Two runs that want the same core: told of each other, whichever processes and users they are. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadAddon } from '../../src/addon/load-addon.js';
import type { Scheduling } from '../../src/benchmark/plan.js';
import { type LockPlaces, lockCores, lockPlaces } from '../../src/machine/core-locks.js';
import { onlineCores } from '../../src/machine/cores.js';
import { isochron, scratch, start, until } from '../cli/helpers.js';

const addon = loadAddon();
const root = process.geteuid?.() === 0;
const AS_ROOT = 'needs root, to be another user';
const other: Scheduling = { policy: 'other' };
const fifo: Scheduling = { policy: 'fifo', priority: 10 };
const deadline: Scheduling = { policy: 'deadline', runtimeNs: 1, deadlineNs: 2, periodNs: 3 };

const places = (): LockPlaces => {
  const folder = scratch();
  return {
    machine: join(folder, 'machine'),
    user: join(folder, 'user'),
    uid: process.geteuid?.() ?? 0,
  };
};
const releases: (() => void)[] = [];
afterEach(() => {
  for (const release of releases.splice(0)) release();
});
/** A run's locks, as a process of its own would have them: flock(2) is by open file, not by process. */
function lock(where: LockPlaces, scheduling: Scheduling, ...cores: number[]) {
  const notes: string[] = [];
  const release = lockCores({ cores, scheduling }, addon, (note) => notes.push(note), where);
  releases.push(release);
  return { notes, release };
}
const busy = expect.objectContaining({ code: 'E_BUSY' });

describe('a core that two runs use', () => {
  test.each([
    ['fifo', fifo],
    ['deadline', deadline],
  ])('both at real-time priority (%s): E_BUSY, until the first one ends', (_name, policy) => {
    const where = places();
    const { release } = lock(where, policy, 1);
    expect(() => lock(where, fifo, 1)).toThrow(busy);
    expect(() => lock(where, fifo, 0, 1)).toThrow(/Core 1 /);
    release();
    expect(lock(where, fifo, 1).notes).toEqual([]);
  });

  test.each([
    ['neither at real-time priority', other, other],
    ['only the first', fifo, other],
    ['only the second', other, fifo],
  ])('%s: a note', (_name, first, second) => {
    const where = places();
    expect(lock(where, first, 1).notes).toEqual([]);
    expect(lock(where, second, 1).notes).toEqual([
      "Core 1 is used by another run of isochron, too: each disturbs the other's times.",
    ]);
    expect(lock(where, other, 1).notes).toHaveLength(1); // a third one learns of both
  });

  test('other cores, and no core at all, disturb nobody', () => {
    const where = places();
    lock(where, fifo, 1);
    expect(lock(where, fifo, 0, 2).notes).toEqual([]);
    expect(lock(where, fifo).notes).toEqual([]);
  });

  test('a run that is refused holds nothing afterwards', () => {
    const where = places();
    const { release } = lock(where, fifo, 1);
    expect(() => lock(where, fifo, 0, 1)).toThrow(busy);
    release();
    expect(lock(where, fifo, 0, 1).notes).toEqual([]);
  });

  test('nothing stays open after a run', () => {
    const where = places();
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    lock(where, fifo, 0, 1).release();
    expect(open()).toBe(before);
  });
});

describe('the files of the locks', () => {
  test.skipIf(!root)('root makes those of every core, for everybody to read', () => {
    const where = places();
    lock(where, other, 0);
    expect(statSync(where.machine).mode & 0o777).toBe(0o755);
    const files = readdirSync(where.machine);
    for (const core of onlineCores() ?? [0]) {
      expect(files).toContain(`core-${core}.rt`);
      expect(files).toContain(`core-${core}.use`);
    }
    expect(statSync(join(where.machine, 'core-0.rt')).mode & 0o777).toBe(0o644);
    expect(existsSync(where.user)).toBe(false);
  });

  test.skipIf(!root)('a user takes part in what root has made', () => {
    const where = places();
    lock(where, fifo, 0);
    expect(() => lock({ ...where, uid: 65534 }, fifo, 0)).toThrow(busy);
    expect(existsSync(where.user)).toBe(false);
  });

  test('without root, a user’s runs see each other in a folder that is the user’s alone', () => {
    const where = { ...places(), uid: process.geteuid?.() ?? 0 };
    mkdirSync(where.machine, { mode: 0o777 });
    chmodSync(where.machine, 0o777); // anybody's: not believed
    lock(where, fifo, 0);
    expect(statSync(where.user).mode & 0o777).toBe(0o700);
    expect(() => lock(where, fifo, 0)).toThrow(busy);
    expect(readdirSync(where.machine)).toEqual([]);
  });

  test.each<[string, (where: LockPlaces) => void]>([
    ['a link', (w) => symlinkSync(scratch(), w.user)],
    ['a file', (w) => writeFileSync(w.user, '')],
    [
      'writable for others',
      (w) => {
        mkdirSync(w.user);
        chmodSync(w.user, 0o777);
      },
    ],
  ])('a folder that is %s is not used, and that is said', (_what, make) => {
    const where = places();
    writeFileSync(where.machine, '');
    make(where);
    expect(lock(where, fifo, 0).notes).toEqual([expect.stringMatching(/no folder/)]);
    expect(lock(where, other, 0).notes).toEqual([]);
  });

  test.skipIf(!root)(`nor one of another user’s (${AS_ROOT})`, () => {
    const where = places();
    writeFileSync(where.machine, '');
    mkdirSync(where.user, { mode: 0o700 });
    chownSync(where.user, 65534, 65534);
    expect(lock(where, fifo, 0).notes).toHaveLength(1);
  });

  test.skipIf(!root)(`a file that is a link or another user’s is not used (${AS_ROOT})`, () => {
    const where = places();
    mkdirSync(where.machine, { mode: 0o755 });
    const victim = join(scratch(), 'victim');
    symlinkSync(victim, join(where.machine, 'core-0.rt'));
    writeFileSync(join(where.machine, 'core-1.rt'), '');
    chownSync(join(where.machine, 'core-1.rt'), 65534, 65534);
    expect(lock(where, fifo, 0).notes).toHaveLength(1);
    expect(lock(where, fifo, 1).notes).toHaveLength(1);
    expect(existsSync(victim)).toBe(false);
  });

  test('lie where the machine or the user keeps such things, or where ISOCHRON_LOCKS says', () => {
    vi.stubEnv('ISOCHRON_LOCKS', undefined);
    vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/7');
    expect(lockPlaces()).toMatchObject({
      machine: '/run/isochron',
      user: '/run/user/7/isochron',
    });
    vi.stubEnv('XDG_RUNTIME_DIR', 'relative');
    vi.stubEnv('TMPDIR', '/tmp');
    expect(lockPlaces().user).toBe(`/tmp/isochron-${process.geteuid?.()}`);
    vi.stubEnv('ISOCHRON_LOCKS', '/shared');
    expect(lockPlaces()).toMatchObject({ machine: '/shared', user: '/shared' });
    vi.unstubAllEnvs();
  });
});

describe('two processes', () => {
  test('at real-time priority on one core: the second is refused, and runs when the first has gone', async () => {
    const env = { ISOCHRON_LOCKS: join(scratch(), 'locks') };
    const out = join(scratch(), 'out.csv');
    // denied rights don't matter: what was asked for counts
    const args = ['run', 'noop', '-p', '0.01', '-f', '10', '-c', '0', '--best-effort'];
    const first = start([...args, '-t', '0', '-o', out], { env });
    onTestFinished(() => void first.child.kill('SIGKILL'));
    await until(() => existsSync(out), 'the first run');
    const { status, stderr } = await isochron([...args, '-t', '3'], { env });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Core 0 is in use by another run at real-time priority\.\n\s+Wait/);
    const shared = await isochron(['run', 'noop', '-p', '0.01', '-c', '0', '-t', '3'], { env });
    expect(shared.status).toBe(0);
    expect(shared.stderr).toMatch(/Core 0 is used by another run/);
    first.child.kill('SIGKILL'); // nothing is put away
    await first.result;
    expect((await isochron([...args, '-t', '3'], { env })).status).toBe(0);
  });
});
