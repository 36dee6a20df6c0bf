/**
 * What follows from one job record: times relative to release and deadline, and ratios of counters.
 * Pure arithmetic; an absent input or a zero divisor gives null, never 0 or Infinity.
 */
import type { JobRecord } from '../addon/job-record.js';
import {
  COUNTED_METRICS,
  type CountedKey,
  type CountedMetric,
  forEachCounted,
  quotient,
  ratio,
} from './counted-metrics.js';
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

/** A metric of counters with the positions of its events in a run's list; -1 = not in it, or the time of the job. */
interface Placed {
  metric: CountedMetric & { key: CountedKey };
  over: number;
  under: number;
}

export const placedIn = (events: readonly string[]): Placed[] =>
  COUNTED_METRICS.map((metric) => ({
    metric,
    over: events.indexOf(metric.over),
    under: metric.unit === 'MB/s' ? -1 : events.indexOf(metric.under),
  }));

/** All of its fields in their order: an object that is put together name by name is made much more slowly than a copy. */
const BLANK: Readonly<Derived> = {
  releaseLatencyNs: null,
  dispatchNs: 0,
  elapsedNs: 0,
  responseNs: 0,
  latenessNs: null,
  utilisation: null,
  density: null,
  ...forEachCounted(() => null),
};

/**
 * A function that derives the metrics of a record; the events are looked up once, here.
 * Differences of timestamps are exact: they are taken as BigInt and fit a double for jobs up to 104 days.
 */
export function deriver(facts: RunFacts): (record: JobRecord) => Derived {
  const placed = placedIn(facts.events);
  const { periodNs, deadlineNs, lineBytes } = facts;
  return (record) => {
    const { counters } = record;
    const elapsedNs = Number(record.endNs - record.startNs);
    const derived = { ...BLANK };
    const { releaseNs, wokenNs } = record;
    if (wokenNs !== null) derived.releaseLatencyNs = Number(wokenNs - releaseNs);
    derived.dispatchNs = Number(record.startNs - (wokenNs ?? releaseNs));
    derived.elapsedNs = elapsedNs;
    derived.responseNs = Number(record.endNs - releaseNs);
    if (record.deadlineNs !== null) derived.latenessNs = Number(record.endNs - record.deadlineNs);
    derived.utilisation = ratio(elapsedNs, periodNs);
    derived.density = ratio(elapsedNs, deadlineNs);
    for (const { metric, over, under } of placed) {
      const below = metric.unit === 'MB/s' ? elapsedNs : countAt(counters, under);
      derived[metric.key] = quotient(metric, countAt(counters, over), below, lineBytes);
    }
    return derived;
  };
}
