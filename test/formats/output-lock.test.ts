import {
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { OutputLock } from '../../src/formats/output-lock.js';
import type { IsochronError } from '../../src/kernel/errors.js';

const root = mkdtempSync(join(tmpdir(), 'isochron-locks-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fresh = () => mkdtempSync(join(root, 'case-'));
const nobody = () => true;
const take = (csv: string, samples = false) =>
  OutputLock.take([{ csv, series: samples ? ['samples'] : [] }], [], nobody);
const refusal = (path: string) =>
  take(path).then(
    () => null,
    (error: IsochronError) => error,
  );

describe('the files of a run', () => {
  test.each([
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
    const lock = await take(join(folder, first));
    const error = await refusal(join(folder, second));
    expect(error?.code).toBe('E_OUTPUT_BUSY');
    expect(error?.message).toMatch(/is being written by another run/);
    expect(error?.hint).toMatch(/-o/);
    lock.release();
    const next = await take(join(folder, second));
    next.release();
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('are held with what is written beside them, and for all that a run will write', async () => {
    const folder = fresh();
    const at = (name: string) => join(folder, name);
    const lock = await OutputLock.take(
      ['out.csv', 'out.pass2.csv'].map((name) => ({ csv: at(name), series: ['samples'] as const })),
      [],
      nobody,
    );
    for (const name of ['out.samples.csv', 'out.pass2.csv', 'out.pass2.samples.csv'])
      expect(await refusal(at(name))).toMatchObject({ code: 'E_OUTPUT_BUSY' });
    // the other way round: its samples would go into what a run writes
    expect(await take(at('out.pass2'), true).catch((error) => error)).toMatchObject({
      code: 'E_OUTPUT_BUSY',
    });
    lock.release();
    const first = await take(at('out.samples.csv'));
    (await take(at('out.csv'))).release(); // without samples
    expect(await take(at('out.csv'), true).catch((error) => error)).toMatchObject({
      code: 'E_OUTPUT_BUSY',
      hint: expect.stringContaining(`beside ${at('out.csv')}`),
    });
    first.release();
  });

  test('are asked for by what they are, whatever their names: one that is refused leaves no lock', async () => {
    const folder = fresh();
    const [csv, samples] = [join(folder, 'out.csv'), join(folder, 'out.samples.csv')];
    writeFileSync(samples, 'rows\n');
    const { ino } = statSync(samples);
    const seen: bigint[] = [];
    const refused = OutputLock.take([{ csv, series: ['samples'] }], [], (descriptor) => {
      seen.push(fstatSync(descriptor, { bigint: true }).ino);
      return false;
    });
    await expect(refused).rejects.toMatchObject({
      code: 'E_OUTPUT_BUSY',
      message: `${samples} is being written by another run, which has it by another name (a hard link, or the one that it had before).`,
    });
    expect(seen).toEqual([BigInt(ino)]); // out.csv is not there
    expect(readdirSync(folder)).toEqual(['out.samples.csv']);
  });

  test('that can’t be written are said before any lock is', async () => {
    const folder = fresh();
    mkdirSync(join(folder, 'out.samples.csv'));
    await expect(take(join(folder, 'out.csv'), true)).rejects.toMatchObject({
      code: 'E_OUTPUT',
      message: `${join(folder, 'out.samples.csv')} is a folder.`,
    });
    expect(readdirSync(folder)).toEqual(['out.samples.csv']);
    writeFileSync(join(folder, 'file'), '');
    expect(await refusal(join(folder, 'file', 'out.csv'))).toMatchObject({
      code: 'E_OUTPUT',
      message: expect.stringContaining('is a file, not a folder'),
    });
  });

  test('have their folders made, however deep', async () => {
    const folder = fresh();
    const locks = await take(join(folder, 'a', 'b', 'out.csv'));
    expect(readdirSync(join(folder, 'a'))).toEqual(['b']);
    locks.release();
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual([]);
  });

  test('are apart from others in the folder', async () => {
    const folder = fresh();
    const locks = [];
    for (const name of ['a.csv', 'b.csv', 'a.csv.csv']) locks.push(await take(join(folder, name)));
    for (const lock of locks) lock.release();
  });

  test('are given back as a whole when only one of them is free', async () => {
    const folder = fresh();
    const held = await take(join(folder, 'out')); // out and out.json
    expect((await refusal(join(folder, 'out.csv')))?.code).toBe('E_OUTPUT_BUSY'); // out.csv is free
    const names = readdirSync(folder);
    expect(names.filter((name) => name.includes('csv'))).toEqual([]);
    held.release();
  });

  test('are said with who has them, and what of the own run they are', async () => {
    const folder = fresh();
    const [csv, other] = [join(folder, 'out.csv'), join(folder, 'out')];
    const lock = await take(csv);
    expect(await refusal(csv)).toMatchObject({
      message: `${csv} is being written by another run of this process.`,
      hint: 'Wait for its end, or choose another path with -o.',
    });
    // of `out` only the JSON is taken
    expect(await refusal(other)).toMatchObject({
      message: `${join(folder, 'out.json')} is being written by another run of this process.`,
      hint: `This run would write it beside ${other}: wait for the end of the other one, or choose another path with -o.`,
    });
    // the same file by another name is the file itself
    symlinkSync(folder, join(folder, 'here'));
    expect((await refusal(join(folder, 'here', 'out.csv')))?.hint).toMatch(/^Wait for its end/);
    lock.release();
  });

  test('need no lock where they are no files', async () => {
    const locks = [await take('/dev/null'), await take('/dev/null')];
    for (const lock of locks) lock.release();
  });
});
