import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCpio } from '../../scripts/board/cpio.mjs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isochron-cpio-test-'));
  mkdirSync(join(folder, 'tree', 'deep'), { recursive: true });
  writeFileSync(join(folder, 'tree', 'deep', 'tool'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(folder, 'tree', 'ä'), Buffer.from([1, 2, 3, 0, 255]));
  symlinkSync('deep/tool', join(folder, 'tree', 'link'));
  writeCpio(join(folder, 'a.cpio'), {
    '/opt/x': join(folder, 'tree'),
    empty: null,
    'etc/n': { text: 'name\n' },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an archive ends on a multiple of four bytes, so that another may follow it', () => {
  expect(readFileSync(join(folder, 'a.cpio')).length % 4).toBe(0);
});

test('the same tree gives the same bytes at any time', () => {
  writeCpio(join(folder, 'b.cpio'), {
    '/opt/x': join(folder, 'tree'),
    empty: null,
    'etc/n': { text: 'name\n' },
  });
  expect(readFileSync(join(folder, 'b.cpio'))).toEqual(readFileSync(join(folder, 'a.cpio')));
});

const cpio = spawnSync('cpio', ['--version']).status === 0;
test.skipIf(!cpio)('GNU cpio reads it: names, modes, links, contents, root as the owner', () => {
  const archive = readFileSync(join(folder, 'a.cpio'));
  const listing = execFileSync('cpio', ['-itvn', '--quiet'], { input: archive, encoding: 'utf8' });
  const lines = listing
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/));
  expect(
    lines.map(([mode, , uid, gid, , , , , ...name]) => [mode, uid, gid, name.join(' ')]),
  ).toEqual([
    ['drwxr-xr-x', '0', '0', 'opt'],
    ['drwxr-xr-x', '0', '0', 'opt/x'],
    ['drwxr-xr-x', '0', '0', 'opt/x/deep'],
    ['-rwxr-xr-x', '0', '0', 'opt/x/deep/tool'],
    ['lrwxrwxrwx', '0', '0', 'opt/x/link -> deep/tool'],
    expect.arrayContaining(['-rw-r--r--', '0', '0']),
    ['drwxr-xr-x', '0', '0', 'empty'],
    ['drwxr-xr-x', '0', '0', 'etc'],
    ['-rw-r--r--', '0', '0', 'etc/n'],
  ]);
  const out = join(folder, 'out');
  mkdirSync(out);
  execFileSync('cpio', ['-id', '--quiet', '--no-preserve-owner'], { input: archive, cwd: out });
  expect(readFileSync(join(out, 'opt/x/ä'))).toEqual(Buffer.from([1, 2, 3, 0, 255]));
  expect(readFileSync(join(out, 'opt/x/link'), 'utf8')).toBe('#!/bin/sh\n');
});
