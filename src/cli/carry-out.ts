/** A sweep from its first point to its last word, for the commands that make one: of a file, and of a line. */
import { relative } from 'node:path';
import { printableColoured, printableLines } from '../kernel/printable.js';
import { formatNs, formatPercentile } from '../kernel/quantities.js';
import { moreNeeded, pairsNeeded } from '../statistics/rank-tests.js';
import type { LoadedSuite } from '../sweep/load-suite.js';
import type { PointOutcome, SweepOptions, SweepProgress, SweepResult } from '../sweep/run-sweep.js';
import { lines, type Part, renderParts } from '../terminal/parts.js';
import type { ProgressLine } from '../terminal/progress-line.js';
import { EXIT } from './exit.js';
import type { MarkdownFile } from './export-markdown.js';
import { interruptible } from './interruptible.js';

interface Shown {
  json?: boolean | undefined;
  quiet?: boolean | undefined;
  strict?: boolean | undefined;
  /** Which one is the fastest, by how much. */
  fastest?: boolean;
  /** How often which time came, of each configuration. */
  histogram?: boolean | undefined;
  /** Gets what is shown at the end, too. */
  markdown?: MarkdownFile | null;
  /** The baseline that keeps a copy. */
  save?: string | undefined;
}

export async function carryOut(
  loaded: LoadedSuite,
  choice: SweepOptions,
  shown: Shown,
): Promise<void> {
  const { json, strict, quiet = false, markdown } = shown;
  await interruptible({ quiet, killable: true }, async (interruption) => {
    const { signal, kill, progress, onWaiting } = interruption;
    const say = (line: string) => {
      if (quiet) return;
      progress.stop();
      process.stderr.write(`${printableLines(line)}\n`);
    };
    const { runSweep } = await import('../sweep/run-sweep.js');
    let ended = 0;
    const result = await runSweep(loaded, {
      ...choice,
      signal,
      kill,
      onWaiting,
      onNote: (note, urgent) => {
        if (urgent || !quiet) progress.say(note);
      },
      onProgress: (state) => {
        ended = state.done;
        show(progress, state);
      },
      onPoint: (outcome) => say(pointLine(outcome, ended + 1)),
    });
    progress.stop();
    const parts = json && markdown == null ? [] : await summary(result, shown);
    await markdown?.write(parts);
    if (json) process.stdout.write(`${JSON.stringify(await asJson(result, shown), null, 2)}\n`);
    else if (!quiet) {
      const out = markdown?.toStdout ? process.stderr : process.stdout;
      out.write(`${printableColoured(renderParts(parts))}\n`);
    }
    process.exitCode = exitCode(result, strict === true);
    if (shown.save !== undefined) {
      const { keepAs } = await import('./save-baseline.js');
      await keepAs(shown.save, result.folder, quiet);
    }
  });
}

/** `points ███░░░ 3/12 4 min left 2 missed in all, 1 failed | resnet50: running 40/100`: what is cut off on a narrow terminal is of one point. */
function show(progress: ProgressLine, state: SweepProgress): void {
  progress.update('points', state.done, state.total, stateInWords(state), state.secondsLeft);
}

/** What has come of the whole sweep, then what its point is at. */
export function stateInWords({
  deadlineMisses,
  failed,
  point,
  phase,
  note,
}: SweepProgress): string {
  const sweep = [
    ...(deadlineMisses === null ? [] : [`${deadlineMisses} missed in all`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ].join(', ');
  const now = `${point}: ${phase.replace(`running ${point}`, 'running')} ${note}`.trimEnd();
  return sweep === '' ? now : `${sweep} | ${now}`;
}

function pointLine(
  { id, status, error, medianNs, p99Ns, p99BoundNs, valid, seconds }: PointOutcome,
  n: number,
): string {
  const figures =
    medianNs === null
      ? ''
      : `, median ${formatNs(medianNs)}${p99Ns === null ? '' : `, p99 ${formatPercentile(p99Ns, p99BoundNs)}`}, ${valid ? 'VALID' : 'INVALID'}`;
  const why = error ? `: ${error.message}` : '';
  return `${n}. ${id}: ${STATUS_WORDS[status]}${figures} (${seconds.toFixed(1)} s)${why}`;
}

const STATUS_WORDS: Record<PointOutcome['status'], string> = {
  done: 'done',
  deadline_miss: 'stopped at a deadline miss',
  failed: 'FAILED',
  interrupted: 'interrupted',
};

function exitCode({ interrupted, outcomes }: SweepResult, strict: boolean): number {
  if (interrupted) return EXIT.interrupted;
  if (outcomes.some((outcome) => outcome.status === 'failed')) return EXIT.failed;
  if (outcomes.some((outcome) => outcome.status === 'deadline_miss')) return EXIT.deadlineMiss;
  return strict && outcomes.some((outcome) => outcome.valid !== true) ? EXIT.invalid : EXIT.done;
}

/** The fewest repetitions that can show a difference at 5 %: of pairs, or of points that did not run side by side. */
const needed = (order: string | null) =>
  order === 'interleaved' ? pairsNeeded(0.05) : moreNeeded(0, 0, 0.05);

/** Those whose results stand: of the whole folder, also where --only ran a part of it. */
function completeOf({ manifest, outcomes }: SweepResult) {
  const over = new Set(outcomes.filter((o) => o.status === 'failed').map(({ id }) => id));
  return manifest.points.filter(
    ({ id, status }) => (status === 'done' || status === 'deadline_miss') && !over.has(id),
  );
}

async function asJson(result: SweepResult, { fastest }: Shown) {
  const { manifest, ...rest } = result;
  if (!fastest) return rest;
  const { fastestOf } = await import('../analysis/fastest.js');
  const { withResults } = await import('./sweep-table.js');
  const finished = completeOf(result).filter(({ outdated }) => outdated === null);
  const measured = await withResults(result.folder, manifest, finished);
  return { ...rest, fastest: measured && (await fastestOf(measured.sides)) };
}

async function summary(result: SweepResult, { fastest, histogram }: Shown): Promise<Part[]> {
  const { folder, manifest, outcomes, interrupted } = result;
  const { fastestParts, histograms, nextCommands, sweepParts, withResults } = await import(
    './sweep-table.js'
  );
  const failed = outcomes.filter((o) => o.status === 'failed');
  const complete = completeOf(result);
  const finished = complete.filter(({ outdated }) => outdated === null);
  const older = complete.filter(({ outdated }) => outdated !== null);
  const now = new Set(outcomes.filter((o) => !o.kept).map(({ id }) => id));
  const kept = finished.filter(({ id }) => !now.has(id)).length;
  const stopped = finished.filter((p) => p.status === 'deadline_miss').length;
  const invalid = finished.filter((p) => p.valid === false).length;
  const unjudged = finished.filter((p) => p.valid === null).length;
  const measured = await withResults(folder, manifest, finished);
  const { suite, repetitions, order } = manifest;
  const state = [
    `${finished.length} of ${manifest.points.length} points done${kept > 0 ? ` (${kept} from before)` : ''}${failed.length > 0 ? `, ${failed.length} failed` : ''}${stopped > 0 ? `; ${stopped} stopped at a deadline miss` : ''}${invalid > 0 ? `; ${invalid} with the verdict INVALID` : ''}${unjudged > 0 ? `; ${unjudged} without a verdict` : ''}.`,
    ...failed.slice(0, 20).map((o) => `  ${o.id}: ${o.error?.message ?? 'no reason is known'}`),
    ...(failed.length > 20 ? [`  and ${failed.length - 20} more: see manifest.json`] : []),
    ...(older.length > 0
      ? [
          `${older.length} more ${older.length === 1 ? 'is an older result' : 'are older results'} that --resume runs again (${older[0]?.id}: ${older[0]?.outdated}).`,
        ]
      : []),
    ...(suite?.quick && (repetitions ?? 1) < needed(order)
      ? [
          `This was the quick variant: its repetitions (${repetitions ?? 1}) are too few to show a difference between points, which takes ${needed(order)} at least.`,
        ]
      : []),
  ];
  const end = interrupted
    ? ['Interrupted; the same command with --resume goes on.']
    : failed.length > 0
      ? ['--resume tries the failed ones again.']
      : [];
  const next =
    interrupted || finished.length < 2 ? [] : nextCommands(shortest(folder), manifest, finished);
  return [
    ...(measured === null ? [] : sweepParts(measured)),
    ...lines(state),
    ...(histogram && measured !== null ? await histograms(measured) : []),
    ...(fastest && measured !== null ? await fastestParts(measured) : []),
    ...lines([...end, `Results in ${folder}.`]),
    ...(next.length === 0 ? [] : [{ verbatim: next.map((line) => `  ${line}`).join('\n') }]),
  ];
}

/** As somebody would type it here. */
function shortest(path: string): string {
  const near = relative(process.cwd(), path) || '.';
  return near.length < path.length && !near.startsWith('..') ? near : path;
}
