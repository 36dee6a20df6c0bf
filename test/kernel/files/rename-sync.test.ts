/** A rename that a power cut undoes is no write: the folder is synced after it, and what that says is heard. */
import { type open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { writeAtomically } from '../../../src/kernel/files/atomic-file.js';
import { scratch } from '../../cli/helpers.js';

const fails = vi.hoisted(() => ({ code: null as string | null, synced: 0 }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (...args: Parameters<typeof open>) => {
      const handle = await real.open(...args);
      if (!(await handle.stat()).isDirectory()) return handle;
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        fails.synced++;
        if (fails.code !== null)
          throw Object.assign(new Error(fails.code), { code: fails.code, syscall: 'fsync' });
        return sync();
      };
      return handle;
    },
  };
});

test.each([
  [null, 'ok'],
  ['EINVAL', 'ok'],
  ['EIO', 'Cannot write PATH: the disk reports an error, and what was written may be lost.'],
  ['EDQUOT', 'Cannot write PATH: the disk quota is used up.'],
])('a folder’s sync that says %s: %s', async (code, said) => {
  const path = join(scratch(), 'file');
  await writeFile(path, 'before');
  Object.assign(fails, { code, synced: 0 });
  const result = await writeAtomically(path, (file) => file.writeFile('after')).then(
    () => 'ok',
    (error: Error) => error.message.replace(path, 'PATH'),
  );
  expect(result).toBe(said);
  expect(fails.synced).toBe(1);
  expect(await readFile(path, 'utf8')).toBe('after');
});
