/** What an editor and docs/api.md tell of the package: read from its declarations by TypeScript itself. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectWith } from './installed.js';

const root = join(import.meta.dirname, '..', '..');

interface Entry {
  name: string;
  doc: string;
  file: string;
  exported: boolean;
  properties: { path: string; doc: string; optional: boolean }[];
}

/** In a process of its own: TypeScript's API is spoken to synchronously. */
const run = <T>(module: string, what: string): T =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import * as m from ${JSON.stringify(join(root, module))}; process.stdout.write(JSON.stringify(${what}))`,
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 28 },
    ),
  );

/** The page's own data, which goes from gatherReport to writeReport, is nobody's to read. */
const isReport = ({ file }: Entry) => file.startsWith('report/');

describe('a hover', () => {
  const api = run<Entry[]>('scripts/api/read-api.mjs', 'm.readApi()');

  test('tells of each export what it is', () => {
    expect(api.filter((one) => one.exported).length).toBeGreaterThan(80);
    const silent = api.filter((one) => one.doc === '' && !isReport(one));
    expect(silent.map(({ name, file }) => `${name} (${file})`)).toEqual([]);
  });

  test('tells of each field of each type that one can get hold of what it is', () => {
    const own = api.filter((one) => !isReport(one));
    const fields = own.flatMap(({ name, properties }) =>
      properties.map(({ path, doc }) => ({ field: `${name}.${path}`, doc })),
    );
    expect(fields.length).toBeGreaterThan(1000);
    expect(fields.filter(({ doc }) => doc === '').map(({ field }) => field)).toEqual([]);
  });

  test('finds the fields of what a schema makes, too', () => {
    const fields = (name: string) => api.find((one) => one.name === name)?.properties ?? [];
    const of = (name: string, path: string) => fields(name).find((one) => one.path === path)?.doc;
    expect(of('BenchmarkDefinition', 'period')).toMatch(/seconds, or with a unit/);
    expect(of('Sidecar', 'finished.workers[].tid')).toBeTruthy();
    expect(of('Job', 'readBandwidthMbS')).toMatch(/MB\/s/);
  });

  test('tells of each option what it is by default', () => {
    /** Other names of an option have that one's; what is compared is named in one of two ways. */
    const other = /^(?:The same as|A \.tflite file)|Without it|Not beside/;
    const isValue = (path: string) => !/^on[A-Z]|^signal$|^kill$/.test(path);
    const options = api.filter(({ name }) =>
      /Options$|^BenchmarkDefinition$|^Assignment$/.test(name),
    );
    const silent = options.flatMap(({ name, properties }) =>
      properties
        .filter(({ optional, path }) => optional && isValue(path))
        .filter(({ doc }) => !/default|none\b/i.test(doc) && !other.test(doc))
        .map(({ path }) => `${name}.${path}`),
    );
    expect(options.length).toBeGreaterThan(12);
    expect(silent).toEqual([]);
  });

  test('a field that is a time, a size or a rate says its unit in its name or in its words', () => {
    const units = /(Ns|Us|Ms|S|Bytes|MbS|Khz|Celsius)$/;
    const times =
      /(?:^|\.)(?:elapsed|latency|lateness|response|period|deadline|runtime|duration)$/i;
    const loose = api
      .filter((one) => !isReport(one))
      .flatMap(({ name, properties }) =>
        properties
          .filter(
            ({ path, doc }) => times.test(path) && !units.test(path) && !/\bns\b|unit/.test(doc),
          )
          .map(({ path }) => `${name}.${path}`),
      );
    expect(loose).toEqual([]);
  });
});

test('docs/api.md is what the declarations say (npm run docs:api), and has all of them', () => {
  const page = run<string>('scripts/api/write-docs.mjs', 'm.apiPage()');
  expect(readFileSync(join(root, 'docs', 'api.md'), 'utf8')).toBe(page);
  const { stdout } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      "import * as api from 'isochron'; console.log(Object.keys(api).join())",
    ],
    { cwd: root, encoding: 'utf8' },
  );
  const headings = new Set([...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name));
  expect(
    stdout
      .trim()
      .split(',')
      .filter((name) => !headings.has(name)),
  ).toEqual([]);
});

/** Programs in a project that has installed isochron, as TypeScript checks them under strict. */
function typeErrors(programs: Readonly<Record<string, string>>): string {
  const project = projectWith(programs);
  const options = { strict: true, module: 'nodenext', target: 'es2023', noEmit: true };
  const compilerOptions = { ...options, allowJs: true, checkJs: true, types: ['node'] };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: Object.keys(programs) }),
  );
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  return spawnSync(tsc, ['-p', project], { encoding: 'utf8' }).stdout;
}

/** Blocks of a page in a language, in their order. */
const blocks = (page: string, language: string) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text as string);

test("README's programs compile under strict, and a mistake in one would be seen", () => {
  const programs = [...blocks('README.md', 'ts'), ...blocks('README.md', 'js')];
  expect(programs.length).toBeGreaterThan(0);
  const files = Object.fromEntries(programs.map((text, i) => [`sample-${i}.mts`, text]));
  expect(typeErrors(files)).toBe('');
  const mistaken = `${programs[0]}\nnobody.knows;`;
  expect(typeErrors({ 'mistaken.mts': mistaken })).toMatch(/nobody/);
});

test('the programs of examples/ are without a mistake under strict', () => {
  const folder = join(root, 'examples');
  const names = readdirSync(folder);
  expect(
    typeErrors(
      Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
    ),
  ).toBe('');
});
