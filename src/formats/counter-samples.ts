/** The sampler's CSV: RT-Bench's columns (counts since the start of the running job), then the time and the job. */
import { countAt, eventPositions } from '../metrics/derived.js';
import type { Cell } from './row-format.js';

/** What this writer reads of a sample. */
export interface CounterSample {
  /** CLOCK_MONOTONIC ns of the reading. */
  timeNs: bigint;
  /** Index of the running job; null before the first. */
  job: number | null;
  /** Counts within the job so far, in the order of the requested events; null where not counted. */
  counters: readonly (number | null)[];
}

export const SAMPLE_COLUMNS = [
  'samples',
  'l1_references',
  'l1_refills',
  'l2_references',
  'l2_refills',
  'inst_retired',
  'time_ns',
  'job',
] as const;

/** The places, in a run's list of events, of those that have a column in the samples; none where there are only others. */
export function sampledEvents(events: readonly string[]): number[] {
  const { l1d, l1dRefill, l2d, l2dRefill, instructions } = eventPositions(events);
  return [l1d, l1dRefill, l2d, l2dRefill, instructions].filter((position) => position >= 0);
}

/** Turns samples into rows; `samples` is the number of readings in the row, always 1, as RT-Bench writes it. */
export function samplesFormat(events: readonly string[]): {
  readonly header: readonly string[];
  row(sample: CounterSample): Cell[];
} {
  const at = eventPositions(events);
  return {
    header: SAMPLE_COLUMNS,
    row: ({ timeNs, job, counters }) => [
      1,
      countAt(counters, at.l1d),
      countAt(counters, at.l1dRefill),
      countAt(counters, at.l2d),
      countAt(counters, at.l2dRefill),
      countAt(counters, at.instructions),
      timeNs,
      job,
    ],
  };
}
