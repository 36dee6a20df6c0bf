/** One sample of the counters while jobs run, as the native side recorded it. */
import { MAX_COUNTERS } from './job-record.js';
import { layOut } from './record-layout.js';

/** The list of native/src/record/sample.h, where each field is explained. */
const FIELDS = {
  time_ns: 'instant',
  job: 'u64',
  time_enabled_ns: 'u64',
  time_running_ns: 'u64',
  counters: ['u64', MAX_COUNTERS],
  flags: 'u32',
  counter_mask: 'u32',
} as const;

export const SAMPLE_LAYOUT = layOut(FIELDS);
export const SAMPLE_OFFSETS = SAMPLE_LAYOUT.offsets;
export const SAMPLE_BYTES = SAMPLE_LAYOUT.bytes;

export interface SampleRecord {
  /** CLOCK_MONOTONIC ns, in the middle of the reading. */
  timeNs: bigint;
  /** 0-based index of the running job, or of the last one; null before the first. */
  job: number | null;
  /** A job was running. Between jobs nothing is counted: every counter is null. */
  running: boolean;
  /** Counts since the start of the running job, in the order of the opened events; null where not counted. */
  counters: (number | null)[];
  /** time_running / time_enabled, within the job, of the group that was scheduled least; null without counters. */
  counterScale: number | null;
}

const FLAG_RUNNING = 1;
const FLAG_HAS_JOB = 2;
const FLAG_HAS_COUNTERS = 4;

/**
 * Decodes the sample that starts at `offset`. Counts above 2^53 lose their low bits.
 * @param counters how many events this run has opened
 */
export function decodeSample(view: DataView, offset: number, counters: number): SampleRecord {
  const count = (at: number) => Number(view.getBigUint64(offset + at, true));
  const flags = view.getUint32(offset + SAMPLE_OFFSETS.flags, true);
  const mask = view.getUint32(offset + SAMPLE_OFFSETS.counter_mask, true);
  const values: (number | null)[] = [];
  for (let i = 0; i < counters; i++)
    values.push((mask >>> i) & 1 ? count(SAMPLE_OFFSETS.counters + 8 * i) : null);
  const enabled = count(SAMPLE_OFFSETS.time_enabled_ns);
  return {
    timeNs: view.getBigUint64(offset + SAMPLE_OFFSETS.time_ns, true),
    job: (flags & FLAG_HAS_JOB) !== 0 ? count(SAMPLE_OFFSETS.job) : null,
    running: (flags & FLAG_RUNNING) !== 0,
    counters: values,
    counterScale:
      (flags & FLAG_HAS_COUNTERS) !== 0 && enabled > 0
        ? count(SAMPLE_OFFSETS.time_running_ns) / enabled
        : null,
  };
}
