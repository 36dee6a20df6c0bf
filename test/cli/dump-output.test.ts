/** The folder of `--dump-output` has fixed names in it, and nobody else's file of such a name is lost. */
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildModel } from '../../src/models/build-model.js';
import { isochron, json, scratch, start, until } from './helpers.js';

const model = join(scratch(), 'model.tflite');
await buildModel('mobilenet_v1_0.25_128', { output: model });
const image = Buffer.alloc(128 * 128 * 3 * 4, 1);

const run = (workload: string, folder: string, ...more: string[]) =>
  isochron(['run', workload, '-t', '2', '--events', 'none', '--dump-output', folder, ...more]);

/** What is in a folder, byte for byte; a lock that was left would show, too. */
const contents = (folder: string) =>
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]);

async function refused(
  folder: string,
  going: ReturnType<typeof run>,
  { says, code }: { says: string; code: number },
) {
  const before = contents(folder);
  const { status, stderr } = await going;
  expect(stderr).toContain(says);
  expect(stderr).toContain('--dump-output');
  expect(status).toBe(code);
  expect(contents(folder)).toEqual(before);
}

const ways: [string, (file: string, name: string) => void][] = [
  ['itself', copyFileSync],
  ['by a hard link', linkSync],
  ['by a symbolic link', symlinkSync],
];
test.each(ways)(
  'a model or an input that the outputs would replace is kept: %s',
  async (_, put) => {
    const [from, folder] = [scratch(), scratch()];
    const [input, raw] = [join(from, 'input.raw'), join(folder, 'output0.raw')];
    writeFileSync(input, image);
    put(model, raw);
    const read = put === copyFileSync ? raw : model;
    const says = (what: string) => ({ says: `${raw} is ${what}, and would be lost`, code: 2 });
    await refused(folder, run(read, folder), says('the model that is to run'));
    rmSync(raw);
    put(input, raw);
    const given = put === copyFileSync ? raw : input;
    await refused(folder, run(model, folder, '--input', given), says('an input of the model'));
  },
);

test('a file that no earlier dump has left is kept, and an earlier dump replaced', async () => {
  const folder = scratch();
  const [raw, index] = [join(folder, 'output0.raw'), join(folder, 'outputs.json')];
  const foreign = { says: 'but it is something else already', code: 1 };
  expect(
    (await isochron(['run', 'noop', '-t', '3', '-o', join(folder, 'outputs.csv')])).status,
  ).toBe(0);
  await refused(folder, run(model, folder), {
    says: `${index} is the JSON of a run, and would be lost`,
    code: 2,
  });
  for (const text of ['{"outputs": ["mine"]}', '{"outputs": [], "mine": 1}', 'mine', '[1]']) {
    writeFileSync(index, text);
    await refused(folder, run(model, folder), foreign);
  }
  rmSync(index);
  writeFileSync(raw, 'mine');
  await refused(folder, run(model, folder), foreign);
  rmSync(raw);
  for (const _again of [1, 2]) expect((await run(model, folder)).status).toBe(0);
  expect(json(index)).toMatchObject({ outputs: [{ file: 'output0.raw' }] });
  expect(json(join(folder, 'outputs.json')).outputs[0].bytes).toBe(readFileSync(raw).length);
  // more than the dump has written is somebody's
  writeFileSync(raw, image);
  await refused(folder, run(model, folder), foreign);
  rmSync(raw);
  mkdirSync(raw);
  const { status, stderr } = await run(model, folder);
  expect(stderr).toContain(`${raw} is a folder`);
  expect(status).toBe(1);
});

test.each([['outputs.csv'], ['outputs'], ['outputs.json'], ['output0.raw'], ['link.csv']])(
  'results of the run that would be in one file with the outputs are refused: -o %s',
  async (name) => {
    const folder = scratch();
    const csv = join(folder, name);
    if (name === 'link.csv') symlinkSync('output0.raw', csv);
    const { status, stderr } = await run(model, folder, '-o', csv);
    expect(stderr).toContain(
      `${csv} (-o) and the outputs of the model (--dump-output) would both go to`,
    );
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual(name === 'link.csv' ? [name] : []);
  },
);

test('a CSV that is the same file by a hard link is kept', async () => {
  const [folder, csv] = [scratch(), join(scratch(), 'out.csv')];
  expect((await run(model, folder)).status).toBe(0);
  linkSync(join(folder, 'output0.raw'), csv);
  await refused(folder, run(model, folder, '-o', csv), {
    says: 'output0.raw is the CSV of this run, and would be lost',
    code: 2,
  });
});

test('a FIFO is not waited for', async () => {
  const folder = scratch();
  const fifo = join(folder, 'output0.raw');
  execFileSync('mkfifo', [fifo]);
  const { status, stderr } = await run(model, folder);
  expect(stderr).toContain(`${fifo} would hold an output of the model`);
  expect(status).toBe(1);
});

test('the JSON of a run that is at work is no place for the outputs of another', async () => {
  const folder = scratch();
  const [csv, index] = [join(folder, 'outputs.csv'), join(folder, 'outputs.json')];
  const live = ['run', 'noop', '-p', '2ms', '-t', '0', '--events', 'none', '-o', csv];
  const { child, result } = start(live);
  await until(() => readdirSync(folder).includes('outputs.json'), 'the JSON');
  const { status, stderr } = await run(model, folder);
  expect(stderr).toContain(`${index} is being written by another run (process ${child.pid})`);
  expect(status).toBe(1);
  child.kill('SIGINT');
  await result;
  expect(json(index)).toMatchObject({ format: 'isochron-run', status: 'interrupted' });
});

test('a run that fails by its rows lists what it has dumped, so that the next one may replace it', async () => {
  const folder = scratch();
  const fifo = join(scratch(), 'rows');
  execFileSync('mkfifo', [fifo]);
  // reads the header, and is gone before the last row
  const reader = spawn('head', ['-n', '1', fifo], { stdio: 'ignore' });
  const over = new Promise((resolve) => reader.once('exit', resolve));
  const { status } = await run(model, folder, '-t', '0', '-p', '5ms', '-o', fifo);
  await over;
  expect(status).toBe(1);
  expect(json(join(folder, 'outputs.json')).outputs).toHaveLength(1);
  expect((await run(model, folder)).status).toBe(0);
});
