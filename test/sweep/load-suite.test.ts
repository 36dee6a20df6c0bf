import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { expandSuite } from '../../src/benchmark/expand.js';
import { UsageError } from '../../src/kernel/errors.js';
import { pairsNeeded } from '../../src/statistics/rank-tests.js';
import { expandFor } from '../../src/sweep/chosen-points.js';
import { loadSuite, readySuites } from '../../src/sweep/load-suite.js';

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

describe('files that are no suites', () => {
  const list = Array(9).fill('x');
  const bomb = [
    'name: b',
    `x0: &a0 [${list}]`,
    ...Array.from({ length: 8 }, (_, i) => `x${i + 1}: &a${i + 1} [${list.map(() => `*a${i}`)}]`),
    'include: [{workload: noop}]',
  ].join('\n');

  test.each<[string, string, string, RegExp]>([
    ['a bomb of aliases', 's.yaml', bomb, /s\.yaml: its aliases stand for too much/],
    ['an alias of nothing', 's.yaml', 'name: *x', /Unresolved alias.*: x\.$/],
    [
      'a hundred thousand brackets',
      's.json',
      '['.repeat(1e5),
      /line 1: it is nested too deeply\.$/,
    ],
    ['deep YAML', 's.yaml', `a: ${'[]'.padStart(1e5, '[')}`, /line 1: it is nested too deeply\.$/],
    ['two documents', 's.yaml', 'name: s\n---\nname: t\n', /line 2: a second document begins/],
    ['nothing', 's.yaml', '', /expected object, received null/],
    ['a list that holds itself', 's.yaml', 'name: s\ninclude: &i [*i]', /include\[0\]/],
    ['a key that is a map', 's.yaml', 'name: s\nmatrix: {{a: b}: [1]}', /no option is called/],
    ['not a number', 's.yaml', 'name: s\ninclude: [{us: .nan}]', /received NaN/],
    ['infinitely much', 's.yaml', 'name: s\ninclude: [{us: -.inf}]', /expected number/],
    ['a date', 's.yaml', 'name: !!timestamp 2001-01-01\ninclude: []', /received Date/],
    ['bytes', 's.yaml', 'name: !!binary aGVsbG8=\ninclude: []', /received Buffer/],
    ['a set', 's.yaml', 'name: s\ninclude: !!set {a, b}', /expected array, received Set/],
    [
      'a film',
      's.json',
      ' '.repeat(32 * 2 ** 20 + 1),
      /is larger than 32 MiB: that is no suite\.$/,
    ],
  ])('%s', async (_what, name, text, words) => {
    const message = await complaint(file(name, text));
    expect(message).toMatch(words);
    expect(message).not.toContain('\n');
  });

  test('a file that may not be read says so', async () => {
    // read by root, too: a file of /proc that gives no bytes to anyone
    const path = join(folder, 'mem.json');
    symlinkSync('/proc/self/mem', path);
    expect(await complaint(path)).toMatch(/mem\.json can't be read: /);
  });

  test('names that are no paths', async () => {
    for (const name of ['a\u0000b', 'x'.repeat(5000), '/dev/null/x', '', folder])
      await expect(loadSuite(name)).rejects.toMatchObject({ code: 'E_SUITE_MISSING' });
  });

  test('a name with a line break in it is quoted in one line', async () => {
    const path = file('s.yaml', '{"name":"s","base":{"a\\nb":1},"include":[{"workload":"noop"}]}');
    await expect(loadSuite(path)).rejects.toMatchObject({
      message: expect.stringMatching(/no option is called a\\nb\.$/),
    });
  });

  test('any cut or changed character of a suite gives a suite, or one sentence', async () => {
    const text = JSON.stringify({
      name: 's',
      base: { jobs: 3, period: '1ms' },
      matrix: { workload: ['noop', 'spin'], memory: { paged: { lockMemory: false }, locked: {} } },
      exclude: [{ workload: 'noop', memory: ['paged'] }],
      quick: { repetitions: 1 },
    });
    const change = fc.tuple(
      fc.nat(text.length),
      fc.nat(4),
      fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom(
          '&a ',
          '*a',
          '!!map ',
          '<<: ',
          '- ',
          '\n',
          '\n\t',
          ': ',
          '? ',
          '|\n',
          '%',
          '{',
          '[',
          '"',
          "'",
          '\u0000',
          '---\n',
          '#',
        ),
      ),
    );
    for (const ending of ['yaml', 'json']) {
      const path = file(`s.${ending}`, text);
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
          let changed = text;
          for (const [at, length, by] of changes)
            changed = changed.slice(0, at) + by + changed.slice(at + length);
          writeFileSync(path, changed);
          try {
            expandFor(await loadSuite(path), {});
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
            expect((error as Error).message).toMatch(/^[^\n]+\.$/);
          }
        }),
        { numRuns: 500 },
      );
    }
  });
});

describe('who is meant by a name', () => {
  const evil = 'throw new Error("executed");';
  /** Loads within another folder. */
  const from = async (cwd: string, name: string) => {
    const before = process.cwd();
    process.chdir(cwd);
    try {
      return await loadSuite(name);
    } finally {
      process.chdir(before);
    }
  };

  test('a ready suite’s name is never a file of the folder, and ./NAME always is', async () => {
    const own = join(file('quantization.js', evil), '..');
    mkdirSync(join(own, 'bench'));
    for (const name of ['quantization', 'bench/quantization.js', 'bench/quantization'])
      writeFileSync(join(own, name.endsWith('.js') ? name : `${name}.json`), evil);
    for (const name of ['quantization', 'bench/quantization'])
      expect((await from(own, name)).file).toBe(
        join(import.meta.dirname, '..', '..', 'bench', 'quantization.js'),
      );
    for (const name of [
      './quantization',
      'quantization.js',
      './bench/quantization',
      'bench/quantization.js',
    ])
      await expect(from(own, name)).rejects.toThrow(/executed/);
  });

  test('another name is a file of the folder', async () => {
    const own = join(file('mine.yaml', 'name: mine\ninclude: [{workload: noop}]'), '..');
    expect((await from(own, 'mine')).suite.name).toBe('mine');
    // ready suites have no folders above them
    for (const name of ['bench/../package', 'bench/lib/study', '../bench/threads', 'bench/'])
      await expect(from(own, name)).rejects.toMatchObject({ code: 'E_SUITE_MISSING' });
  });
});

describe.skipIf(process.geteuid?.() !== 0)('a module as root (needs root)', () => {
  const text = 'export default { name: "s", include: [{ workload: "noop" }] };';
  const load = async (path: string) => {
    const notes: string[] = [];
    const { suite } = await loadSuite(path, (note) => notes.push(note));
    expect(suite.name).toBe('s');
    return notes;
  };

  test('of its own is loaded without a word', async () => {
    expect(await load(file('s.js', text))).toEqual([]);
  });

  test('of another user is named before it is run', async () => {
    const path = file('s.js', 'throw new Error("executed");');
    chownSync(path, 1234, 1234);
    const notes: string[] = [];
    await expect(loadSuite(path, (note) => notes.push(note))).rejects.toThrow(/executed/);
    expect(notes).toEqual([
      `the suite ${path} is run with root's rights, and it belongs to the user 1234. A suite in JSON or YAML is read only.`,
    ]);
  });

  test('that anyone can have written is not run', async () => {
    const path = file('s.js', 'throw new Error("executed");');
    chmodSync(join(path, '..'), 0o777);
    await expect(loadSuite(path)).rejects.toMatchObject({
      code: 'E_SUITE_UNTRUSTED',
      message: `The suite ${path} is a program, and root does not run it: it is in ${join(path, '..')}, which can be written by anyone.`,
    });
  });

  test('data and ready suites are nobody’s program', async () => {
    const path = file('s.json', '{"name": "s", "include": [{"workload": "noop"}]}');
    chmodSync(path, 0o666);
    expect(await load(path)).toEqual([]);
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
  // by the axis that makes the most comparisons; those of `combined` stand on one page with all others
  test.each([
    ['quantization', 8],
    ['xnnpack', 25],
    ['architectures', 23],
    ['threads', 28],
    ['width-resolution', 48],
    ['first-run', 50],
    ['yolo-depth', 56],
    ['combined', 132],
  ])('%s repeats often enough for a table of %i comparisons', async (name, comparisons) => {
    const { suite } = await loadSuite(`bench/${name}`);
    expect(suite.repetitions).toBeGreaterThanOrEqual(pairsNeeded(0.05 / comparisons));
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
