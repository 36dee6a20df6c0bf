/**
 * One metric of two sides. The unit is the process, and its value the logarithm of its median: jobs of one process share
 * what befell it (its pages, its caches, the clock of those minutes), so that thousands of them say no more of the next
 * process than one does. Pure.
 */
import { type RatioOptions, ratioInterval } from '../statistics/bootstrap.js';
import {
  moreNeeded,
  pairsNeeded,
  rankSum,
  type ShiftTest,
  signedRank,
} from '../statistics/rank-tests.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import type { MetricComparison } from './comparison.js';

/** The error that the comparisons made together may make, and 1 - the confidence of an interval. */
export const ALPHA = 0.05;

/** What is known of a metric before its family is. */
export interface OpenMetric
  extends Pick<MetricComparison, 'a' | 'b' | 'ratio' | 'processes' | 'within'> {
  paired: boolean;
  /** Null where there is no ratio, or a median of 0 has no logarithm. */
  test: ShiftTest | null;
}

/**
 * @param a the jobs of each process in their order, finite; processes without any are left out
 * @param paired `a[i]` and `b[i]` ran side by side, in an order left to chance
 */
export function compareProcesses(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
  paired: boolean,
  options: RatioOptions = {},
): OpenMetric {
  const pairs = a.map((_, i) => i).filter((i) => a[i]?.length && b[i]?.length);
  const [inA, inB] = paired
    ? [pairs.map((i) => a[i] as Float64Array), pairs.map((i) => b[i] as Float64Array)]
    : [a.filter((jobs) => jobs.length > 0), b.filter((jobs) => jobs.length > 0)];
  const middles = (side: readonly Float64Array[]) =>
    side.map((jobs) => medianOf(sortedFinite(jobs)) as number);
  const [mediansA, mediansB] = [middles(inA), middles(inB)];
  const overall = (medians: number[]) => medianOf(Float64Array.from(medians).sort());
  const known = { a: overall(mediansA), b: overall(mediansB) };
  const open: OpenMetric = {
    ...known,
    ratio: over(known.b, known.a),
    processes: { a: inA.length, b: inB.length },
    within: null,
    paired,
    test: null,
  };
  if (open.ratio === null || [...mediansA, ...mediansB].some((m) => m <= 0)) return open;
  const [logsA, logsB] = [mediansA.map(Math.log), mediansB.map(Math.log)];
  const test = paired
    ? signedRank(logsB.map((log, i) => log - (logsA[i] as number)))
    : rankSum(logsA, logsB);
  if (inA.length > 1 || inB.length > 1)
    return { ...open, test, ratio: Math.exp(test.estimate as number) };
  const within = ratioInterval(inA[0] as Float64Array, inB[0] as Float64Array, options);
  return { ...open, test, within };
}

/** What such a metric comes to at the level that it is tested at. */
export function atLevel(
  { paired, test, ...known }: OpenMetric,
  level: number,
): Omit<MetricComparison, 'key' | 'label' | 'unit' | 'better' | 'role' | 'pCorrected'> {
  const inverse = over(1, known.ratio);
  const confidence = 1 - level;
  const able = test !== null && test.least <= level;
  if (!able)
    return {
      ...known,
      inverse,
      interval: null,
      confidence,
      p: null,
      test: null,
      shown: null,
      more: test === null ? null : further(known.processes, paired, level),
    };
  const { low, high } = test.interval(level) as { low: number; high: number };
  const p = test.p();
  return {
    ...known,
    inverse,
    interval: { low: Math.exp(low), high: Math.exp(high) },
    confidence,
    p,
    test: paired ? 'signed-rank of pairs' : 'rank-sum',
    shown: p <= level,
    more: null,
  };
}

const further = ({ a, b }: MetricComparison['processes'], paired: boolean, level: number) =>
  paired ? pairsNeeded(level) - a : moreNeeded(a, b, level);

/** A quotient; null without one. */
export const over = (x: number | null, y: number | null): number | null =>
  x === null || y === null || y === 0 ? null : x / y;
