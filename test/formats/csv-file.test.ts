import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, describe, expect, it as test, vi } from 'vitest';
import { CsvFile, dropUnfinishedRow, encodeRows } from '../../src/formats/csv-file.js';
import { IsochronError } from '../../src/kernel/errors.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isochron-csv-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = async (promise: Promise<unknown>): Promise<IsochronError> => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(IsochronError);
  return error as IsochronError;
};

describe('a CSV file', () => {
  test('holds every row in order after many small and large appends', async () => {
    const path = join(folder, 'many.csv');
    const csv = await CsvFile.create(path, ['n', 'text']);
    let n = 0;
    for (const size of [1, 1, 5000, 0, 3, 1999, 200, 1]) {
      csv.append(Array.from({ length: size }, () => [n++, `v${n}, "quoted"`]));
      if (size === 3) await new Promise((resolve) => setImmediate(resolve));
    }
    await csv.close();
    const rows = parse(readFileSync(path), { columns: true }) as { n: string; text: string }[];
    expect(rows.map((r) => Number(r.n))).toEqual(Array.from({ length: n }, (_, i) => i));
    expect(rows[6]?.text).toBe('v7, "quoted"');
    expect(csv.writtenBytes).toBe(readFileSync(path).length);
    expect(csv.queuedBytes).toBe(0);
  });

  test('has its header at once and its rows soon, without being closed', async () => {
    const path = join(folder, 'soon.csv');
    const csv = await CsvFile.create(path, ['a', 'b']);
    expect(readFileSync(path, 'utf8')).toBe('a,b\n');
    csv.append([[1, null]]);
    while (csv.queuedBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(readFileSync(path, 'utf8')).toBe('a,b\n1,\n');
    await csv.close();
  });

  test('ends with a whole row after every write, however the rows come', async () => {
    const path = join(folder, 'stream.csv');
    const csv = await CsvFile.create(path, ['a', 'b', 'c']);
    let rows = 1;
    for (let i = 0; i < 60; i++) {
      const n = (i * 37) % 900;
      csv.append(Array.from({ length: n }, (_, k) => [i, k, 'x'.repeat(k % 40)]));
      rows += n;
      if (i % 7 === 0) await csv.flush();
      else await new Promise((resolve) => setImmediate(resolve));
      if (csv.queuedBytes === 0) {
        expect(parse(readFileSync(path))).toHaveLength(rows);
      }
    }
    await csv.close();
    expect(parse(readFileSync(path))).toHaveLength(rows);
  });

  test('replaces an older file', async () => {
    const path = join(folder, 'old.csv');
    writeFileSync(path, 'old,rows\n'.repeat(1000));
    await (await CsvFile.create(path, ['new'])).close();
    expect(readFileSync(path, 'utf8')).toBe('new\n');
  });

  test('can be closed twice, and refuses rows afterwards', async () => {
    const csv = await CsvFile.create(join(folder, 'closed.csv'), ['a']);
    await csv.close();
    await csv.close();
    expect(() => csv.append([[1]])).toThrow(/already closed/);
  });

  test('says that the folder is missing, and does not make it', async () => {
    const error = await failure(CsvFile.create(join(folder, 'none', 'out.csv'), ['a']));
    expect(error.code).toBe('E_OUTPUT');
    expect(error.message).toMatch(/folder .* does not exist/);
    expect(error.hint).toBeTruthy();
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  test('says that the path is a folder, or leads through a file', async () => {
    expect((await failure(CsvFile.create(folder, ['a']))).message).toMatch(/is a folder/);
    const file = join(folder, 'plain');
    writeFileSync(file, '');
    expect((await failure(CsvFile.create(join(file, 'out.csv'), ['a']))).message).toMatch(
      /is a file, not a folder/,
    );
  });

  test.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    const error = await failure(CsvFile.create('/dev/full', ['a']));
    expect(error.code).toBe('E_DISK_FULL');
    expect(error.message).toMatch(/is full/);
  });
});

describe('the writes of a CSV file', () => {
  afterEach(() => vi.restoreAllMocks());

  /** A file, and from now on the lengths of what is written to any. */
  async function watched(name: string) {
    const csv = await CsvFile.create(join(folder, name), ['a']);
    const any = await open(join(folder, 'any'), 'w');
    const spy = vi.spyOn(Object.getPrototypeOf(any) as FileHandle, 'write');
    await any.close();
    const lengths = () => spy.mock.calls.map((call) => (call as unknown[])[2]);
    return { csv, lengths };
  }
  const rowsOf = (n: number, bytes: number) =>
    Array.from({ length: n }, () => ['x'.repeat(bytes - 1)]);

  test('take whole batches of 200 rows, until they have 64 KiB', async () => {
    const { csv, lengths } = await watched('chunks.csv');
    csv.append(rowsOf(1000, 150));
    expect(csv.queuedBytes).toBe(150_000);
    await csv.close();
    expect(lengths()).toEqual([90_000, 60_000]);
    expect(csv.writtenBytes).toBe(2 + 150_000);
  });

  test('wait for the timer while they are small, and for nothing once they are not', async () => {
    const { csv } = await watched('timer.csv');
    const timer = vi.spyOn(globalThis, 'setTimeout');
    csv.append(rowsOf(1, 65_536));
    expect(timer).not.toHaveBeenCalled();
    await csv.flush();
    csv.append([]);
    expect(timer).not.toHaveBeenCalled();
    csv.append(rowsOf(1, 65_535));
    csv.append([]);
    expect(timer).toHaveBeenCalledTimes(1);
    const [waiting] = timer.mock.results;
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    await csv.flush();
    expect(cleared).toHaveBeenCalledWith(waiting?.value);
    await csv.close();
  });
});

describe('probing a path', () => {
  test('leaves what is in a file, and makes none that is missing', async () => {
    const path = join(folder, 'probed.csv');
    writeFileSync(path, 'old\n');
    expect(await CsvFile.probe(path)).toBe('file');
    expect(readFileSync(path, 'utf8')).toBe('old\n');
    const fresh = join(folder, 'fresh.csv');
    expect(await CsvFile.probe(fresh)).toBe('file');
    expect(existsSync(fresh)).toBe(false);
  });

  test('knows a device, and refuses a folder and a missing folder', async () => {
    expect(await CsvFile.probe('/dev/null')).toBe('stream');
    expect((await failure(CsvFile.probe(folder))).message).toMatch(/is a folder/);
    expect((await failure(CsvFile.probe(join(folder, 'none', 'a.csv')))).code).toBe('E_OUTPUT');
    writeFileSync(join(folder, 'file'), '');
    const within = await failure(CsvFile.probe(join(folder, 'file', 'a.csv')));
    expect(within.message).toMatch(/is a file, not a folder/);
  });
});

describe('a disk that fills up in the middle of a write', () => {
  afterEach(() => vi.restoreAllMocks());

  test('keeps the whole rows that fitted, and the next append says why', async () => {
    const path = join(folder, 'full.csv');
    const csv = await CsvFile.create(path, ['number', 'text']);
    await fillDiskAfter(join(folder, 'any'), 1000);
    csv.append(Array.from({ length: 500 }, (_, i) => [i, 'some text']));
    const error = await failure(csv.flush());
    expect(error.code).toBe('E_DISK_FULL');
    const text = readFileSync(path, 'utf8');
    expect(text.length).toBeGreaterThan(900);
    expect(text.length).toBeLessThanOrEqual(1000 + 'number,text\n'.length);
    expect(text.endsWith(',some text\n')).toBe(true);
    expect(csv.writtenBytes).toBe(text.length);
    const rows = parse(text, { columns: true }) as { number: string }[];
    expect(rows.map((r) => Number(r.number))).toEqual(rows.map((_, i) => i));
    expect(() => csv.append([[1, 'x']])).toThrow(/is full/);
    expect((await failure(csv.close())).code).toBe('E_DISK_FULL');
    await csv.close();
  });

  /** From now on file handles take so many bytes, the last write in part, and then report ENOSPC. */
  async function fillDiskAfter(path: string, bytes: number): Promise<void> {
    const any = await open(path, 'w');
    const prototype = Object.getPrototypeOf(any) as FileHandle;
    await any.close();
    const write = prototype.write as (
      data: Buffer,
      from: number,
      length: number,
      at: null,
    ) => Promise<{ bytesWritten: number; buffer: Buffer }>;
    let room = bytes;
    vi.spyOn(prototype, 'write').mockImplementation(async function (
      this: FileHandle,
      ...args: unknown[]
    ) {
      if (room === 0)
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const [data, from, length] = args as [Buffer, number, number];
      const result = await write.call(this, data, from, Math.min(length, room), null);
      room -= result.bytesWritten;
      return result;
    } as never);
  }
});

describe('an unfinished last row', () => {
  test.each([
    ['a,b\n1,2\n3', 'a,b\n1,2\n', 1],
    ['a,b\n1,2\n', 'a,b\n1,2\n', 0],
    ['a,', '', 2],
    ['\nabc', '\n', 3],
    ['', '', 0],
    [`a\n${'x'.repeat(200_000)}`, 'a\n', 200_000],
  ])('is dropped, and nothing else (%#)', async (before, after, dropped) => {
    const path = join(folder, 'torn.csv');
    writeFileSync(path, before);
    expect(await dropUnfinishedRow(path)).toBe(dropped);
    expect(readFileSync(path, 'utf8')).toBe(after);
  });
});

describe('cells', () => {
  test('are empty when absent, exact when large, and quoted when they must be', () => {
    expect(encodeRows([[null, 0, 2n ** 63n, 'a,b', 'c"d', 1.5]])).toBe(
      ',0,9223372036854775808,"a,b","c""d",1.5\n',
    );
  });
});
