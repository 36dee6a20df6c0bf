/** The rooms of src/ and native/src, and the direction in which they may depend on each other (docs/architecture.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');
const native = join(root, 'native', 'src');

/** From the lowest: a room knows itself and those before it, so that no two rooms can know each other. */
const ROOMS = [
  'kernel',
  'statistics',
  'addon',
  'events',
  'benchmark',
  'metrics',
  'engine',
  'formats',
  'child',
  'models',
  'machine',
  'run',
  'sweep',
  'analysis',
  'report',
  'terminal',
  'index.ts',
  'cli',
];
/** Each folder of native/src and what it may include besides itself. */
const NATIVE_ROOMS: Record<string, readonly string[]> = {
  system: [],
  record: ['system'],
  pmc: ['system', 'record'],
  workload: ['system', 'record'],
  runtime: ['system', 'record', 'pmc', 'workload'],
  addon: ['system', 'record', 'pmc', 'workload', 'runtime'],
};

const filesOf = (folder: string, ending: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => ending.test(file));
const roomOf = (file: string) => file.split('/')[0] as string;
const files = filesOf(src, /\.ts$/);

/** What each file imports, statically or when it is needed. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    const paths = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) =>
      relative(src, normalize(join(src, dirname(file), path as string))).replace(/\.js$/, '.ts'),
    );
    return [file, paths] as const;
  }),
);

test('every file of src/ stands in a room, and every room has a file', () => {
  expect(files.filter((file) => !ROOMS.includes(roomOf(file)))).toEqual([]);
  expect(ROOMS.filter((room) => !files.some((file) => roomOf(file) === room))).toEqual([]);
});

test('dependencies point downwards', () => {
  const height = (file: string) => ROOMS.indexOf(roomOf(file));
  const upward = [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => height(target) > height(file))
      .map((target) => `${file} imports ${target}`),
  );
  expect(upward).toEqual([]);
});

test('no file leads back to itself', () => {
  expect(circleIn(imports)).toBeNull();
});

test('a name of a file stands for one file, commands aside', () => {
  const seen = new Map<string, string>();
  const twice: string[] = [];
  const isCommand = (path: string) =>
    roomOf(path) === 'cli' &&
    /export const \w+Command\b/.test(readFileSync(join(src, path), 'utf8'));
  for (const file of files.filter((path) => !isCommand(path))) {
    const other = seen.get(basename(file));
    if (other !== undefined) twice.push(`${file} and ${other}`);
    seen.set(basename(file), file);
  }
  expect(twice).toEqual([]);
});

test('SHA-256 has one home', () => {
  const own = files.filter((file) =>
    /createHash\('sha256'/.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(own).toEqual(['kernel/sha256.ts']);
});

test('a name of a file of native/src stands for one file, or a header with its source', () => {
  const folders = new Map<string, Set<string>>();
  for (const file of filesOf(native, /\.(?:h|cc)$/)) {
    const name = basename(file).replace(/\.\w+$/, '');
    folders.set(name, (folders.get(name) ?? new Set()).add(dirname(file)));
  }
  const twice = [...folders].filter(([, where]) => where.size > 1);
  expect(twice.map(([name, where]) => `${name} in ${[...where].join(', ')}`)).toEqual([]);
});

test('the folders of native/src include downwards only', () => {
  const upward = filesOf(native, /\.(?:h|cc)$/).flatMap((file) => {
    const room = roomOf(file);
    const below = [room, ...(NATIVE_ROOMS[room] ?? [])];
    return [...readFileSync(join(native, file), 'utf8').matchAll(/^#include "([^"]+)"/gm)]
      .map(([, path]) => path as string)
      .filter((path) => path.includes('/') && !below.includes(roomOf(path)))
      .map((path) => `${file} includes ${path}`);
  });
  expect(upward).toEqual([]);
});

test('the runtime knows neither Node nor TensorFlow Lite', () => {
  const guilty = filesOf(join(native, 'runtime'), /./).filter((file) =>
    /#include [<"](napi|node_api|workload\/tflite)/.test(
      readFileSync(join(native, 'runtime', file), 'utf8'),
    ),
  );
  expect(guilty).toEqual([]);
});

/** A circle of imports, as the path that leads around it; null where there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target);
      if (circle) return circle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return null;
}

test('what is private to a class is #private', () => {
  const otherwise = /^\s*private (?!constructor)|constructor\([^)]*\bprivate /m;
  expect(files.filter((file) => otherwise.test(readFileSync(join(src, file), 'utf8')))).toEqual([]);
});
