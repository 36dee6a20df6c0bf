/**
 * Which of several measurements took the least time, and how much longer the others took, as far as their processes show it.
 * The fastest is chosen after looking at all of them, so each difference is tested at the level of all pairs that there are, not
 * of those with the fastest alone (Bonferroni).
 */
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import { compareSides } from './compare.js';
import { ALPHA, atLevel } from './compare-processes.js';
import type { MetricComparison, Side } from './comparison.js';
import type { Sample } from './metric-values.js';
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
  /** The others, by their medians. */
  others: Slower[];
}

/** @returns null where there are not two of them with a median */
export async function fastestOf(sides: readonly Side[]): Promise<Fastest | null> {
  const standings = sides
    .flatMap((side) => {
      const standing = standingOf(side);
      return standing === null ? [] : [{ side, standing }];
    })
    .sort((a, b) => a.standing.medianNs - b.standing.medianNs);
  const [first, ...others] = standings;
  if (first === undefined || others.length === 0) return null;
  const level = ALPHA / ((standings.length * (standings.length - 1)) / 2);
  const cache = new Map<string, Sample>();
  const slower: Slower[] = [];
  for (const { side, standing } of others) {
    // what two processes alone say is not told, so its bootstrap is kept short
    const { metrics, paired, lost } = await compareSides(first.side, side, {
      resamples: 2,
      cache,
    });
    const open = metrics.find(({ key }) => key === 'time')?.open;
    if (!open) continue;
    const { ratio, interval, confidence, p, shown, more, processes } = atLevel(open, level);
    const time = { ratio, interval, confidence, p, shown, more, processes };
    slower.push({ ...standing, time, paired, doubts: lost });
  }
  return { ...first.standing, others: slower };
}

const medianOfRun = ({ file }: Run) => file?.summary?.elapsed?.median ?? Number.NaN;

function standingOf({ name, runs }: Side): Standing | null {
  const medianNs = medianOf(sortedFinite(runs.map(medianOfRun)));
  if (medianNs === null) return null;
  const invalid = runs.filter(({ file }) => file?.verdict?.valid !== true).length;
  return { name, medianNs, processes: runs.length, invalid };
}
