/** How long a job takes, measured before the points whose period depends on it. */
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { type AutoPeriod, hashOf, type Point, type PointDefinition } from '../benchmark/expand.js';
import { onlyWhere } from '../benchmark/run-options.js';
import type { Calibration } from '../formats/manifest.js';
import { fromErrorInfo, IsochronError } from '../kernel/errors.js';
import type { Progress } from '../kernel/progress.js';
import { type RunResult, runBenchmark } from '../run/run-benchmark.js';
import { identityOf } from './machine-identity.js';
import { contentOf } from './point-content.js';
import { timingKey } from './point-workload.js';

/** Jobs that only find out how far apart the measured ones must be. */
const PROBE_JOBS = 3;
/** Share of the time that a calibrated job leaves free, so that RT throttling (95 % by default) can't stop it. */
const CALIBRATION_LOAD = 0.5;

export interface CalibrationOptions {
  signal?: AbortSignal | undefined;
  kill?: AbortSignal | undefined;
  onNote?: ((note: string, urgent?: boolean) => void) | undefined;
  onWaiting?: ((what: string) => void) | undefined;
  onProgress?: Progress | undefined;
}

/** Points with the same key share a calibration. */
export const calibrationKey = (point: Pick<Point, 'definition'>, auto: AutoPeriod): string =>
  hashOf([timingKey(point), auto.jobs, auto.durationNs]);

/**
 * Runs a few jobs one after the other, then `auto.jobs` at twice the distance of the slowest of them, with the point's
 * own cores, priority and options.
 *
 * @returns null when it was interrupted
 * @throws IsochronError for what keeps the point from running at all
 */
export async function calibrate(
  point: Pick<Point, 'definition' | 'name'>,
  auto: AutoPeriod,
  options: CalibrationOptions = {},
): Promise<Calibration | null> {
  const probe = await probeJobs(point, options);
  if (probe === null) return null;
  const { elapsed } = probe.summary;
  const slowest = Math.max(elapsed.max ?? 0, 1000);
  const run = await completed(
    {
      ...bare(point.definition),
      name: `calibration of ${point.name}`,
      period: `${Math.ceil(slowest / CALIBRATION_LOAD)}ns`,
      jobs: auto.jobs,
      duration: `${auto.durationNs}ns`,
      warmup: 1,
    },
    options,
  );
  const { median, p99, max } = run?.summary.elapsed ?? { median: null, p99: null, max: null };
  if (run === null) return null;
  if (median === null || max === null)
    throw new IsochronError(
      'E_CALIBRATION',
      `The calibration of ${point.name} ended before a second job.`,
      'Give it more time (auto.duration), or a period.',
    );
  return {
    key: calibrationKey(point, auto),
    name: point.name,
    jobs: run.summary.counts.inStatistics,
    medianNs: median,
    p99Ns: p99,
    maxNs: max,
    at: new Date().toISOString(),
    content: await contentOf(run.report, point.definition),
    machine: identityOf(run.report),
  };
}

/**
 * A few jobs one after the other under the default policy: a real-time thread that never sleeps would be throttled.
 *
 * @returns null when it was interrupted
 */
export async function probeJobs(
  point: Pick<Point, 'definition' | 'name'>,
  options: CalibrationOptions = {},
): Promise<RunResult | null> {
  const { fifo: _fifo, rr: _rr, schedDeadline: _deadline, ...definition } = bare(point.definition);
  return completed(
    { ...definition, name: `timing of ${point.name}`, jobs: PROBE_JOBS, warmup: 1 },
    options,
  );
}

/** The period that a calibration comes to, in whole microseconds. */
export function autoPeriodNs(calibration: Calibration, factor: number): number {
  const basis = calibration.p99Ns ?? calibration.maxNs;
  return Math.ceil((factor * basis) / 1000) * 1000;
}

/** Without what has no part in how long a job takes, and without files. */
function bare(definition: PointDefinition): BenchmarkDefinition {
  const { workload } = definition;
  return { ...onlyWhere(definition, [true]), workload, events: 'none', requireEvents: false };
}

async function completed(
  definition: BenchmarkDefinition,
  { signal, kill, onNote, onWaiting, onProgress }: CalibrationOptions,
): Promise<RunResult | null> {
  const result = await runBenchmark(definition, {
    ...(signal ? { signal } : {}),
    ...(kill ? { kill } : {}),
    ...(onNote ? { onNote } : {}),
    ...(onWaiting ? { onWaiting } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  if (result.status === 'interrupted') return null;
  if (result.status === 'failed')
    throw result.error
      ? fromErrorInfo(result.error)
      : new IsochronError('E_CALIBRATION', `The calibration ${definition.name} failed.`);
  return result;
}
