/** Wherever `-o` leads: what is no regular file is written into, and what is there is never lost. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it as test,
  vi,
} from 'vitest';
import { CsvFile } from '../../../src/formats/csv-file.js';
import type { IsochronError } from '../../../src/kernel/errors.js';
import { writeAtomically, writeInCache } from '../../../src/kernel/files/atomic-file.js';
import { scratch } from '../../cli/helpers.js';
import { compiledFor } from '../../compiled.js';

const root = mkdtempSync(join(tmpdir(), 'isochron-output-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());
let folder: string;
let n = 0;
beforeEach(() => {
  folder = join(root, String(n++));
  mkdirSync(folder);
});

/** The writers of whole files and of growing ones obey one rule. */
const WRITERS: [name: string, write: (path: string, text: string) => Promise<void>][] = [
  ['a whole file', (path, text) => writeAtomically(path, (file) => file.writeFile(text))],
  ['a CSV', async (path, text) => (await CsvFile.create(path, [text.trim()])).close()],
];
const write = (path: string, text: string) => writeAtomically(path, (file) => file.writeFile(text));
const failure = (promise: Promise<unknown>): Promise<IsochronError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: IsochronError) => error,
  );
const rest = () => readdirSync(folder).filter((name) => name.startsWith('.'));

describe.each(WRITERS)('%s', (_name, into) => {
  test('goes into a device node, which stays one', async ({ skip }) => {
    const node = join(folder, 'null');
    // as /dev/null: character device 1, 3
    if (spawnSync('mknod', [node, 'c', '1', '3']).status !== 0) return skip('mknod needs root');
    const opened = await open(node, 'w').catch(() => null);
    if (opened === null) return skip('devices do not work on this file system');
    await opened.close();
    await into(node, 'text\n');
    expect(lstatSync(node).isCharacterDevice()).toBe(true);
    expect(rest()).toEqual([]);
  });

  test('fails on a device that is full, which stays one', async ({ skip }) => {
    const node = join(folder, 'full');
    if (spawnSync('mknod', [node, 'c', '1', '7']).status !== 0) return skip('mknod needs root');
    const opened = await open(node, 'w').catch(() => null);
    if (opened === null) return skip('devices do not work on this file system');
    await opened.close();
    expect((await failure(into(node, 'text\n'))).message).toMatch(/disk.* is full/);
    expect(lstatSync(node).isCharacterDevice()).toBe(true);
  });

  test('goes into a FIFO, for whoever reads it', async () => {
    const fifo = join(folder, 'fifo');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const reader = spawn('cat', [fifo]);
    let read = '';
    reader.stdout.on('data', (data) => {
      read += String(data);
    });
    const ended = new Promise((resolve) => reader.once('close', resolve));
    const text = `${'long '.repeat(50_000)}\n`;
    await into(fifo, text);
    await ended;
    expect(read.trim()).toBe(text.trim());
    expect(lstatSync(fifo).isFIFO()).toBe(true);
  });

  test.each([
    ['to a file', true],
    ['to nowhere yet', false],
  ])('follows a link %s', async (_which, there) => {
    const [link, other] = [join(folder, 'link'), join(folder, 'other')];
    mkdirSync(other);
    if (there) writeFileSync(join(other, 'file'), 'old');
    symlinkSync('other/file', join(folder, 'step'));
    symlinkSync(join(folder, 'step'), link);
    await into(link, 'new\n');
    expect(readlinkSync(link)).toBe(join(folder, 'step'));
    expect(readFileSync(join(other, 'file'), 'utf8')).toBe('new\n');
    expect(readdirSync(other)).toEqual(['file']);
  });

  test('goes where a descriptor of this process leads, after what is there', async () => {
    const log = join(folder, 'log');
    writeFileSync(log, 'before\n');
    const own = await open(log, 'a');
    const link = join(folder, 'link');
    symlinkSync(`/proc/self/fd/${own.fd}`, link);
    await into(link, 'text\n');
    await own.writeFile('after\n');
    await own.close();
    expect(readFileSync(log, 'utf8')).toBe('before\ntext\nafter\n');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(existsSync(join(folder, 'log.json'))).toBe(false);
  });

  test('says that links lead in a circle', async () => {
    const link = join(folder, 'link');
    symlinkSync('link', link);
    expect((await failure(into(link, 'text\n'))).code).toMatch(/^E_(WRITE_FAILED|OUTPUT)$/);
  });
});

describe('a whole file', () => {
  test('replaces one, and keeps its permissions', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'old');
    chmodSync(path, 0o600);
    await write(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('keeps its owner', async ({ skip }) => {
    if (process.geteuid?.() !== 0) return skip('giving a file away needs root');
    const path = join(folder, 'theirs');
    writeFileSync(path, 'old');
    (await import('node:fs')).chownSync(path, 12345, 12345);
    await write(path, 'new');
    expect(statSync(path)).toMatchObject({ uid: 12345, gid: 12345 });
  });

  test('is as it was when writing fails, without remains', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old');
    await failure(
      writeAtomically(path, async (file) => {
        await file.writeFile('half');
        throw new Error('enough');
      }),
    );
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(rest()).toEqual([]);
  });

  test('is as it was when syncing fails, for that is a failed write', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old');
    await failingSync('EIO');
    expect((await failure(write(path, 'new'))).message).toMatch(/disk reports an error/);
    vi.restoreAllMocks();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(rest()).toEqual([]);
  });

  test('of rows, too, is said to have failed when syncing fails', async () => {
    const csv = await CsvFile.create(join(folder, 'a.csv'), ['a']);
    await failingSync('EIO');
    expect((await failure(csv.close())).code).toBe('E_OUTPUT');
    await csv.close();
  });

  test('does not mind a file system that can’t sync', async () => {
    await failingSync('EINVAL');
    await write(join(folder, 'file'), 'new');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('new');
  });

  test('says what is wrong with the path', async () => {
    expect((await failure(write(folder, 'x'))).message).toMatch(/it is a folder/);
    writeFileSync(join(folder, 'plain'), '');
    expect((await failure(write(join(folder, 'plain', 'x'), 'x'))).message).toMatch(
      /is a file, not a folder/,
    );
    expect((await failure(write('/proc/nowhere/deep/x', 'x'))).message).toMatch(
      /^Cannot write \/proc\/nowhere\/deep\/x: /,
    );
    expect((await failure(write(join(folder, 'n'.repeat(300)), 'x'))).message).toMatch(/too long/);
  });

  test('may have a name that is as long as names can be', async () => {
    const path = join(folder, 'n'.repeat(255));
    await write(path, 'x');
    expect(readFileSync(path, 'utf8')).toBe('x');
  });
});

describe('a file of the cache', () => {
  const put = (path: string) => writeInCache(path, (file) => file.writeFile('new'));

  test.each([
    ['to a file', true],
    ['to nowhere', false],
  ])('takes the place of a link %s, and nothing is written through it', async (_which, there) => {
    const [entry, victim] = [join(folder, 'entry'), join(folder, 'victim')];
    if (there) writeFileSync(victim, 'old');
    symlinkSync(victim, entry);
    await put(entry);
    expect(lstatSync(entry).isFile()).toBe(true);
    expect(readFileSync(entry, 'utf8')).toBe('new');
    expect(existsSync(victim) && readFileSync(victim, 'utf8')).toBe(there && 'old');
    expect(rest()).toEqual([]);
  });

  test('takes the place of a FIFO, for which nobody waits', async () => {
    const entry = join(folder, 'entry');
    expect(spawnSync('mkfifo', [entry]).status).toBe(0);
    await put(entry);
    expect(lstatSync(entry).isFile()).toBe(true);
  });

  test('does not take that of a folder', async () => {
    mkdirSync(join(folder, 'entry'));
    expect((await failure(put(join(folder, 'entry')))).message).toMatch(/it is a folder/);
    expect(rest()).toEqual([]);
  });
});

describe('temporary files', () => {
  let module: string;
  beforeAll(() => {
    module = compiledFor(scratch(), 'src/kernel/files/atomic-file.ts');
  });

  /** A process that has begun to write `folder/NAME` and waits. */
  async function writing(name: string) {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { writeAtomically, writeInCache } from ${JSON.stringify(module)};
       await writeAtomically(${JSON.stringify(join(folder, name))}, async (file) => {
         await file.writeFile('half');
         process.stdout.write('begun');
         await new Promise((resolve) => setTimeout(resolve, 600_000));
       });`,
    ]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const kill = async () => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    };
    return { kill };
  }

  test('of a killed process are cleared by the next that writes there, those of a living one and of others are not', async () => {
    const killed = await writing('killed.json');
    const [remains] = rest() as [string];
    await killed.kill();
    expect(rest()).toEqual([remains]);
    const alive = await writing('alive.json');
    expect(rest()).toHaveLength(1); // it has cleared what the killed one left
    const [living] = rest() as [string];
    expect(living).not.toBe(remains);
    const [, place, boot] = living.split('-') as [string, string, string];
    const kept = [
      `.isochron-${'0'.repeat(8)}-${boot}-999999999-00000000.tmp`, // of another machine
      '.isochron-notes.tmp',
      '.report.html.999999999.tmp',
    ];
    for (const name of kept) writeFileSync(join(folder, name), 'mine');
    writeFileSync(join(folder, `.isochron-${place}-${boot}-999999999-00000000.tmp`), 'remains');
    writeFileSync(join(folder, `.isochron-${place}-${'0'.repeat(8)}-1-00000000.tmp`), 'remains'); // before a power cut
    mkdirSync(join(folder, `.isochron-${place}-${boot}-999999999-00000001.tmp`)); // no file
    await write(join(folder, 'next.json'), 'whole');
    expect(rest().sort()).toEqual(
      [...kept, living, `.isochron-${place}-${boot}-999999999-00000001.tmp`].sort(),
    );
    await alive.kill();
  });
});

/** From now on no file handle can be synced. */
async function failingSync(code: string): Promise<void> {
  const any = await open(join(folder, '..', 'any'), 'w');
  const prototype = Object.getPrototypeOf(any) as FileHandle;
  await any.close();
  for (const method of ['sync', 'datasync'] as const)
    vi.spyOn(prototype, method).mockRejectedValue(
      Object.assign(new Error(code), { code, syscall: method }),
    );
}
