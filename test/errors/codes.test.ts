/** docs/errors.md and the sources name the same error codes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|cc|h|mjs|c)$/.test(file))
    .map((file) => join(root, folder, file));
const textsOf = (folder: string): string[] =>
  filesOf(folder).map((file) => readFileSync(file, 'utf8'));

/** The codes that stand in quotes: where an error is made, not where a comment speaks of it. */
const thrown = new Set(
  ['src', 'native/src']
    .flatMap(textsOf)
    .flatMap((text) => [...text.matchAll(/(['"`])(E_[A-Z0-9_]+)\1/g)].map(([, , code]) => code)),
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

describe('docs/errors.md', () => {
  test('lists every code that the sources have, and no other', () => {
    expect(thrown.size).toBeGreaterThan(80);
    expect(rows.map(({ code }) => code).sort()).toEqual([...thrown].sort());
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
    const missing = [...thrown].filter((code) => !named.has(code as string));
    expect(missing.filter((code) => !Object.hasOwn(NOT_PROVOKED, code as string))).toEqual([]);
  });
});
