/**
 * Which of several measurements took the least time, and how much longer the others took, as far as their processes show it.
 * The fastest is chosen after looking at all of them, so each difference is tested at the level of all pairs that there are, not
 * of those with the fastest alone (Bonferroni).
 */
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import { compareSides } from './compare.js';
import { ALPHA, atLevel } from './compare-processes.js';
import type { MetricComparison, Side } from './comparison.js';
import { type Sample, type TimeBase, takeSample } from './metric-values.js';
import type { Run } from './results.js';

export interface Standing {
  name: string;
  /** Of the median inference times of its processes, ns. */
  medianNs: number;
  processes: number;
  /** How many of them are INVALID, or have no verdict. */
  invalid: number;
}

export interface Slower extends Standing {
  /** Its time over that of the fastest, and what is known of that. */
  time: Pick<
    MetricComparison,
    'ratio' | 'interval' | 'confidence' | 'p' | 'shown' | 'more' | 'processes'
  >;
  paired: boolean;
  /** Why it is to be doubted, a sentence each. */
  doubts: string[];
}

export interface Fastest extends Standing {
  /** What its times are. */
  timeBase: TimeBase;
  /** The others, by their medians. */
  others: Slower[];
}

/** @returns null where there are not two of them with a median */
export async function fastestOf(sides: readonly Side[]): Promise<Fastest | null> {
  const { samples, timeBase } = await samplesOf(sides.flatMap(({ runs }) => runs));
  const standings = sides
    .flatMap((side) => {
      const standing = standingOf(side, samples);
      return standing === null ? [] : [{ side, standing }];
    })
    .sort((a, b) => a.standing.medianNs - b.standing.medianNs);
  const [first, ...others] = standings;
  if (first === undefined || others.length === 0) return null;
  const level = ALPHA / ((standings.length * (standings.length - 1)) / 2);
  const slower: Slower[] = [];
  for (const { side, standing } of others) {
    // what two processes alone say is not told, so its bootstrap is kept short
    const options = { resamples: 2, cache: samples };
    const { metrics, paired, lost } = await compareSides(first.side, side, options);
    const open = metrics.find(({ key }) => key === 'time')?.open;
    if (!open) continue;
    const { ratio, interval, confidence, p, shown, more, processes } = atLevel(open, level);
    const time = { ratio, interval, confidence, p, shown, more, processes };
    slower.push({ ...standing, time, paired, doubts: lost });
  }
  return { ...first.standing, timeBase, others: slower };
}

/** By their CSV, all with one base of time; a run that can't be read is left to the comparison to tell. */
async function samplesOf(runs: readonly Run[]) {
  const samples = new Map<string, Sample>();
  const take = async (base: TimeBase | null) => {
    for (const run of runs) {
      if (base !== null && samples.get(run.csvPath)?.base === base) continue;
      const sample = await takeSample(run, base).catch(() => null);
      if (sample !== null) samples.set(run.csvPath, sample);
    }
  };
  await take(null);
  const timeBase: TimeBase = [...samples.values()].some(({ base }) => base === 'response')
    ? 'response'
    : 'elapsed';
  if (timeBase === 'response') await take(timeBase);
  return { samples, timeBase };
}

function standingOf({ name, runs }: Side, samples: Map<string, Sample>): Standing | null {
  const medians = runs.map(({ csvPath }) => {
    const times = samples.get(csvPath)?.values.time;
    return (times && medianOf(sortedFinite(times))) ?? Number.NaN;
  });
  const medianNs = medianOf(sortedFinite(medians));
  if (medianNs === null) return null;
  const invalid = runs.filter(({ file }) => file?.verdict?.valid !== true).length;
  return { name, medianNs, processes: runs.length, invalid };
}
