/**
 * One job as the native side recorded it: the TypeScript twin of native/src/runtime/job_record.h
 * (test/metrics/job-record.test.ts holds the two equal).
 */
export interface JobRecord {
  /** 0-based index of the executed job, warm-up included. */
  job: number;
  warmup: boolean;
  /** CLOCK_MONOTONIC ns. BigInt because uptimes beyond 104 days exceed 2^53 ns. */
  releaseNs: bigint;
  startNs: bigint;
  endNs: bigint;
  /** Absolute deadline, null for a continuous run without one. */
  deadlineNs: bigint | null;
  deadlineMet: boolean | null;
  /** CNTVCT_EL0 ticks on arm64, TSC on x86. */
  startTicks: bigint;
  endTicks: bigint;
  /** Releases passed over between this job and the next one. */
  skippedReleases: number;
  /** CPU time of the job thread within the job, ns. */
  cpuTimeNs: number;
  minorFaults: number;
  majorFaults: number;
  voluntarySwitches: number;
  involuntarySwitches: number;
  /** Core on which the job ended / started. */
  core: number;
  startCore: number;
  /** Counts in the order of the requested events; null where the event was not counted. */
  counters: (number | null)[];
  /** time_running / time_enabled of the group that was scheduled least; null without counters. */
  counterScale: number | null;
  /** The workload's extra metrics; null is absent. */
  extras: (number | null)[];
}

export const MAX_COUNTERS = 16;
export const MAX_EXTRAS = 4;

/** Byte offsets in one native record; fields are little-endian. */
export const OFFSETS = {
  job: 0,
  release_ns: 8,
  start_ns: 16,
  end_ns: 24,
  deadline_ns: 32,
  start_ticks: 40,
  end_ticks: 48,
  skipped_releases: 56,
  cpu_time_ns: 64,
  time_enabled_ns: 72,
  time_running_ns: 80,
  counters: 88,
  extras: 88 + 8 * MAX_COUNTERS,
  minor_faults: 88 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
  major_faults: 92 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
  voluntary_switches: 96 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
  involuntary_switches: 100 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
  core: 104 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
  flags: 108 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
  counter_mask: 112 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
  start_core: 116 + 8 * (MAX_COUNTERS + MAX_EXTRAS),
} as const;

export const RECORD_BYTES = 120 + 8 * (MAX_COUNTERS + MAX_EXTRAS);

const FLAG_WARMUP = 1;
const FLAG_HAS_DEADLINE = 2;
const FLAG_DEADLINE_MET = 4;
const FLAG_HAS_COUNTERS = 8;

/** How many counters and extra metrics of a record this run uses. */
export interface RecordShape {
  counters: number;
  extras: number;
}

/** Decodes the record that starts at `offset`. Counts above 2^53 lose their low bits (a day of cycles is 2^47). */
export function decodeRecord(view: DataView, offset: number, shape: RecordShape): JobRecord {
  const u64 = (at: number) => view.getBigUint64(offset + at, true);
  const count = (at: number) => Number(u64(at));
  const u32 = (at: number) => view.getUint32(offset + at, true);
  const flags = u32(OFFSETS.flags);
  const mask = u32(OFFSETS.counter_mask);
  const hasDeadline = (flags & FLAG_HAS_DEADLINE) !== 0;
  const counters: (number | null)[] = [];
  for (let i = 0; i < shape.counters; i++)
    counters.push((mask >>> i) & 1 ? count(OFFSETS.counters + 8 * i) : null);
  const extras: (number | null)[] = [];
  for (let i = 0; i < shape.extras; i++) {
    const value = view.getFloat64(offset + OFFSETS.extras + 8 * i, true);
    extras.push(Number.isNaN(value) ? null : value);
  }
  const enabled = count(OFFSETS.time_enabled_ns);
  return {
    job: count(OFFSETS.job),
    warmup: (flags & FLAG_WARMUP) !== 0,
    releaseNs: u64(OFFSETS.release_ns),
    startNs: u64(OFFSETS.start_ns),
    endNs: u64(OFFSETS.end_ns),
    deadlineNs: hasDeadline ? u64(OFFSETS.deadline_ns) : null,
    deadlineMet: hasDeadline ? (flags & FLAG_DEADLINE_MET) !== 0 : null,
    startTicks: u64(OFFSETS.start_ticks),
    endTicks: u64(OFFSETS.end_ticks),
    skippedReleases: count(OFFSETS.skipped_releases),
    cpuTimeNs: count(OFFSETS.cpu_time_ns),
    minorFaults: u32(OFFSETS.minor_faults),
    majorFaults: u32(OFFSETS.major_faults),
    voluntarySwitches: u32(OFFSETS.voluntary_switches),
    involuntarySwitches: u32(OFFSETS.involuntary_switches),
    core: view.getInt32(offset + OFFSETS.core, true),
    startCore: view.getInt32(offset + OFFSETS.start_core, true),
    counters,
    counterScale:
      (flags & FLAG_HAS_COUNTERS) !== 0 && enabled > 0
        ? count(OFFSETS.time_running_ns) / enabled
        : null,
    extras,
  };
}
