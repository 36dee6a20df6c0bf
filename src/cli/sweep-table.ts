/** What a sweep came to, for people: a line for each configuration, the reasons of what is INVALID, and what to do next. */
import { resolve } from 'node:path';
import pc from 'picocolors';
import type { Side } from '../analysis/comparison.js';
import { factName } from '../analysis/identity.js';
import { loadResults } from '../analysis/load-results.js';
import type { Run } from '../analysis/results.js';
import { configurations } from '../analysis/select.js';
import type { Manifest, ManifestPoint } from '../formats/manifest.js';
import { groupBy } from '../kernel/group-by.js';
import { printable } from '../kernel/printable.js';
import { ABSENT, formatNs } from '../kernel/quantities.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import { shellWord } from '../terminal/shell-word.js';
import { renderTableWithin } from '../terminal/table.js';

/** Beyond these nobody reads a table, and reading what it is made of takes longer than a look at the report. */
const MOST_POINTS = 1000;
const MOST_LINES = 60;

/**
 * @param finished the points whose results stand, of the suite as it is now: older ones, and those of points that have failed since,
 *   lie in the folder, too
 * @returns null where there is nothing to show, or too much of it
 */
export async function sweepTable(
  folder: string,
  manifest: Manifest,
  finished: readonly ManifestPoint[],
): Promise<string | null> {
  if (finished.length === 0 || finished.length > MOST_POINTS) return null;
  const results = await loadResults(folder).catch(() => ({ runs: [] as Run[] }));
  const now = new Set(finished.map(({ id, csv }) => resolve(folder, csv ?? `${id}.csv`)));
  const runs = results.runs.filter(({ csvPath }) => now.has(csvPath));
  const sides = configurations(runs).sort(inOrderOf(Object.keys(manifest.suite?.axes ?? {})));
  if (sides.length === 0 || sides.length > MOST_LINES) return null;
  const table = renderTableWithin(
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
    ['configuration', 'processes', 'median', 'of their medians', 'missed', 'VALID'],
    sides.map(({ name, runs }) => [printable(name), ...figuresOf(runs)]),
    { dispensable: ['processes', 'of their medians', 'missed'] },
  );
  return [table, ...reasonsOf(runs)].join('\n');
}

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
function reasonsOf(runs: readonly Run[]): string[] {
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
      return `${pc.red('INVALID')} ${whose}: ${message} ${pc.dim(hint ?? '')}`.trimEnd();
    });
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
