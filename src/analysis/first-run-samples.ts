/** The samples of a first-run sweep, from its folder of results. */

import { jobCores } from '../benchmark/job-cores.js';
import { firstRunTreatments } from '../benchmark/treatments.js';
import type { Columns } from '../formats/columns.js';
import type { RunFile } from '../formats/run-file.js';
import { requireKind } from '../kernel/caller.js';
import { groupBy } from '../kernel/group-by.js';
import { formatBytes } from '../kernel/quantities.js';
import { startedCold } from '../metrics/cold.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';
import type { FirstRunSample, JobFigures } from './explain-first-run.js';
import { loadResults } from './load-results.js';
import type { Run } from './results.js';

/** The processes of a first-run sweep. */
export interface FirstRunSamples {
  /** One a process. */
  samples: FirstRunSample[];
  /** Runs that are not there, or not what their point stands for, with the reason. */
  missing: {
    /** Of the run. */
    name: string;
    /** Why it does not count. */
    reason: string;
  }[];
  /** What is to be known of the samples: what they were denied, and what else their verdicts say. */
  notes: string[];
}

/** A run that came to its end, with what was counted in it. */
interface Ended {
  run: Run;
  file: RunFile;
  treatment: string;
  figures: Pick<FirstRunSample, 'first' | 'later' | 'laterNs'>;
}

/**
 * The processes of a first-run sweep, read from its folder: what `explain` is given.
 *
 * @throws IsochronError E_RESULTS for a folder without a run
 */
export async function firstRunSamples(folder: string): Promise<FirstRunSamples> {
  requireKind(folder, 'string', 'the folder of the runs');
  const results = await loadResults(folder);
  const missing = [...results.missing];
  const ended: Ended[] = [];
  for (const run of results.runs) {
    const { treatment } = run.identity;
    if (typeof treatment !== 'string') continue;
    const columns = await run.columns();
    const { file } = run;
    const warmup = warmedUp(columns);
    const figures = jobsOf(columns, warmup, file?.events.map((event) => event.name) ?? []);
    const [doubt] = run.doubts;
    if (file === null || run.status !== 'done' || figures === null || doubt !== undefined) {
      const reason = doubt ?? run.error ?? (figures === null ? 'it has too few jobs' : run.status);
      missing.push({ name: run.name, reason });
      continue;
    }
    const untried = whyNotTried(treatment, file, warmup);
    if (untried === null) ended.push({ run, file, treatment, figures });
    else missing.push({ name: run.name, reason: untried });
  }
  const newest = newestFiles(ended);
  const [same, others] = [true, false].map((is) =>
    ended.filter(({ file }) => (filesOf(file) === newest) === is),
  ) as [Ended[], Ended[]];
  for (const { run } of others)
    missing.push({ name: run.name, reason: 'it ran another model or engine than the newest run' });
  return { samples: same.map(sampleOf), missing, notes: notesOn(same) };
}

const sampleOf = ({ run, file, treatment, figures }: Ended): FirstRunSample => ({
  xnnpack: run.identity.xnnpack === true,
  treatment,
  repetition: run.repetition ?? 0,
  cold: coldStart(file),
  ...figures,
  lacked: lackedBy(file),
  stages: file.workload?.tflite?.stages ?? {},
  frequency: frequencyOf(file),
});

/** Of the memory that is to be locked, what the engine may take after its first job, too late for the lock, and it still counts as locked. */
const LEFT_UNLOCKED = 0.05;

/** Why a run is no process of its treatment: what that consists of was denied, or nothing shows that it was there. Null where it was. */
function whyNotTried(treatment: string, file: RunFile, warmup: number): string | null {
  const { granted } = file;
  const treatments: Readonly<Record<string, Ingredients>> = firstRunTreatments;
  const asked = Object.hasOwn(treatments, treatment) ? treatments[treatment] : undefined;
  if (asked?.lockMemory) {
    const denial = granted?.denied.find(({ what }) => what === 'memory');
    if (denial) return `it was not tried. ${denial.message} ${denial.hint}`;
    const lock = lockOf(file);
    if (lock === null)
      return 'nothing shows that it was tried: the kernel does not tell what is locked (/proc/self/smaps)';
    if (lock.left > LEFT_UNLOCKED * lock.of)
      return `it was not tried: ${formatBytes(lock.left)} of ${formatBytes(lock.of)} were not locked (ulimit -l)`;
  }
  if (asked?.prefault && !((granted?.prefaultedBytes ?? 0) > 0))
    return 'it was not tried: no memory was made present before the first release';
  if (warmup < (asked?.warmup ?? 0)) return 'it was not tried: there was no warm-up job';
  return null;
}

/** Bytes that the job may touch, and those of them that were not locked after the last one; null where nothing was, or nobody knows. */
function lockOf({ finished }: RunFile): { of: number; left: number } | null {
  const { eligibleBytes = null, lockedBytes = null } = finished?.locked ?? {};
  if (eligibleBytes === null || lockedBytes === null) return null;
  return { of: eligibleBytes, left: eligibleBytes - lockedBytes };
}

interface Ingredients {
  lockMemory: boolean;
  prefault?: boolean;
  warmup?: number;
}

/** The files that all treatments have in common, by their SHA-256. */
const filesOf = ({ model, engine }: RunFile): string => `${model?.sha256} ${engine?.sha256}`;

/** What a model or an engine that was exchanged meanwhile has left is not pooled with what came after it. */
function newestFiles(ended: readonly Ended[]): string | null {
  const at = ({ file }: Ended) => Date.parse(file.startedAt ?? '') || 0;
  const [first, ...rest] = ended;
  if (first === undefined) return null;
  return filesOf(rest.reduce((newest, one) => (at(one) > at(newest) ? one : newest), first).file);
}

/** Verdict's reasons that a right which was asked for by name was denied, or lost while jobs ran. */
const LACKING = ['not_granted', 'grants_changed'];

const lackedBy = ({ verdict }: RunFile): string[] =>
  (verdict?.reasons ?? []).flatMap(({ code, message, hint }) =>
    LACKING.includes(code) ? [`${message} ${hint}`.trim()] : [],
  );

function notesOn(ended: readonly Ended[]): string[] {
  const denied = ended.flatMap(({ file }) => [
    ...lackedBy(file),
    ...(file.verdict?.notes ?? [])
      .filter(({ code }) => code === 'not_granted')
      .map(({ message, hint }) => `${message} ${hint}`.trim()),
  ]);
  const notes = [...groupBy(denied, (text) => text)].map(([text, { length }]) =>
    length === ended.length ? text : `In ${length} of ${ended.length} processes: ${text}`,
  );
  const locks = ended.map(({ file }) => lockOf(file)).filter((lock) => lock !== null);
  const [most] = locks.sort((a, b) => b.left - a.left);
  if (most && most.left > 0)
    notes.push(
      `In ${locks.filter(({ left }) => left > 0).length} of ${locks.length} processes with locked memory a little of it was not: ${formatBytes(most.left)} of ${formatBytes(most.of)} at most.`,
    );
  // each has few jobs, as it was told to
  const told = ['too_few_jobs', ...LACKING];
  const codes = ended.map(({ file }) =>
    (file.verdict?.reasons ?? []).map(({ code }) => code).filter((code) => !told.includes(code)),
  );
  const invalid = codes.filter((each) => each.length > 0);
  const counts = [...groupBy(invalid.flat(), (code) => code)];
  if (invalid.length > 0)
    notes.push(
      `The verdict of ${invalid.length} of ${ended.length} processes is INVALID for more than few jobs: ${counts.map(([code, { length }]) => `${code} (${length})`).join(', ')}.`,
    );
  return notes;
}

/** Jobs before the first one that counts. */
function warmedUp(columns: Columns): number {
  const warmup = columns.column('warmup');
  const first = warmup === null ? 0 : warmup.findIndex((flag) => flag !== 1);
  return first < 0 ? columns.rows : first;
}

/** The first job that counts, and the medians of those after it; null where there are fewer than two of these. */
function jobsOf(
  columns: Columns,
  from: number,
  events: readonly string[],
): Ended['figures'] | null {
  if (columns.rows - from < 3) return null;
  const absent = (value: number) => (Number.isFinite(value) ? value : null);
  const figures = (of: (name: string) => number): JobFigures => ({
    elapsedNs: of('elapsed_ns'),
    cpuNs: of('cpu_time_ns'),
    minorFaults: of('minor_faults'),
    majorFaults: of('major_faults'),
    voluntarySwitches: of('voluntary_switches'),
    involuntarySwitches: of('involuntary_switches'),
    counters: Object.fromEntries(events.map((name) => [name, absent(of(name))])),
  });
  return {
    first: figures((name) => columns.column(name)?.[from] ?? Number.NaN),
    later: figures((name) => {
      const values = columns.column(name)?.subarray(from + 1) ?? [];
      return medianOf(sortedFinite(values)) ?? Number.NaN;
    }),
    laterNs: columns.column('elapsed_ns')?.slice(from + 1) ?? [],
  };
}

/** Null = not known. */
function coldStart({ plan, fileCache, initFaults }: RunFile): boolean | null {
  if (plan?.cold !== true) return false;
  return startedCold({
    fileCache: fileCache ?? [{ path: '', bytes: 0, residentBytes: null }],
    initMajorFaults: initFaults?.major ?? null,
  });
}

/** Of the job's first core. */
function frequencyOf({ plan, granted, before, after }: RunFile): FirstRunSample['frequency'] {
  const [core] = jobCores(plan?.cores ?? [], granted);
  const at = (when: RunFile['before']) =>
    when?.cores.find((c) => c.core === core)?.frequencyKhz ?? null;
  const [beforeKhz, afterKhz] = [at(before), at(after)];
  return beforeKhz === null || afterKhz === null ? null : { beforeKhz, afterKhz };
}
