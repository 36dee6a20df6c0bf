/**
 * The first run, taken apart: by treatment, each of which takes one cause away, and by what was counted in it. Pure
 * functions of samples; nothing is put down to a cause that was not observed.
 */
import { medianOf, sortedFinite } from './statistics/sorted.js';

/** What was counted in one job, or the medians over some. */
export interface JobFigures {
  elapsedNs: number;
  /** CPU time of the job thread. */
  cpuNs: number;
  minorFaults: number;
  majorFaults: number;
  voluntarySwitches: number;
  involuntarySwitches: number;
  /** By event name, user mode; null = not counted. */
  counters: Readonly<Record<string, number | null>>;
}

/** One fresh process. */
export interface FirstRunSample {
  xnnpack: boolean;
  treatment: string;
  repetition: number;
  /** The first job that counts: after warm-up, where there is any. */
  first: JobFigures;
  /** Medians over the jobs after it. */
  later: JobFigures;
  /** ns by stage before the first release. */
  stages: Readonly<Record<string, number>>;
  /** Of the job's core, kHz; null = not readable. */
  frequency: { beforeKhz: number; afterKhz: number } | null;
}

/** CPU time of one page fault, measured apart; null = not measured. */
export interface FaultCost {
  anonymousNs: number | null;
  fileNs: number | null;
}

export interface Range {
  median: number;
  min: number;
  max: number;
}

export interface TreatmentResult {
  treatment: string;
  /** Fresh processes. */
  runs: number;
  /** First job over the median of the later ones. */
  ratio: Range;
  /** Medians over the processes. */
  firstNs: number;
  laterNs: number;
  excessNs: number;
  minorFaults: number;
  majorFaults: number;
  /** ns by stage before the first release. */
  stages: Record<string, number>;
}

export interface Part {
  cause: 'page faults' | 'waiting' | 'instructions' | 'stalls' | 'frequency' | 'unexplained';
  /** null = not observable here; `evidence` says why. */
  ns: number | null;
  /** Of the excess. */
  share: number | null;
  evidence: string;
}

export interface Split {
  /** The untreated process whose ratio is the median one. */
  repetition: number;
  firstNs: number;
  laterNs: number;
  excessNs: number;
  parts: Part[];
}

/** Cost of a minor fault in its place: what prefaulting saved, per fault that it saved. */
export interface FaultInPlace {
  ns: number;
  /** Faults saved, median over the pairs. */
  saved: number;
  pairs: number;
}

export interface Explanation {
  xnnpack: boolean;
  treatments: TreatmentResult[];
  /** Null without an untreated run. */
  split: Split | null;
  faultInPlace: FaultInPlace | null;
  /** The weakest treatment that is enough on an already warm file cache; null where only all of them together, or none, are. */
  enough: string | null;
  /** The recommended treatment's ratio is at most `LIMIT`; null where it was not run. */
  proved: boolean | null;
  words: string[];
}

/** First run over median up to which a first run counts as an ordinary one. */
export const LIMIT = 1.1;

/** From the weakest to the strongest. */
const REMEDIES = ['prefaulted', 'locked', 'warmed up'] as const;

const median = (values: readonly number[]): number => medianOf(sortedFinite(values)) ?? Number.NaN;

const ratioOf = (sample: FirstRunSample) => sample.first.elapsedNs / sample.later.elapsedNs;
const excessOf = (sample: FirstRunSample) => sample.first.elapsedNs - sample.later.elapsedNs;

/**
 * Explains the first runs of one setting.
 *
 * @param samples of one model with XNNPACK on, or with it off; treatments are told apart by name
 */
export function explain(samples: readonly FirstRunSample[], cost: FaultCost): Explanation {
  const names = [...new Set(samples.map((sample) => sample.treatment))];
  const of = (name: string) => samples.filter((sample) => sample.treatment === name);
  const treatments = names.map((name) => summarize(name, of(name)));
  const find = (name: string) => treatments.find((t) => t.treatment === name);
  const faultInPlace = costInPlace(of('warm'), of('prefaulted'));
  const untreated = medianRun(of('untreated'));
  const split = untreated === null ? null : takeApart(untreated, faultInPlace, cost);
  const enough = REMEDIES.find((name) => (find(name)?.ratio.median ?? Number.NaN) <= LIMIT) ?? null;
  const recommended = find('recommended');
  const explanation: Explanation = {
    xnnpack: samples[0]?.xnnpack ?? false,
    treatments,
    split,
    faultInPlace,
    enough,
    proved: recommended ? recommended.ratio.median <= LIMIT : null,
    words: [],
  };
  return { ...explanation, words: inWords(explanation) };
}

function summarize(treatment: string, samples: readonly FirstRunSample[]): TreatmentResult {
  const ratios = samples.map(ratioOf);
  const stageNames = [...new Set(samples.flatMap((sample) => Object.keys(sample.stages)))];
  return {
    treatment,
    runs: samples.length,
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
    firstNs: median(samples.map((s) => s.first.elapsedNs)),
    laterNs: median(samples.map((s) => s.later.elapsedNs)),
    excessNs: median(samples.map(excessOf)),
    minorFaults: median(samples.map((s) => s.first.minorFaults)),
    majorFaults: median(samples.map((s) => s.first.majorFaults)),
    stages: Object.fromEntries(
      stageNames.map((name) => [name, median(samples.map((s) => s.stages[name] ?? Number.NaN))]),
    ),
  };
}

/** A real process rather than a mean of several: its figures belong together and can be looked up. */
function medianRun(samples: readonly FirstRunSample[]): FirstRunSample | null {
  const sorted = [...samples].sort((a, b) => ratioOf(a) - ratioOf(b));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** Fewer saved faults than this, and their time drowns in that of the job. */
const LEAST_SAVED = 50;

/** Pairs of one repetition ran one after the other, so that they met the same machine. */
function costInPlace(
  without: readonly FirstRunSample[],
  prefaulted: readonly FirstRunSample[],
): FaultInPlace | null {
  const pairs = without.flatMap((a) => {
    const b = prefaulted.find((other) => other.repetition === a.repetition);
    return b ? [{ a, b }] : [];
  });
  const saved = median(pairs.map(({ a, b }) => a.first.minorFaults - b.first.minorFaults));
  const time = median(pairs.map(({ a, b }) => excessOf(a) - excessOf(b)));
  if (!(saved >= LEAST_SAVED) || !(time > 0)) return null;
  return { ns: time / saved, saved, pairs: pairs.length };
}

function takeApart(sample: FirstRunSample, inPlace: FaultInPlace | null, cost: FaultCost): Split {
  const { first, later } = sample;
  const excessNs = excessOf(sample);
  const parts = [
    pageFaults(sample, inPlace, cost),
    waiting(sample),
    ...userWork(first, later),
    frequency(sample),
  ];
  const known = parts.reduce((sum, part) => sum + (part.ns ?? 0), 0);
  const rest = excessNs - known;
  const all: Omit<Part, 'share'>[] = [
    ...parts,
    {
      cause: 'unexplained',
      ns: rest,
      evidence:
        rest < 0
          ? 'the parts overlap, or cost less here than they do apart'
          : 'nothing that was counted accounts for it',
    },
  ];
  return {
    repetition: sample.repetition,
    firstNs: first.elapsedNs,
    laterNs: later.elapsedNs,
    excessNs,
    parts: all.map((part) => ({
      ...part,
      share: part.ns === null || excessNs <= 0 ? null : part.ns / excessNs,
    })),
  };
}

type Found = Omit<Part, 'share'>;

function pageFaults(
  { first, later }: FirstRunSample,
  inPlace: FaultInPlace | null,
  cost: FaultCost,
): Found {
  const faults = first.minorFaults - later.minorFaults;
  const each = inPlace?.ns ?? cost.anonymousNs;
  const counted = `${whole(faults)} minor faults more than later`;
  if (faults <= 0)
    return { cause: 'page faults', ns: 0, evidence: 'no more minor faults than later' };
  if (each === null)
    return {
      cause: 'page faults',
      ns: null,
      evidence: `${counted}; what one costs could not be measured`,
    };
  const how = inPlace ? `what prefaulting saved per fault` : 'measured apart, on fresh memory';
  return {
    cause: 'page faults',
    ns: faults * each,
    evidence: `${counted}, ${micro(each)} each (${how})`,
  };
}

/** Time in which the job thread did not run: it waited for the disk, or another task was on the core. */
function waiting({ first, later }: FirstRunSample): Found {
  const ns = Math.max(
    0,
    first.elapsedNs - first.cpuNs - Math.max(0, later.elapsedNs - later.cpuNs),
  );
  const why = [
    first.majorFaults > 0 ? `${whole(first.majorFaults)} major faults read from the disk` : '',
    first.voluntarySwitches > 0 ? `${whole(first.voluntarySwitches)} times the job waited` : '',
    first.involuntarySwitches > 0
      ? `${whole(first.involuntarySwitches)} times another task ran`
      : '',
  ].filter((text) => text !== '');
  return {
    cause: 'waiting',
    ns,
    evidence: why.length > 0 ? why.join(', ') : 'no major fault, and no other task ran',
  };
}

/**
 * What the counters of user mode say: time = cycles / frequency, cycles = instructions × CPI. Extra instructions count at
 * the later jobs' CPI; what the cycles rise beyond that are stalls. The frequency is that of the later jobs, whose cycles
 * and CPU time are both known.
 */
function userWork(first: JobFigures, later: JobFigures): Found[] {
  const of = (job: JobFigures, name: string) => job.counters[name] ?? null;
  const [i1, i, c1, c] = [
    of(first, 'inst_retired'),
    of(later, 'inst_retired'),
    of(first, 'cpu_cycles'),
    of(later, 'cpu_cycles'),
  ];
  if (
    i1 === null ||
    i === null ||
    c1 === null ||
    c === null ||
    i <= 0 ||
    c <= 0 ||
    later.cpuNs <= 0
  ) {
    const reason = 'instructions and cycles are not counted here';
    return [
      { cause: 'instructions', ns: null, evidence: reason },
      {
        cause: 'stalls',
        ns: null,
        evidence: `${reason}, so cache and TLB refills can't be given a time`,
      },
    ];
  }
  const nsPerCycle = later.cpuNs / c;
  const instructions = (i1 - i) * (c / i) * nsPerCycle;
  const refills = ['l1d_cache_refill', 'l2d_cache_refill'].flatMap((name) => {
    const [a, b] = [of(first, name), of(later, name)];
    return a === null || b === null ? [] : [`${whole(a - b)} more ${name}`];
  });
  return [
    {
      cause: 'instructions',
      ns: instructions,
      evidence: `${whole(i1 - i)} instructions more than later, at ${(c / i).toFixed(2)} cycles each: preparation and packing that the engine left for the first run`,
    },
    {
      cause: 'stalls',
      ns: (c1 - c) * nsPerCycle - instructions,
      evidence:
        refills.length > 0
          ? refills.join(', ')
          : 'more cycles per instruction; refills are not counted here',
    },
  ];
}

/** Frequencies are only seen before and after a run: they can clear the clock of suspicion, not convict it. */
function frequency({ frequency: f }: FirstRunSample): Found {
  if (f === null)
    return { cause: 'frequency', ns: null, evidence: 'the core’s frequency is not readable here' };
  const mhz = (khz: number) => `${Math.round(khz / 1000)} MHz`;
  if (Math.abs(f.beforeKhz / f.afterKhz - 1) < 0.01)
    return {
      cause: 'frequency',
      ns: 0,
      evidence: `${mhz(f.beforeKhz)} before the run and after it`,
    };
  return {
    cause: 'frequency',
    ns: null,
    evidence: `${mhz(f.beforeKhz)} before the run, ${mhz(f.afterKhz)} after it: a share of the rest is the clock’s, but how much can’t be told. Set the governor to performance`,
  };
}

const whole = (n: number): string => Math.round(n).toLocaleString('en-US');
const micro = (ns: number): string => `${(ns / 1000).toFixed(2)} µs`;
const milli = (ns: number): string => `${(ns / 1e6).toFixed(2)} ms`;
const times = (ratio: number): string => `${ratio.toFixed(3)} ×`;

function inWords({ treatments, split, faultInPlace, enough, proved }: Explanation): string[] {
  const find = (name: string) => treatments.find((t) => t.treatment === name);
  const words: string[] = [];
  const untreated = find('untreated');
  if (untreated)
    words.push(
      `Untreated, the first run takes ${milli(untreated.firstNs)}, ${times(untreated.ratio.median)} the median of those after it (${untreated.runs} fresh processes: ${untreated.ratio.min.toFixed(3)} … ${untreated.ratio.max.toFixed(3)}).`,
    );
  if (untreated && split !== null && untreated.ratio.median > 1.02) words.push(mainCause(split));
  const [warm, prefaulted, locked, warmed] = ['warm', 'prefaulted', 'locked', 'warmed up'].map(
    find,
  );
  if (untreated && warm && untreated.majorFaults < 1)
    words.push(
      `The disk has no part in the first run itself: from a cold file cache it makes no major fault in it${startUpGap(untreated, warm)}.`,
    );
  if (warm && prefaulted && faultInPlace)
    words.push(
      `Making memory present before the first release saves ${whole(faultInPlace.saved)} of ${whole(warm.minorFaults)} page faults and ${milli(faultInPlace.ns * faultInPlace.saved)}${locked ? `; locking it does the same (${times(locked.ratio.median)}) and keeps it there` : ''}.`,
    );
  if (prefaulted && prefaulted.minorFaults >= LEAST_SAVED)
    words.push(
      `The other ${whole(prefaulted.minorFaults)} faults are on memory that the engine takes only during its first inference: nothing but a first inference before the deadlines count can take them away${warmed ? `, and a warm-up job does: ${times(warmed.ratio.median)}` : ''}.`,
    );
  const recommended = find('recommended');
  if (recommended)
    words.push(
      `Recommended: --lock-memory (the default) with --warmup 1. So the first run that counts is ${times(recommended.ratio.median)} the median, from a cold start (${recommended.runs} processes, worst ${recommended.ratio.max.toFixed(3)}): ${proved ? `within ${LIMIT}, proved` : `above ${LIMIT}, NOT removed`}.`,
    );
  if (proved && enough === 'prefaulted')
    words.push('Here --prefault or locked memory alone would do.');
  else if (proved && enough === 'locked') words.push('Here locked memory alone would do.');
  return words;
}

function mainCause(split: Split): string {
  const known = split.parts.filter((p) => p.cause !== 'unexplained' && p.ns !== null && p.ns > 0);
  const [main] = known.sort((a, b) => (b.ns as number) - (a.ns as number));
  const rest = split.parts.find((p) => p.cause === 'unexplained');
  if (!main || (main.share ?? 0) < 0.2)
    return `What makes up its excess of ${milli(split.excessNs)} was not found: ${percent(rest?.share)} of it is unexplained.`;
  const name = {
    'page faults': 'page faults',
    waiting: 'waiting',
    instructions: 'extra instructions',
    stalls: 'cache and TLB refills',
  } as Record<string, string>;
  return `Most of its excess of ${milli(split.excessNs)} is ${name[main.cause] ?? main.cause} (${percent(main.share)}: ${main.evidence}); ${percent(rest?.share)} is unexplained.`.replace(
    /^Most/,
    (main.share ?? 0) > 0.5 ? 'Most' : 'The largest part',
  );
}

const percent = (share: number | null | undefined): string =>
  share == null ? 'an unknown part' : `${Math.round(100 * share)} %`;

/** What a cold start costs before the first release, where it costs anything. */
function startUpGap(cold: TreatmentResult, warm: TreatmentResult): string {
  const sum = (t: TreatmentResult) => Object.values(t.stages).reduce((a, b) => a + b, 0);
  const gap = sum(cold) - sum(warm);
  return gap > 500_000 ? `, but it makes the start-up ${milli(gap)} longer` : '';
}
