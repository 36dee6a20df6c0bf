/**
 * The first run, taken apart: by treatment, each of which takes one cause away, and by what was counted in it. Pure
 * functions of samples; nothing is put down to a cause that was not observed.
 */

import { firstRunTreatments } from '../benchmark/treatments.js';
import { requireKind } from '../kernel/caller.js';
import { IsochronError } from '../kernel/errors.js';
import { boundRank, jobsFor } from '../statistics/percentiles.js';
import { medianOf, quantileOf, sortedFinite } from '../statistics/sorted.js';

/** What was counted in one job, or the medians over some. */
export interface JobFigures {
  /** Inference time, ns. */
  elapsedNs: number;
  /** CPU time of the job thread. */
  cpuNs: number;
  /** Page faults that needed no disk. */
  minorFaults: number;
  /** Page faults that read the disk. */
  majorFaults: number;
  /** How often the job thread waited. */
  voluntarySwitches: number;
  /** How often it was preempted. */
  involuntarySwitches: number;
  /** By event name, user mode; null = not counted. */
  counters: Readonly<Record<string, number | null>>;
}

/** One fresh process. */
export interface FirstRunSample {
  /** It was asked for. */
  xnnpack: boolean;
  /** One of `firstRunTreatments`, by its name. */
  treatment: string;
  /** From 0. */
  repetition: number;
  /** Engine and model really came from the disk: their pages were dropped, and reading them in made major faults. Null = not known. */
  cold: boolean | null;
  /** The first job that counts: after warm-up, where there is any. */
  first: JobFigures;
  /** Medians over the jobs after it. */
  later: JobFigures;
  /** Their elapsed times, ns. */
  laterNs: ArrayLike<number>;
  /** Of the rights that were asked for by name, priority and cores, those that it was denied, or lost: a sentence each. */
  lacked: readonly string[];
  /** ns by stage before the first release. */
  stages: Readonly<Record<string, number>>;
  /** Of the job's core, kHz; null = not readable. */
  frequency: {
    /** Before the run, kHz. */
    beforeKhz: number;
    /** After the run, kHz. */
    afterKhz: number;
  } | null;
}

/** CPU time of one page fault, measured apart; null = not measured. */
export interface FaultCost {
  /** On fresh memory, ns. */
  anonymousNs: number | null;
  /** On a file in the page cache, ns. */
  fileNs: number | null;
}

/** Median and extremes. */
export interface Range {
  /** In the unit of what it is of. */
  median: number;
  /** In the unit of what it is of. */
  min: number;
  /** In the unit of what it is of. */
  max: number;
}

/** What a treatment came to, over its processes. */
export interface TreatmentResult {
  /** One of `firstRunTreatments`, by its name. */
  treatment: string;
  /** Fresh processes. */
  runs: number;
  /** How many of them really started cold. */
  coldRuns: number;
  /** Of how many that is not known. */
  maybeColdRuns: number;
  /** First job over the median of the later ones. */
  ratio: Range;
  /** The true median ratio lies at or below it, with 95 % confidence: one of the processes'; null where they are too few. */
  ratioBound: number | null;
  /** The same from below. */
  ratioFloor: number | null;
  /** How many of them lacked priority or cores that were asked for: they prove nothing of a run that has them. */
  lacking: number;
  /** What the processes prove of the true median ratio and `FIRST_RUN_LIMIT`. */
  outcome: 'within' | 'above' | 'undecided';
  /** Processes that it takes to prove it, if all further ones are on the median's side of the limit; null where it is proved, or more of them prove nothing. */
  needed: number | null;
  /** Medians over the processes; those of one process stand in `split`. */
  firstNs: number;
  /** Of the medians of the jobs after the first, ns. */
  laterNs: number;
  /** Later jobs of all processes, each over the median of its own: how far an ordinary job strays. */
  laterJobs: number;
  /** Null where they are too few for a p90. */
  laterP90Ratio: number | null;
  /** Those of them that are no shorter than the median first run, by these ratios. */
  laterAsLong: number;
  /** Medians over the processes. */
  minorFaults: number;
  /** Of the first job, that read the disk. */
  majorFaults: number;
  /** ns by stage before the first release. */
  stages: Record<string, number>;
  /** All stages of a process together, ns; null where none tells them. */
  startUpNs: Range | null;
}

/** A cause, and how much of the excess it is. */
export interface Part {
  /** What it is put down to. */
  cause: 'page faults' | 'waiting' | 'instructions' | 'stalls' | 'frequency' | 'unexplained';
  /** null = not observable here; `evidence` says why. */
  ns: number | null;
  /** It may be as little, and as much: what a fault costs differs from one to the next, and between processes. */
  lowNs: number | null;
  /** See `lowNs`, ns. */
  highNs: number | null;
  /** Of the excess. */
  share: number | null;
  /** What it rests on, in words. */
  evidence: string;
}

/** One process, its first run taken apart. */
export interface Split {
  /** The untreated process whose ratio is the median one. */
  repetition: number;
  /** Its first job's time, ns. */
  firstNs: number;
  /** Median of those after it, ns. */
  laterNs: number;
  /** The difference of the two, ns. */
  excessNs: number;
  /** What it consists of, as far as that was found. */
  parts: Part[];
}

/** Cost of a minor fault in its place: what prefaulting saved, per fault that it saved. */
export interface FaultInPlace {
  /** Median over the pairs; the cheapest and the dearest of them. */
  ns: number;
  /** The cheapest pair's cost, ns. */
  leastNs: number;
  /** The dearest pair's cost, ns. */
  mostNs: number;
  /** Faults saved and the time of them, medians over the pairs. */
  saved: number;
  /** Time that the saved faults took, median over the pairs, ns. */
  savedNs: number;
  /** Of processes that ran one after the other. */
  pairs: number;
}

/** Why a first run is slower, and what removes it, for one setting of XNNPACK. */
export interface Explanation {
  /** The setting that it is about. */
  xnnpack: boolean;
  /** In the order in which they build on each other. */
  treatments: TreatmentResult[];
  /** Null without an untreated run. */
  split: Split | null;
  /** What a page fault cost where it happened; null where that can't be told. */
  faultInPlace: FaultInPlace | null;
  /** Why there is none; null where there is. */
  noFaultInPlace: string | null;
  /** The weakest treatment that is proved to be enough on an already warm file cache; null where none is. */
  enough: string | null;
  /** The recommended treatment's first run is proved to be within `FIRST_RUN_LIMIT`; null where it was not tried. */
  proved: boolean | null;
}

/** First run over median up to which a first run counts as an ordinary one. */
export const FIRST_RUN_LIMIT = 1.1;

/**
 * Whether a first run is shown to be beyond the limit for all that is recommended, with XNNPACK or without.
 *
 * @throws IsochronError E_TOO_FEW where one is shown neither to be beyond it nor to be within it
 */
export function isBeyondLimit(
  explanations: readonly {
    treatments: readonly Pick<TreatmentResult, 'treatment' | 'outcome'>[];
  }[],
): boolean {
  const outcomes = explanations.map(
    ({ treatments }) => treatments.find((t) => t.treatment === 'recommended')?.outcome,
  );
  if (outcomes.includes('above')) return true;
  if (outcomes.length > 0 && outcomes.every((outcome) => outcome === 'within')) return false;
  throw new IsochronError(
    'E_TOO_FEW',
    `--strict can't be decided: the first run is shown neither to be within the limit of ${FIRST_RUN_LIMIT} nor beyond it.`,
    'The explanation says what it takes: more --repetitions, or the rights that were lacking.',
  );
}

/** From the weakest to the strongest. */
const REMEDIES = ['prefaulted', 'locked', 'warmed up'] as const;

const median = (values: readonly number[]): number => medianOf(sortedFinite(values)) ?? Number.NaN;

const rangeOf = (values: readonly number[]): Range => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

const ratioOf = (sample: FirstRunSample) => sample.first.elapsedNs / sample.later.elapsedNs;
const excessOf = (sample: FirstRunSample) => sample.first.elapsedNs - sample.later.elapsedNs;

/**
 * Explains the first runs of one setting.
 *
 * @param samples of one model with XNNPACK on, or with it off; treatments are told apart by name
 */
export function explain(samples: readonly FirstRunSample[], cost: FaultCost): Explanation {
  requireKind(samples, 'list of objects', 'what explain is given first');
  requireKind(cost, 'object', 'the cost of a fault');
  // those that are known in the order in which they build on each other, whatever order they ran in
  const names = [
    ...new Set([...Object.keys(firstRunTreatments), ...samples.map((sample) => sample.treatment)]),
  ].filter((name) => samples.some((sample) => sample.treatment === name));
  const of = (name: string) => samples.filter((sample) => sample.treatment === name);
  const treatments = names.map((name) => summarize(name, of(name)));
  const find = (name: string) => treatments.find((t) => t.treatment === name);
  const inPlace = costInPlace(of('warm'), of('prefaulted'));
  const untreated = medianRun(of('untreated'));
  const remedy = faultRemedy(of);
  const split = untreated === null ? null : takeApart(untreated, inPlace, cost, remedy);
  const recommended = find('recommended');
  return {
    xnnpack: samples[0]?.xnnpack ?? false,
    treatments,
    split,
    faultInPlace: typeof inPlace === 'string' ? null : inPlace,
    noFaultInPlace: typeof inPlace === 'string' ? inPlace : null,
    enough: REMEDIES.find((name) => isWithinLimit(find(name))) ?? null,
    proved: recommended ? isWithinLimit(recommended) : null,
  };
}

/** Whether the processes prove it, rather than that their median happens to be so. */
export const isWithinLimit = (result: TreatmentResult | undefined): boolean =>
  result?.outcome === 'within';

function summarize(treatment: string, samples: readonly FirstRunSample[]): TreatmentResult {
  const ratios = samples.map(ratioOf).sort((a, b) => a - b);
  const middle = medianRun(samples) as FirstRunSample;
  const rank = boundRank(ratios.length, 0.5);
  const bound = rank === null ? null : (ratios[rank - 1] as number);
  const floor = rank === null ? null : (ratios[ratios.length - rank] as number);
  const ratio = { median: ratioOf(middle), min: Math.min(...ratios), max: Math.max(...ratios) };
  const lacking = samples.filter((sample) => sample.lacked.length > 0).length;
  const outcome = lacking > 0 ? 'undecided' : outcomeOf(bound, floor);
  const above = ratios.filter((each) => each > FIRST_RUN_LIMIT).length;
  const against = ratio.median > FIRST_RUN_LIMIT ? ratios.length - above : above;
  const later = sortedFinite(
    samples.flatMap((s) => Array.from(s.laterNs, (ns) => ns / s.later.elapsedNs)),
  );
  const startUps = samples
    .map(({ stages }) => Object.values(stages))
    .filter((each) => each.length > 0)
    .map((each) => each.reduce((a, b) => a + b, 0));
  const stageNames = [...new Set(samples.flatMap((sample) => Object.keys(sample.stages)))];
  return {
    treatment,
    runs: samples.length,
    coldRuns: samples.filter((sample) => sample.cold === true).length,
    maybeColdRuns: samples.filter((sample) => sample.cold === null).length,
    ratio,
    ratioBound: bound,
    ratioFloor: floor,
    lacking,
    outcome,
    needed: outcome === 'undecided' && lacking === 0 ? provedBy(ratios.length, against) : null,
    firstNs: median(samples.map((s) => s.first.elapsedNs)),
    laterNs: median(samples.map((s) => s.later.elapsedNs)),
    laterJobs: later.length,
    laterP90Ratio: later.length < jobsFor('p90') ? null : quantileOf(later, 0.9),
    laterAsLong: later.filter((each) => each >= ratio.median).length,
    minorFaults: median(samples.map((s) => s.first.minorFaults)),
    majorFaults: median(samples.map((s) => s.first.majorFaults)),
    stages: Object.fromEntries(
      stageNames.map((name) => [name, median(samples.map((s) => s.stages[name] ?? Number.NaN))]),
    ),
    startUpNs: startUps.length === 0 ? null : rangeOf(startUps),
  };
}

const outcomeOf = (bound: number | null, floor: number | null): TreatmentResult['outcome'] => {
  if (bound !== null && bound <= FIRST_RUN_LIMIT) return 'within';
  return floor !== null && floor > FIRST_RUN_LIMIT ? 'above' : 'undecided';
};

/** The fewest processes, from so many on, that prove a side of the limit though so many lie on the other one. */
function provedBy(from: number, against: number): number {
  for (let n = from; ; n++) {
    const rank = boundRank(n, 0.5);
    if (rank !== null && against <= n - rank) return n;
  }
}

/**
 * A real process rather than a mean of several: its figures belong together and can be looked up. Of an even number, the
 * slower of the two in the middle.
 */
function medianRun(samples: readonly FirstRunSample[]): FirstRunSample | null {
  const sorted = [...samples].sort((a, b) => ratioOf(a) - ratioOf(b));
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** Fewer saved faults than this, and their time drowns in that of the job. */
export const LEAST_SAVED = 50;
/** The dearest pair's cost over the cheapest's, up to which they are taken to say the same. */
const PAIRS_AGREE = 4;

/** Processes of one repetition ran one after the other, so that they met the same machine. */
const pairsOf = (without: readonly FirstRunSample[], treated: readonly FirstRunSample[]) =>
  without.flatMap((a) => {
    const b = treated.find((other) => other.repetition === a.repetition);
    return b ? [{ a, b }] : [];
  });

/** Or why it can't be told. */
function costInPlace(
  without: readonly FirstRunSample[],
  prefaulted: readonly FirstRunSample[],
): FaultInPlace | string {
  const pairs = pairsOf(without, prefaulted);
  const saved = pairs.map(({ a, b }) => a.first.minorFaults - b.first.minorFaults);
  const savedNs = pairs.map(({ a, b }) => excessOf(a) - excessOf(b));
  const costs = savedNs.map((ns, i) => ns / (saved[i] as number));
  const least = Math.min(...costs);
  if (pairs.length === 0) return 'no process was prefaulted beside one that was not';
  if (Math.min(...saved) < LEAST_SAVED)
    return `prefaulting saved fewer than ${LEAST_SAVED} faults in some of the processes`;
  if (!(least > 0) || Math.max(...costs) > PAIRS_AGREE * least)
    return 'the time that prefaulting saved differs too much between the processes';
  return {
    ns: median(costs),
    leastNs: least,
    mostNs: Math.max(...costs),
    saved: median(saved),
    savedNs: median(savedNs),
    pairs: pairs.length,
  };
}

/** What a treatment that leaves next to no fault took off the first run. */
interface FaultRemedy {
  treatment: string;
  /** Over the pairs of processes. */
  removedNs: Range;
}

/** The weakest of them; null where none removes the faults, or they were too few for their time to be seen. */
function faultRemedy(of: (name: string) => readonly FirstRunSample[]): FaultRemedy | null {
  for (const treatment of REMEDIES) {
    const pairs = pairsOf(of('warm'), of(treatment));
    const saved = median(pairs.map(({ a, b }) => a.first.minorFaults - b.first.minorFaults));
    const left = median(pairs.map(({ b }) => b.first.minorFaults));
    if (saved >= LEAST_SAVED && left < LEAST_SAVED)
      return { treatment, removedNs: rangeOf(pairs.map(({ a, b }) => excessOf(a) - excessOf(b))) };
  }
  return null;
}

function takeApart(
  sample: FirstRunSample,
  inPlace: FaultInPlace | string,
  cost: FaultCost,
  remedy: FaultRemedy | null,
): Split {
  const { first, later } = sample;
  const excessNs = excessOf(sample);
  const measured = [waiting(sample), ...userWork(first, later), frequency(sample)];
  const left = excessNs - measured.reduce((sum, part) => sum + (part.ns ?? 0), 0);
  const parts = [atMost(pageFaults(sample, inPlace, cost), left, remedy), ...measured];
  const known = parts.reduce((sum, part) => sum + (part.ns ?? 0), 0);
  const rest = excessNs - known;
  const all: Found[] = [
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
      lowNs: part.lowNs ?? part.ns,
      highNs: part.highNs ?? part.ns,
      share: part.ns === null || excessNs <= 0 ? null : part.ns / excessNs,
    })),
  };
}

/** Without a range it is as much as it is. */
type Found = Omit<Part, 'share' | 'lowNs' | 'highNs'> & { lowNs?: number; highNs?: number };

function pageFaults(
  { first, later }: FirstRunSample,
  inPlace: FaultInPlace | string,
  cost: FaultCost,
): Found {
  const faults = first.minorFaults - later.minorFaults;
  const apart = [cost.anonymousNs, cost.fileNs].filter((ns) => ns !== null);
  const each =
    typeof inPlace !== 'string'
      ? { median: inPlace.ns, min: inPlace.leastNs, max: inPlace.mostNs }
      : apart.length === 0
        ? null
        : rangeOf(apart);
  const counted = `${whole(faults)} minor faults more than later`;
  if (faults <= 0)
    return {
      cause: 'page faults',
      ns: 0,
      evidence: 'no more minor faults than later',
    };
  if (each === null)
    return {
      cause: 'page faults',
      ns: null,
      evidence: `${counted}; what one costs could not be measured`,
    };
  const how =
    typeof inPlace === 'string'
      ? `measured apart, for ${inPlace}`
      : 'what prefaulting saved per fault';
  const costs =
    micro(each.min) === micro(each.max)
      ? micro(each.median)
      : `${micro(each.min)} to ${micro(each.max)}`;
  return {
    cause: 'page faults',
    ns: faults * each.median,
    lowNs: faults * each.min,
    highNs: faults * each.max,
    evidence: `${counted}, ${costs} each (${how})`,
  };
}

/**
 * What a fault costs was measured in other processes, the rest in this one: faults get no more of it than the rest leaves, nor
 * more than what takes them away took off.
 */
function atMost(part: Found, leftNs: number, remedy: FaultRemedy | null): Found {
  const { ns } = part;
  if (ns === null) return part;
  const left = { median: leftNs, min: leftNs, max: leftNs };
  const limits = [
    { ...left, why: 'but no more is left of the excess' },
    ...(remedy === null
      ? []
      : [
          {
            ...remedy.removedNs,
            why: `but ‘${remedy.treatment}’, which removes them, takes no more than ${milli(Math.max(0, remedy.removedNs.median))} off`,
          },
        ]),
  ].sort((a, b) => a.median - b.median);
  const within = (value: number, of: 'median' | 'min' | 'max') =>
    Math.max(0, Math.min(value, ...limits.map((limit) => limit[of])));
  const [limit] = limits as [(typeof limits)[0]];
  return {
    ...part,
    ns: within(ns, 'median'),
    lowNs: within(part.lowNs ?? ns, 'min'),
    highNs: within(part.highNs ?? ns, 'max'),
    evidence: ns <= limit.median ? part.evidence : `${part.evidence}, ${limit.why}`,
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

/** 1,942 */
export const whole = (n: number): string => Math.round(n).toLocaleString('en-US');
/** 1.85 µs */
export const milli = (ns: number): string => `${(ns / 1e6).toFixed(2)} ms`;
const micro = (ns: number): string => `${(ns / 1000).toFixed(2)} µs`;
