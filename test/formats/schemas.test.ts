/** The published JSON Schemas are those of the code, and the files of real runs are what they say. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FOLDER, schemas } from '../../scripts/schemas.js';
import { manifestSchema } from '../../src/formats/manifest.js';
import { readSidecar } from '../../src/formats/sidecar.js';
import { sidecarSchema } from '../../src/formats/sidecar-shape.js';
import { isochron, scratch } from '../cli/helpers.js';

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('docs/schemas', () => {
  test.each(Object.entries(schemas()))('%s is current (npm run schemas)', (name, text) => {
    expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(text);
  });

  test('holds no others', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(schemas()).sort());
  });
});

describe('the JSON of a real run', () => {
  test.each([
    ['of a workload', ['spin', '--us', '100', '-d', '1ms', '--events', 'software']],
    ['of a model', ['mobilenet_v1_0.25_128', '--events', 'none']],
  ])('%s is read by its schema without loss', async (_, options) => {
    const csv = join(scratch(), 'out.csv');
    await isochron(['run', ...options, '-p', '50ms', '-t', '3', '-o', csv]);
    const path = csv.replace('.csv', '.json');
    const file = json(path);
    const run = sidecarSchema.parse(file);
    expect(z.encode(sidecarSchema, run)).toEqual(file);
    expect(run.finished?.t0Ns).toBeTypeOf('bigint');
    expect(await readSidecar(path)).toMatchObject(run);
  });
});

test('the published schema takes the JSON of an older run of version 1, as the reader does', async () => {
  const path = join(import.meta.dirname, 'older-run.json');
  const published = z.fromJSONSchema(JSON.parse(schemas()['run.schema.json']));
  expect(published.safeParse(json(path)).error).toBeUndefined();
  // and none that lacks what every one has
  expect(published.safeParse({ ...json(path), summary: undefined }).success).toBe(false);
  expect((await readSidecar(path)).summary?.runtimeExceeded).toBeNull();
});

test('the JSON of a real run says of each of its streams where its rows are, and what stands in them', async () => {
  const csv = join(scratch(), 'out.csv');
  const sampled = ['-c', '1', '-M', '1', '-C', '0', '-B', '1ms', '--events', 'software'];
  await isochron(['run', 'spin', '--us', '3000', '-p', '5ms', '-t', '3', ...sampled, '-o', csv]);
  const { streams } = json(csv.replace('.csv', '.json')) as {
    streams: { name: string; columns: string[]; file: string }[];
  };
  expect(streams.map(({ name, file }) => [name, file])).toEqual([
    ['jobs', csv],
    ['samples', csv.replace('.csv', '.samples.csv')],
  ]);
  for (const { columns, file } of streams) {
    const [header, first] = readFileSync(file, 'utf8').split('\n');
    expect(columns.join(',')).toBe(header);
    expect(first).not.toBe('');
  }
});

test('the CSV of a real run is what its table says', async () => {
  const csv = join(scratch(), 'out.csv');
  const options = ['--events', 'none', '-p', '1ms', '-t', '5', '--warmup', '1'];
  await isochron(['run', 'bandwidth', '--size', '1M', ...options, '-o', csv]);
  const table = json(join(FOLDER, 'run.csv.json')) as {
    fields: { name: string; type: string; constraints: { required: boolean; enum?: number[] } }[];
  };
  const rows: Record<string, string>[] = parse(readFileSync(csv, 'utf8'), { columns: true });
  expect(rows).toHaveLength(6);
  expect(Object.keys(rows[0] ?? {})).toEqual([
    ...table.fields.map(({ name }) => name),
    'bandwidth_mb_s',
  ]);
  const value = { integer: /^-?\d+$/, number: /^-?\d+(\.\d+)?(e[+-]\d+)?$/ };
  for (const row of rows)
    for (const { name, type, constraints } of table.fields) {
      const cell = row[name] as string;
      if (cell === '') expect({ name, ...constraints }).toMatchObject({ required: false });
      else expect(cell, name).toMatch(value[type as keyof typeof value]);
      if (constraints.enum && cell !== '') expect(constraints.enum).toContain(Number(cell));
    }
});

test('the manifest of a real sweep is read by its schema without loss', async () => {
  const folder = scratch();
  const suite = join(folder, 'suite.json');
  const base = { workload: 'noop', jobs: 3, events: 'none' };
  writeFileSync(suite, JSON.stringify({ name: 'two', base, matrix: { period: ['1ms', 'auto'] } }));
  expect(await isochron(['sweep', suite, '-o', join(folder, 'out')])).toMatchObject({ status: 0 });
  const file = json(join(folder, 'out', 'manifest.json'));
  expect(file.points).toHaveLength(2);
  expect(manifestSchema.parse(file)).toEqual(file);
});
