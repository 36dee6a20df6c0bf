/** From results on disk to everything that the report shows. Rows are read run by run and dropped again. */
import { type CompareOptions, compareSides, conclude } from '../analysis/compare.js';
import { type Sample, sampleOf } from '../analysis/metric-values.js';
import type { Results } from '../analysis/results.js';
import { contestsBy, variedFacts } from '../analysis/select.js';
import { IsochronError } from '../kernel/errors.js';
import { type Digest, digestOf } from './digest.js';
import type { Figure } from './figure.js';
import { axisFigures } from './figures/axes.js';
import { barFigures } from './figures/bars.js';
import { rangeFigure, violinFigure } from './figures/distributions.js';
import { firstRunFigure } from './figures/first-run.js';
import { type FactComparisons, ratioFigures } from './figures/ratios.js';
import { latencyFigure, timelineFigure } from './figures/real-time.js';
import { timeAccuracyFigure, timeMissesFigure } from './figures/scatter.js';

export interface Report {
  title: string;
  path: string;
  digests: Digest[];
  figures: Figure[];
  missing: Results['missing'];
  notes: string[];
}

/** Facts that make ratio charts, in the order of the study. */
const RATIO_FACTS = ['precision', 'xnnpack', 'threads', 'engine'];
/** Comparisons that one chart holds; beyond it the chart would be no chart any more. */
const RATIO_LIMIT = 40;

/**
 * @param onProgress told after each run
 * @throws IsochronError when no run is left: why the first of them is left out
 */
export async function gather(
  results: Results,
  onProgress?: (done: number, total: number) => void,
): Promise<Report> {
  const digests: Digest[] = [];
  const notes = [...results.notes];
  // what the comparisons need of a run; a few hundred kilobytes each
  const cache = new Map<string, Sample>();
  let refusal: unknown = null;
  for (const [i, run] of results.runs.entries()) {
    try {
      const columns = await run.columns();
      const digest = digestOf(run, columns);
      if (digest.rows === 0) notes.push(`${run.name} has no rows and is left out.`);
      else digests.push(digest);
      cache.set(run.csvPath, sampleOf(run, columns));
    } catch (error) {
      refusal ??= error;
      notes.push(`${run.name} is left out: ${(error as Error).message}`);
    }
    onProgress?.(i + 1, results.runs.length);
  }
  // a page of nothing would look like a result
  if (digests.length === 0)
    throw refusal ?? new IsochronError('E_RESULTS', `${results.path} holds no run with rows.`);
  if (digests.some((d) => d.base === 'response'))
    notes.push(
      'The time of runs imported from RT-Bench is the response time (end - release): their logs do not say when a job started.',
    );
  const ratios = await ratioComparisons(results, cache, notes);
  const figures = [
    ...barFigures(digests),
    ...ratioFigures(ratios),
    timeAccuracyFigure(digests),
    timeMissesFigure(digests),
    rangeFigure(digests),
    violinFigure(digests),
    firstRunFigure(digests),
    ...axisFigures(digests),
    latencyFigure(digests),
    timelineFigure(digests),
  ];
  const suites = [...new Set(results.runs.map((run) => run.suite).filter((s) => s !== null))];
  return {
    title: suites.length > 0 ? suites.join(', ') : results.name,
    path: results.path,
    digests,
    figures,
    missing: results.missing,
    notes: [...new Set(notes)],
  };
}

async function ratioComparisons(
  results: Results,
  cache: Map<string, Sample>,
  notes: string[],
): Promise<FactComparisons[]> {
  const varied = variedFacts(results.runs);
  const options: CompareOptions = { cache, resamples: 2000 };
  const found: { fact: string; size: number }[] = [];
  const open = [];
  for (const fact of RATIO_FACTS) {
    if (!varied.has(fact)) continue;
    let contests: ReturnType<typeof contestsBy>['contests'];
    try {
      const selection = contestsBy(results, fact);
      contests = selection.contests;
      notes.push(...selection.notes);
    } catch {
      continue; // it varies, but never alone
    }
    if (contests.length > RATIO_LIMIT)
      notes.push(
        `Of ${contests.length} comparisons by ${fact}, the first ${RATIO_LIMIT} are drawn; \`isochron compare --by ${fact}\` has all.`,
      );
    const before = open.length;
    for (const { a, b } of contests.slice(0, RATIO_LIMIT))
      try {
        open.push(await compareSides(a, b, options));
      } catch {
        // the run is among those that are left out, with the reason
      }
    found.push({ fact, size: open.length - before });
  }
  // all of the page are one family
  const comparisons = conclude(open);
  return found.map(
    ({ fact, size }): FactComparisons => ({
      fact,
      comparisons: comparisons.splice(0, size),
    }),
  );
}
