/** From results on disk to everything that the report shows. Rows are read run by run and dropped again. */
import { type CompareOptions, compareSides, conclude } from '../analysis/compare.js';
import { factName } from '../analysis/identity.js';
import type { FactComparisons } from '../analysis/labels.js';
import { type Sample, sampleOf } from '../analysis/metric-values.js';
import type { Results } from '../analysis/results.js';
import { contestsBy, variedFacts } from '../analysis/select.js';
import { IsochronError } from '../kernel/errors.js';
import { type Configuration, configurationsOf } from './configurations.js';
import { type Digest, digestOf } from './digest.js';
import type { Figure } from './figure.js';
import { lineFigures } from './figures/axis-lines.js';
import { barFigures } from './figures/bars.js';
import { violinFigure } from './figures/distributions.js';
import { firstRunFigure } from './figures/first-run.js';
import { timelineFigure } from './figures/jobs-over-time.js';
import { latencyFigures } from './figures/latency.js';
import { ratioFigures } from './figures/ratios.js';
import { tradeOffFigures } from './figures/scatter.js';
import { deadlineFigure, timeFigure } from './figures/time.js';
import { type Headline, headlineOf } from './headline.js';

/** Everything that the page shows; it goes from `gatherReport` to `writeReport` and `writeReportFigures`. */
export interface Report {
  title: string;
  /** What the suites say of themselves. */
  descriptions: string[];
  path: string;
  headline: Headline;
  configurations: Configuration[];
  figures: Figure[];
  /** About the results as a whole; they are part of the headline, too. */
  notes: string[];
}

/** Comparisons that one chart holds; beyond it the chart would be no chart any more. */
const RATIO_LIMIT = 40;

/**
 * Reads results and makes of them what a report shows: sentences, tables, figures.
 *
 * @param results as `loadResults` gives them
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
  const configurations = configurationsOf(digests);
  const ratios = await ratioComparisons(results, configurations, cache, notes);
  const figures = [
    timeFigure(configurations),
    deadlineFigure(configurations),
    ...ratioFigures(ratios, configurations),
    ...tradeOffFigures(configurations),
    ...lineFigures(configurations),
    timelineFigure(configurations),
    violinFigure(configurations),
    firstRunFigure(configurations),
    ...latencyFigures(configurations),
    ...barFigures(configurations),
  ];
  const said = [...new Set(notes)];
  const titles = results.suites.map(({ name, title }) => title ?? name);
  return {
    title: titles.length > 0 ? titles.join(', ') : results.name,
    descriptions: results.suites.flatMap(({ description }) => description ?? []),
    path: results.path,
    headline: headlineOf(configurations, ratios, figures, {
      missing: results.missing,
      notes: said,
      suites: results.suites,
    }),
    configurations,
    figures,
    notes: said,
  };
}

/**
 * Facts to put in relation: those that tell the configurations apart. Networks are compared with each other only where nothing else
 * varies: among several the comparisons that matter would be corrected for those that do not.
 */
function factsOf(results: Results, configurations: readonly Configuration[]): string[] {
  const varied = variedFacts(results.runs);
  const told = new Set(configurations.flatMap(({ facts }) => [...facts.keys()].map(factName)));
  const facts = [...told].filter((fact) => varied.has(fact));
  const others = facts.filter((fact) => fact !== 'network');
  return others.length > 0 ? others : facts;
}

async function ratioComparisons(
  results: Results,
  configurations: readonly Configuration[],
  cache: Map<string, Sample>,
  notes: string[],
): Promise<FactComparisons[]> {
  const options: CompareOptions = { cache, resamples: 2000 };
  const found: { fact: string; size: number }[] = [];
  const open = [];
  for (const fact of factsOf(results, configurations)) {
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
    if (open.length > before) found.push({ fact, size: open.length - before });
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
