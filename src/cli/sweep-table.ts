/** What a sweep came to, for people: a line for each configuration, the reasons of what is INVALID, and what to do next. */
import { resolve } from 'node:path';
import pc from 'picocolors';
import type { Side } from '../analysis/comparison.js';
import { formatConfidence, formatFactor, formatRange } from '../analysis/comparison-words.js';
import { fastestOf, type Slower, type Standing } from '../analysis/fastest.js';
import { factName } from '../analysis/identity.js';
import { loadResults } from '../analysis/load-results.js';
import type { Run } from '../analysis/results.js';
import { configurations } from '../analysis/select.js';
import { inSuiteWords } from '../benchmark/hint-words.js';
import { statisticRows } from '../formats/columns.js';
import type { Manifest, ManifestPoint } from '../formats/manifest.js';
import { groupBy } from '../kernel/group-by.js';
import { printable } from '../kernel/printable.js';
import { ABSENT, formatNs, formatPercent, plural } from '../kernel/quantities.js';
import { Distribution } from '../metrics/distribution.js';
import { histogramOf } from '../metrics/histogram.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import { lines, notes, type Part, type TextTable } from '../terminal/parts.js';
import { shellWord } from '../terminal/shell-word.js';

/** Beyond these nobody reads a table, and reading what it is made of takes longer than a look at the report. */
const MOST_POINTS = 1000;
const MOST_LINES = 60;

/** What was measured of a sweep, read back. */
export interface Measured {
  runs: readonly Run[];
  /** In the order of the suite. */
  sides: readonly Side[];
  /** The suite is a file: its words are the reader's, not the letters of `isochron run`. */
  inFile: boolean;
  /** Configurations of the suite of which nothing stands. */
  without: readonly string[];
}

/**
 * @param finished the points whose results stand, of the suite as it is now: older ones, and those of points that have failed since,
 *   lie in the folder, too
 * @returns null where there is nothing to show, or too much of it
 */
export async function withResults(
  folder: string,
  manifest: Manifest,
  finished: readonly ManifestPoint[],
): Promise<Measured | null> {
  if (finished.length === 0 || finished.length > MOST_POINTS) return null;
  const results = await loadResults(folder).catch(() => ({ runs: [] as Run[] }));
  const now = new Set(finished.map(({ id, csv }) => resolve(folder, csv ?? `${id}.csv`)));
  const runs = results.runs.filter(({ csvPath }) => now.has(csvPath));
  const sides = configurations(runs).sort(inOrderOf(Object.keys(manifest.suite?.axes ?? {})));
  if (sides.length === 0 || sides.length > MOST_LINES) return null;
  const there = new Set(finished.map(({ name }) => name));
  const names = new Set(manifest.points.map(({ name, id }) => name ?? id));
  const inFile = manifest.suite?.file != null;
  return { runs, sides, inFile, without: [...names].filter((name) => !there.has(name)) };
}

export function sweepParts({ runs, sides, inFile }: Measured): Part[] {
  const table = {
    head: ['configuration', 'processes', 'median', 'of their medians', 'missed', 'VALID'],
    rows: sides.map(({ name, runs }) => [printable(name), ...figuresOf(runs)]),
    dispensable: ['processes', 'of their medians', 'missed'],
  };
  return [{ table }, ...lines([...reasonsOf(runs, inFile), ...notReached(runs)])];
}

/**
 * `fastest: A, median 1.2 ms`, and how much longer the others took, each with what its processes show: a factor with its interval,
 * a tie, or how many repetitions could show more.
 */
export async function fastestParts({ sides, without }: Measured): Promise<Part[]> {
  const fastest = await fastestOf(sides);
  if (fastest === null) return [];
  const { others } = fastest;
  const confidence = formatConfidence(others[0]?.time.confidence ?? 0.95);
  const table: TextTable = {
    head: ['the others', 'factor', `${confidence} CI`, '', ''],
    rows: others.map((other) => [
      printable(other.name),
      other.time.ratio === null ? ABSENT : `${formatFactor(other.time.ratio)} ×`,
      other.time.interval === null ? ABSENT : formatRange(other.time.interval),
      inWords(other),
      invalidWords(other),
    ]),
    align: ['left', 'right', 'left', 'left', 'left'],
    dispensable: [`${confidence} CI`],
  };
  const untold = others.filter(({ time }) => time.more !== null);
  const noted = [
    ...(fastest.timeBase === 'response'
      ? ['times are response times (end - release): RT-Bench does not log when a job starts.']
      : []),
    ...distinct(untold.map(repetitionsInWords)),
    ...(others.length > 1 && untold.length < others.length
      ? [
          `each factor is tested at 5 % divided by all ${(others.length * (others.length + 1)) / 2} pairs, for the fastest was chosen after looking.`,
        ]
      : []),
    ...distinct(others.flatMap(({ doubts }) => doubts)),
    ...(without.length > 0 ? [`not among them, without a result: ${without.join(', ')}.`] : []),
  ];
  return [
    {
      text: `${pc.bold('fastest:')} ${printable(fastest.name)}, median ${formatNs(fastest.medianNs)} ${invalidWords(fastest)}`.trimEnd(),
    },
    { table },
    ...notes(noted.map(printable)),
  ];
}

/** Of each configuration one of the jobs of all its processes, with an empty line before each and behind the last. */
export async function histograms({ sides }: Measured): Promise<Part[]> {
  const { histogramText } = await import('../terminal/histogram-text.js');
  const texts: string[] = [];
  for (const { name, runs } of sides) {
    const deadlineNs = runs[0]?.deadlineNs ?? null;
    const of = deadlineNs === null ? 'elapsed' : 'response';
    const times = new Distribution();
    for (const run of runs) {
      const columns = await run.columns();
      const column = columns.column(`${of}_ns`);
      for (const row of statisticRows(columns)) {
        const ns = column?.[row] ?? Number.NaN;
        if (Number.isFinite(ns)) times.add(ns);
      }
    }
    const histogram = histogramOf(times, of, deadlineNs);
    if (histogram !== null) texts.push('', `${printable(name)}: ${histogramText(histogram)}`);
  }
  return [{ verbatim: [...texts, ''].join('\n') }];
}

const distinct = (lines: readonly string[]) => [...new Set(lines)];

function repetitionsInWords({ time: { processes, more } }: Slower): string {
  const have = Math.min(processes.a, processes.b);
  return `${plural(have, 'process', 'processes')} each can't show a difference among them; --repetitions ${have + (more ?? 0)} could.`;
}

function inWords({ time: { ratio, shown }, doubts }: Slower): string {
  const doubted = doubts.length > 0 ? ', doubted' : '';
  const words =
    ratio === null
      ? 'a median of 0 has no factor'
      : shown === null
        ? 'not shown'
        : !shown
          ? 'ties: no difference shown'
          : ratio > 1
            ? 'slower'
            : 'faster';
  return `${words}${doubted}`;
}

const invalidWords = ({ invalid, processes }: Standing): string =>
  invalid === 0
    ? ''
    : pc.red(invalid === processes ? 'INVALID' : `INVALID: ${invalid} of ${processes}`);

/** As the suite names the values of its axes, whatever order chance gave the points. */
const inOrderOf =
  (axes: readonly string[]) =>
  (a: Side, b: Side): number => {
    const place = ({ runs }: Side, axis: string) => runs[0]?.places[factName(axis)] ?? -1;
    return axes.map((axis) => place(a, axis) - place(b, axis)).find((d) => d !== 0) ?? 0;
  };

/** Processes, their median, the least and the greatest of their medians, misses, and how many are VALID. */
function figuresOf(runs: readonly Run[]): string[] {
  const medians = sortedFinite(
    runs.map(({ file }) => file?.summary?.elapsed?.median ?? Number.NaN),
  );
  const range =
    medians.length < 2
      ? ABSENT
      : `${formatNs(medians[0] as number)} – ${formatNs(medians.at(-1) as number)}`;
  const misses = runs.map(({ file }) => file?.summary?.deadlineMisses ?? null);
  const known = misses.filter((n) => n !== null);
  const missed = known.reduce((sum, n) => sum + n, 0);
  const valid = runs.filter(({ file }) => file?.verdict?.valid === true).length;
  return [
    String(runs.length),
    formatNs(medianOf(medians)),
    range,
    known.length === 0 ? ABSENT : missed > 0 ? pc.red(String(missed)) : '0',
    `${valid < runs.length ? pc.red(String(valid)) : pc.green(String(valid))} of ${runs.length}`,
  ];
}

/** Each reason once, with the number of runs that it is of, the most frequent first. */
function reasonsOf(runs: readonly Run[], inFile: boolean): string[] {
  const all = runs.flatMap((run) =>
    (run.file?.verdict?.reasons ?? []).map((reason) => ({ run, ...reason })),
  );
  const groups = [...groupBy(all, ({ code }) => code).values()];
  return groups
    .sort((a, b) => b.length - a.length)
    .map((same) => {
      const [{ run, message, hint }] = same as [(typeof same)[0]];
      const whose =
        same.length === 1
          ? printable(run.name)
          : `${same.length} of ${runs.length} runs, such as ${printable(run.name)}`;
      return `${pc.red('INVALID')} ${whose}: ${message} ${pc.dim(inFile ? inSuiteWords(hint ?? '') : (hint ?? ''))}`.trimEnd();
    });
}

/** Runs that have ended at their limit, and not where their median was known as well as was asked for. */
function notReached(runs: readonly Run[]): string[] {
  const asked = runs.flatMap(({ name, file }) =>
    file?.precision ? [{ name, ...file.precision }] : [],
  );
  const short = asked.filter(({ reached }) => reached === false);
  const [one] = short;
  if (one === undefined) return [];
  const known =
    one.share == null
      ? 'no interval can be told'
      : one.share <= (one.goal ?? 0)
        ? `its jobs weigh as much as ${one.independent} independent ones, of which it takes more to believe the ± ${formatPercent(one.share)}`
        : `± ${formatPercent(one.share)}`;
  return [
    `--until-ci was not reached in ${short.length} of ${plural(asked.length, 'run')}, such as ${printable(one.name)}: ${known} of the median, and ± ${formatPercent(one.goal ?? null)} was asked for.`,
  ];
}

/** The commands that show what was measured, as a shell takes them: by the first axis of which there is more than one value. */
export function nextCommands(
  folder: string,
  manifest: Manifest,
  finished: readonly ManifestPoint[],
): string[] {
  const path = folder.startsWith('-') ? `./${folder}` : folder;
  const axis = Object.keys(manifest.suite?.axes ?? {}).find(
    (name) => new Set(finished.map(({ parameters }) => parameters[name])).size > 1,
  );
  return [
    ...(axis === undefined ? [] : [`isochron compare ${shellWord(path)} --by ${shellWord(axis)}`]),
    `isochron report ${shellWord(path)} -o ${shellWord(`${path}/report.html`)}`,
  ];
}
