/** The unit of the report: a configuration, with its repetitions as one row and one mark with a spread. */
import { compareFacts } from '../analysis/identity.js';
import { type Labelled, labelsOf } from '../analysis/labels.js';
import { METRICS, type MetricKey } from '../analysis/metric-values.js';
import { configurations as sidesOf } from '../analysis/select.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import type { Digest } from './digest.js';
import { density, type LatencyBin, mergedBins, thinned } from './shapes.js';

/** A figure over the processes of a configuration. */
export interface Spread {
  /** The median over the processes. */
  median: number;
  /** The least and the greatest of them; both are the median where there is one process. */
  low: number;
  high: number;
  /** As they ran. */
  processes: number[];
}

/** ns; over the processes, where it says so: the worst of them is what a deadline has to bear. */
export interface ConfigurationTime {
  /** Medians of the processes. */
  median: Spread;
  min: number;
  /** Of the process in which it is greatest; null unless each has one. */
  p99: number | null;
  p99Upper: number | null;
  max: number;
  /** Jobs in the statistics, over all processes. */
  jobs: number;
  outliers: number;
  /** Density of the time; each process weighs the same. Empty for fewer than six jobs. */
  density: { at: number; density: number }[];
}

export interface ConfigurationDeadline {
  /** ns; null where the processes had different ones (a calibrated period). */
  ns: number | null;
  jobs: number;
  missed: number;
  /** Of the process that came nearest to its deadline, or went furthest beyond it, ns. */
  worst: number;
  /** Of the response times, as a share of the deadline: the median over the processes. */
  median: number;
  /** Of the process that `worst` is of, ns. */
  deadline: number;
  worstIsFirst: boolean;
}

export interface ConfigurationLatency {
  jobs: number;
  median: Spread;
  p99: number | null;
  p99Upper: number | null;
  max: number;
  bins: LatencyBin[];
}

export interface Configuration extends Labelled {
  /** One of each process with rows, in the order in which they were found. */
  digests: Digest[];
  jobs: number;
  time: ConfigurationTime | null;
  medians: Record<MetricKey, Spread | null>;
  /** First job over the median of the others. */
  firstRatios: Record<keyof Digest['firstRatios'], Spread | null>;
  latency: ConfigurationLatency | null;
  deadline: ConfigurationDeadline | null;
  skippedReleases: number;
  /** Processes by verdict; those of imports have none. */
  verdicts: { valid: number; invalid: number; none: number };
}

/** The process's name within its configuration: `LABEL`, or `LABEL #2`. */
export const processName = (configuration: Configuration, index: number): string =>
  configuration.digests.length === 1
    ? configuration.label
    : `${configuration.label} #${(configuration.digests[index]?.run.repetition ?? index) + 1}`;

/** @param digests of runs with rows */
export function configurationsOf(digests: readonly Digest[]): Configuration[] {
  const byRun = new Map(digests.map((digest) => [digest.run, digest]));
  const sides = sidesOf(digests.map(({ run }) => run));
  const groups = sides.map(({ runs }) => runs.map((run) => byRun.get(run) as Digest));
  const labels = labelsOf(
    groups.map(([first]) => (first as Digest).run),
    sides.map(({ name }) => name),
  );
  const found = groups.map((group, i) => ({ ...(labels[i] as Labelled), ...together(group) }));
  return found.sort(inOrderOf(found[0]?.facts ?? new Map()));
}

/** By one fact after the other, the plain value first, or in the order of the suite: the sweep itself ran them in an order by chance. */
function inOrderOf(facts: ReadonlyMap<string, unknown>) {
  const names = [...facts.keys()];
  const placeOf = (c: Configuration, name: string) => c.digests[0]?.run.places[name];
  return (a: Configuration, b: Configuration): number => {
    for (const name of names) {
      const order = compareFacts(a.facts.get(name), b.facts.get(name), [
        placeOf(a, name),
        placeOf(b, name),
      ]);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function together(digests: Digest[]): Omit<Configuration, keyof Labelled> {
  const medians = {} as Configuration['medians'];
  for (const { key } of METRICS) medians[key] = spreadOf(digests.map((d) => d.medians[key]));
  const first = (key: keyof Digest['firstRatios']) =>
    spreadOf(digests.map((d) => d.firstRatios[key]));
  const valid = digests.map(({ run }) => run.file?.verdict?.valid);
  return {
    digests,
    jobs: sum(digests.map((d) => d.jobs)),
    time: timeOf(digests),
    medians,
    firstRatios: {
      time: first('time'),
      instructions: first('instructions'),
      l1_misses: first('l1_misses'),
      l2_misses: first('l2_misses'),
    },
    latency: latencyOf(digests),
    deadline: deadlineOf(digests),
    skippedReleases: sum(digests.map((d) => d.skippedReleases)),
    verdicts: {
      valid: valid.filter((v) => v === true).length,
      invalid: valid.filter((v) => v === false).length,
      none: valid.filter((v) => v == null).length,
    },
  };
}

const sum = (values: readonly number[]) => values.reduce((total, v) => total + v, 0);

/** Null where no process knows it. */
function spreadOf(values: readonly (number | null)[]): Spread | null {
  const processes = values.filter((v) => v !== null);
  const sorted = sortedFinite(processes);
  if (sorted.length === 0) return null;
  return {
    median: medianOf(sorted) as number,
    low: sorted[0] as number,
    high: sorted.at(-1) as number,
    processes,
  };
}

/** That of the process in which the value is greatest; null unless every one has it. */
function worstOf<T extends { p99: number | null; p99Upper: number | null }>(all: readonly T[]) {
  if (all.some(({ p99 }) => p99 === null)) return { p99: null, p99Upper: null };
  const worst = all.reduce((a, b) => ((b.p99 as number) > (a.p99 as number) ? b : a));
  return { p99: worst.p99, p99Upper: worst.p99Upper };
}

function timeOf(digests: readonly Digest[]): ConfigurationTime | null {
  const times = digests.flatMap(({ time }) => (time === null ? [] : [time]));
  if (times.length === 0) return null;
  return {
    median: spreadOf(times.map((t) => t.median)) as Spread,
    min: Math.min(...times.map((t) => t.min)),
    ...worstOf(times),
    max: Math.max(...times.map((t) => t.max)),
    jobs: sum(times.map((t) => t.jobs)),
    outliers: sum(times.map((t) => t.outliers)),
    density: density(thinned(sortedFinite(times.flatMap((t) => [...t.shape])))),
  };
}

function latencyOf(digests: readonly Digest[]): ConfigurationLatency | null {
  const all = digests.flatMap(({ latency }) => (latency === null ? [] : [latency]));
  if (all.length === 0) return null;
  return {
    jobs: sum(all.map((l) => l.jobs)),
    median: spreadOf(all.map((l) => l.median)) as Spread,
    ...worstOf(all),
    max: Math.max(...all.map((l) => l.max)),
    bins: mergedBins(all.map((l) => l.bins)),
  };
}

function deadlineOf(digests: readonly Digest[]): ConfigurationDeadline | null {
  const all = digests.flatMap(({ deadline }) => (deadline === null ? [] : [deadline]));
  const [first] = all;
  if (first === undefined) return null;
  const nearest = all.reduce((a, b) => (b.worst / b.ns > a.worst / a.ns ? b : a));
  return {
    ns: all.every(({ ns }) => ns === first.ns) ? first.ns : null,
    jobs: sum(all.map((d) => d.jobs)),
    missed: sum(all.map((d) => d.missed)),
    worst: nearest.worst,
    median: spreadOf(all.map((d) => d.median / d.ns))?.median as number,
    deadline: nearest.ns,
    worstIsFirst: nearest.worstIsFirst,
  };
}
