/** What a summary holds. How it is counted stands in summary.ts. */
import type { JobSum } from '../addon/job-record.js';
import type { Derived, RunFacts } from './derived.js';

/** Statistics of one quantity, in its own unit. */
export interface Statistics {
  count: number;
  mean: number | null;
  /** Sample standard deviation (n - 1). */
  sd: number | null;
  min: number | null;
  p1: number | null;
  median: number | null;
  p90: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
}

export interface EventSummary {
  name: string;
  /** Jobs in which it was counted. */
  count: number;
  total: number | null;
  mean: number | null;
  median: number | null;
  /** Opened, but 0 over a whole run that did work: the sums are then null, not 0. */
  neverCounted: boolean;
}

export interface ExtraSummary {
  name: string;
  count: number;
  mean: number | null;
  median: number | null;
  min: number | null;
  max: number | null;
}

/** The first job of the process, apart from all others. */
export interface FirstJob extends Derived, Record<JobSum, number> {
  warmup: boolean;
  deadlineMet: boolean | null;
  /** Its elapsed time over the median of the jobs in the statistics. */
  elapsedToMedian: number | null;
  counters: Record<string, number | null>;
  extras: Record<string, number | null>;
}

/** The sums are over the jobs in the statistics. */
export interface Summary extends Record<JobSum, number> {
  counts: {
    /** Every job recorded. */
    executed: number;
    warmup: number;
    /** executed - warmup. */
    measured: number;
    /** measured, less the first job of the process. */
    inStatistics: number;
  };
  /** ns */
  elapsed: Statistics;
  /** ns */
  response: Statistics;
  /** ns */
  releaseLatency: Statistics;
  /** Over measured jobs; null without a deadline. */
  deadlineMisses: number | null;
  /** Over measured jobs. */
  skippedReleases: number;
  /** Over measured jobs; null without a deadline. */
  worstLateness: { latenessNs: number; job: number } | null;
  /**
   * Jobs that ended on another core than they started on, or started on another than the job before ended on; over the jobs in
   * the statistics, as are all the following.
   */
  migrations: number;
  elapsedNs: number;
  /** Elapsed time of every executed job, warm-up and first included. */
  busyNs: number;
  /** CPU time of the job thread in the same jobs. */
  busyCpuNs: number;
  events: EventSummary[];
  /** Ratios of sums over the jobs in which both were counted, not means of ratios. */
  ipc: number | null;
  l1dMissRatio: number | null;
  l2dMissRatio: number | null;
  readBandwidthMbS: number | null;
  writeBandwidthMbS: number | null;
  /** Smallest time_running / time_enabled of a job; null without counters. */
  minCounterScale: number | null;
  /** Jobs with a counter_scale below 1. */
  multiplexedJobs: number;
  extras: ExtraSummary[];
  /** Null when its record was lost. */
  first: FirstJob | null;
  /** How the quantiles were taken. */
  quantiles: {
    convention: 'linear interpolation between order statistics at rank (n-1)q (type 7)';
    /** False when the run outgrew the exact sample. */
    exact: boolean;
    /** Bound of the relative error of an order statistic: 0 when exact. */
    relativeError: number;
    /** The same for the medians of counters and extra metrics, which are kept exactly for fewer jobs. */
    counterMedianRelativeError: number;
  };
}

/** What the summary needs to know of the run. */
export interface SummaryFacts extends RunFacts {
  /** Names of the workload's extra metrics, in the order of `JobRecord.extras`. */
  extras: readonly string[];
  /**
   * Per event: 0 over a whole run is ordinary (page faults, context switches and the like), so that it proves
   * nothing about the counter.
   */
  zeroIsOrdinary: readonly boolean[];
}
