/** What another process may do between two steps of ours, at exactly that place. */
import { spawnSync } from 'node:child_process';
import * as files from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { IsochronError } from '../../../src/kernel/errors.js';
import { FileLock } from '../../../src/kernel/files/lock-file.js';
import { scratch } from '../../cli/helpers.js';

const meanwhile = vi.hoisted(() => ({
  beforeLink: null as (() => void) | null,
  afterRemoval: null as (() => void) | null,
  link: null as string | null,
}));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof files>();
  const first = (name: 'beforeLink' | 'afterRemoval') => {
    const action = meanwhile[name];
    meanwhile[name] = null;
    action?.();
  };
  return {
    ...real,
    linkSync: (from: string, to: string) => {
      first('beforeLink');
      if (meanwhile.link !== null)
        throw Object.assign(new Error('no links'), { code: meanwhile.link });
      real.linkSync(from, to);
    },
    rmSync: (path: string, options: files.RmOptions) => {
      real.rmSync(path, options);
      if (!path.endsWith('.new')) first('afterRemoval');
    },
  };
});

const take = (path: string) =>
  FileLock.take(path, (pid) => new IsochronError('E_BUSY', `process ${pid}`));
/** The lock of a process that is gone. */
function left(): string {
  const path = join(scratch(), 'lock');
  const lock = take(path);
  const content = JSON.parse(files.readFileSync(path, 'utf8'));
  lock.release();
  files.writeFileSync(path, JSON.stringify({ ...content, id: 'dead', pid: spawnSync('true').pid }));
  return path;
}

test('the lock of a gone process is given up, and taken anew, before we link ours behind it', () => {
  const path = left();
  let other: FileLock | undefined;
  meanwhile.beforeLink = () => {
    files.rmSync(path);
    other = take(path);
  };
  expect(() => take(path)).toThrow(`process ${process.pid}`);
  expect(files.readdirSync(join(path, '..'))).toEqual(['lock']);
  other?.release();
  expect(files.readdirSync(join(path, '..'))).toEqual([]);
});

test('another takes the lock while we release it', () => {
  const path = left();
  const lock = take(path);
  let other: FileLock | undefined;
  meanwhile.afterRemoval = () => {
    other = take(path);
  };
  lock.release();
  expect(other).toBeDefined();
  expect(() => take(path)).toThrow(`process ${process.pid}`);
  other?.release();
});

test('a file system without hard links: the lock is made in place, once', () => {
  const path = join(scratch(), 'lock');
  for (const code of ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP']) {
    meanwhile.link = code;
    const lock = take(path);
    expect(() => take(path)).toThrow(`process ${process.pid}`);
    lock.release();
    expect(files.readdirSync(join(path, '..'))).toEqual([]);
  }
  meanwhile.link = 'EIO';
  expect(() => take(path)).toThrow(/can't be written/);
  expect(files.readdirSync(join(path, '..'))).toEqual([]);
  meanwhile.link = null;
});
