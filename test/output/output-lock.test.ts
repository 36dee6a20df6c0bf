import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { IsochronError } from '../../src/errors.js';
import { OutputLock } from '../../src/output/output-lock.js';

const root = mkdtempSync(join(tmpdir(), 'isochron-locks-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fresh = () => mkdtempSync(join(root, 'case-'));
const refusal = (path: string) =>
  OutputLock.take(path).then(
    () => null,
    (error: IsochronError) => error,
  );

describe('the files of a run', () => {
  it.each([
    ['the same path', 'out.csv', 'out.csv'],
    ['another path that shares the JSON', 'out.csv', 'out'],
    ['the same path, spelt otherwise', 'out.csv', 'sub/../out.csv'],
    ['a link to the same file', 'out.csv', 'link.csv'],
    ['two links to the same file', 'link.csv', 'other-link.csv'],
    ['a name that is as long as names can be', `${'n'.repeat(246)}.csv`, `${'n'.repeat(246)}.csv`],
  ])('belong to one run at a time: %s', async (_name, first, second) => {
    const folder = fresh();
    writeFileSync(join(folder, 'out.csv'), 'rows\n');
    symlinkSync('out.csv', join(folder, 'link.csv'));
    symlinkSync('out.csv', join(folder, 'other-link.csv'));
    const lock = await OutputLock.take(join(folder, first));
    const error = await refusal(join(folder, second));
    expect(error?.code).toBe('E_OUTPUT_BUSY');
    expect(error?.message).toMatch(/is being written by another run/);
    expect(error?.hint).toMatch(/-o/);
    lock.release();
    const next = await OutputLock.take(join(folder, second));
    next.release();
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('are apart from others in the folder', async () => {
    const folder = fresh();
    const locks = [];
    for (const name of ['a.csv', 'b.csv', 'a.csv.csv'])
      locks.push(await OutputLock.take(join(folder, name)));
    for (const lock of locks) lock.release();
  });

  it('are given back as a whole when only one of them is free', async () => {
    const folder = fresh();
    const held = await OutputLock.take(join(folder, 'out')); // out and out.json
    expect((await refusal(join(folder, 'out.csv')))?.code).toBe('E_OUTPUT_BUSY'); // out.csv is free
    const names = readdirSync(folder);
    expect(names.filter((name) => name.includes('csv'))).toEqual([]);
    held.release();
  });

  it('are said with who has them, and what of the own run they are', async () => {
    const folder = fresh();
    const [csv, other] = [join(folder, 'out.csv'), join(folder, 'out')];
    const lock = await OutputLock.take(csv);
    expect(await refusal(csv)).toMatchObject({
      message: `${csv} is being written by another run of this process.`,
      hint: 'Wait for its end, or choose another path with -o.',
    });
    // of `out` only the JSON is taken
    expect(await refusal(other)).toMatchObject({
      message: `${join(folder, 'out.json')} is being written by another run of this process.`,
      hint: `It would hold what is known of ${other}: wait for the end of the other run, or choose another path with -o.`,
    });
    // the same file by another name is the file itself
    symlinkSync(folder, join(folder, 'here'));
    expect((await refusal(join(folder, 'here', 'out.csv')))?.hint).toMatch(/^Wait for its end/);
    lock.release();
  });

  it('need no lock where they are no files', async () => {
    const locks = [await OutputLock.take('/dev/null'), await OutputLock.take('/dev/null')];
    for (const lock of locks) lock.release();
  });
});
