/** What a summary holds. How it is counted stands in summary.ts. */
import * as z from 'zod';
import { type JobSum, SUMMED } from '../addon/job-record.js';
import { open } from '../kernel/open-object.js';
import { COUNTED_BY_UNIT, forEachCounted } from './counted-metrics.js';
import type { RunFacts } from './derived.js';
import { derivedSchema } from './derived-shape.js';

/** Statistics of one quantity, in its own unit. A percentile stands where the sample has a bound for it (statistics/percentiles.ts). */
const statisticsSchema = open({
  /** Jobs that it is of. */
  count: z.number(),
  /** Arithmetic mean; null for none. */
  mean: z.number().nullable(),
  /** Sample standard deviation (n - 1). */
  sd: z.number().nullable(),
  /** Least; null for none. */
  min: z.number().nullable(),
  /** 1st percentile; null where the sample can't bound it. */
  p1: z.number().nullable(),
  /** 50th percentile; null for none. */
  median: z.number().nullable(),
  /** 90th percentile; null where the sample can't bound it. */
  p90: z.number().nullable(),
  /** 99th percentile; null where the sample can't bound it. */
  p99: z.number().nullable(),
  /** 99.9th percentile; null where the sample can't bound it. */
  p999: z.number().nullable(),
  /** Largest; null for none. */
  max: z.number().nullable(),
  /** Observed values beyond which the true percentiles do not lie, with 95 % confidence each (p1: below; the others: above). */
  bounds: open({
    /** The true one is not below it. */
    p1: z.number().nullable(),
    /** The true one is not above it. */
    p90: z.number().nullable(),
    /** The true one is not above it. */
    p99: z.number().nullable(),
    /** The true one is not above it. */
    p999: z.number().nullable(),
  }),
});
/** Statistics of one quantity, in its own unit. */
export type Statistics = z.output<typeof statisticsSchema>;

const eventSummarySchema = open({
  /** As it was asked for. */
  name: z.string(),
  /** Jobs in which it was counted. */
  count: z.number(),
  /** Over the jobs in which it was counted; null where it was in none. */
  total: z.number().nullable(),
  /** A job's; null where it was counted in none. */
  mean: z.number().nullable(),
  /** A job's; null where it was counted in none. */
  median: z.number().nullable(),
  /** What was counted of an empty job before the run: the tool's own readings. Null where that is not known. */
  emptyJob: z.number().nullable(),
  /** The same three without it, never below 0; null where one of both is not known. */
  calibrated: open({
    /** Over the jobs in which it was counted. */
    total: z.number().nullable(),
    /** A job's. */
    mean: z.number().nullable(),
    /** A job's. */
    median: z.number().nullable(),
  }).nullable(),
  /** Opened, but 0 over a whole run that did work: the sums are then null, not 0. */
  neverCounted: z.boolean(),
});
export type EventSummary = z.output<typeof eventSummarySchema>;

const extraSummarySchema = open({
  /** As the workload calls it. */
  name: z.string(),
  /** Jobs that have it. */
  count: z.number(),
  /** In the workload's unit; null where no job has it. */
  mean: z.number().nullable(),
  /** In the workload's unit; null where no job has it. */
  median: z.number().nullable(),
  /** In the workload's unit; null where no job has it. */
  min: z.number().nullable(),
  /** In the workload's unit; null where no job has it. */
  max: z.number().nullable(),
});

/** What is said of them; one that is not here is there all the same, but nobody knows what it is. */
interface KnownSums<T> {
  /** CPU time of the job thread within jobs, ns. */
  cpuTimeNs: T;
  /** Page faults of the job thread within jobs that needed no disk. */
  minorFaults: T;
  /** Page faults of the job thread within jobs that read the disk. */
  majorFaults: T;
  /** How often the job thread waited for something within jobs. */
  voluntarySwitches: T;
  /** How often the job thread was preempted within jobs. */
  involuntarySwitches: T;
}

/** Of every figure that is a sum by its name alone. */
const sums = Object.fromEntries(
  SUMMED.map(({ key }) => [key, z.number()]),
) as unknown as KnownSums<z.ZodNumber> & Record<JobSum, z.ZodNumber>;

/** The first job of the process, apart from all others. */
const firstJobSchema = open({
  ...derivedSchema.shape,
  ...sums,
  /** It is a warm-up job. */
  warmup: z.boolean(),
  /** End ≤ deadline; null without one. */
  deadlineMet: z.boolean().nullable(),
  /** Its elapsed time over the median of the jobs in the statistics. */
  elapsedToMedian: z.number().nullable(),
  /** Counts by the names of the events; null = not counted. */
  counters: z.record(z.string(), z.number().nullable()),
  /** The workload's own metrics by their names; null = absent. */
  extras: z.record(z.string(), z.number().nullable()),
});
export type FirstJob = z.output<typeof firstJobSchema>;

const longJobs = open({
  /** How many. */
  jobs: z.number(),
  /** There are more: only the longest are kept. */
  atLeast: z.boolean(),
  /** The longest of them. */
  worst: open({
    /** Index of the job. */
    job: z.number(),
    /** Its time, ns. */
    elapsedNs: z.number(),
  }),
}).nullable();

/** The sums are over the jobs in the statistics. */
export const summarySchema = open({
  ...sums,
  /** How many jobs there were. */
  counts: open({
    /** Every job recorded. */
    executed: z.number(),
    /** Left out of everything but `executed`. */
    warmup: z.number(),
    /** executed - warmup. */
    measured: z.number(),
    /** measured, less the first job of the process. */
    inStatistics: z.number(),
  }),
  /** ns */
  elapsed: statisticsSchema,
  /** ns */
  response: statisticsSchema,
  /** ns */
  releaseLatency: statisticsSchema,
  /** ns */
  dispatch: statisticsSchema,
  /** Over measured jobs; null without a deadline. */
  deadlineMisses: z.number().nullable(),
  /** Of these, late by no more than `dispatch_ns`, which is the tool's. */
  missesByDispatch: z.number(),
  /** Over measured jobs. */
  skippedReleases: z.number(),
  /** Left out by the tool after the first job, to place the engine's threads: nothing was missed. */
  withheldReleases: z.number(),
  /** Measured jobs that used more CPU time than the runtime that SCHED_DEADLINE gave them; null without it. */
  runtimeExceeded: z.number().nullable(),
  /** Over measured jobs; null without a deadline. */
  worstLateness: open({
    /** End - deadline, ns; negative = early. */
    latenessNs: z.number(),
    /** Index of the job. */
    job: z.number(),
  }).nullable(),
  /**
   * Jobs that ended on another core than they started on, or started on another than the job before ended on; over the jobs in
   * the statistics, as are all the following.
   */
  migrations: z.number(),
  /** Jobs that were preempted; null where there are none. */
  preempted: open({
    /** How many. */
    jobs: z.number(),
    /**
     * For about how long others had the core in the one where it was longest: from wake-up to end less CPU time, beyond what that is in
     * other jobs (their tenth percentile); null where a preempted job also waited, or began without a sleep, for then nobody knows what of it is which.
     */
    lostNs: z.number().nullable(),
    /** The job that lost most, or waited as well. */
    job: z.number(),
  }).nullable(),
  /** Elapsed time of the jobs in the statistics, summed, ns. */
  elapsedNs: z.number(),
  /** Elapsed time of every executed job, warm-up and first included. */
  busyNs: z.number(),
  /** CPU time of the job thread in the same jobs. */
  busyCpuNs: z.number(),
  /** One for each event that was asked for. */
  events: z.array(eventSummarySchema),
  /** Ratios of sums over the jobs in which both were counted, not means of ratios. */
  ...forEachCounted(() => z.number().nullable(), COUNTED_BY_UNIT),
  /**
   * Jobs that took more than twice the median (and 1 µs more) without a preemption, a wait, a page fault or a migration; null where
   * there are none.
   */
  unexplained: longJobs,
  /** The same with a wait, where fewer than half of the jobs wait at all: what they waited for is not of their work. */
  longWaits: longJobs,
  /**
   * Jobs before which the thread was asleep at their release, and woke up later than 20 times the median release latency and 1 ms after
   * it; null where there are none.
   */
  lateWakeups: open({
    /** How many. */
    jobs: z.number(),
    /** There are more: only the latest are kept. */
    atLeast: z.boolean(),
    /** The latest of them. */
    worst: open({
      /** Index of the job. */
      job: z.number(),
      /** Its release latency, ns. */
      latencyNs: z.number(),
    }),
  }).nullable(),
  /**
   * Jobs that the thread did not sleep for, though the job before had ended by their release: the release passed while the tool or
   * the workload's extras were at work, while others had the core, or just as the thread went to sleep. Null where there are none.
   */
  unslept: open({
    /** How many. */
    jobs: z.number(),
    /** The latest of them. */
    worst: open({
      /** Index of the job. */
      job: z.number(),
      /** Its release latency, ns. */
      latencyNs: z.number(),
    }),
  }).nullable(),
  /** Release latencies of 1 ms and more, where the job before had ended by the release, summed, ns. */
  lateNs: z.number(),
  /**
   * Between the logarithms of a job's elapsed time and of the next one's, at lag 1; null below three jobs and where all took equally
   * long. Bounds of percentiles are made for independent jobs (0).
   */
  neighbourCorrelation: z.number().nullable(),
  /** The same of release latencies; null without releases. */
  latencyCorrelation: z.number().nullable(),
  /** Smallest time_running / time_enabled of a job; null without counters. */
  minCounterScale: z.number().nullable(),
  /** Jobs with a counter_scale below 1. */
  multiplexedJobs: z.number(),
  /** One for each metric of the workload's own. */
  extras: z.array(extraSummarySchema),
  /** Null when its record was lost. */
  first: firstJobSchema.nullable(),
  /** How the quantiles were taken. */
  quantiles: open({
    /** Of those that have several (Hyndman and Fan's numbers). */
    convention: z.literal('linear interpolation between order statistics at rank (n-1)q (type 7)'),
    /** False when the run outgrew the exact sample. */
    exact: z.boolean(),
    /** Bound of the relative error of an order statistic: 0 when exact. */
    relativeError: z.number(),
    /** The same for the medians of counters and extra metrics, which are kept exactly for fewer jobs. */
    counterMedianRelativeError: z.number(),
    /** Jobs in the statistics from which each percentile is stated. */
    jobsNeeded: open({
      /** For a 1st percentile. */
      p1: z.number(),
      /** For a 90th percentile. */
      p90: z.number(),
      /** For a 99th percentile. */
      p99: z.number(),
      /** For a 99.9th percentile. */
      p999: z.number(),
    }),
  }),
});
/** Statistics over the jobs of a run. */
export type Summary = z.output<typeof summarySchema>;

/** What the summary needs to know of the run. */
export interface SummaryFacts extends RunFacts {
  /** CPU time that SCHED_DEADLINE gives a job before it stops it; absent without it. */
  runtimeNs?: number | undefined;
  /** Names of the workload's extra metrics, in the order of `JobRecord.extras`. */
  extras: readonly string[];
  /**
   * Per event: 0 over a whole run is ordinary (page faults, context switches and the like), so that it proves
   * nothing about the counter.
   */
  zeroIsOrdinary: readonly boolean[];
}
