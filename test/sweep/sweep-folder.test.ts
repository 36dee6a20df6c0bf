import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CsvFile } from '../../src/formats/csv-file.js';
import { SweepFolder } from '../../src/sweep/sweep-folder.js';

function fresh(): string {
  const folder = mkdtempSync(join(tmpdir(), 'isochron-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a folder of results that is none is said to be none', async () => {
  const folder = fresh();
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, 'kept');
  symlinkSync(join(folder, 'none'), link);
  const said = (path: string) => SweepFolder.open(path).catch((error) => error.message);
  expect(await said(file)).toBe(`${file} is not a folder.`);
  expect(await said('/dev/null')).toBe('/dev/null is not a folder.');
  expect(await said(link)).toBe(`${link} is a link that leads nowhere.`);
});

test('a link to a name that is no UTF-8 makes no file of another name', async () => {
  const folder = fresh();
  const link = join(folder, 'link.csv');
  symlinkSync(Buffer.from('t\xe9.csv', 'latin1'), link);
  await expect(CsvFile.create(link, ['a'])).rejects.toMatchObject({
    code: 'E_USAGE',
    message: `${link} leads to a name that is no UTF-8, and Node can't tell such names.`,
  });
  expect(readdirSync(folder)).toEqual(['link.csv']);
});
