/** How long a point will take, as far as that is known. */
import type { AutoPeriod, Point } from '../benchmark/expand.js';
import { jobsAsked } from '../benchmark/run-options.js';
import { isSynthetic, SYNTHETIC } from '../benchmark/workloads.js';
import type { Calibration } from '../formats/manifest.js';
import { parseTime } from '../kernel/units.js';
import { autoPeriodNs, calibrationKey } from './calibrate-period.js';
import { timingKey } from './point-workload.js';

/** From command to first release and from the last job to complete files, s: a process starts, files are identified. */
const OVERHEAD_S = 0.6;

/** What is known of job durations, by timing key. */
export class KnownTimes {
  readonly #medianNs = new Map<string, number>();

  learn(point: Pick<Point, 'definition'>, medianNs: number | null): void {
    if (medianNs !== null) this.#medianNs.set(timingKey(point), medianNs);
  }

  /** ns; null = unknown. */
  of(point: Pick<Point, 'definition'>): number | null {
    const { definition } = point;
    const { workload } = definition;
    const said = isSynthetic(workload) ? SYNTHETIC[workload].jobNs?.(definition) : null;
    return said ?? this.#medianNs.get(timingKey(point)) ?? null;
  }
}

/**
 * Seconds that a point will take.
 *
 * @param calibrations those that are known; a point with an automatic period that has none counts its calibration, too
 * @returns null where a job's duration decides and nothing is known of it
 */
export function estimateSeconds(
  point: Pick<Point, 'definition'>,
  auto: AutoPeriod,
  calibrations: readonly Calibration[],
  times: KnownTimes,
): number | null {
  const { period = 0, warmup = 0, duration } = point.definition;
  const limit =
    duration === undefined ? Number.POSITIVE_INFINITY : parseTime(duration, 'the duration') / 1e9;
  // of a run that ends earlier, when its median is known, this is the most
  const jobs = jobsAsked(point.definition) || Number.POSITIVE_INFINITY;
  const job = times.of(point);
  const bounded = (seconds: number) => Math.min((jobs + warmup) * seconds, limit) + OVERHEAD_S;
  if (period === 'auto') {
    const calibration = calibrations.find((c) => c.key === calibrationKey(point, auto));
    if (calibration) return bounded(autoPeriodNs(calibration, auto.factor) / 1e9);
    if (job === null) return null;
    const calibrating =
      Math.min((auto.jobs * 2 * job) / 1e9, auto.durationNs / 1e9) + 2 * OVERHEAD_S;
    return bounded((auto.factor * job) / 1e9) + calibrating;
  }
  const periodS = parseTime(period, 'the period') / 1e9;
  if (periodS > 0) return bounded(periodS);
  if (job !== null) return bounded(job / 1e9);
  return limit < Number.POSITIVE_INFINITY && jobs === Number.POSITIVE_INFINITY
    ? limit + OVERHEAD_S
    : null;
}

/** The sum, with the mean of the known ones for the others; null when none is known. */
export function totalSeconds(estimates: readonly (number | null)[]): number | null {
  const known = estimates.filter((s) => s !== null);
  if (estimates.length === 0) return 0;
  if (known.length === 0) return null;
  return (known.reduce((sum, s) => sum + s, 0) / known.length) * estimates.length;
}
