/** The rooms of src/ and the direction in which they may depend on each other. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');

/** A room imports only from its own storey and the ones below. */
const STOREYS: string[][] = [
  ['errors.ts', 'native.ts', 'caller.ts', 'cache-dir.ts', 'lasting-path.ts', 'trusted-file.ts'],
  ['benchmark', 'events', 'metrics', 'output', 'engine'],
  ['session', 'analysis', 'report', 'models', 'platform'],
  ['cli', 'index.ts'],
];
const storeyOf = (file: string) => {
  const room = file.split('/')[0] as string;
  return STOREYS.findIndex((rooms) => rooms.includes(room));
};
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

test('every file of src/ stands in a room', () => {
  expect(files.filter((file) => storeyOf(file) < 0)).toEqual([]);
});

test('dependencies point downwards', () => {
  const upward: string[] = [];
  for (const file of files) {
    const text = readFileSync(join(src, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const target = relative(src, normalize(join(src, dirname(file), path as string)));
      const room = target.replace(/\.js$/, '.ts');
      if (storeyOf(room) > storeyOf(file)) upward.push(`${file} imports ${target}`);
    }
  }
  expect(upward).toEqual([]);
});

test('the runtime knows neither Node nor TensorFlow Lite', () => {
  const runtime = join(src, '..', 'native', 'src', 'runtime');
  const guilty = readdirSync(runtime).filter((file) =>
    /#include [<"](napi|node_api|workload\/tflite)/.test(readFileSync(join(runtime, file), 'utf8')),
  );
  expect(guilty).toEqual([]);
});
