import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it as test } from 'vitest';
import {
  decimal,
  forEachLine,
  LONGEST_LINE,
  readHeader,
  splitHeader,
} from '../../src/formats/lines.js';
import { scratch } from '../analysis/helpers.js';

const write = (content: string | Buffer) => {
  const path = join(scratch(), 'table.csv');
  writeFileSync(path, content);
  return path;
};
async function linesOf(path: string): Promise<[text: string, terminated: boolean][]> {
  const lines: [string, boolean][] = [];
  await forEachLine(path, (text, number, terminated) => {
    expect(number).toBe(lines.push([text, terminated]));
    return true;
  });
  return lines;
}
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

const TEXT = 'a,ü\r\nb,€\r\nlast';
test.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
  ['UTF-16, little endian', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
  ['UTF-16, big endian', utf16be(`\ufeff${TEXT}`)],
  ['UTF-16 without a mark, little endian', Buffer.from(TEXT, 'utf16le')],
  ['UTF-16 without a mark, big endian', utf16be(TEXT)],
])('%s gives the same lines, without mark and carriage returns', async (_name, bytes) => {
  expect(await linesOf(write(bytes))).toEqual([
    ['a,ü', true],
    ['b,€', true],
    ['last', false],
  ]);
});

test('lines and characters go on from one chunk to the next, whichever byte it ends at', async () => {
  const line = `${'€'.repeat(1000)}x`; // 3001 bytes: chunks of 2^18 end at every byte of it in turn
  const lines = await linesOf(write(`${line}\n`.repeat(2000)));
  expect(lines).toHaveLength(2000);
  expect(lines.every(([text, terminated]) => text === line && terminated)).toBe(true);
});

test('a file of nothing has no line, and one that only ends has one', async () => {
  expect(await linesOf(write(''))).toEqual([]);
  expect(await linesOf(write('\n'))).toEqual([['', true]]);
});

test('a line that is as long as allowed is read, a longer one refused by its number', async () => {
  const long = 'x'.repeat(LONGEST_LINE);
  expect((await linesOf(write(`a\n${long}\n`)))[1]?.[0]).toHaveLength(LONGEST_LINE);
  for (const ending of ['\n', ''])
    await expect(linesOf(write(`a\n${long}x${ending}`))).rejects.toMatchObject({
      code: 'E_RESULTS',
      message: expect.stringContaining('line 2 has more than 1,048,576 characters'),
    });
});

test('a gigabyte without a newline is refused after its first megabytes', async () => {
  const path = write('a,b\n');
  truncateSync(path, 2 ** 30); // NULs to the end, without room on the disk
  let calls = 0;
  const before = process.memoryUsage.rss();
  await expect(
    forEachLine(path, () => {
      calls++;
      return true;
    }),
  ).rejects.toMatchObject({ code: 'E_RESULTS' });
  expect(calls).toBe(1);
  expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 2 ** 20);
});

test('false ends the reading', async () => {
  let calls = 0;
  await forEachLine(write('a\nb\nc\n'), () => ++calls < 2);
  expect(calls).toBe(2);
});

test('what can not be read is said with its reason', async () => {
  const folder = scratch();
  await expect(linesOf(join(folder, 'none'))).rejects.toMatchObject({
    code: 'E_RESULTS',
    message: expect.stringContaining('it does not exist'),
  });
  await expect(linesOf(folder)).rejects.toMatchObject({
    message: expect.stringContaining('it is a folder'),
  });
});

test.each([
  ['a,b;c,d', ','],
  ['a;b;c,d', ';'],
  ['a\tb\tc', '\t'],
  ['"a;b;c",d', ','],
  ['alone', ','],
])('the separator of %j is the one that makes most of it', (line, separator) => {
  expect(splitHeader(line).separator).toBe(separator);
});

test('a decimal comma is one only where the comma separates nothing', () => {
  expect(decimal('0,500', ';')).toBe('0.500');
  expect(decimal('-12,5 ', '\t')).toBe('-12.5 ');
  expect(decimal('1,2,3', ';')).toBe('1,2,3');
  expect(decimal('0,500', ',')).toBe('0,500');
});

test('the header of an empty file, or of one whose first line is empty, has no names', async () => {
  expect((await readHeader(write(''))).cells).toEqual([]);
  expect((await readHeader(write('\na,b\n'))).cells).toEqual([]);
});
