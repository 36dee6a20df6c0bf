/**
 * Two sides, metric by metric: medians, their ratio with an interval, and a test. The first job of each process and the
 * warm-up are kept out: they belong to another population. Comparisons that are made together are corrected together.
 */
import { IsochronError } from '../kernel/errors.js';
import { formatNs, plural } from '../kernel/quantities.js';
import { holm } from '../statistics/holm.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import { lagOneAutocorrelation, neighboursAlike, trend } from '../statistics/trend.js';
import { sweepFolderOf } from '../sweep/sweep-folder.js';
import { askedDifferently } from './asked.js';
import { ALPHA, atLevel, compareProcesses, type OpenMetric, over } from './compare-processes.js';
import type { Comparison, MetricComparison, Side, SideSummary } from './comparison.js';
import { compareInWords, DRIFT_NOTE, INVALID_NOTE } from './comparison-words.js';
import { INCIDENTAL } from './identity.js';
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

/** Change from the first third of the jobs to the last, above which a run is said to drift. */
const DRIFT = 0.01;

export interface CompareOptions {
  /** Of the bootstrap that describes the jobs of a single process on each side (default 4000). */
  resamples?: number;
  seed?: number;
  /** Samples of runs that were read before, so that a common baseline is read once. */
  cache?: Map<string, Sample>;
}

/** A comparison whose family is not known yet. */
export interface OpenComparison
  extends Pick<Comparison, 'a' | 'b' | 'timeBase' | 'paired' | 'notes'> {
  metrics: { key: MetricKey; fact: MetricComparison | null; open: OpenMetric | null }[];
  /** What it lacks of what was measured, or meant to be: a sentence each. */
  lost: string[];
}

/** Compares `b` with the baseline `a`, and nothing else beside it. */
export async function compare(a: Side, b: Side, options: CompareOptions = {}): Promise<Comparison> {
  return conclude([await compareSides(a, b, options)])[0] as Comparison;
}

/**
 * All of `b` against the baseline `a` that does not depend on what else is compared. Runs that can't be read or have no job
 * besides the first are left out with a note.
 */
export async function compareSides(
  a: Side,
  b: Side,
  options: CompareOptions = {},
): Promise<OpenComparison> {
  [a, b] = [asRun(a), asRun(b)];
  const notes: string[] = [];
  const lost: string[] = [];
  const cache = options.cache ?? new Map<string, Sample>();
  const samples = (side: Side) => samplesOf(side, cache, notes, lost);
  let [inA, inB] = [await samples(a), await samples(b)];
  const has = (base: TimeBase) => (s: Sample) => s.base === base;
  const timeBase = [...inA, ...inB].some(has('response')) ? 'response' : 'elapsed';
  if (![...inA, ...inB].every(has(timeBase))) {
    const again = (samples: Sample[]) =>
      Promise.all(samples.map((s) => (s.base === timeBase ? s : takeSample(s.run, timeBase))));
    [inA, inB] = [await again(inA), await again(inB)];
  }
  if (timeBase === 'response')
    notes.push(
      'Inference time is the response time (end - release): RT-Bench does not log when a job starts.',
    );
  const { pairs, parted } = pairsOf(inA, inB);
  const paired = pairs !== null;
  const doubt = (words: string) => {
    notes.push(words);
    lost.push(`${b.name} / ${a.name}: ${words}`);
  };
  if (paired) {
    const beside = new Set(pairs.flat());
    const alone = [...inA, ...inB].filter((sample) => !beside.has(sample));
    if (alone.length > 0) doubt(aloneInWords(alone));
    [inA, inB] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  } else if (parted.length > 0) doubt(partedInWords(parted));
  const periods = periodsInWords(inA, inB);
  if (periods !== null) doubt(periods);
  const metrics = METRICS.map(({ key }) => {
    const values = (samples: Sample[]) => samples.map((s) => s.values[key]);
    return FACTS.includes(key)
      ? { key, fact: compareFact(key, inA, inB), open: null }
      : { key, fact: null, open: compareProcesses(values(inA), values(inB), paired, options) };
  });
  notes.push(...hints(a, b, inA, inB, paired));
  return {
    a: summarise(a, inA),
    b: summarise(b, inB),
    timeBase,
    paired,
    metrics,
    notes: [...new Set(notes)],
    lost,
  };
}

/**
 * What comparisons made together come to: a table's, a report's. The inference time is corrected for their number (Holm), so
 * that 5 % is the chance of a single false "shown" among all of them; the other metrics are each tested by themselves.
 */
export function conclude(comparisons: readonly OpenComparison[]): Comparison[] {
  const times = comparisons.map((c) => c.metrics.find((m) => m.key === 'time')?.open?.test ?? null);
  const tested = times.filter((test) => test !== null);
  const corrected = holm(
    tested.map((test) => test.p()),
    ALPHA,
  );
  const family = tested.length;
  return comparisons.map((comparison, i) => {
    const own = corrected[tested.indexOf(times[i] as NonNullable<(typeof times)[number]>)];
    const metrics = comparison.metrics.map(({ key, fact, open }): MetricComparison => {
      const metric = METRICS.find((m) => m.key === key) as (typeof METRICS)[number];
      if (fact !== null) return fact;
      const primary = key === 'time';
      // what could be shown of the time must be so before any of its family is
      const strictest = ALPHA / Math.max(1, family);
      let at = atLevel(open as OpenMetric, primary ? (own?.level ?? ALPHA) : ALPHA);
      if (primary && at.more !== null) at = atLevel(open as OpenMetric, strictest);
      return {
        ...metric,
        role: primary ? 'primary' : 'exploratory',
        ...at,
        pCorrected: primary && at.p !== null ? (own?.p ?? null) : null,
      };
    });
    const { notes, lost: _lost, ...rest } = comparison;
    const known = { ...rest, family, metrics, notes };
    return { ...known, sentence: compareInWords(known) };
  });
}

/** A side that is named for XNNPACK, and ran without it, says so wherever it is named. */
function asRun(side: Side): Side {
  const without = side.runs.every(
    ({ identity, file }) => identity.xnnpack === true && file?.xnnpackApplied === 'no',
  );
  return without && side.runs.length > 0
    ? { ...side, name: `${side.name} (XNNPACK asked for, not applied)` }
    : side;
}

async function samplesOf(
  side: Side,
  cache: Map<string, Sample>,
  notes: string[],
  lost: string[],
): Promise<Sample[]> {
  const samples: Sample[] = [];
  let refused: IsochronError | null = null;
  const leaveOut = (words: string) => {
    notes.push(words);
    lost.push(words);
  };
  for (const run of side.runs) {
    if (UNFINISHED.includes(run.status))
      lost.push(`${run.name} did not come to its end (${run.status}).`);
    lost.push(...run.doubts.map((doubt) => `${run.name}: ${doubt}`));
    const known = cache.get(run.csvPath);
    try {
      const sample = known ?? (await takeSample(run));
      cache.set(run.csvPath, sample);
      if (run.status === 'deadline_miss') {
        const words = `${run.name} ended at its first missed deadline, after ${plural(sample.rows, 'job')}: nothing is known of those that it was to run then (--overrun skip goes on after a miss).`;
        notes.push(words);
        lost.push(words);
      }
      for (const note of [...run.notes.filter((n) => !isStanding(n)), ...sample.notes])
        notes.push(`${run.name}: ${note}`);
      if (sample.jobs > 0) samples.push(sample);
      else
        leaveOut(
          `${run.name}: ${sample.rows === 0 ? 'it has no rows' : 'it has no job besides the first run and the warm-up'}, so it is left out.`,
        );
    } catch (error) {
      leaveOut(`${run.name} is left out: ${(error as Error).message}`);
      if (error instanceof IsochronError) refused ??= error;
    }
  }
  // without any run of a side there is nothing to say but why
  if (samples.length === 0 && refused !== null) throw refused;
  return samples;
}

/** A run of these has fewer jobs than it was to have. */
const UNFINISHED: readonly Run['status'][] = ['failed', 'interrupted', 'running'];

/** Notes that every import carries; the comparison says the same once in its own words. */
const isStanding = (note: string) =>
  note.startsWith('Imported from a log of RT-Bench') ||
  note.startsWith('The bandwidth is L2 misses');

interface Pairs {
  /** Null where the sides are no such pairs. */
  pairs: [Sample, Sample][] | null;
  /** Those that would be, had they not run at different times, so that too few are left. */
  parted: [Sample, Sample][];
}

/** Runs of equal repetition in one interleaved sweep (of two of the same suite none ran side by side). */
function pairsOf(a: Sample[], b: Sample[]): Pairs {
  const key = ({ run }: Sample) =>
    run.interleaved && run.repetition !== null
      ? `${sweepFolderOf(run.csvPath)} ${run.suite} ${run.repetition}`
      : null;
  const inB = new Map(b.map((sample) => [key(sample), sample]));
  const pairs: [Sample, Sample][] = [];
  for (const sample of a) {
    const k = key(sample);
    const partner = k === null ? undefined : inB.get(k);
    if (partner !== undefined) pairs.push([sample, partner]);
  }
  const once = new Set(a.map(key)).size === a.length && inB.size === b.length;
  if (!once || pairs.length === 0) return { pairs: null, parted: [] };
  const beside = sideBySide(pairs);
  // a single one may be by chance, where the sides were run one after the other
  if (beside.length >= Math.min(2, pairs.length)) return { pairs: beside, parted: [] };
  return { pairs: null, parted: pairs.filter((pair) => !beside.includes(pair)) };
}

/** What a later sweep can't mend by itself, since both halves stand: how it is asked to. */
function aloneInWords(alone: readonly Sample[]): string {
  const n = alone.length;
  return `${n} ${n === 1 ? 'run has' : 'runs have'} no partner of the same repetition that ran next to it and ${n === 1 ? 'is' : 'are'} left out; ${againInWords(alone)}.`;
}

function partedInWords(parted: readonly [Sample, Sample][]): string {
  return `${parted.length} pairs of the same repetition did not run side by side, and too few are left: all are compared as if they had nothing to do with each other; ${againInWords(parted.map(([x]) => x))}.`;
}

function againInWords(samples: readonly Sample[]): string {
  const numbers = samples.map(({ run }) => (run.repetition ?? 0) + 1).sort((x, y) => x - y);
  const list = [...new Set(numbers)].join(',');
  return `the command of the sweep with --resume --again ${list} runs ${list.includes(',') ? 'these repetitions' : 'that repetition'} again, side by side`;
}

/** Two runs with this between them may have a calibration or a pause there, and still be of one time. */
const TOGETHER_MS = 600_000;

/**
 * Those of which the two ran next to each other: none of the others' runs between them, and no further apart than ten
 * minutes or two repetitions are. Where one was run again later, or the sweep was stopped between them, equal repetitions share nothing. What no
 * run tells, and what two pairs leave open, is believed.
 */
function sideBySide(pairs: [Sample, Sample][]): [Sample, Sample][] {
  const started = ({ run }: Sample) => Date.parse(run.file?.startedAt ?? '');
  const times = pairs.flat().map(started);
  if (pairs.length < 3 || new Set(times).size < times.length || times.some(Number.isNaN))
    return pairs;
  const place = new Map([...times].sort((x, y) => x - y).map((time, i) => [time, i]));
  const at = (sample: Sample) => place.get(started(sample)) as number;
  const begun = pairs.map(([x, y]) => Math.min(started(x), started(y))).sort((x, y) => x - y);
  const steps = begun.slice(1).map((time, i) => time - (begun[i] as number));
  const usual = medianOf(Float64Array.from(steps).sort()) as number;
  return pairs.filter(
    ([x, y]) =>
      Math.abs(at(x) - at(y)) === 1 &&
      Math.abs(started(x) - started(y)) <= Math.max(TOGETHER_MS, 2 * usual),
  );
}

function compareFact(key: MetricKey, inA: Sample[], inB: Sample[]): MetricComparison {
  const known = (samples: Sample[]) =>
    samples.map((s) => factOf(key, s.run)).find((f) => f !== null) ?? null;
  const [a, b] = [known(inA), known(inB)];
  return {
    ...(METRICS.find((metric) => metric.key === key) as (typeof METRICS)[number]),
    role: 'fact',
    a,
    b,
    ratio: over(b, a),
    inverse: over(a, b),
    processes: { a: inA.length, b: inB.length },
    interval: null,
    confidence: 1 - ALPHA,
    p: null,
    pCorrected: null,
    test: null,
    shown: null,
    more: null,
    within: null,
  };
}

/** What was found out about a run, which many comparisons may share. */
const known = new WeakMap<Sample, string[]>();

/** What the reader should know of one run before believing its intervals. */
function runHints(sample: Sample): string[] {
  const before = known.get(sample);
  if (before !== undefined) return before;
  const { run, values } = sample;
  const notes: string[] = [];
  const drift = driftOf(values.time);
  if (drift !== null)
    notes.push(
      `${run.name}: ${DRIFT_NOTE}the median is ${formatNs(drift.first)} in the first third of its jobs and ${formatNs(drift.last)} in the last (${drift.change > 0 ? '+' : ''}${(100 * drift.change).toFixed(1)} %).`,
    );
  if (run.file?.verdict?.valid === false)
    notes.push(
      `${run.name} ${INVALID_NOTE}${run.file.verdict.reasons.map((x) => x.message).join(' ')}`,
    );
  const { notes: remarks = [] } = run.file?.verdict ?? {};
  for (const { code, message } of remarks)
    if (code === 'not_cold') notes.push(`${run.name}: ${message}`);
  known.set(sample, notes);
  return notes;
}

/** Medians of the first and the last third, where the times have a trend that is no chance and is worth a word. */
function driftOf(times: Float64Array): { first: number; last: number; change: number } | null {
  const { p } = trend(times);
  const third = Math.floor(times.length / 3);
  const first = medianOf(sortedFinite(times.subarray(0, third)));
  const last = medianOf(sortedFinite(times.subarray(times.length - third)));
  if (p === null || p >= 0.001 || first === null || last === null || first <= 0) return null;
  const change = last / first - 1;
  return Math.abs(change) > DRIFT ? { first, last, change } : null;
}

/** Options by which a fact of another name is asked for. */
const ASKED_BY: Record<string, string> = {
  fifo: 'scheduling',
  rr: 'scheduling',
  schedDeadline: 'scheduling',
};

/** The one fact in which two sides differ, which is what is compared, or what the suite calls it; null where there are more, or none. */
function onlyDifference([a]: Sample[], [b]: Sample[]): string | null {
  const differing = (of: (run: Run) => Run['identity']) => {
    const [x, y] = [a, b].map((sample) => (sample ? of(sample.run) : {})) as [
      Run['identity'],
      Run['identity'],
    ];
    return Object.keys({ ...x, ...y }).filter((n) => n !== 'repetition' && x[n] !== y[n]);
  };
  const [facts, asked] = [differing((run) => run.identity), differing((run) => run.parameters)];
  const [name] = facts.length === 1 ? facts : asked.length === 1 ? asked : [];
  return name === undefined ? null : (ASKED_BY[name] ?? name);
}

/** The same of both sides together. */
function hints(a: Side, b: Side, inA: Sample[], inB: Sample[], paired: boolean): string[] {
  const notes = [...inA, ...inB].flatMap(runHints);
  // only where there is one on each side does an interval rest on jobs
  if (inA.length === 1 && inB.length === 1)
    for (const { run, values } of [...inA, ...inB]) {
      const { r } = lagOneAutocorrelation(values.time);
      if (neighboursAlike(r, values.time.length))
        notes.push(
          `${run.name}: neighbouring jobs are correlated (r = ${r.toFixed(2)}): the interval over its jobs is made of blocks of them.`,
        );
    }
  const both = [...inA, ...inB];
  if (!paired && both.length > 2 && inA.length > 0 && inB.length > 0)
    notes.push(
      'The runs were not interleaved, so a change of the machine between them counts as a difference.',
    );
  const first = paired ? alwaysFirst(inA, inB) : null;
  if (first !== null)
    notes.push(
      `${(first === 'a' ? a : b).name} ran first in every one of the ${inA.length} pairs, so what changes from one run to the next counts as a difference.`,
    );
  const compared = onlyDifference(inA, inB);
  for (const [name, of] of [
    ['cores', (run: Run) => run.identity.cores ?? null],
    ['scheduling', (run: Run) => run.identity.scheduling ?? null],
    ['isochron version', (run: Run) => run.file?.tool?.version ?? null],
    // axes of the sweep, which are matched by where they can be
    ...INCIDENTAL.map(
      (name) => [name, (run: Run) => (run.suite ? (run.identity[name] ?? null) : null)] as const,
    ),
  ] as const) {
    const values = new Set(both.map(({ run }) => of(run)).filter((v) => v !== null));
    // a sweep says by its axes what is compared
    const isTold = name === compared && [...inA, ...inB].every(({ run }) => run.suite !== null);
    const too = name === compared ? '' : ' too';
    if (values.size > 1 && !isTold)
      notes.push(`The sides differ in ${name}${too}: ${[...values].join(' and ')}.`);
  }
  const asked = askedInWords(inA, inB);
  if (asked !== null) notes.push(asked);
  const same = sameModelInWords(inA, inB);
  if (same !== null) notes.push(same);
  return notes;
}

/** Share by which calibrated periods may differ beyond what the times of the jobs do. */
const PERIODS_ALIKE = 0.2;

/**
 * What is to be said of two points of one sweep whose periods are no axis and yet not alike: each is calibrated by itself, once for all
 * repetitions, so that one unlucky calibration would be the same in every pair. Caches and clocks cool down in a longer one.
 */
function periodsInWords(inA: Sample[], inB: Sample[]): string | null {
  const [a, b] = [inA[0]?.run, inB[0]?.run];
  if (a?.suite == null || a.suite !== b?.suite || a.identity.period !== b.identity.period)
    return null;
  const [p, q] = [a.file?.plan?.periodNs ?? 0, b.file?.plan?.periodNs ?? 0];
  if (!(p > 0 && q > 0)) return null;
  const limit = Math.log1p(PERIODS_ALIKE);
  const apart = Math.log(q / p);
  // a calibration looks at the longest jobs, which may be apart where medians are not
  const reasons = [medianOf, (sorted: Float64Array) => sorted.at(-1) ?? null].map((of) => {
    const [s, t] = [inA, inB].map((samples) =>
      medianOf(sortedFinite(samples.map(({ values }) => of(sortedFinite(values.time)) ?? NaN))),
    );
    return s && t ? Math.log(t / s) : null;
  });
  const without = reasons.every((times) => times !== null && Math.abs(apart - times) > limit);
  return Math.abs(apart) > limit && without
    ? `The sides ran with periods of ${formatNs(p)} and ${formatNs(q)}, for which neither medians nor longest jobs give a reason (a calibration by itself for each, \`period: auto\`); a longer period alone can make jobs slower. Name one period for both in the suite.`
    : null;
}

/** Of one sweep's points that is what the suite varies. */
function askedInWords([a]: Sample[], [b]: Sample[]): string | null {
  if (a === undefined || b === undefined) return null;
  const apart = sweepFolderOf(a.run.csvPath) !== sweepFolderOf(b.run.csvPath);
  if (!apart && a.run.suite !== null) return null;
  const asked = askedDifferently(a.run, b.run);
  return asked.length === 0
    ? null
    : `The sides were asked for different things: ${asked.join(', ')}.`;
}

/** Of two files that are the same, byte for byte, as where a build copied the old model to the new one's name. */
function sameModelInWords(inA: Sample[], inB: Sample[]): string | null {
  const models = [...inA, ...inB].map(({ run }) => run.file?.model);
  const [a, b] = [models[0], models[inA.length]];
  const equal = a != null && models.every((model) => model?.sha256 === a.sha256);
  return equal && b != null && a.path !== b.path
    ? `Both sides ran the same model: ${a.path} and ${b.path} are equal, byte for byte.`
    : null;
}

/** The side that began before the other in all pairs, as in sweeps of before their order was left to chance. */
function alwaysFirst(inA: Sample[], inB: Sample[]): 'a' | 'b' | null {
  const began = (sample: Sample | undefined) => Date.parse(sample?.run.file?.startedAt ?? '');
  const leads = inA.map((sample, i) => Math.sign(began(inB[i]) - began(sample)));
  if (leads.length < 2) return null;
  return leads.every((lead) => lead > 0) ? 'a' : leads.every((lead) => lead < 0) ? 'b' : null;
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
