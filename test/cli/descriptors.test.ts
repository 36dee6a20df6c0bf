/** Files that are given as descriptors of the command's own process: the engine's process has others. */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildModel } from '../../src/models/build-model.js';
import { isochron, json, scratch } from './helpers.js';

const folder = scratch();
const model = join(folder, 'model.tflite');
const input = join(folder, 'input.raw');
await buildModel('mobilenet_v1_0.25_128', { output: model });
writeFileSync(input, Buffer.alloc(128 * 128 * 3 * 4));
symlinkSync('/dev/stdin', join(folder, 'link.tflite'));

/** A shell that opens these files for it: FILE as stdin, FILE as 5, and a folder as 6. */
const opened = (stdin: string, five = stdin) => [
  ...['bash', '-c', 'exec < "$1" 5< "$2" 6< "$3"; shift 3; exec "$@"', 'bash'],
  ...[stdin, five, folder],
];

const names = ['/dev/stdin', '/dev/fd/5', '/proc/self/fd/5', '/dev/fd/6/model.tflite'];
test.each([...names, join(folder, 'link.tflite')])(
  'a model that is %s is run as the file that it is',
  async (path) => {
    const out = join(scratch(), 'out.csv');
    const args = ['run', path, '-t', '2', '--events', 'none', '-o', out];
    const { status, stderr } = await isochron(args, { wrapper: opened(model) });
    expect(stderr).not.toContain('isochron:');
    expect(status).toBe(0);
    expect(json(out.replace('.csv', '.json'))).toMatchObject({
      status: 'done',
      plan: { workload: { path: model } },
    });
  },
);

test('so are an input, and the folder of the outputs', async () => {
  const args = ['run', model, '-t', '2', '--events', 'none', '--input', '/dev/stdin'];
  const wrapper = opened(input);
  const { status, stderr } = await isochron([...args, '--dump-output', '/dev/fd/6'], { wrapper });
  expect(stderr).not.toContain('isochron:');
  expect(status).toBe(0);
  expect(readdirSync(folder).some((name) => name.startsWith('output'))).toBe(true);
});

test('a model to be quantized is calibrated, too', async () => {
  const output = join(scratch(), 'int8.tflite');
  const args = ['models', 'quantize', '/dev/stdin', '-o', output, '--precision', 'int8'];
  const wrapper = opened(model);
  const { status, stderr } = await isochron([...args, '--calibrate', 'random:2'], { wrapper });
  expect(stderr).not.toMatch(/^isochron: .*\/dev/m);
  expect(status).toBe(0);
  expect(readFileSync(output).length).toBeGreaterThan(1000);
});

test('a file without a name is refused in a sentence', async () => {
  const wrapper = ['bash', '-c', 'exec < "$1"; rm "$1"; shift; exec "$@"', 'bash'];
  const gone = join(scratch(), 'gone.tflite');
  writeFileSync(gone, readFileSync(model));
  const { status, stderr } = await isochron(['run', '/dev/stdin', '-t', '2'], {
    wrapper: [...wrapper, gone],
  });
  expect(stderr).toMatch(/\/dev\/stdin is an open file without a name.*Name a file/s);
  expect(status).toBe(1);
});
