/** What a comparison of two sides is. */
import type { METRICS, MetricKey, TimeBase } from './metric-values.js';
import type { Run } from './results.js';

export interface Side {
  name: string;
  /** Repetitions of one measurement. */
  runs: readonly Run[];
}

export interface MetricComparison {
  key: MetricKey;
  label: string;
  unit: (typeof METRICS)[number]['unit'];
  better: 'lower' | 'higher' | null;
  /** What the comparison is about; what is tested beside it, by itself and without correction; a figure without a test. */
  role: 'primary' | 'exploratory' | 'fact';
  /** The median of the processes' medians, or the fact itself. */
  a: number | null;
  b: number | null;
  /** b / a: of the medians where there is a process on each side, else the estimate that belongs to the test (Hodges-Lehmann). */
  ratio: number | null;
  /** a / b. */
  inverse: number | null;
  /** Processes whose medians were compared. */
  processes: { a: number; b: number };
  /** The ratios that the test does not reject at the level `1 - confidence`; null where so few processes can reject none. */
  interval: { low: number; high: number } | null;
  /** That of the interval: 0.95, or more where several comparisons are corrected. */
  confidence: number;
  /** Exact two-sided p over the processes, uncorrected; null where they are too few to show anything. */
  p: number | null;
  /** The same with Holm's correction for the comparisons made together; null for what is exploratory. */
  pCorrected: number | null;
  test: 'signed-rank of pairs' | 'rank-sum' | null;
  /** p is at most 5 %, corrected for the primary metric: just then the interval excludes 1. Null where nothing can be shown. */
  shown: boolean | null;
  /** Further processes that each side needs before anything can be shown; null where there are enough, or no test. */
  more: number | null;
  /** 95 % over the jobs of the one process on each side: it describes these two. Null with more processes, or too few jobs. */
  within: { low: number; high: number } | null;
}

export interface SideSummary {
  name: string;
  runs: { id: string; name: string; status: Run['status']; valid: boolean | null; jobs: number }[];
  /** Jobs that the medians rest on, over all runs. */
  jobs: number;
  /** First job's time over the median of the others; the median over several runs. */
  firstRunRatio: number | null;
  deadlineMisses: number | null;
}

export interface Comparison {
  a: SideSummary;
  b: SideSummary;
  timeBase: TimeBase;
  /** Runs were compared pair by pair. */
  paired: boolean;
  /** Comparisons made together, which the primary metric is corrected for. */
  family: number;
  metrics: MetricComparison[];
  /** The result in one plain sentence. */
  sentence: string;
  notes: string[];
}
