/** What a comparison of two sides is. */
import type { METRICS, MetricKey, TimeBase } from './metric-values.js';
import type { Run } from './results.js';

/** Runs that are compared as one. */
export interface Side {
  name: string;
  /** Repetitions of one measurement. */
  runs: readonly Run[];
}

/** One metric of two measurements. */
export interface MetricComparison {
  /** Names the metric; scripts may test it. */
  key: MetricKey;
  /** The metric for people. */
  label: string;
  /** Of `a` and `b`. */
  unit: (typeof METRICS)[number]['unit'];
  /** Which side of a ratio of 1 is the better one; null where neither is. */
  better: 'lower' | 'higher' | null;
  /** What the comparison is about; what is tested beside it, by itself and without correction; a figure without a test. */
  role: 'primary' | 'exploratory' | 'fact';
  /** The median of the processes' medians, or the fact itself. */
  a: number | null;
  /** The same of the other side. */
  b: number | null;
  /** b / a: of the medians where there is a process on each side, else the estimate that belongs to the test (Hodges-Lehmann). */
  ratio: number | null;
  /** a / b. */
  inverse: number | null;
  /** Processes whose medians were compared. */
  processes: {
    /** Of the baseline. */
    a: number;
    /** Of the other side. */
    b: number;
  };
  /** The ratios that the test does not reject at the level `1 - confidence`; null where so few processes can reject none. */
  interval: {
    /** Least ratio that is not rejected. */
    low: number;
    /** Largest ratio that is not rejected. */
    high: number;
  } | null;
  /** That of the interval: 0.95, or more where several comparisons are corrected. */
  confidence: number;
  /** Exact two-sided p over the processes, uncorrected; null where they are too few to show anything. */
  p: number | null;
  /** The same with Holm's correction for the comparisons made together; null for what is exploratory. */
  pCorrected: number | null;
  /** How p was found; null where nothing was tested. */
  test: 'signed-rank of pairs' | 'rank-sum' | null;
  /** p is at most 5 %, corrected for the primary metric: just then the interval excludes 1. Null where nothing can be shown. */
  shown: boolean | null;
  /** Further processes that each side needs before anything can be shown; null where there are enough, or no test. */
  more: number | null;
  /** 95 % over the jobs of the one process on each side: it describes these two. Null with more processes, or too few jobs. */
  within: {
    /** Lower end, b / a. */
    low: number;
    /** Upper end, b / a. */
    high: number;
  } | null;
}

/** One side of a comparison. */
export interface SideSummary {
  /** Of the measurement. */
  name: string;
  /** Those whose medians were compared. */
  runs: {
    /** Path of its CSV below the results, without its ending. */
    id: string;
    /** Shown in tables. */
    name: string;
    /** What it came to. */
    status: Run['status'];
    /** Its verdict; null where none is known. */
    valid: boolean | null;
    /** Those that its medians rest on. */
    jobs: number;
  }[];
  /** Jobs that the medians rest on, over all runs. */
  jobs: number;
  /** First job's time over the median of the others; the median over several runs. */
  firstRunRatio: number | null;
  /** Over all of its runs; null without a deadline. */
  deadlineMisses: number | null;
}

/** Two measurements, metric by metric. */
export interface Comparison {
  /** The baseline. */
  a: SideSummary;
  /** What is compared with it. */
  b: SideSummary;
  /** What "inference time" is: end - start, or end - release where a log has no start. */
  timeBase: TimeBase;
  /** Runs were compared pair by pair. */
  paired: boolean;
  /** Comparisons made together, which the primary metric is corrected for. */
  family: number;
  /** Inference time first. */
  metrics: MetricComparison[];
  /** The result in one plain sentence. */
  sentence: string;
  /** What the reader should know before believing it, a sentence each. */
  notes: string[];
}
