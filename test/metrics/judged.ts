/** A clean run and what the verdict says of one that differs from it. */
import type { JobRecord } from '../../src/addon/job-record.js';
import type { Summary } from '../../src/metrics/summary.js';
import {
  type VerdictFacts,
  verdict,
  type WorkerFacts,
  type XnnpackFacts,
} from '../../src/metrics/verdict.js';
import { jobs, MS, makeRecord, summarise } from './records.js';

export function summaryOf(
  n: number,
  rest: (job: number) => Partial<JobRecord> = () => ({}),
  events: string[] = [],
): Summary {
  return summarise(
    jobs(n + 1, (job) => makeRecord({ job }, rest(job))),
    { events },
  );
}

export const clean: VerdictFacts = {
  summary: summaryOf(1000),
  precision: null,
  ended: 'jobs',
  error: null,
  bounded: true,
  denied: [],
  lostRecords: 0,
  lostSamples: 0,
  samples: null,
  samplesCount: true,
  absentEvents: [],
  requireEvents: false,
  watchdog: null,
  cold: null,
  policy: 'fifo',
  server: null,
  rtLimit: { runtimeUs: 950_000, periodUs: 1_000_000, cgroup: null },
  runNs: 1001 * 10 * MS,
  runDelayNs: 1001 * 2000,
  threadMigrations: 0,
  frequencies: [
    {
      core: 1,
      governor: 'performance',
      governorAfter: 'performance',
      beforeKhz: 1_500_000,
      afterKhz: 1_500_000,
      lowestKhz: null,
      highestKhz: null,
    },
  ],
  cores: [1],
  housekeepingCores: [0],
  workers: [],
  memory: null,
  counting: true,
  lateThreads: [],
  policyAsked: 'fifo',
  grantedAtStart: null,
  grantedMeanwhile: null,
  grantedAtEnd: null,
  unseenCpuNs: null,
  threadsAsked: 1,
  xnnpack: null,
  hypervisor: null,
  quota: null,
  preflight: [],
  during: null,
  stops: 0,
};

export const worker: WorkerFacts = {
  tid: 7,
  cores: [2],
  policy: 'fifo',
  cpuTimeNs: 1,
  counted: true,
  minorFaults: 0,
  majorFaults: 0,
  involuntarySwitches: 0,
  migrations: 0,
  runDelayNs: 0,
};

type Work = NonNullable<XnnpackFacts['work']>;

/** @param work of a model without loops where it does not say between which its share lies */
export const took = (
  taken: number,
  total: number,
  work: (Omit<Work, 'low' | 'high'> & Partial<Work>) | null = null,
  refusal: string | null = null,
): XnnpackFacts => {
  const share = work && work.taken / work.total;
  return {
    nodes: { taken, total, of: 'jobs' },
    work: work && { low: share ?? 0, high: share ?? 0, ...work },
    refusal,
  };
};

export const judge = (facts: Partial<VerdictFacts>) => {
  const { valid, reasons, notes } = verdict({ ...clean, ...facts });
  return {
    valid,
    reasons: reasons.map((r) => r.code),
    notes: notes.map((n) => n.code),
    all: [...reasons, ...notes],
  };
};
