/** Synthetic job records for the tests of metrics and output. */
import type { JobRecord } from '../../src/addon/job-record.js';
import { type Summary, SummaryBuilder, type SummaryFacts } from '../../src/metrics/summary.js';

export const MS = 1_000_000;

export interface JobSketch {
  job: number;
  /** Release, ns. */
  at?: number;
  /** Release latency, ns; null = not waited for. */
  latency?: number | null;
  /** From the wake-up to the start, ns. */
  dispatch?: number;
  elapsed?: number;
  /** Relative deadline, ns; null = none. */
  deadline?: number | null;
}

/** A record of a job that was released at `at`, woke up `latency` later, started `dispatch` after that and ran for `elapsed` ns. */
export function makeRecord(
  {
    job,
    at = job * 10 * MS,
    latency = 5_000,
    dispatch = 0,
    elapsed = 2 * MS,
    deadline = 10 * MS,
  }: JobSketch,
  rest: Partial<JobRecord> = {},
): JobRecord {
  const releaseNs = BigInt(at);
  const wokenNs = latency === null ? null : releaseNs + BigInt(latency);
  const startNs = (wokenNs ?? releaseNs) + BigInt(dispatch);
  const endNs = startNs + BigInt(elapsed);
  const deadlineNs = deadline === null ? null : releaseNs + BigInt(deadline);
  return {
    job,
    warmup: false,
    releaseNs,
    wokenNs,
    slept: wokenNs !== null,
    startNs,
    endNs,
    deadlineNs,
    deadlineMet: deadlineNs === null ? null : endNs <= deadlineNs,
    startTicks: startNs,
    endTicks: endNs,
    skippedReleases: 0,
    withheldReleases: 0,
    // who is preempted loses a tenth by it
    cpuTimeNs: rest.involuntarySwitches ? 0.9 * elapsed : elapsed,
    minorFaults: 0,
    majorFaults: 0,
    voluntarySwitches: 0,
    involuntarySwitches: 0,
    core: 1,
    startCore: 1,
    counters: [],
    counterScale: null,
    extras: [],
    ...rest,
  };
}

/** Of a run that counts nothing and whose period is its deadline. */
export const facts: SummaryFacts = {
  periodNs: 10 * MS,
  deadlineNs: 10 * MS,
  events: [],
  extras: [],
  zeroIsOrdinary: [],
  lineBytes: 64,
};

export function summarise(
  records: readonly JobRecord[],
  more: Partial<SummaryFacts> = {},
): Summary {
  const builder = new SummaryBuilder({ ...facts, ...more });
  for (const record of records) builder.add(record);
  return builder.finish();
}

/** Records of jobs 0 … n - 1. */
export const jobs = (n: number, make: (job: number) => JobRecord): JobRecord[] =>
  Array.from({ length: n }, (_, i) => make(i));
