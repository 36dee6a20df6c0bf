/** No two logs become one result, whatever they are called. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importRtbench } from '../../src/analysis/import-rtbench.js';
import { HEADER, row } from '../formats/rtbench-rows.js';
import { scratch } from './helpers.js';

/** A log of `jobs` jobs, by which a result is told; a second run in it begins with a header of its own. */
const log = (...jobs: number[]) =>
  jobs
    .flatMap((n) => [HEADER, ...Array.from({ length: n }, (_, k) => row(k, 1e6 + k)), ''])
    .join('\n')
    .replace(/\n\n/g, '\n');

function logs(files: Record<string, string>): string {
  const folder = join(scratch(), 'logs');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}
const into = () => join(scratch(), 'into');
const options = { version: '0' };

test('logs whose names differ by what an import leaves out, or by case, get names of their own', async () => {
  const from = logs({
    'a.csv': log(1),
    'a_timing.csv': log(2),
    'A.csv': log(3),
    'b.csv': log(4, 5),
    'b-run2.csv': log(6),
  });
  const { imported } = await importRtbench(from, into(), options);
  const names = imported.map(({ name }) => name);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(6);
  expect(imported.map(({ jobs }) => jobs).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  for (const { csv, jobs } of imported)
    expect(readFileSync(csv, 'utf8').trim().split('\n'), csv).toHaveLength(jobs + 1);
});

test('a log is imported again in its place, and another one of the same name is refused', async () => {
  const folder = into();
  const from = logs({ 'a_timing.csv': log(1) });
  await importRtbench(join(from, 'a_timing.csv'), folder, options);
  await importRtbench(join(from, 'a_timing.csv'), folder, options);
  const other = logs({ 'a.csv': log(2) });
  await expect(importRtbench(join(other, 'a.csv'), folder, options)).rejects.toMatchObject({
    code: 'E_OUTPUT',
    message: `${join(folder, 'a.csv')} is there already, as the import of a_timing.csv; this is a.csv.`,
  });
  const elsewhere = logs({ 'a_timing.csv': log(3) });
  await expect(
    importRtbench(join(elsewhere, 'a_timing.csv'), folder, options),
  ).rejects.toMatchObject({
    message: expect.stringContaining('as the import of another a_timing.csv'),
  });
});
