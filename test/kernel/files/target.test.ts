/** Where a path leads, before anything is written. */
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it as test } from 'vitest';
import { requireNoForeignFile } from '../../../src/formats/sidecar.js';
import type { IsochronError } from '../../../src/kernel/errors.js';
import {
  makeFolder,
  requireWritable,
  writeAtomically,
} from '../../../src/kernel/files/atomic-file.js';
import {
  isStandardOutput,
  openStream,
  requireOtherFile,
  synced,
  targetOf,
} from '../../../src/kernel/files/target.js';
import { outputError } from '../../../src/kernel/files/write-reasons.js';

const root = mkdtempSync(join(tmpdir(), 'isochron-target-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
let file: string;
let n = 0;
beforeEach(() => {
  folder = join(root, String(n++));
  mkdirSync(folder);
  file = join(folder, 'file');
  writeFileSync(file, 'text');
});
const link = (to: string, name = 'link') => {
  symlinkSync(to, join(folder, name));
  return join(folder, name);
};

describe('a path leads to', () => {
  test.each<[why: string, make: () => string, target: () => object]>([
    ['a file', () => file, () => ({ kind: 'file', path: file })],
    [
      'a file that is not there yet',
      () => join(folder, 'new'),
      () => ({ kind: 'file', path: join(folder, 'new') }),
    ],
    [
      'one in a folder that is not there',
      () => join(folder, 'no', 'x'),
      () => ({ kind: 'file', path: join(folder, 'no', 'x') }),
    ],
    ['a folder, which writing will refuse', () => folder, () => ({ kind: 'file', path: folder })],
    ['the file behind a link', () => link('file'), () => ({ kind: 'file', path: file })],
    [
      'behind links after each other',
      () => link(link('file'), 'second'),
      () => ({ kind: 'file', path: file }),
    ],
    [
      'a link to nowhere: what it names',
      () => link('none'),
      () => ({ kind: 'file', path: join(folder, 'none') }),
    ],
    ['a device', () => '/dev/null', () => ({ kind: 'stream', path: '/dev/null' })],
    ['an open descriptor', () => '/dev/fd/1', () => ({ kind: 'descriptor', descriptor: 1 })],
    ['standard output', () => '/proc/self/fd/1', () => ({ kind: 'descriptor', descriptor: 1 })],
    [
      'the same of this thread',
      () => '/proc/thread-self/fd/2',
      () => ({ kind: 'descriptor', descriptor: 2 }),
    ],
    ['a link to it', () => link('/dev/stdout'), () => ({ kind: 'descriptor', descriptor: 1 })],
    [
      'a name beside descriptors that is no number',
      () => '/proc/self/fd/1x',
      () => ({ kind: 'stream', path: expect.stringMatching(/fd\/1x$/) }),
    ],
    [
      'another',
      () => '/proc/self/fd/x1',
      () => ({ kind: 'stream', path: expect.stringMatching(/fd\/x1$/) }),
    ],
    [
      'what another process has open',
      () => '/proc/1/fd/1',
      () => ({ kind: 'stream', path: '/proc/1/fd/1' }),
    ],
  ])('%s', async (_why, make, target) => {
    expect(await targetOf(make())).toEqual(target());
  });

  test('nothing, where links lead in a circle', async () => {
    link('b', 'a');
    link('a', 'b');
    await expect(targetOf(join(folder, 'a'))).rejects.toMatchObject({ code: 'ELOOP' });
    expect(await isStandardOutput(join(folder, 'a'))).toBe(false);
  });

  test('standard output or not', async () => {
    expect(await isStandardOutput('/dev/fd/1')).toBe(true);
    expect(await isStandardOutput('/dev/fd/2')).toBe(false);
    expect(await isStandardOutput('/dev/null')).toBe(false);
    expect(await isStandardOutput(file)).toBe(false);
  });
});

describe('a descriptor', () => {
  test('is written to from where it is, and neither cut, synced nor closed', async () => {
    const descriptor = openSync(file, 'a');
    const handle = await openStream({ kind: 'descriptor', descriptor });
    await handle.writeFile('-more');
    await handle.writeFile(Buffer.from('-bytes'));
    expect(await handle.write(Buffer.from('xyz'), 1, 1, null)).toMatchObject({ bytesWritten: 1 });
    await handle.truncate(0);
    await handle.sync();
    await handle.datasync();
    await handle.close();
    expect(readFileSync(file, 'utf8')).toBe('text-more-bytesy');
    closeSync(descriptor); // it was still open
  });
  test('that is none is refused before anything is made', async () => {
    await expect(openStream({ kind: 'descriptor', descriptor: 987 })).rejects.toMatchObject({
      code: 'EBADF',
    });
  });
});

test.each([
  ['EINVAL', true],
  ['ENOSYS', true],
  ['ENOTSUP', true],
  ['EOPNOTSUPP', true],
  ['EIO', false],
  [undefined, false],
])('a sync that fails by %s is no failure: %j', async (code, fine) => {
  const error = Object.assign(new Error('sync'), { code });
  const done = synced(() => Promise.reject(error));
  if (fine) expect(await done).toBeUndefined();
  else await expect(done).rejects.toBe(error);
});

describe('an output that is an input', () => {
  const check = (output: string, ...inputs: string[]) =>
    requireOtherFile(
      output,
      inputs.map((path) => ({ path, what: 'the model' })),
    );
  test('is refused by whatever name', async () => {
    linkSync(file, join(folder, 'hard'));
    for (const name of [file, join(folder, 'hard'), link('file')])
      await expect(check(name, join(folder, 'none'), file)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `${name} is the model, and would be lost.`,
      });
  });
  test.each<[text: string, what: string | null]>([
    ['{"format":"isochron-run"', 'the JSON of a run'],
    ['\n {\n  "format" : \n"isochron-run", "version": 1', 'the JSON of a run'],
    [`${' '.repeat(30)}{"format": "isochron-run"}`, 'the JSON of a run'],
    ['{"format": "isochron-sweep"}', 'the manifest of a sweep'],
    ['{"version": 1, "format": "isochron-run"}', null],
    ['[{"format": "isochron-run"}]', null],
    ['{"format": "isochron-doctor"}', null],
    ['', null],
  ])('or what says what a run or a sweep was: %j is %s', async (text, what) => {
    writeFileSync(file, text);
    const checked = check(file, join(folder, 'none'));
    if (what !== null)
      await expect(checked).rejects.toThrow(`${file} is ${what}, and would be lost.`);
    else await checked;
  });
  test('is told from other files, from those that are not there, and from what is no file', async () => {
    writeFileSync(join(folder, 'other'), 'text');
    await check(join(folder, 'other'), file);
    await check(join(folder, 'none'), join(folder, 'none'));
    await check('/dev/null', '/dev/null');
    await check(folder, folder);
  });
});

describe('a folder', () => {
  test('is made with those above it, and may be there', async () => {
    await makeFolder(join(folder, 'a', 'b', 'c'));
    await makeFolder(join(folder, 'a', 'b', 'c'));
    expect(statSync(join(folder, 'a', 'b', 'c')).isDirectory()).toBe(true);
    await Promise.all([1, 2, 3].map(() => makeFolder(join(folder, 'x', 'y'))));
  });
  test('is not made of a file, nor in one, nor in /proc', async () => {
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolder('/proc/none/a')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('before long work', () => {
  test('a file can be written that is there, or in a folder that can be made; nothing is written', async () => {
    await requireWritable(file);
    await requireWritable(join(folder, 'sub', 'new'));
    await requireWritable('/dev/null');
    await requireWritable('/dev/fd/1');
    expect(readFileSync(file, 'utf8')).toBe('text');
    expect(readdirSync(join(folder, 'sub'))).toEqual([]);
  });
  test.each<[why: string, path: () => string, words: RegExp]>([
    ['a folder', () => folder, /it is a folder/],
    ['a file below a file', () => join(file, 'x'), /part of the path is a file/],
    ['in /proc', () => '/proc/none/x', /its folder can't be made/],
  ])('%s is refused', async (_why, path, words) => {
    await expect(requireWritable(path())).rejects.toMatchObject({
      code: 'E_WRITE_FAILED',
      message: expect.stringMatching(words),
    });
  });
  test.skipIf(process.geteuid?.() === 0)('what may not be written is refused', async () => {
    chmodSync(file, 0o400);
    await expect(requireWritable(file)).rejects.toThrow(/permission denied/);
    chmodSync(folder, 0o500);
    await expect(requireWritable(join(folder, 'new'))).rejects.toThrow(/permission denied/);
    chmodSync(folder, 0o700);
  });
});

describe('a sidecar’s place', () => {
  const check = (text: string) => {
    writeFileSync(file, text);
    return requireNoForeignFile(file);
  };
  test.each(['', ' \n', '{"format": "isochron-run"}'])('is free where %j stands', async (text) => {
    await check(text);
  });
  test.each(['text', '{', 'null', '5', '{"format": "mine"}', '{}'])(
    'is not where %j stands',
    async (text) => {
      await expect(check(text)).rejects.toMatchObject({ code: 'E_OUTPUT' });
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );
  test('is free where nothing stands', async () => {
    await requireNoForeignFile(join(folder, 'none'));
  });
});

test.each([
  ['ENOENT', 'E_OUTPUT', /^The folder of \/p does not exist\.$/],
  ['ENOTDIR', 'E_OUTPUT', /is a file, not a folder/],
  ['EISDIR', 'E_OUTPUT', /^\/p is a folder\.$/],
  ['EACCES', 'E_OUTPUT', /permission denied/],
  ['EPERM', 'E_OUTPUT', /permission denied/],
  ['EROFS', 'E_OUTPUT', /read-only/],
  ['ENOSPC', 'E_DISK_FULL', /disk of \/p is full/],
  ['EDQUOT', 'E_DISK_FULL', /disk of \/p is full/],
  ['EPIPE', 'E_OUTPUT', /has gone away/],
  ['EIO', 'E_OUTPUT', /the disk reports an error/],
  ['EXDEV', 'E_OUTPUT', /can't be written: i\/o error\.$/], // what nobody has thought of
])('%s is %s, in a sentence', (code, id, words) => {
  const error = outputError('/p', Object.assign(new Error('i/o error'), { code })) as IsochronError;
  expect(error).toMatchObject({ code: id, message: expect.stringMatching(words) });
  expect(error.hint).toBeTruthy();
  expect(outputError('/q', error)).toBe(error); // said once is enough
});

describe('what fails while a file is written', () => {
  const failing = (error: unknown) =>
    writeAtomically(join(folder, 'new'), () => Promise.reject(error)).then(
      () => 'nothing',
      (thrown: unknown) => thrown,
    );
  test.each<[why: string, error: unknown]>([
    ['nothing at all', null],
    ['a text', 'gone'],
    ['a mistake of ours', new TypeError('ours')],
    [
      'an error with a code that is not the system’s',
      Object.assign(new Error('x'), { code: 'E_X' }),
    ],
    ['a code that is no text', Object.assign(new Error('x'), { code: 5, syscall: 'write' })],
  ])('%s passes through', async (_why, error) => {
    expect(await failing(error)).toBe(error);
    expect(readdirSync(folder)).toEqual(['file']);
  });
  test('by the system is a sentence, with its code where nobody has thought of it', async () => {
    const error = Object.assign(new Error('x'), { code: 'EXDEV', syscall: 'write' });
    expect(await failing(error)).toMatchObject({
      code: 'E_WRITE_FAILED',
      message: `Cannot write ${join(folder, 'new')}: EXDEV.`,
    });
  });
});
