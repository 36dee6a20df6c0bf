/** What a run writes, no other run writes at the same time, by whatever name. */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csv, isochron, json, scratch, start, until } from './helpers.js';

const run = (out: string, jobs: string, ...more: string[]) => [
  ...['run', 'noop', '-p', '2ms', '-t', jobs, '--events', 'none', ...more, '-o', out],
];

test('a second run into a file that a run is writing, or into what belongs to it, is refused, and disturbs nothing', async () => {
  const folder = scratch();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('out.csv'), '');
  linkSync(at('out.csv'), at('before.csv'));
  const { child, result } = start(run(at('out.csv'), '0', '-M', '1', '-C', '0'));
  await until(() => statSync(at('out.csv')).size > 1000, 'rows');
  linkSync(at('out.csv'), at('meanwhile.csv'));
  linkSync(at('out.samples.csv'), at('samples.csv'));
  const names = ['out.csv', 'out', 'before.csv', 'meanwhile.csv', 'samples.csv', 'out.samples.csv'];
  for (const name of names) {
    const { status, stderr } = await isochron(run(at(name), '40'));
    expect(stderr, name).toMatch(/is being written by another run.*-o/s);
    expect(status, name).toBe(1);
  }
  child.kill('SIGINT');
  await result;
  const rows = csv(at('out.csv'));
  expect(rows.map(({ job }) => Number(job))).toEqual(rows.map((_, i) => i));
  expect(json(at('out.json'))).toMatchObject({ summary: { counts: { executed: rows.length } } });
  expect((await isochron(run(at('meanwhile.csv'), '40'))).status).toBe(0);
});

test('samples of a run never replace the rows of another', async () => {
  const folder = scratch();
  const [out, other] = [join(folder, 'out.csv'), join(folder, 'out.samples.csv')];
  await isochron(run(other, '40'));
  const sampled = run(out, '40', '-M', '1', '-C', '0');
  const { status, stderr } = await isochron(sampled);
  expect(stderr).toContain(`${other} would hold the samples of this run`);
  expect(status).toBe(1);
  expect(csv(other)).toHaveLength(40);
  rmSync(other);
  for (const _again of [1, 2]) expect((await isochron(sampled)).status).toBe(0);
});

const disturbances: [string, RegExp, (out: string, folder: string) => void][] = [
  ['removed', /out\.csv was removed or renamed by/, (out) => rmSync(out)],
  ['renamed', /out\.csv was removed or renamed by/, (out) => renameSync(out, `${out}.old`)],
  [
    'removed with its folder',
    /out\.csv was removed or renamed by/,
    (_, folder) => rmSync(folder, { recursive: true }),
  ],
  [
    'replaced by a copy',
    /out\.csv was replaced by/,
    (out) => {
      copyFileSync(out, `${out}.copy`);
      renameSync(`${out}.copy`, out);
    },
  ],
  ['emptied', /out\.csv was changed by/, (out) => truncateSync(out)],
];
test.each(disturbances)(
  'a CSV that is %s while a run writes it is no result of a run that is done',
  async (_, sentence, disturb) => {
    const folder = join(scratch(), 'results');
    mkdirSync(folder);
    const out = join(folder, 'out.csv');
    const { child, result } = start(run(out, '0'));
    await until(() => (statSync(out, { throwIfNoEntry: false })?.size ?? 0) > 1000, 'rows');
    disturb(out, folder);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await result;
    expect(stdout + stderr).toMatch(sentence);
    expect(stdout).not.toMatch(/wrote .*out\.csv/);
    expect(stdout).toMatch(/not completely written: .*out\.csv/);
    expect(status).toBe(1);
    if (statSync(folder, { throwIfNoEntry: false }))
      expect(json(join(folder, 'out.json'))).toMatchObject({
        status: 'failed',
        error: { code: 'E_OUTPUT_CHANGED' },
      });
    if (statSync(out, { throwIfNoEntry: false })) expect(readFileSync(out).includes(0)).toBe(false);
  },
);

test('nothing is put in the place of rows that a run is writing, by whatever name they have meanwhile', async () => {
  const folder = scratch();
  const at = (name: string) => join(folder, name);
  expect((await isochron(run(at('earlier.csv'), '40'))).status).toBe(0);
  const { child, result } = start(run(at('out.csv'), '0'));
  await until(() => (statSync(at('out.csv'), { throwIfNoEntry: false })?.size ?? 0) > 1000, 'rows');
  linkSync(at('out.csv'), at('link.csv'));
  renameSync(at('out.csv'), at('moved.csv'));
  const { ino } = statSync(at('moved.csv'));
  for (const name of ['link.csv', 'moved.csv'])
    for (const command of [
      ['report', at('earlier.csv')],
      ['trace', at('earlier.csv')],
      ['models', 'build', 'mobilenet_v1_0.25_128'],
    ]) {
      const { status, stderr } = await isochron([...command, '-o', at(name)]);
      expect(stderr, command[0]).toContain(
        `${at(name)} is being written by a run (process ${child.pid})`,
      );
      expect(status).toBe(1);
    }
  expect(statSync(at('moved.csv')).ino).toBe(ino);
  child.kill('SIGINT');
  await result;
  expect(csv(at('moved.csv')).length).toBeGreaterThan(0);
  expect((await isochron(['trace', at('earlier.csv'), '-o', at('moved.csv')])).status).toBe(0);
});

test('who locks an output to keep other scripts away may write it', async () => {
  const csvFile = join(scratch(), 'out.csv');
  await isochron(run(csvFile, '40'));
  const trace = ['trace', csvFile, '-o', `${csvFile}.trace`];
  writeFileSync(`${csvFile}.trace`, '');
  expect(await isochron(trace, { wrapper: ['flock', `${csvFile}.trace`] })).toMatchObject({
    status: 0,
  });
});

test('two runs do not mix the outputs of their models in one folder', async () => {
  const folder = join(scratch(), 'outputs');
  const dumping = (jobs: string) => [
    ...['run', 'mobilenet_v1_0.25_128', '-t', jobs, '--events', 'none', '-l', '3'],
    ...['--dump-output', folder],
  ];
  const { child, result } = start(dumping('0'));
  await new Promise((begun) => child.stdout?.once('data', begun));
  const second = await isochron(dumping('2'));
  expect(second.stderr).toMatch(
    `output0.raw is being written by another run (process ${child.pid}), and the outputs of this one`,
  );
  expect(second.status).toBe(1);
  child.kill('SIGINT');
  await result;
  expect((await isochron(dumping('2'))).status).toBe(0);
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});
