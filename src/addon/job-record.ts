/** One job as the native side recorded it. */
import {
  layOut,
  type Scalars,
  type SummedKey,
  scalarReader,
  summed,
  summedFields,
} from './record-layout.js';

export const MAX_COUNTERS = 16;
export const MAX_EXTRAS = 4;

/** The list of native/src/record/job.h, where each field is explained. */
const FIELDS = {
  job: 'u64',
  release_ns: 'instant',
  start_ns: 'instant',
  end_ns: 'instant',
  deadline_ns: 'instant',
  start_ticks: 'instant',
  end_ticks: 'instant',
  skipped_releases: 'u64',
  cpu_time_ns: summed('u64'),
  time_enabled_ns: 'u64',
  time_running_ns: 'u64',
  counters: ['u64', MAX_COUNTERS],
  extras: ['f64', MAX_EXTRAS],
  minor_faults: summed('u32'),
  major_faults: summed('u32'),
  voluntary_switches: summed('u32'),
  involuntary_switches: summed('u32'),
  core: 'i32',
  flags: 'u32',
  counter_mask: 'u32',
  start_core: 'i32',
} as const;

export const JOB_LAYOUT = layOut(FIELDS);
export const OFFSETS = JOB_LAYOUT.offsets;
export const RECORD_BYTES = JOB_LAYOUT.bytes;

/** Figures of a job that are columns and sums by their names alone. */
export const SUMMED = summedFields(FIELDS);
export type JobSum = SummedKey<typeof FIELDS>;

/** Fields that say how to read others. */
type Marks = 'flags' | 'counterMask' | 'timeEnabledNs' | 'timeRunningNs';

export interface JobRecord extends Omit<Scalars<typeof FIELDS>, Marks | 'deadlineNs'> {
  warmup: boolean;
  /** Absolute deadline, null for a continuous run without one. */
  deadlineNs: bigint | null;
  deadlineMet: boolean | null;
  /** Counts in the order of the requested events; null where the event was not counted. */
  counters: (number | null)[];
  /** time_running / time_enabled of the group that was scheduled least; null without counters. */
  counterScale: number | null;
  /** The workload's extra metrics; null is absent. */
  extras: (number | null)[];
}

const FLAG_WARMUP = 1;
const FLAG_HAS_DEADLINE = 2;
const FLAG_DEADLINE_MET = 4;
const FLAG_HAS_COUNTERS = 8;

/** How many counters and extra metrics of a record this run uses. */
export interface RecordShape {
  counters: number;
  extras: number;
}

const readScalars = scalarReader(FIELDS);

/** Decodes the record that starts at `offset`. */
export function decodeRecord(view: DataView, offset: number, shape: RecordShape): JobRecord {
  const { flags, counterMask, timeEnabledNs, timeRunningNs, ...plain } = readScalars(view, offset);
  const hasDeadline = (flags & FLAG_HAS_DEADLINE) !== 0;
  const counters: (number | null)[] = [];
  for (let i = 0; i < shape.counters; i++)
    counters.push(
      (counterMask >>> i) & 1
        ? Number(view.getBigUint64(offset + OFFSETS.counters + 8 * i, true))
        : null,
    );
  const extras: (number | null)[] = [];
  for (let i = 0; i < shape.extras; i++) {
    const value = view.getFloat64(offset + OFFSETS.extras + 8 * i, true);
    extras.push(Number.isNaN(value) ? null : value);
  }
  return {
    ...plain,
    warmup: (flags & FLAG_WARMUP) !== 0,
    deadlineNs: hasDeadline ? plain.deadlineNs : null,
    deadlineMet: hasDeadline ? (flags & FLAG_DEADLINE_MET) !== 0 : null,
    counters,
    counterScale:
      (flags & FLAG_HAS_COUNTERS) !== 0 && timeEnabledNs > 0 ? timeRunningNs / timeEnabledNs : null,
    extras,
  };
}
