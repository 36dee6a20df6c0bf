/** Runs that are not of one kind, or not different ones: what is said of them. */
import { statSync } from 'node:fs';
import { jobCores } from '../benchmark/job-cores.js';
import { groupBy } from '../kernel/group-by.js';
import { machineName, type Results, type Run } from './results.js';

/** What may make the times of runs differ, and is no axis of theirs: how it is said, and what of each run; null = unknown. */
const KINDS: [differ: string, of: (run: Run) => string | null, separator: string][] = [
  ['were made by different versions of isochron', (run) => run.file?.tool?.version ?? null, ', '],
  ['were made on different machines', machineName, '; '],
  ['were made under different governors', governorOf, ', '],
  ['differ in their memory', memoryOf, ', '],
];

/** Of the cores that the job may have, before the run. */
function governorOf({ file }: Run): string | null {
  const pinned = jobCores(file?.plan?.cores ?? [], file?.granted);
  const cores = (file?.before?.cores ?? []).filter(
    ({ core }) => pinned.length === 0 || pinned.includes(core),
  );
  const names = new Set(cores.flatMap(({ governor }) => governor ?? []));
  return names.size === 0 ? null : [...names].sort().join(' and ');
}

/** A run's end proves it, so one without an end does not tell. */
function memoryOf({ file }: Run): string | null {
  if (file?.granted == null || file.finished === null) return null;
  return file.granted.memoryLocked ? 'locked' : 'not locked';
}

const differences = (runs: readonly Run[]): string[] =>
  KINDS.flatMap(([differ, of, separator]) => {
    const values = new Set(runs.map(of).filter((value) => value !== null));
    return values.size > 1 ? [`The runs ${differ}: ${[...values].sort().join(separator)}.`] : [];
  });

/** What two results that are compared differ in, as far as neither of them says it of itself. */
export const differencesBetween = (a: Results, b: Results): string[] =>
  differences([...a.runs, ...b.runs]).filter((note) => ![...a.notes, ...b.notes].includes(note));

/** Whether a note is that of how many runs are INVALID; who says so in other words leaves it out. */
export const countsInvalid = (note: string): boolean =>
  /(?:^|: )\d+ of \d+ runs? (?:has|have) the verdict INVALID: /.test(note);

/** What is to be said of runs that are looked at together. */
export function mixtures(runs: readonly Run[]): string[] {
  const notes = differences(runs);
  const invalid = runs.filter((run) => run.file?.verdict?.valid === false);
  if (invalid.length > 0)
    notes.push(
      `${invalid.length} of ${runs.length} ${runs.length === 1 ? 'run' : 'runs'} ${invalid.length === 1 ? 'has' : 'have'} the verdict INVALID: ${reasonsOf(invalid).join(' ')}`,
    );
  return notes;
}

/** Runs that are the same as one before them, by their very file or by the instant of their first release. */
export function copies(runs: readonly Run[]): { copy: Run; original: Run; sameFile: boolean }[] {
  const files = new Map<string, Run>();
  const starts = new Map<string, Run>();
  return runs.flatMap((copy) => {
    const file = statSync(copy.csvPath, { bigint: true, throwIfNoEntry: false });
    const inode = file && `${file.dev} ${file.ino}`;
    const t0 = copy.file?.finished?.t0Ns ?? 0n;
    const start = t0 === 0n ? undefined : `${t0} ${machineName(copy)}`;
    const known = inode === undefined ? undefined : files.get(inode);
    const original = known ?? (start === undefined ? undefined : starts.get(start));
    if (original !== undefined) return [{ copy, original, sameFile: original === known }];
    if (inode !== undefined) files.set(inode, copy);
    if (start !== undefined) starts.set(start, copy);
    return [];
  });
}

/** What is to be said of two results that are compared: runs of one that are in the other, too, by their very file or as a copy. */
export function sharedRuns(a: Results, b: Results): string[] {
  const [left, right] = [new Set(a.runs), new Set(b.runs)];
  const shared = copies([...a.runs, ...b.runs]).filter(
    ({ copy, original }) => right.has(copy) && left.has(original),
  );
  const [first] = shared;
  if (first === undefined) return [];
  const { copy, original, sameFile } = first;
  const more = shared.length > 1 ? `, and ${shared.length - 1} more` : '';
  return [
    sameFile
      ? `Both sides hold the same run, ${copy.csvPath}${more}: it is compared with itself.`
      : `${copy.csvPath} is a copy of ${original.csvPath} (started at the same time)${more}: a run is compared with itself.`,
  ];
}

/** A sentence of each kind of reason, in the words of the first run that has it. */
function reasonsOf(runs: readonly Run[]): string[] {
  const reasons = runs.flatMap((run) =>
    (run.file?.verdict?.reasons ?? []).map((reason) => ({ ...reason, run })),
  );
  return [...groupBy(reasons, ({ code }) => code).values()].map((same) => {
    const [first] = same as [(typeof same)[number], ...typeof same];
    const n = new Set(same.map(({ run }) => run)).size;
    return n === runs.length
      ? first.message
      : `${first.message.replace(/\.$/, '')} (so in ${n} of them).`;
  });
}
