/** A file that is named both as what is read and as what is written is kept. */
import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { buildModel } from '../../src/models/build-model.js';
import { jobs, scratch, writeRun } from '../analysis/helpers.js';
import { isochron } from './helpers.js';

describe('an output that is an input is refused, and the file kept', () => {
  const ways: [way: string, other: (path: string) => string][] = [
    ['by its own path', (path) => path],
    [
      'by a symbolic link',
      (path) => {
        symlinkSync(path, `${path}.link`);
        return `${path}.link`;
      },
    ],
    [
      'by a hard link',
      (path) => {
        linkSync(path, `${path}.hard`);
        return `${path}.hard`;
      },
    ],
  ];
  test.each(ways)('%s', async (_way, other) => {
    const folder = scratch();
    const run = join(folder, 'run');
    writeRun(run, { elapsed: jobs(40, 1e6) });
    const model = join(folder, 'model.tflite');
    await buildModel('mobilenet_v1_0.25_128', { output: model });
    for (const [args, file] of [
      [['trace', `${run}.csv`, '-o'], `${run}.csv`],
      [['report', folder, '-o'], `${run}.json`],
      [['run', model, '-t', '40', '-o'], model],
    ] as const) {
      const before = readFileSync(file);
      const { status, stderr } = await isochron([...args, other(file)]);
      expect(stderr).toContain('and would be lost');
      expect(status).toBe(2);
      expect(readFileSync(file)).toEqual(before);
    }
  });
});

/** Puts two rows in each other's place. */
function swapRows(csv: string): string {
  const rows = readFileSync(csv, 'utf8').split('\n');
  [rows[5], rows[6]] = [rows[6] as string, rows[5] as string];
  writeFileSync(csv, rows.join('\n'));
  return csv;
}

test('the JSON of another run is no place for anything else', async () => {
  const folder = scratch();
  const [kept, run] = [join(folder, 'kept'), join(folder, 'run')];
  for (const path of [kept, run]) writeRun(path, { elapsed: jobs(40, 1e6) });
  const before = readFileSync(`${kept}.json`);
  for (const args of [
    ['run', 'noop', '-t', '3'],
    ['trace', `${run}.csv`],
    ['report', `${run}.csv`],
    ['models', 'build', 'mobilenet_v1_0.25_128'],
  ]) {
    const { status, stderr } = await isochron([...args, '-o', `${kept}.json`]);
    expect(stderr).toContain('is the JSON of a run, and would be lost');
    expect(status).toBe(2);
    expect(readFileSync(`${kept}.json`)).toEqual(before);
  }
});

test('nor is the manifest of a sweep', async () => {
  const folder = scratch();
  writeRun(join(folder, 'run'), { elapsed: jobs(40, 1e6) });
  const manifest = join(folder, 'sweep.json');
  writeFileSync(manifest, '{\n  "format": "isochron-sweep",\n  "version": 1\n}\n');
  const { status, stderr } = await isochron(['report', join(folder, 'run.csv'), '-o', manifest]);
  expect(stderr).toContain('is the manifest of a sweep, and would be lost');
  expect(status).toBe(2);
});

test('report makes no page of nothing where no row can be believed', async () => {
  const folder = scratch();
  writeRun(join(folder, 'a'), { elapsed: jobs(40, 1e6) });
  const csv = swapRows(join(folder, 'a.csv'));
  const page = join(folder, 'page.html');
  const { status, stdout, stderr } = await isochron(['report', csv, '-o', page]);
  expect(stderr).toMatch(/a\.csv, line \d+: job \d+ comes after job \d+/);
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(existsSync(page)).toBe(false);
});

test('compare refuses rows that do not belong to their JSON where nothing is left of a side', async () => {
  const folder = scratch();
  writeRun(join(folder, 'a'), { elapsed: jobs(40, 1e6) });
  writeRun(join(folder, 'b'), { elapsed: jobs(40, 2e6) });
  const csv = swapRows(join(folder, 'a.csv'));
  const { status, stdout, stderr } = await isochron(['compare', csv, join(folder, 'b.csv')]);
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/a\.csv, line \d+: job \d+ comes after job \d+/);
});
