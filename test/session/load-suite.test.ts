import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expandSuite } from '../../src/benchmark/expand.js';
import { expandFor } from '../../src/session/sweep/choice.js';
import { loadSuite, readySuites } from '../../src/session/sweep/load-suite.js';

const folder = mkdtempSync(join(tmpdir(), 'isochron-suite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let n = 0;
function file(name: string, text: string): string {
  const own = join(folder, String(n++));
  mkdirSync(own);
  writeFileSync(join(own, name), text);
  return join(own, name);
}

/** What loading and expanding a file says. */
const complaint = async (path: string): Promise<string> => {
  try {
    expandFor(await loadSuite(path), {});
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the suite was accepted');
};

describe('files of suites', () => {
  const yaml = 'name: s\nmatrix:\n  workload: [noop]\n  threads: [1, 2]\n';
  test.each([
    ['s.yaml', yaml],
    ['s.yml', yaml],
    ['s.json', '{"name": "s", "matrix": {"workload": ["noop"], "threads": [1, 2]}}'],
    ['s.js', 'export default { name: "s", matrix: { workload: ["noop"], threads: [1, 2] } };'],
    [
      's.mjs',
      'export const suite = { name: "s", matrix: { workload: ["noop"], threads: [1, 2] } };',
    ],
  ])('%s is read, with its ending and without', async (name, text) => {
    const path = file(name, text);
    for (const given of [path, path.replace(/\.\w+$/, '')]) {
      const loaded = await loadSuite(given);
      expect(loaded.file).toBe(path);
      expect(loaded.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(expandSuite(loaded.suite).points).toHaveLength(2);
    }
  });

  const typescript =
    'const threads: number[] = [1];\nexport default { name: "s", matrix: { workload: ["noop"], threads } };\n';

  test('a TypeScript module is read where its project has tsx', async () => {
    const path = file('s.ts', typescript);
    symlinkSync(
      join(import.meta.dirname, '..', '..', 'node_modules'),
      join(path, '..', 'node_modules'),
    );
    expect((await loadSuite(path)).suite.name).toBe('s');
  });

  test('without it, and where Node can’t read it by itself, a message says what would', async ({
    skip,
  }) => {
    if ((process.features as { typescript?: unknown }).typescript)
      return skip('this Node reads TypeScript by itself');
    expect(await complaint(file('s.ts', typescript))).toMatch(/Node .* can't read the TypeScript/);
  });

  test('a file that is not there names the ready suites', async () => {
    await expect(loadSuite(join(folder, 'nothing'))).rejects.toMatchObject({
      code: 'E_SUITE_MISSING',
      hint: expect.stringContaining('quantization'),
    });
  });
});

describe('mistakes are named with their line', () => {
  const bad = (at: number, line: string) =>
    [
      'name: long',
      'include:',
      ...Array.from({ length: 1000 }, (_, i) =>
        i === at ? line : `  - { workload: spin, us: ${i}, period: 10ms }`,
      ),
    ].join('\n');

  test.each<[string, string, RegExp]>([
    ['a wrong kind of value', '  - { workload: spin, us: many, period: 10ms }', /expected number/],
    ['an unknown option', '  - { workload: spin, uss: 5, period: 10ms }', /uss/],
    ['a time that is none', '  - { workload: spin, us: 5, period: tomorrow }', /"tomorrow"/],
    [
      'a relation that can’t be',
      '  - { workload: spin, us: 5, period: 1ms, deadline: 2ms }',
      /longer than the period/,
    ],
    ['broken YAML', '  - { workload: spin, us: 5, period: 10ms', /./],
  ])('one bad line of a 1,000-point YAML suite: %s', async (_what, line, words) => {
    const message = await complaint(file('long.yaml', bad(516, line)));
    // a bracket that is not closed is noticed on the line after it
    expect(message).toMatch(/line 51[9]|line 520/);
    expect(message).toMatch(words);
    expect(message).not.toContain('\n');
  });

  test('the line of JSON, too', async () => {
    const points = Array.from({ length: 1000 }, (_, i) =>
      JSON.stringify({ workload: 'spin', us: i === 700 ? -1 : i }),
    );
    const message = await complaint(
      file('long.json', `{"name": "long", "include": [\n${points.join(',\n')}\n]}`),
    );
    expect(message).toMatch(/line 702: include\[700\]\.us/);
  });

  test('a mistake over several lines is found on its own', async () => {
    const text = 'name: s\nbase:\n  workload: noop\nmatrix:\n  threads:\n    - 1\n    - 0\n';
    expect(await complaint(file('s.yaml', text))).toMatch(/line 7: matrix\.threads\[1\]/);
  });

  test('a module that throws is named by its file', async () => {
    expect(await complaint(file('s.js', 'throw new Error("of its own");'))).toMatch(
      /s\.js .*of its own/,
    );
    expect(await complaint(file('s.js', 'export default {'))).toMatch(/s\.js/);
    expect(await complaint(file('s.js', 'export const x = 1;'))).toMatch(/exports no suite/);
  });
});

describe('the ready suites', () => {
  test('are those of the study and its future work', () => {
    expect(readySuites().sort()).toEqual([
      'architectures',
      'combined',
      'distribution',
      'first-run',
      'quantization',
      'threads',
      'width-resolution',
      'xnnpack',
      'yolo-depth',
    ]);
  });
  test.each(readySuites())(
    '%s expands, and so does its quick variant, which is shorter',
    async (name) => {
      const loaded = await loadSuite(`bench/${name}`);
      const full = expandFor(loaded, {});
      const quick = expandFor(loaded, { quick: true });
      expect(loaded.suite.name).toBe(name);
      expect(quick.selected.length).toBeLessThan(full.selected.length);
      expect(loaded.suite.title).toBeTruthy();
    },
  );
});
