/** The sampler's CSV: RT-Bench's columns (counts since the start of the running job), then the time and the job. */
import { IsochronError } from '../kernel/errors.js';
import { openRegular } from '../kernel/files/regular-file.js';
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

/**
 * For a path where samples are about to be: `out.samples.csv` may hold the rows of a run that had this name.
 * @throws IsochronError E_OUTPUT when a file stands there that holds no samples
 */
export async function requireNoForeignSamples(path: string): Promise<void> {
  const head = `${SAMPLE_COLUMNS.join(',')}\n`;
  // a FIFO is none that could be replaced, and what can't be read can't be written either
  const file = await openRegular(path).catch(() => null);
  if (file === null) return;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(head.length), 0, head.length, 0);
    if (bytesRead === 0 || buffer.toString('utf8') === head) return;
  } finally {
    await file.close();
  }
  throw new IsochronError(
    'E_OUTPUT',
    `${path} would hold the samples of this run, but it is another file already.`,
    'Choose another name with -o, or move that file away.',
  );
}
