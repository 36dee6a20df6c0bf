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
  /** Median over the jobs (geometric mean of the medians over several runs), or the fact itself. */
  a: number | null;
  b: number | null;
  /** b / a. */
  ratio: number | null;
  /** a / b. */
  inverse: number | null;
  /** Bootstrap interval on `ratio`; null for facts and for fewer than six jobs. */
  interval: { low: number; high: number } | null;
  confidence: number;
  /** Two-sided p of the rank test. */
  p: number | null;
  test: 'mann-whitney' | 'signed-rank of pairs' | 'rank-sum within pairs' | null;
  /** The interval excludes 1 and the test rejects; null where nothing can be said. */
  shown: boolean | null;
}

export interface SideSummary {
  name: string;
  runs: { id: string; name: string; status: Run['status']; valid: boolean | null; jobs: number }[];
  /** Jobs in the statistics, over all runs. */
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
  metrics: MetricComparison[];
  /** The result in one plain sentence. */
  sentence: string;
  notes: string[];
}
