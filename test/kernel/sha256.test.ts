import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hashFile, sha256Of, sha256OfFile, startSha256 } from '../../src/kernel/sha256.js';

const folder = mkdtempSync(join(tmpdir(), 'isochron-sha256-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** FIPS 180-4's example, as NIST publishes it. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('text, bytes, pieces and a file of the same content have the same hash', async () => {
  const file = join(folder, 'abc');
  writeFileSync(file, 'abc');
  expect(sha256Of('abc')).toBe(ABC);
  expect(sha256Of(Buffer.from('abc'))).toBe(ABC);
  expect(startSha256().update('a').update('bc').digest('hex')).toBe(ABC);
  expect(await hashFile(file)).toEqual({ sha256: ABC, bytes: 3 });
  expect(await sha256OfFile(file)).toBe(ABC);
});

test('in base64, as browsers want it', () => {
  expect(sha256Of('abc', 'base64')).toBe(Buffer.from(ABC, 'hex').toString('base64'));
});

test('a file longer than a piece is hashed and counted whole, and one of nothing too', async () => {
  const long = join(folder, 'long');
  writeFileSync(long, Buffer.alloc(2 ** 21 + 1, 7));
  expect(await hashFile(long)).toEqual({
    sha256: sha256Of(Buffer.alloc(2 ** 21 + 1, 7)),
    bytes: 2 ** 21 + 1,
  });
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  expect(await hashFile(empty)).toEqual({ sha256: sha256Of(''), bytes: 0 });
});

test('what is no file is refused at once, and has no hash', async () => {
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  await expect(hashFile(fifo)).rejects.toMatchObject({ code: 'NO_FILE' });
  await expect(hashFile(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(hashFile(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
  for (const path of [fifo, folder, join(folder, 'absent')])
    expect(await sha256OfFile(path)).toBeNull();
});
