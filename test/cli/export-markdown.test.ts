/** `--export-markdown`: what a command shows at its end, in a file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isochron, scratch } from './helpers.js';

const FEW = ['-t', '8', '-p', '1ms', '--events', 'none'];
const read = (path: string) => readFileSync(path, 'utf8');
/** The rows of a terminal's table, whose columns are two blanks apart, and of Markdown's, in the same form. */
const cellsOf = (line: string) =>
  line
    .replace(/^\| | \|$/g, '')
    .split(/ \| | {2,}/)
    .map((cell) => cell.replaceAll('\\', '').trim())
    .filter((cell) => cell !== '');

describe('--export-markdown', () => {
  let folder: string;
  let results: string;

  beforeAll(async () => {
    folder = scratch();
    results = join(folder, 'r');
    const { status, stdout, stderr } = await isochron([
      ...['run', 'noop', 'spin', ...FEW, '-o', results],
      ...['--export-markdown', join(folder, 'several.md')],
    ]);
    expect(status, stderr).toBe(0);
    const markdown = read(join(folder, 'several.md'));
    for (const line of stdout
      .split('\n')
      .filter((text) => /^(configuration|noop|spin) /.test(text)))
      expect(markdown.split('\n').map(cellsOf)).toContainEqual(cellsOf(line));
    expect(markdown).toContain('2 of 2 points done');
    expect(markdown).toContain('fastest: noop');
  });

  test('of run holds the table, the reasons and the notes that are shown, and makes its folders', async () => {
    const file = join(folder, 'not/there/one.md');
    const { status, stdout, stderr } = await isochron([
      ...['run', 'noop', ...FEW, '--name', 'a|b', '--export-markdown', file],
    ]);
    expect(status, stderr).toBe(0);
    const [head, row, reason] = stdout.split('\n') as [string, string, string];
    const [exported, , cells] = read(file).split('\n') as [string, string, string];
    expect(cellsOf(exported)).toEqual(cellsOf(head));
    expect(cells.replace('\\|', '|').split(' | ')[0]).toBe('| a|b');
    expect(cellsOf(row)[0]).toBe('a|b');
    expect(reason).toContain('INVALID');
    expect(read(file)).toContain(reason.slice(0, 60));
  });

  test('of compare holds its sentence, tables and notes, beside --json, too', async () => {
    const file = join(folder, 'compare.md');
    const plain = await isochron(['compare', results, '--by', 'workload']);
    const { status, stdout, stderr } = await isochron([
      ...['compare', results, '--by', 'workload', '--json', '--export-markdown', file],
    ]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout).comparisons).toHaveLength(1);
    const sentence = plain.stdout.split('\n')[0] as string;
    expect(read(file)).toContain(`**${sentence}**`);
    expect(read(file)).toContain('| median | A: noop | B: spin |');
  });

  test('- puts it on stdout, where nothing else comes then', async () => {
    const { status, stdout, stderr } = await isochron([
      ...['compare', results, '--by', 'workload', '--export-markdown', '-'],
    ]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^\*\*.*\*\*\n\n\| median /);
    expect(stderr).toContain('A: noop');
    const both = await isochron(['run', 'noop', ...FEW, '--json', '--export-markdown', '-']);
    expect([both.status, both.stderr]).toEqual([
      2,
      expect.stringContaining('both write to stdout'),
    ]);
  });

  test('loses no result, by whatever name', async () => {
    const csv = join(results, 'noop.r1.csv');
    writeFileSync(join(folder, 'copy.md'), readFileSync(csv));
    writeFileSync(join(folder, 'mine.csv'), 'a,b\n1,2\n');
    const names = ['copy.md', 'mine.csv', 'r/noop.r1.csv', 'r/noop.r1.json', 'r/manifest.json'];
    for (const name of names) {
      const file = join(folder, name);
      const before = read(file);
      const found = await isochron([
        'compare',
        results,
        '--by',
        'workload',
        '--export-markdown',
        file,
      ]);
      expect([found.status, found.stderr]).toEqual([2, expect.stringContaining('would be lost')]);
      expect(read(file)).toBe(before);
    }
    const own = join(folder, 'own.csv');
    const run = await isochron(['run', 'noop', ...FEW, '-o', own, '--export-markdown', own]);
    expect(run.status).toBe(2);
    expect(existsSync(own)).toBe(false);
  });
});
