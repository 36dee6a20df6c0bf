/**
 * Two sides, metric by metric: medians, their ratio with an interval, and a rank test. The first job of each process and
 * the warm-up are kept out: they belong to another population.
 */
import { IsochronError } from '../kernel/errors.js';
import { MINIMUM_FOR_INTERVAL, ratioOfMedians } from '../statistics/bootstrap.js';
import { blockedRankSum, mannWhitney, wilcoxonSignedRank } from '../statistics/rank-tests.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import { lagOneAutocorrelation, trend } from '../statistics/trend.js';
import type { Comparison, MetricComparison, Side, SideSummary } from './comparison.js';
import { compareInWords } from './comparison-words.js';
import {
  FACTS,
  factOf,
  METRICS,
  type MetricKey,
  type Sample,
  type TimeBase,
  takeSample,
} from './metric-values.js';
import type { Run } from './results.js';

/** The error that a test may make, and 1 - the confidence of the intervals. */
const ALPHA = 0.05;
/** Pairs of runs from which the signed-rank test can reach 5 % at all (2 / 2^6 = 0.03). */
const PAIRS_FOR_SIGNED_RANK = 6;
/** Correlation of neighbouring jobs above which an interval is noticeably too narrow (its variance by half: (1+r)/(1-r)). */
const CORRELATED = 0.2;
/** Change from the first to the last job, relative to the median, above which a run is said to drift. */
const DRIFT = 0.01;

export interface CompareOptions {
  /** Bootstrap resamples (default 4000). */
  resamples?: number;
  seed?: number;
  /** Samples of runs that were read before, so that a common baseline is read once. */
  cache?: Map<string, Sample>;
}

/**
 * Compares `b` with the baseline `a`. Runs that can't be read or have no job besides the first are left out with a note.
 */
export async function compare(a: Side, b: Side, options: CompareOptions = {}): Promise<Comparison> {
  const notes: string[] = [];
  const cache = options.cache ?? new Map<string, Sample>();
  let [inA, inB] = [await samplesOf(a, cache, notes), await samplesOf(b, cache, notes)];
  const both = [...inA, ...inB];
  const timeBase: TimeBase = both.some((s) => s.base === 'response') ? 'response' : 'elapsed';
  if (both.some((s) => s.base !== timeBase)) {
    const again = (samples: Sample[]) =>
      Promise.all(samples.map((s) => (s.base === timeBase ? s : takeSample(s.run, timeBase))));
    [inA, inB] = [await again(inA), await again(inB)];
  }
  if (timeBase === 'response')
    notes.push(
      'Inference time is the response time (end - release): RT-Bench does not log when a job starts.',
    );
  const pairs = pairsOf(inA, inB);
  if (pairs !== null) [inA, inB] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  const metrics = METRICS.map((metric) => {
    const compared = FACTS.includes(metric.key)
      ? compareFact(metric.key, inA, inB)
      : compareJobs(metric.key, inA, inB, pairs !== null, options);
    return { ...metric, ...compared };
  });
  notes.push(...hints(inA, inB, pairs !== null));
  const comparison = {
    a: summarise(a, inA),
    b: summarise(b, inB),
    timeBase,
    paired: pairs !== null,
    metrics,
    notes: [...new Set(notes)],
  };
  return { ...comparison, sentence: compareInWords(comparison) };
}

async function samplesOf(
  side: Side,
  cache: Map<string, Sample>,
  notes: string[],
): Promise<Sample[]> {
  const samples: Sample[] = [];
  let refused: IsochronError | null = null;
  for (const run of side.runs) {
    const known = cache.get(run.csvPath);
    try {
      const sample = known ?? (await takeSample(run));
      cache.set(run.csvPath, sample);
      for (const note of [...run.notes.filter((n) => !isStanding(n)), ...sample.notes])
        notes.push(`${run.name}: ${note}`);
      if (sample.jobs > 0) samples.push(sample);
      else
        notes.push(
          `${run.name}: ${sample.rows === 0 ? 'it has no rows' : 'it has no job besides the first run and the warm-up'}, so it is left out.`,
        );
    } catch (error) {
      notes.push(`${run.name} is left out: ${(error as Error).message}`);
      if (error instanceof IsochronError) refused ??= error;
    }
  }
  // without any run of a side there is nothing to say but why
  if (samples.length === 0 && refused !== null) throw refused;
  return samples;
}

/** Notes that every import carries; the comparison says the same once in its own words. */
const isStanding = (note: string) =>
  note.startsWith('Imported from a log of RT-Bench') ||
  note.startsWith('The bandwidth is L2 misses');

/** Runs of equal repetition in one interleaved sweep; null when the sides are no such pairs. */
function pairsOf(a: Sample[], b: Sample[]): [Sample, Sample][] | null {
  const key = ({ run }: Sample) =>
    run.interleaved && run.repetition !== null ? `${run.suite} ${run.repetition}` : null;
  const inB = new Map(b.map((sample) => [key(sample), sample]));
  const pairs: [Sample, Sample][] = [];
  for (const sample of a) {
    const k = key(sample);
    const partner = k === null ? undefined : inB.get(k);
    if (partner !== undefined) pairs.push([sample, partner]);
  }
  return pairs.length >= 2 && inB.size === b.length ? pairs : null;
}

type Figures = Omit<MetricComparison, 'key' | 'label' | 'unit' | 'better'>;

const NOTHING = { interval: null, confidence: 1 - ALPHA, p: null, test: null, shown: null };

const over = (x: number | null, y: number | null) =>
  x === null || y === null || y === 0 ? null : x / y;

function compareFact(key: MetricKey, inA: Sample[], inB: Sample[]): Figures {
  const known = (samples: Sample[]) =>
    samples.map((s) => factOf(key, s.run)).find((f) => f !== null) ?? null;
  const [a, b] = [known(inA), known(inB)];
  return { ...NOTHING, a, b, ratio: over(b, a), inverse: over(a, b) };
}

function compareJobs(
  key: MetricKey,
  inA: Sample[],
  inB: Sample[],
  paired: boolean,
  options: CompareOptions,
): Figures {
  const sorted = (samples: Sample[]) => samples.map((s) => sortedFinite(s.values[key]));
  let [a, b] = [sorted(inA), sorted(inB)];
  if (paired) {
    const whole = a.map((x, i) => x.length > 0 && (b[i] as Float64Array).length > 0);
    [a, b] = [a.filter((_, i) => whole[i]), b.filter((_, i) => whole[i])];
  } else [a, b] = [a.filter((x) => x.length > 0), b.filter((x) => x.length > 0)];
  const middle = { a: location(a), b: location(b) };
  if (a.length === 0 || b.length === 0)
    return { ...NOTHING, ...middle, ratio: null, inverse: null };
  const { resamples, seed } = options;
  const { ratio, interval, confidence } = ratioOfMedians(a, b, {
    paired: paired && a.length > 1,
    confidence: 1 - ALPHA,
    ...(resamples === undefined ? {} : { resamples }),
    ...(seed === undefined ? {} : { seed }),
  });
  const { p, test } = rankTest(a, b, paired);
  const shown = interval === null || p === null ? constant(a, b) : isShown(interval, p);
  return { ...middle, ratio, inverse: over(1, ratio), interval, confidence, p, test, shown };
}

/** A difference is shown where both say so: the interval on the ratio excludes 1, and the rank test rejects. */
export const isShown = ({ low, high }: { low: number; high: number }, p: number): boolean =>
  (low > 1 || high < 1) && p < ALPHA;

/** Values that never vary and are equal on both sides: there is no difference to show. */
function constant(a: Float64Array[], b: Float64Array[]): boolean | null {
  const all = [...a, ...b].flatMap((run) => [run[0], run.at(-1)]);
  const enough = [a, b].every((side) => side.every((run) => run.length >= MINIMUM_FOR_INTERVAL));
  return enough && all.every((value) => value === all[0]) ? false : null;
}

/** Geometric mean of the medians. */
function location(runs: Float64Array[]): number | null {
  if (runs.length === 0) return null;
  const medians = runs.map((run) => medianOf(run) as number);
  if (medians.length === 1) return medians[0] as number;
  return Math.exp(medians.reduce((sum, m) => sum + Math.log(m), 0) / medians.length);
}

function rankTest(
  a: Float64Array[],
  b: Float64Array[],
  paired: boolean,
): Pick<Figures, 'p' | 'test'> {
  if (paired && a.length >= PAIRS_FOR_SIGNED_RANK) {
    const medians = (runs: Float64Array[]) => runs.map((run) => medianOf(run) as number);
    return { p: wilcoxonSignedRank(medians(a), medians(b)).p, test: 'signed-rank of pairs' };
  }
  if (paired && a.length > 1)
    return {
      p: blockedRankSum(a.map((run, i) => [run, b[i] as Float64Array])).p,
      test: 'rank-sum within pairs',
    };
  return { p: mannWhitney(pooled(a), pooled(b)).p, test: 'mann-whitney' };
}

function pooled(runs: Float64Array[]): Float64Array {
  if (runs.length === 1) return runs[0] as Float64Array;
  const all = new Float64Array(runs.reduce((n, run) => n + run.length, 0));
  let at = 0;
  for (const run of runs) {
    all.set(run, at);
    at += run.length;
  }
  return all.sort();
}

/** What was found out about a run, which many comparisons may share. */
const known = new WeakMap<Sample, string[]>();

/** What the reader should know of one run before believing its intervals. */
function runHints(sample: Sample): string[] {
  const before = known.get(sample);
  if (before !== undefined) return before;
  const { run, values } = sample;
  const notes: string[] = [];
  const { r, limit } = lagOneAutocorrelation(values.time);
  if (r !== null && limit !== null && r > Math.max(limit, CORRELATED))
    notes.push(
      `${run.name}: neighbouring jobs are correlated (r = ${r.toFixed(2)}), so the interval is too narrow.`,
    );
  const { p, slope } = trend(values.time);
  const median = medianOf(sortedFinite(values.time));
  if (p !== null && p < 0.001 && slope !== null && median !== null && median > 0) {
    const change = (slope * (values.time.length - 1)) / median;
    if (Math.abs(change) > DRIFT)
      notes.push(
        `${run.name}: its time drifts by ${change > 0 ? '+' : ''}${(100 * change).toFixed(1)} % from its first job to its last.`,
      );
  }
  if (run.file?.verdict?.valid === false)
    notes.push(
      `${run.name} has the verdict INVALID: ${run.file.verdict.reasons.map((x) => x.message).join(' ')}`,
    );
  known.set(sample, notes);
  return notes;
}

/** The same of both sides together. */
function hints(inA: Sample[], inB: Sample[], paired: boolean): string[] {
  const notes = [...inA, ...inB].flatMap(runHints);
  if (inA.length === 1 && inB.length === 1)
    notes.push(
      'There is one run on each side: how much a run differs from its own repetition is not in the interval.',
    );
  else if (!paired && inA.length > 0 && inB.length > 0)
    notes.push(
      'The runs were not interleaved, so a change of the machine between them counts as a difference.',
    );
  for (const [name, of] of [
    ['cores', (run: Run) => run.identity.cores ?? null],
    ['scheduling', (run: Run) => run.identity.scheduling ?? null],
    ['isochron version', (run: Run) => run.file?.tool?.version ?? null],
  ] as const) {
    const values = new Set([...inA, ...inB].map(({ run }) => of(run)).filter((v) => v !== null));
    if (values.size > 1)
      notes.push(`The sides differ in ${name} too: ${[...values].join(' and ')}.`);
  }
  return notes;
}

function summarise(side: Side, samples: Sample[]): SideSummary {
  const ratios = samples.map((s) =>
    over(s.first?.time ?? null, medianOf(sortedFinite(s.values.time))),
  );
  const misses = samples.map((s) => s.deadlineMisses).filter((m) => m !== null);
  return {
    name: side.name,
    runs: samples.map(({ run, jobs }) => ({
      id: run.id,
      name: run.name,
      status: run.status,
      valid: run.file?.verdict?.valid ?? null,
      jobs,
    })),
    jobs: samples.reduce((n, s) => n + s.jobs, 0),
    firstRunRatio: medianOf(sortedFinite(ratios.map((r) => r ?? Number.NaN))),
    deadlineMisses: misses.length === 0 ? null : misses.reduce((sum, m) => sum + m, 0),
  };
}
