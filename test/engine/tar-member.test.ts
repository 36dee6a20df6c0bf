import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { create } from 'tar';
import { describe, expect, test } from 'vitest';
import { tarMember } from '../../src/engine/tar-member.js';
import { scratch } from './fake-engine.js';

/** What npm's own tar makes of these files. */
function tarball(files: Record<string, Buffer>): Buffer {
  const folder = scratch();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const file = join(scratch(), 'a.tgz');
  create({ gzip: true, file, cwd: folder, sync: true, portable: true }, ['package']);
  return readFileSync(file);
}

describe('a file out of a tarball', () => {
  test.each([0, 1, 511, 512, 513, 100_000])('of %i bytes, among others', async (size) => {
    const content = Buffer.alloc(size, 'tensor');
    const tgz = tarball({
      'package/a.bin': Buffer.alloc(700, 1),
      'package/lib/b.so': content,
      'package/lib/c.txt': Buffer.from('after'),
    });
    expect(await tarMember(tgz, 'package/lib/b.so')).toEqual(content);
    expect(await tarMember(tgz, 'package/lib/c.txt')).toEqual(Buffer.from('after'));
  });
  test('with a name that takes the prefix field', async () => {
    const path = `package/${'folder/'.repeat(16)}lib.so`;
    expect(path.length).toBeGreaterThan(100);
    expect(await tarMember(tarball({ [path]: Buffer.from('x') }), path)).toEqual(Buffer.from('x'));
  });
  test('a folder is not a file, and what is not there is null', async () => {
    const tgz = tarball({ 'package/lib/b.so': Buffer.from('x') });
    expect(await tarMember(tgz, 'package/lib')).toBeNull();
    expect(await tarMember(tgz, 'package/lib/')).toBeNull();
    expect(await tarMember(tgz, 'b.so')).toBeNull();
    expect(await tarMember(gzipSync(Buffer.alloc(1024)), 'b.so')).toBeNull();
  });
});

describe('what is no archive', () => {
  const whole = () => tarball({ 'package/b.so': Buffer.alloc(5000, 3) });
  test('no gzip, and a gzip that ends early', async () => {
    await expect(tarMember(Buffer.from('an error page'), 'b')).rejects.toMatchObject({
      code: 'Z_DATA_ERROR',
    });
    const tgz = whole();
    await expect(tarMember(tgz.subarray(0, tgz.length - 20), 'b')).rejects.toMatchObject({
      code: 'Z_BUF_ERROR',
    });
  });
  test('a gzip of something else, a damaged header, a file that is cut off', async () => {
    const bad = (tar: Buffer) =>
      expect(tarMember(gzipSync(tar), 'package/b.so')).rejects.toMatchObject({
        code: 'TAR_BAD_ARCHIVE',
      });
    await bad(Buffer.alloc(2048, 'text'));
    const tar = gunzipSync(whole());
    const damaged = Buffer.from(tar);
    damaged[0] = (damaged[0] as number) ^ 1;
    await bad(damaged);
    const file = tar.indexOf('package/b.so');
    await bad(tar.subarray(0, file + 512 + 4096));
  });
});
