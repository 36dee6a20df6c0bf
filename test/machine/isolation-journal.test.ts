/** Whose journal is believed: what stands in one is written to /proc and /sys, perhaps by root. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isolate } from '../../src/machine/isolation/isolate.js';
import { Journal, journalFolder } from '../../src/machine/isolation/journal.js';
import { undoLeftovers } from '../../src/machine/isolation/undo.js';
import { preparedBoard, task, tree } from './tree.js';

const asRoot = process.geteuid?.() === 0;
const governor = 'sys/devices/system/cpu/cpu3/cpufreq/scaling_governor';
/** Above any pid_max. */
const GONE = { pid: 2 ** 22 + 1, startTime: 1 };
const change = {
  kind: 'file',
  what: 'governor',
  path: governor,
  format: 'word',
  before: 'ondemand',
  after: 'performance',
};
const journal = (more: Record<string, unknown> = {}) => ({
  format: 'isochron-isolation',
  version: 1,
  bootId: null,
  owner: GONE,
  startedAt: 'x',
  steps: [change],
  ...more,
});

let cache: string | undefined;
beforeEach(() => {
  cache = process.env.ISOCHRON_CACHE;
});
afterEach(() => {
  if (cache === undefined) delete process.env.ISOCHRON_CACHE;
  else process.env.ISOCHRON_CACHE = cache;
});

/** A board whose governor an isolation has set, with this text as its journal. */
function board(content: unknown, files: Record<string, string> = {}) {
  const root = tree({ ...preparedBoard, ...files });
  process.env.ISOCHRON_CACHE = join(root, 'cache');
  const path = join(journalFolder(root), 'isolation.json');
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, 0o644);
  const undo = () => {
    const refused: unknown[] = [];
    const reports = undoLeftovers({ root, move: () => 0 }, false, (error) => refused.push(error));
    return { reports, refused };
  };
  return { root, path, undo, governor: () => readFileSync(join(root, governor), 'utf8').trim() };
}

function expectRefused(it: ReturnType<typeof board>, why: RegExp): void {
  const { reports, refused } = it.undo();
  expect(reports).toEqual([]);
  expect(refused).toEqual([
    expect.objectContaining({ code: 'E_JOURNAL', message: expect.stringMatching(why) }),
  ]);
  expect(it.governor()).toBe('performance');
  expect(existsSync(it.path)).toBe(true);
}

describe('a journal is taken back', () => {
  test('when this user wrote it and its process is gone', () => {
    const it = board(journal());
    expect(it.undo()).toMatchObject({ reports: [{ restored: 1 }], refused: [] });
    expect(it.governor()).toBe('ondemand');
  });

  test('when another process has the number of the one that wrote it', () => {
    const own = task(process.pid, 'another', '0-2', { start: 5000 });
    const it = board(journal({ owner: { pid: process.pid, startTime: 4999 } }), own);
    expect(it.undo()).toMatchObject({ reports: [{ restored: 1 }], refused: [] });
  });

  test.each([5000, null])('but not while its owner lives (start time %s)', (startTime) => {
    const own = task(process.pid, 'the owner', '0-2', { start: 5000 });
    const it = board(journal({ owner: { pid: process.pid, startTime } }), own);
    expect(it.undo()).toEqual({ reports: [], refused: [] });
    expect(it.governor()).toBe('performance');
  });
});

describe('a journal is refused', () => {
  test.each([
    ['without steps', { format: 'isochron-isolation', version: 1 }],
    ['of another format', { ...journal(), format: 'x' }],
    ['that is no JSON', '{'],
    ['that is null', 'null'],
    ['with an owner that is none', journal({ owner: { pid: 0, startTime: 1 } })],
  ])('%s', (_, content) => expectRefused(board(content), /is no journal of an isolation/));

  test('of a later isochron', () => expectRefused(board(journal({ version: 2 })), /version 2/));

  test.each([
    { ...change, path: 'home/somebody/victim' },
    { ...change, path: `sys/devices/system/cpu/cpu3/cpufreq/../../../../../../etc/passwd` },
    { ...change, path: `../${governor}` },
    { ...change, path: `${governor}x` },
    { ...change, what: 'interrupt' },
    { ...change, before: 'two\nlines' },
    { ...change, format: 'list' },
    { ...change, what: 'cpuset', path: 'sys/fs/cgroup/../cpuset.cpus', format: 'list', before: '' },
    { kind: 'controller', path: 'sys/fs/cgroup/a/cgroup.subtree_control' },
    { kind: 'cgroup', path: 'sys/fs/cgroup/system.slice' },
    { kind: 'cgroup', path: 'sys/fs/cgroup/isochron.1/../x' },
    { kind: 'member', pid: 1, from: 'home/victim', to: 'sys/fs/cgroup/isochron.1/cgroup.procs' },
    {
      kind: 'member',
      pid: 1,
      from: 'sys/fs/cgroup/../../home/cgroup.procs',
      to: 'sys/fs/cgroup/isochron.1/cgroup.procs',
    },
    {
      kind: 'member',
      pid: 1,
      from: 'sys/fs/cgroup/a/cgroup.procs',
      to: 'home/payload',
    },
    { kind: 'task', tid: 0, startTime: 1, comm: 'x', before: [0], after: [1] },
    { kind: 'other' },
  ])('that names what isolation never changes: %j', (step) =>
    expectRefused(board(journal({ steps: [change, step] })), /is no journal.*\(steps\.1/),
  );

  test.each([0o666, 0o664])('with the mode %o', (mode) => {
    const it = board(journal());
    chmodSync(it.path, mode);
    expectRefused(it, /can be written by others/);
  });

  test('that is a link', () => {
    const it = board(journal());
    const target = `${it.path}.target`;
    writeFileSync(target, readFileSync(it.path));
    chmodSync(target, 0o644);
    Journal.read(it.path)?.settle([]);
    symlinkSync(target, it.path);
    expectRefused(it, /is a link/);
  });

  test('that is a folder', () => {
    const it = board(journal());
    Journal.read(it.path)?.settle([]);
    mkdirSync(it.path);
    expectRefused(it, /is not a file/);
  });

  test.skipIf(!asRoot)('of another user, by root', () => {
    const it = board(journal());
    chownSync(it.path, 1000, 1000);
    expectRefused(it, /belongs to the user 1000/);
  });

  test.skipIf(!asRoot)('of root in a folder of another user, by root', () => {
    const it = board(journal());
    chownSync(dirname(it.path), 1000, 1000);
    expectRefused(it, /stands in .*, which belongs to the user 1000/);
  });

  test.skipIf(!asRoot)('and none is begun in a folder that others can write', () => {
    const it = board(journal());
    Journal.read(it.path)?.settle([]);
    chmodSync(dirname(it.path), 0o777);
    const begin = () => isolate({ root: it.root, move: () => 0, cores: [3], bestEffort: true });
    expect(begin).toThrow(
      expect.objectContaining({
        code: 'E_JOURNAL',
        message: expect.stringMatching(/can be written by anyone/),
      }),
    );
    expect(existsSync(it.path)).toBe(false);
  });
});

test('a file in the journal’s place that is none is named, not waited for', () => {
  const it = board('{');
  const begin = () => isolate({ root: it.root, move: () => 0, cores: [3], bestEffort: true });
  expect(begin).toThrow(expect.objectContaining({ code: 'E_JOURNAL' }));
});
