/** The list of error codes, docs/errors.md and the sources name the same. The compiler holds TypeScript's to the list. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/kernel/error-codes.js';
import { fromErrorInfo, IsochronError, toErrorInfo } from '../../src/kernel/errors.js';

const root = join(import.meta.dirname, '..', '..');

const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|cc|h|mjs|c)$/.test(file))
    .map((file) => join(root, folder, file));
const textsOf = (folder: string): string[] =>
  filesOf(folder).map((file) => readFileSync(file, 'utf8'));

/** The codes that stand in quotes: where an error is made, not where a comment speaks of it. */
const quoted = (texts: string[]) =>
  new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/(['"`])(E_[A-Z0-9_]+)\1/g)].map(([, , code]) => code as string),
    ),
  );
const LIST = join(root, 'src', 'kernel', 'error-codes.ts');
const native = quoted(textsOf('native/src'));
const ours = quoted(
  filesOf('src')
    .filter((file) => file !== LIST)
    .map((file) => readFileSync(file, 'utf8')),
);

const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(E_[A-Z0-9_]+)` \|(.*)\|$/gm)].map(([, code, rest]) => ({
  code,
  cells: (rest as string).split('|').map((cell) => cell.trim()),
}));

/** Codes that no test provokes, with what stands in the way; a test that comes takes its code from here. */
const NOT_PROVOKED: Record<string, string> = {
  E_HEAP_UNKNOWN:
    'is of a C library that counts nothing (musl): with glibc, which the tests run on, mallinfo2 always answers',
};

describe('the list of error codes', () => {
  test('has those of the native side, and none that nothing throws', () => {
    expect(native.size).toBeGreaterThan(40);
    expect([...native].filter((code) => !ERROR_CODES.some((known) => known === code))).toEqual([]);
    expect(ERROR_CODES.filter((code) => !native.has(code) && !ours.has(code))).toEqual([]);
  });

  test('is what an error of another process comes back with; a foreign code says nothing', () => {
    const own = new IsochronError('E_FIFO_DENIED', 'No.', 'Ask.');
    expect(fromErrorInfo(toErrorInfo(own))).toEqual(own);
    const foreign = Object.assign(new Error('gone'), { code: 'ENOENT' });
    expect(toErrorInfo(foreign)).toEqual({ code: 'ENOENT', message: 'gone' });
    expect(fromErrorInfo(toErrorInfo(foreign))).toMatchObject({
      code: 'E_UNEXPECTED',
      message: 'gone',
      hint: undefined,
    });
  });
});

describe('docs/errors.md', () => {
  test('lists every code in the order of the list, and no other', () => {
    expect(rows.map(({ code }) => code)).toEqual([...ERROR_CODES]);
  });

  test('says of each when it occurs, what to do and how the command ends', () => {
    for (const { code, cells } of rows) {
      expect(cells, code).toHaveLength(3);
      expect(
        cells.every((cell) => cell !== ''),
        code,
      ).toBe(true);
    }
  });

  test('no code is put together from parts, so that each can be found by its name', () => {
    const made = ['src', 'native/src']
      .flatMap(textsOf)
      .flatMap((text) => text.match(/['"`]E_[A-Z0-9_]*(?:\$\{|['"`]\s*\+)/g) ?? []);
    expect(made).toEqual([]);
  });

  test('every code is provoked by a test, by its name', () => {
    const tests = ['test', 'native/test']
      .flatMap((folder) =>
        filesOf(folder).filter((file) => !file.endsWith('test/errors/codes.test.ts')),
      )
      .map((file) => readFileSync(file, 'utf8'));
    const named = new Set(tests.flatMap((text) => text.match(/\bE_[A-Z0-9_]+\b/g) ?? []));
    const provoked = Object.keys(NOT_PROVOKED).filter((code) => named.has(code));
    expect(provoked, 'its test has come').toEqual([]);
    const missing = ERROR_CODES.filter((code) => !named.has(code));
    expect(missing.filter((code) => !Object.hasOwn(NOT_PROVOKED, code))).toEqual([]);
  });
});
