/** One job as the native side recorded it. */
import { layOut, type Scalars, type SummedKey, summed, summedFields } from './record-layout.js';

export const MAX_COUNTERS = 16;
export const MAX_EXTRAS = 4;

/** The list of native/src/record/job.h, where each field is explained. */
const FIELDS = {
  /** 0-based index of the executed job, warm-up included. */
  job: 'u64',
  /** CLOCK_MONOTONIC ns, as are all of these five. */
  release_ns: 'instant',
  /** First thing after the wait for the release. */
  woken_ns: 'instant',
  start_ns: 'instant',
  end_ns: 'instant',
  deadline_ns: 'instant',
  /** CNTVCT_EL0 ticks on arm64, TSC on x86. */
  start_ticks: 'instant',
  end_ticks: 'instant',
  /** Releases passed over between this job and the next one. */
  skipped_releases: 'u64',
  /** Left out by the tool between this job and the next one: it was placing the threads of the first job. */
  withheld_releases: 'u64',
  /** CPU time of the job thread within the job, ns. */
  cpu_time_ns: summed('u64'),
  time_enabled_ns: 'u64',
  time_running_ns: 'u64',
  counters: ['u64', MAX_COUNTERS],
  extras: ['f64', MAX_EXTRAS],
  minor_faults: summed('u32'),
  major_faults: summed('u32'),
  voluntary_switches: summed('u32'),
  involuntary_switches: summed('u32'),
  /** Core on which the job ended; negative where the kernel did not tell. */
  core: 'i32',
  flags: 'u32',
  counter_mask: 'u32',
  /** Core on which it started. */
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

type Plain = Omit<Scalars<typeof FIELDS>, Marks | 'deadlineNs' | 'wokenNs'>;

export interface JobRecord extends Plain {
  warmup: boolean;
  /** Null for a job that nobody waited for: it was released when the one before it had ended. */
  wokenNs: bigint | null;
  /** The thread gave up its core while it waited, so that it was really woken up. */
  slept: boolean;
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
const FLAG_WOKEN = 16;
const FLAG_SLEPT = 32;

/** How many counters and extra metrics of a record this run uses. */
export interface RecordShape {
  counters: number;
  extras: number;
}

/**
 * Decodes the record that starts at `offset`. A u64 above 2^53 that is no instant loses its low bits (a day of cycles is 2^47).
 * Every field by its name: an object that is put together from a list of names is made a hundred times as slowly.
 */
export function decodeRecord(view: DataView, offset: number, shape: RecordShape): JobRecord {
  const u64 = (at: number) => view.getBigUint64(offset + at, true);
  const count = (at: number) => Number(u64(at));
  const u32 = (at: number) => view.getUint32(offset + at, true);
  const i32 = (at: number) => view.getInt32(offset + at, true);
  const flags = u32(OFFSETS.flags);
  const mask = u32(OFFSETS.counter_mask);
  const hasDeadline = (flags & FLAG_HAS_DEADLINE) !== 0;
  const counters: (number | null)[] = [];
  for (let i = 0; i < shape.counters; i++)
    counters.push((mask >>> i) & 1 ? count(OFFSETS.counters + 8 * i) : null);
  const extras: (number | null)[] = [];
  for (let i = 0; i < shape.extras; i++) {
    const value = view.getFloat64(offset + OFFSETS.extras + 8 * i, true);
    // an infinity is no figure that a table, a mean or JSON could hold
    extras.push(Number.isFinite(value) ? value : null);
  }
  const enabled = count(OFFSETS.time_enabled_ns);
  return {
    job: count(OFFSETS.job),
    warmup: (flags & FLAG_WARMUP) !== 0,
    releaseNs: u64(OFFSETS.release_ns),
    wokenNs: (flags & FLAG_WOKEN) !== 0 ? u64(OFFSETS.woken_ns) : null,
    slept: (flags & FLAG_SLEPT) !== 0,
    startNs: u64(OFFSETS.start_ns),
    endNs: u64(OFFSETS.end_ns),
    deadlineNs: hasDeadline ? u64(OFFSETS.deadline_ns) : null,
    deadlineMet: hasDeadline ? (flags & FLAG_DEADLINE_MET) !== 0 : null,
    startTicks: u64(OFFSETS.start_ticks),
    endTicks: u64(OFFSETS.end_ticks),
    skippedReleases: count(OFFSETS.skipped_releases),
    withheldReleases: count(OFFSETS.withheld_releases),
    cpuTimeNs: count(OFFSETS.cpu_time_ns),
    minorFaults: u32(OFFSETS.minor_faults),
    majorFaults: u32(OFFSETS.major_faults),
    voluntarySwitches: u32(OFFSETS.voluntary_switches),
    involuntarySwitches: u32(OFFSETS.involuntary_switches),
    core: i32(OFFSETS.core),
    startCore: i32(OFFSETS.start_core),
    counters,
    counterScale:
      (flags & FLAG_HAS_COUNTERS) !== 0 && enabled > 0
        ? count(OFFSETS.time_running_ns) / enabled
        : null,
    extras,
  };
}
