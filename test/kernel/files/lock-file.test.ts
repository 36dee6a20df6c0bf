import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IsochronError } from '../../../src/kernel/errors.js';
import { FileLock } from '../../../src/kernel/files/lock-file.js';
import { scratch } from '../../cli/helpers.js';
import { compiledFor } from '../../compiled.js';

const busy = (pid: number) => new IsochronError('E_BUSY', `process ${pid}`);
const take = (path: string) => FileLock.take(path, busy);
const fresh = () => join(scratch(), 'lock');

/** What this process would write, and a process that has ended. */
function own(): Record<string, unknown> {
  const path = fresh();
  const lock = take(path);
  const content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  lock.release();
  return content;
}
const gone = () => spawnSync('true').pid;
let n = 0;
/** Leaves a lock as another process would have. */
function leave(path: string, content: object = {}): string {
  const id = `left-${n++}`;
  writeFileSync(path, JSON.stringify({ ...own(), id, pid: gone(), ...content }));
  return id;
}
function refusal(path: string): IsochronError {
  const before = readFileSync(path, 'utf8');
  try {
    take(path).release();
  } catch (error) {
    expect(readFileSync(path, 'utf8')).toBe(before);
    return error as IsochronError;
  }
  throw new Error('the lock was taken');
}
const names = (path: string) => readdirSync(join(path, '..'));

describe('a lock', () => {
  test('says whose it is, holds until it is released, and leaves nothing', () => {
    const path = fresh();
    const lock = take(path);
    const content = JSON.parse(readFileSync(path, 'utf8'));
    const started = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19];
    expect(content).toMatchObject({ pid: process.pid, started, host: hostname() });
    expect(content.boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(names(path)).toEqual(['lock']);
    expect(() => take(path)).toThrow(`process ${process.pid}`);
    lock.release();
    expect(names(path)).toEqual([]);
    take(path).release();
  });

  test('that somebody has removed and another has taken is not released twice', () => {
    const path = fresh();
    const lock = take(path);
    leave(path, { pid: process.pid });
    lock.release();
    expect(names(path)).toEqual(['lock']);
  });

  test('of a process that works is left alone', async () => {
    const child = spawn('sleep', ['1000']);
    try {
      const path = fresh();
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
      leave(path, { pid: child.pid, started: stat?.[19] });
      expect(refusal(path)).toMatchObject({ code: 'E_BUSY', message: `process ${child.pid}` });
      // the same pid, given to another process since
      leave(path, { pid: child.pid, started: '1' });
      take(path).release();
      expect(names(path)).toEqual([]);
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });

  test('of another host, or another container, is refused with what to remove', () => {
    for (const content of [{ host: 'elsewhere' }, { pidNamespace: 'pid:[1]' }]) {
      const path = fresh();
      leave(path, { pid: 4711, ...content });
      const error = refusal(path);
      expect(error.code).toBe('E_LOCKED');
      expect(error.message).toContain(
        `process 4711 on ${'host' in content ? 'elsewhere' : hostname()}`,
      );
      expect(error.message).toContain(path);
      expect(error.hint).toBe('If it has ended, remove that file.');
      expect(names(path)).toEqual(['lock']);
    }
  });

  test('from before a reboot is nobody’s, even where its pid is in use again', () => {
    const path = fresh();
    leave(path, { pid: process.pid, boot: 'another', pidNamespace: 'pid:[1]' });
    take(path).release();
    expect(names(path)).toEqual([]);
  });

  test.each([
    ['empty', ''],
    ['cut', '{"id": "a", "pid": 12'],
    ['no object', 'null'],
    ['without a host', JSON.stringify({ id: 'a', pid: 99999999 })],
    ['with an id that leads elsewhere', JSON.stringify({ ...own(), pid: gone(), id: '/../x' })],
    ['with a pid of all processes', JSON.stringify({ ...own(), pid: -1 })],
    ['a film', 'x'.repeat(5000)],
  ])('that is %s is not taken for one of a process that is gone', (_what, text) => {
    const path = fresh();
    writeFileSync(path, text);
    const error = refusal(path);
    expect(error.code).toBe('E_LOCKED');
    expect(error.message).toBe(`${path} should be a lock, but it does not say whose.`);
    expect(names(path)).toEqual(['lock']);
  });

  test('that is a pipe or a folder is refused, and not waited for', () => {
    const pipe = fresh();
    spawnSync('mkfifo', [pipe]);
    expect(() => take(pipe)).toThrow(/does not say whose/);
    const folder = fresh();
    mkdirSync(folder);
    expect(() => take(folder)).toThrow(/does not say whose/);
  });

  test('can’t be in a folder that is not there', () => {
    expect(() => take('/nowhere/lock')).toThrow(/The folder of \/nowhere\/lock does not exist/);
  });

  test('of killed processes follow each other: the last one counts, and a normal end clears all', () => {
    const path = fresh();
    const first = leave(path);
    const second = leave(`${path}.${first}`);
    leave(`${path}.unreachable`);
    leave(`${path}.half.new`);
    leave(`${path}.of-a-living-one.new`, { pid: process.pid });
    const lock = take(path);
    expect(names(path).sort()).toEqual(
      ['lock', `lock.${first}`, `lock.${second}`, 'lock.of-a-living-one.new'].sort(),
    );
    expect(() => take(path)).toThrow(`process ${process.pid}`);
    lock.release();
    expect(names(path)).toEqual(['lock.of-a-living-one.new']);
  });

  test('is named where it is not the first of a chain that can’t be judged', () => {
    const path = fresh();
    const first = leave(path);
    leave(`${path}.${first}`, { host: 'elsewhere' });
    expect(refusal(path).message).toContain(`${path}.${first} is a lock of`);
  });
});

/** Four processes at once, to their end. */
async function contend(mode: string, ...rest: string[]): Promise<void> {
  const script = compiledFor(scratch(), 'test/kernel/files/lock-contender.mjs');
  const children = [0, 1, 2, 3].map((i) =>
    spawn(process.execPath, [script, mode, String(i), '4', ...rest], { stdio: 'inherit' }),
  );
  // one that fails leaves the others waiting for it
  const end = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  const exits = children.map(async (child) => {
    const [status] = await once(child, 'exit');
    if (status !== 0) end();
    return status;
  });
  try {
    expect(await Promise.all(exits)).toEqual([0, 0, 0, 0]);
  } finally {
    end();
  }
}

describe('of four processes', () => {
  test('that want a lock at once exactly one gets it, whatever killed ones have left', async () => {
    const root = scratch();
    const folders = Array.from({ length: 90 }, (_, i) => {
      const folder = join(root, String(i));
      mkdirSync(folder);
      if (i % 3 > 0) {
        const first = leave(join(folder, 'lock'), i % 2 ? { boot: 'another' } : {});
        if (i % 3 > 1) leave(join(folder, `lock.${first}`));
      }
      return folder;
    });
    await contend('once', ...folders);
    for (const folder of folders) {
      const outcomes = [0, 1, 2, 3].map((i) => readFileSync(join(folder, `outcome-${i}`), 'utf8'));
      expect(outcomes.sort(), folder).toEqual(['E_BUSY', 'E_BUSY', 'E_BUSY', 'got it']);
      expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
    }
  });

  test('that take, release and are killed in turn never two hold it', async () => {
    const folder = scratch();
    await contend('churn', folder, '100', String(gone()));
    take(join(folder, 'lock')).release();
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
  });
});
