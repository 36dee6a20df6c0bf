/** A run that is over at once: what `runBenchmark` would write and give, without a child process. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { BenchmarkDefinition } from '../../src/benchmark/definition.js';
import type { SpareChild } from '../../src/child/spare-child.js';
import { sidecarPath } from '../../src/formats/sidecar.js';
import type { RunOptions, RunResult } from '../../src/run/run-benchmark.js';

interface FakeRuns {
  /** Every definition that was run, calibrations included, in order. */
  ran: BenchmarkDefinition[];
  /** What the next runs do instead, by the definition's name. */
  instead: Map<string, (definition: BenchmarkDefinition, options: RunOptions) => unknown>;
  /** Duration of a job, ns. */
  jobNs: number;
}

const identity = (path: string) => {
  const bytes = readFileSync(path);
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
};

/** Of all test files that stand in this module for run/run-benchmark.js, which may share one module graph (mutation testing does). */
export const runs: FakeRuns = { ran: [], instead: new Map(), jobNs: 1e6 };

/** Before each test. */
export function forgetRuns(): void {
  Object.assign(runs, { ran: [], instead: new Map(), jobNs: 1e6 });
}

/** One of several; there is no process to be kept for the next. */
export const runOneOf = (
  _spare: SpareChild,
  _follows: boolean,
  definition: BenchmarkDefinition,
  options: RunOptions,
) => runBenchmark(definition, options);

export async function runBenchmark(
  definition: BenchmarkDefinition,
  options: RunOptions = {},
): Promise<RunResult> {
  runs.ran.push(definition);
  const other = await runs.instead.get(definition.name ?? '')?.(definition, options);
  const { workload, output } = definition;
  const isPlugin = extname(workload) === '.so';
  const isModel = !isPlugin && existsSync(workload);
  const engine = process.env.ISOCHRON_ENGINE as string;
  const report = {
    format: 'isochron-run',
    version: 1,
    status: 'done',
    plan: { workload: { kind: isPlugin ? 'plugin' : isModel ? 'model' : workload } },
    model: isModel ? identity(resolve(workload)) : null,
    engine: isModel ? identity(definition.engine ?? engine) : null,
    plugin: isPlugin ? identity(workload) : null,
  };
  const files: string[] = [];
  if (output !== undefined) {
    files.push(output, sidecarPath(output));
    writeFileSync(output, `job\n${runs.ran.length}\n`);
    writeFileSync(sidecarPath(output), JSON.stringify(report));
  }
  options.onProgress?.({ phase: 'running', done: 1, total: 1, note: '' });
  const { jobNs } = runs;
  return {
    status: 'done',
    error: null,
    plan: { output: output ?? null },
    report,
    files,
    incomplete: [],
    furtherPasses: [],
    passesLeft: 0,
    verdict: { valid: true },
    summary: {
      elapsed: { median: jobNs, p99: jobNs, max: jobNs, bounds: { p99: 2 * jobNs } },
      counts: { inStatistics: definition.jobs },
    },
    ...(other as object),
  } as unknown as RunResult;
}
