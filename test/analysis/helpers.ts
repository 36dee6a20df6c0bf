/** Results made for tests: runs with rows of our choosing, as `isochron run` lays them down. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { extendedFormat } from '../../src/formats/extended.js';
import { deriver } from '../../src/metrics/derived.js';
import { type JobSketch, MS, makeRecord } from '../metrics/records.js';

const folders: string[] = [];

/** A fresh folder that is removed after the test file. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'isochron-analysis-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export const EVENTS = [
  'l1d_cache',
  'l1d_cache_refill',
  'l2d_cache',
  'l2d_cache_refill',
  'inst_retired',
  'cpu_cycles',
];

export interface RunSketch {
  /** Elapsed ns of each job, the first run included. */
  elapsed: readonly number[];
  warmup?: number;
  model?: string;
  xnnpack?: boolean;
  threads?: number;
  period?: number;
  version?: string;
  status?: string;
  valid?: boolean;
  /** Its first release, by which copies are known. */
  t0Ns?: number;
  /** Scales the counters, which otherwise follow the elapsed time; null = not counted. */
  counters?: number | null;
  bytes?: number;
}

/** Rows of an extended CSV. */
export function extendedCsv(run: RunSketch): string {
  const period = run.period ?? 10 * MS;
  const derive = deriver({ periodNs: period, deadlineNs: period, events: EVENTS, lineBytes: 64 });
  const { header, rows } = extendedFormat({ events: EVENTS, extras: [] });
  const scale = run.counters === undefined ? 1 : run.counters;
  const start = 1_000_000_000_000_000_000n; // beyond 2^53, as the clock is after a long uptime
  const lines = run.elapsed.flatMap((elapsed, job) => {
    const sketch: JobSketch = { job, elapsed, at: job * period, deadline: period };
    const record = makeRecord(sketch, {
      warmup: job < (run.warmup ?? 0),
      counters: EVENTS.map((_, i) =>
        scale === null ? null : Math.round(elapsed * scale * (i + 1)),
      ),
    });
    const moved = {
      ...record,
      releaseNs: record.releaseNs + start,
      wokenNs: record.wokenNs === null ? null : record.wokenNs + start,
      startNs: record.startNs + start,
      endNs: record.endNs + start,
      deadlineNs: record.deadlineNs === null ? null : record.deadlineNs + start,
    };
    return [...rows({ record: moved, derived: derive(moved) })];
  });
  return `${[header, ...lines].map((cells) => cells.map((c) => c ?? '').join(',')).join('\n')}\n`;
}

/** Writes PATH.csv and PATH.json. */
export function writeRun(path: string, run: RunSketch): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.csv`, extendedCsv(run));
  writeFileSync(`${path}.json`, JSON.stringify(sidecar(path, run), null, 2));
}

function sidecar(path: string, run: RunSketch): unknown {
  const model = run.model ?? 'mobilenet_v1_1.0_224_fp32';
  return {
    format: 'isochron-run',
    version: 1,
    status: run.status ?? 'done',
    startedAt: '2026-01-01T00:00:00.000Z',
    tool: { name: 'isochron', version: run.version ?? '0.1.0', node: '20.20.2' },
    plan: {
      name: path.split('/').at(-1),
      workload: {
        kind: 'model',
        path: `/models/${model}.tflite`,
        name: model,
        xnnpack: run.xnnpack ?? false,
        threads: run.threads ?? 1,
        engine: '/engines/libtensorflowlite_c.so',
      },
      periodNs: run.period ?? 10 * MS,
      deadlineNs: run.period ?? 10 * MS,
      warmup: run.warmup ?? 0,
      cores: [1],
      scheduling: { policy: 'fifo', priority: 90 },
    },
    engine: { path: '/engines/libtensorflowlite_c.so', sha256: 'e', bytes: 4, tflite: '2.9.0' },
    model: { path: `/models/${model}.tflite`, sha256: 'm', bytes: run.bytes ?? 1_000_000 },
    machine: {
      arch: 'arm64',
      board: 'Coral Dev Board',
      cpus: [{ name: 'Cortex-A53', cores: [0, 1, 2, 3] }],
      lineBytes: 64,
      kernel: { release: '6.1.0', preemptRt: true },
      hypervisor: null,
    },
    before: { cores: [{ core: 1, governor: 'performance', frequencyKhz: 1_500_000 }] },
    xnnpackApplied: run.xnnpack ? 'delegate' : 'no',
    events: EVENTS.map((name) => ({
      name,
      opened: run.counters !== null,
      reason: run.counters === null ? 'this machine has no such event' : null,
    })),
    error: run.status === 'failed' ? { code: 'E_X', message: 'The engine crashed.' } : null,
    verdict: {
      valid: run.valid ?? true,
      reasons:
        run.valid === false
          ? [{ code: 'governor', message: 'The governor is ondemand.', hint: 'Set it.' }]
          : [],
      notes: [],
    },
    summary: null,
    ...(run.t0Ns === undefined ? {} : { finished: { t0Ns: run.t0Ns } }),
  };
}

/** Writes manifest.json of a sweep. */
export function writeManifest(folder: string, manifest: object): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({ format: 'isochron-sweep', version: 1, ...manifest }),
  );
}

/** Elapsed times about `median`, the same for the same seed. */
export function jobs(n: number, median: number, seed = 1): number[] {
  let state = seed;
  return Array.from({ length: n }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const jitter = ((state >>> 16) % 2001) / 1000 - 1; // -1 … 1
    return Math.round(median * (i === 0 ? 1.5 : 1 + 0.01 * jitter));
  });
}
