/**
 * What follows from one job record: times relative to release and deadline, and ratios of counters.
 * Pure arithmetic; an absent input or a zero divisor gives null, never 0 or Infinity.
 */
import type { JobRecord } from '../addon/job-record.js';
import type { Derived } from './derived-shape.js';

export type { Derived } from './derived-shape.js';

/** The facts of a run that the formulas need besides the record itself. */
export interface RunFacts {
  /** P in ns; 0 = continuous, which has no utilisation. */
  periodNs: number;
  /** D in ns, relative to the release; null = no deadline. */
  deadlineNs: number | null;
  /** Catalogue names of the events, in the order of `JobRecord.counters`. */
  events: readonly string[];
  /** Bytes that one refill or write-back moves (the coherency line size); null = unknown, so no bandwidths. */
  lineBytes: number | null;
}

/** a / b; null where either is absent or b is 0. */
export function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b;
}

/** Lines moved in a time, as MB/s. 1 byte/ns = 1000 MB/s. */
export function bandwidthMbS(
  lines: number | null,
  lineBytes: number | null,
  elapsedNs: number,
): number | null {
  if (lines === null || lineBytes === null || elapsedNs <= 0) return null;
  return (lines * lineBytes * 1000) / elapsedNs;
}

/** Positions, in a run's list of events, of those that the derived metrics use; -1 = not in the list. */
export interface EventPositions {
  l1d: number;
  l1dRefill: number;
  l2d: number;
  l2dRefill: number;
  l2dWriteBack: number;
  instructions: number;
  cycles: number;
}

/** Finds the events of the derived metrics by their catalogue names. */
export function eventPositions(events: readonly string[]): EventPositions {
  return {
    l1d: events.indexOf('l1d_cache'),
    l1dRefill: events.indexOf('l1d_cache_refill'),
    l2d: events.indexOf('l2d_cache'),
    l2dRefill: events.indexOf('l2d_cache_refill'),
    l2dWriteBack: events.indexOf('l2d_cache_wb'),
    instructions: events.indexOf('inst_retired'),
    cycles: events.indexOf('cpu_cycles'),
  };
}

/** The count at a position, null where the event is not in the list or was not counted. */
export function countAt(counters: readonly (number | null)[], position: number): number | null {
  return counters[position] ?? null;
}

/**
 * A function that derives the metrics of a record; the events are looked up once, here.
 * Differences of timestamps are exact: they are taken as BigInt and fit a double for jobs up to 104 days.
 */
export function deriver(facts: RunFacts): (record: JobRecord) => Derived {
  const at = eventPositions(facts.events);
  const { periodNs, deadlineNs, lineBytes } = facts;
  return (record) => {
    const { counters } = record;
    const elapsedNs = Number(record.endNs - record.startNs);
    const refills = countAt(counters, at.l2dRefill);
    return {
      releaseLatencyNs: Number(record.startNs - record.releaseNs),
      elapsedNs,
      responseNs: Number(record.endNs - record.releaseNs),
      latenessNs: record.deadlineNs === null ? null : Number(record.endNs - record.deadlineNs),
      utilisation: ratio(elapsedNs, periodNs),
      density: ratio(elapsedNs, deadlineNs),
      l1dMissRatio: ratio(countAt(counters, at.l1dRefill), countAt(counters, at.l1d)),
      l2dMissRatio: ratio(refills, countAt(counters, at.l2d)),
      ipc: ratio(countAt(counters, at.instructions), countAt(counters, at.cycles)),
      readBandwidthMbS: bandwidthMbS(refills, lineBytes, elapsedNs),
      writeBandwidthMbS: bandwidthMbS(countAt(counters, at.l2dWriteBack), lineBytes, elapsedNs),
    };
  };
}
