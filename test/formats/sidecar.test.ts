import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it as test } from 'vitest';
import { forEachLoss, forEachSeries } from '../../src/addon/streams.js';
import type { Plan } from '../../src/benchmark/plan.js';
import { PLAIN_FIELDS, plainOf } from '../../src/benchmark/run-options.js';
import { toJson } from '../../src/formats/plain-json.js';
import { readRunFile } from '../../src/formats/run-file.js';
import { seriesPath } from '../../src/formats/series-file.js';
import { readSidecar, type Sidecar, sidecarPath, writeSidecar } from '../../src/formats/sidecar.js';
import { probeMachine, probeVolatile } from '../../src/machine/probe-machine.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isochron-sidecar-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: Sidecar = {
  format: 'isochron-run',
  version: 1,
  status: 'running',
  startedAt: '2024-01-01T00:00:00.000Z',
  endedAt: null,
  tool: { name: 'isochron', version: '0.1.0', node: 'v20' },
  plan: {
    name: 'noop',
    workload: { kind: 'noop' },
    periodNs: 1_000_000,
    deadlineNs: 1_000_000,
    jobs: 10,
    durationNs: null,
    untilCi: null,
    cores: [1],
    scheduling: { policy: 'other' },
    heapLimitBytes: null,
    events: [],
    sampler: null,
    output: null,
    ...plainOf({}),
  },
  engine: null,
  model: null,
  plugin: null,
  machine: probeMachine(),
  fileCache: null,
  before: probeVolatile([0]),
  after: null,
  during: null,
  stops: null,
  memory: null,
  preflight: [],
  isolation: null,
  granted: null,
  workload: null,
  initFaults: null,
  xnnpackApplied: null,
  xnnpackNodes: null,
  xnnpackWork: null,
  events: [{ name: 'cpu_cycles', type: 0, config: '0x0', opened: false, reason: 'no PMU' }],
  counters: { readMethod: null, kernel: false },
  clock: { ticksPerSecond: null, overheadNs: null },
  housekeepingCores: null,
  finished: null,
  error: null,
  summary: null,
  precision: null,
  verdict: null,
  files: { csv: null, ...forEachSeries(() => null) },
  streams: [],
};

describe('the sidecar', () => {
  test('lies beside the CSV and never on it', () => {
    expect(sidecarPath('/a/out.csv')).toBe('/a/out.json');
    expect(sidecarPath('/a/v1.5')).toBe('/a/v1.5.json');
    expect(sidecarPath('/a/out.json')).toBe('/a/out.json.json');
    expect(seriesPath('/a/out.csv', 'samples')).toBe('/a/out.samples.csv');
    expect(seriesPath('/a/out', 'samples')).toBe('/a/out.samples.csv');
    expect(seriesPath('/a/v1.5', 'samples')).toBe('/a/v1.5.samples.csv');
  });

  test('is replaced as a whole and reads back', async () => {
    const path = join(folder, 'run.json');
    await writeSidecar(path, started);
    expect((await readSidecar(path)).status).toBe('running');
    const finished = {
      reason: 'jobs' as const,
      error: null,
      jobs: 10,
      ...forEachLoss(() => 0),
      t0Ns: 5n,
      endNs: 2n ** 60n,
      workers: [],
      server: null,
      emptyJobCounts: [],
      overheadNs: null,
      denied: [],
      lateThreads: [],
      atEnd: null,
      meanwhile: null,
      runDelayNs: null,
      migrations: null,
      unseenCpuNs: null,
      locked: null,
    };
    await writeSidecar(path, { ...started, status: 'done', finished });
    const back = await readSidecar(path);
    expect(back.status).toBe('done');
    expect(back.finished).toMatchObject({ t0Ns: 5n, endNs: 2n ** 60n });
    expect(back.plan).toEqual(started.plan);
    expect(back.machine).toEqual(started.machine);
    expect(readdirSync(folder)).toEqual(['run.json']);
  });

  test('of version 0.1.0 names a plugin as an engine, and is read with the plugin in its place', async () => {
    const path = join(folder, 'old.json');
    const file = { path: '/p.so', sha256: 'ab', bytes: 3 };
    const { plugin: _, ...old } = {
      ...started,
      plan: { ...started.plan, workload: { kind: 'plugin', path: '/p.so', args: '' } },
      engine: { ...file, tflite: null },
    };
    writeFileSync(path, toJson(old));
    expect(await readSidecar(path)).toMatchObject({ engine: null, plugin: file });
    expect((await readRunFile(path)).run).toMatchObject({ engine: null, plugin: file });
    const { plugin: __, ...model } = { ...started, engine: { ...file, tflite: '2.9.0' } };
    writeFileSync(path, toJson(model));
    expect(await readSidecar(path)).toMatchObject({ engine: { tflite: '2.9.0' }, plugin: null });
  });

  test('of a version that had not all options is read, and says of none of the others what it was', async () => {
    const path = join(folder, 'before.json');
    for (const field of PLAIN_FIELDS) {
      const { [field]: _, ...plan } = started.plan as Plan;
      writeFileSync(path, toJson({ ...started, plan }));
      expect((await readRunFile(path)).run?.plan).toEqual({ ...plan, [field]: null });
      expect((await readSidecar(path)).plan).toMatchObject(plan);
    }
  });

  test('keeps absent values as null', () => {
    expect(JSON.parse(toJson({ a: null, b: Number.NaN, c: [undefined, 1n] }))).toEqual({
      a: null,
      b: null,
      c: [null, 1],
    });
  });

  test('keeps whole numbers exactly, as text where a double can’t', () => {
    const exact = BigInt(Number.MAX_SAFE_INTEGER);
    const written = [exact, exact + 1n, -exact, -exact - 1n];
    expect(JSON.parse(toJson(written))).toEqual([
      Number.MAX_SAFE_INTEGER,
      '9007199254740992',
      Number.MIN_SAFE_INTEGER,
      '-9007199254740992',
    ]);
  });

  test('is read without what is not in it', async () => {
    const path = join(folder, 'bare.json');
    for (const plan of [
      undefined,
      null,
      {},
      { workload: null },
      { workload: { kind: 'plugin' } },
    ]) {
      writeFileSync(path, toJson({ format: 'isochron-run', version: 1, plan, engine: null }));
      expect(await readSidecar(path)).toMatchObject({ plugin: null, engine: null });
    }
  });

  test('does not make the folder of a mistyped path', async () => {
    await expect(writeSidecar(join(folder, 'none', 'a.json'), started)).rejects.toMatchObject({
      code: 'E_OUTPUT',
    });
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  test.each([
    ['no JSON', '{', /can't be read/],
    ['another JSON', '{"format": "x"}', /is not the JSON file of a run/],
    ['null', 'null', /is not the JSON file of a run/],
    ['a later version', '{"format": "isochron-run", "version": 99}', /version 99/],
  ])('is refused when it is %s', async (_, text, message) => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, text);
    await expect(readSidecar(path)).rejects.toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
