import { relative } from 'node:path';
import type { CommandModule } from 'yargs';
import { UsageError } from '../kernel/errors.js';
import { printableColoured, printableLines } from '../kernel/printable.js';
import { formatNs, formatPercentile } from '../kernel/quantities.js';
import { moreNeeded, pairsNeeded } from '../statistics/rank-tests.js';
import type { SweepPlan } from '../sweep/plan-sweep.js';
import type { PointOutcome, SweepProgress, SweepResult } from '../sweep/run-sweep.js';
import { duration, type ProgressLine } from '../terminal/progress-line.js';
import { say } from '../terminal/say.js';
import { EXIT } from './exit.js';
import { interruptible } from './interruptible.js';

interface SweepArgv {
  suite: string;
  output: string | undefined;
  resume: boolean;
  'dry-run': boolean;
  measure: boolean;
  quick: boolean;
  only: string[] | undefined;
  again: string[] | undefined;
  json: boolean;
  quiet: boolean;
  strict: boolean;
}

/** `isochron sweep SUITE`. */
export const sweepCommand: CommandModule<object, SweepArgv> = {
  command: 'sweep <suite>',
  describe: 'Run a suite: every point in a fresh process, resumable, with a manifest',
  builder: (yargs) =>
    yargs
      .positional('suite', {
        type: 'string',
        demandOption: true,
        describe:
          'a ready suite (quantization or bench/quantization), or a .js, .ts, .json or .yaml file (./quantization is always a file)',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        describe: 'folder of results (default: results/NAME)',
      })
      .option('resume', {
        type: 'boolean',
        default: false,
        describe: 'go on where an earlier sweep stopped; finished points stand',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'show the points and an estimate of the time, run nothing else',
      })
      .option('measure', {
        type: 'boolean',
        default: true,
        describe: 'with --dry-run: time a few jobs where that decides the estimate',
      })
      .option('quick', {
        type: 'boolean',
        default: false,
        describe: 'the suite’s short variant: a trial, too few repetitions to show a difference',
      })
      .option('only', {
        type: 'string',
        array: true,
        nargs: 1,
        describe:
          'points whose name holds this (* = anything), or AXIS=VALUE; several must all match',
      })
      .option('again', {
        type: 'string',
        array: true,
        nargs: 1,
        describe:
          'with --resume: numbers of repetitions that are run again as a whole, so that their points are side by side',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'points and outcomes as JSON on stdout',
      })
      .option('strict', {
        type: 'boolean',
        default: false,
        describe: 'exit code 4 where a point has the verdict INVALID',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress, no table' })
      .example('$0 sweep bench/quantization --quick', 'a ready suite, its short variant')
      .example('$0 sweep suite.yaml --dry-run --only xnnpack=true', 'which points, and how long')
      .example('$0 sweep suite.yaml --resume', 'after a power cut'),
  handler: sweep,
};

async function sweep(argv: SweepArgv): Promise<void> {
  const { loadSuite } = await import('../sweep/load-suite.js');
  const loaded = await loadSuite(argv.suite, (note) => {
    say(note);
  });
  const { output, resume, quick, only } = argv;
  const again = argv.again?.flatMap((list) => list.split(',').map(repetition));
  const choice = { output, resume, quick, only, again };
  await interruptible({ quiet: argv.quiet, killable: !argv['dry-run'] }, async (interruption) => {
    const { signal, kill, progress, onWaiting } = interruption;
    if (argv['dry-run']) {
      const { planSweep } = await import('../sweep/plan-sweep.js');
      const plan = await planSweep(loaded, {
        ...choice,
        measure: argv.measure,
        signal,
        onNote: (note) => progress.say(note),
        onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
      });
      progress.stop();
      process.stdout.write(
        argv.json ? `${JSON.stringify(plan, null, 2)}\n` : `${await planTable(plan)}\n`,
      );
      if (signal.aborted) process.exitCode = EXIT.interrupted;
      return;
    }
    const say = (line: string) => {
      if (argv.quiet) return;
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
        if (urgent || !argv.quiet) progress.say(note);
      },
      onProgress: (state) => {
        ended = state.done;
        show(progress, state);
      },
      onPoint: (outcome) => say(pointLine(outcome, ended + 1)),
    });
    progress.stop();
    if (argv.json)
      process.stdout.write(`${JSON.stringify({ ...result, manifest: undefined }, null, 2)}\n`);
    else if (!argv.quiet) process.stdout.write(`${printableColoured(await summary(result))}\n`);
    process.exitCode = exitCode(result, argv.strict);
  });
}

function repetition(text: string): number {
  if (/^\d+$/.test(text.trim())) return Number(text);
  throw new UsageError(`--again takes numbers of repetitions, and "${text}" is none.`);
}

function show(progress: ProgressLine, state: SweepProgress): void {
  progress.update(
    `${state.point}: ${state.phase.replace(`running ${state.point}`, 'running')}`,
    state.done,
    state.total,
    state.note,
    state.secondsLeft,
  );
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

async function summary({ folder, manifest, outcomes, interrupted }: SweepResult): Promise<string> {
  const { nextCommands, sweepTable } = await import('./sweep-table.js');

  const failed = outcomes.filter((o) => o.status === 'failed');
  const over = new Set(failed.map(({ id }) => id));
  // of the whole folder, also where --only ran a part of it
  const complete = manifest.points.filter(
    ({ id, status }) => (status === 'done' || status === 'deadline_miss') && !over.has(id),
  );
  const finished = complete.filter(({ outdated }) => outdated === null);
  const older = complete.filter(({ outdated }) => outdated !== null);
  const now = new Set(outcomes.filter((o) => !o.kept).map(({ id }) => id));
  const kept = finished.filter(({ id }) => !now.has(id)).length;
  const stopped = finished.filter((p) => p.status === 'deadline_miss').length;
  const invalid = finished.filter((p) => p.valid === false).length;
  const unjudged = finished.filter((p) => p.valid === null).length;
  const table = await sweepTable(folder, manifest, finished);
  const lines = [
    ...(table === null ? [] : [table]),
    `${finished.length} of ${manifest.points.length} points done${kept > 0 ? ` (${kept} from before)` : ''}${failed.length > 0 ? `, ${failed.length} failed` : ''}${stopped > 0 ? `; ${stopped} stopped at a deadline miss` : ''}${invalid > 0 ? `; ${invalid} with the verdict INVALID` : ''}${unjudged > 0 ? `; ${unjudged} without a verdict` : ''}.`,
    ...failed.slice(0, 20).map((o) => `  ${o.id}: ${o.error?.message ?? 'no reason is known'}`),
    ...(failed.length > 20 ? [`  and ${failed.length - 20} more: see manifest.json`] : []),
    ...(older.length > 0
      ? [
          `${older.length} more ${older.length === 1 ? 'is an older result' : 'are older results'} that --resume runs again (${older[0]?.id}: ${older[0]?.outdated}).`,
        ]
      : []),
  ];
  const { suite, repetitions, order } = manifest;
  if (suite?.quick && (repetitions ?? 1) < needed(order))
    lines.push(
      `This was the quick variant: its repetitions (${repetitions ?? 1}) are too few to show a difference between points, which takes ${needed(order)} at least.`,
    );
  if (interrupted) lines.push('Interrupted; the same command with --resume goes on.');
  else if (failed.length > 0) lines.push('--resume tries the failed ones again.');
  lines.push(`Results in ${folder}.`);
  if (!interrupted && finished.length > 1)
    lines.push(...nextCommands(shortest(folder), manifest, finished).map((line) => `  ${line}`));
  return lines.join('\n');
}

/** As somebody would type it here. */
function shortest(path: string): string {
  const near = relative(process.cwd(), path) || '.';
  return near.length < path.length && !near.startsWith('..') ? near : path;
}

/** Beyond these a table takes longer than the plan, and nobody sees its columns. */
const MANY_ROWS = 1000;

async function planTable(plan: SweepPlan): Promise<string> {
  const { renderTable } = await import('../terminal/table.js');
  const rows = plan.points.map((p, i) => [
    String(i + 1),
    p.point.id,
    p.run ? (p.again === null ? 'run' : `run again: ${p.again}`) : 'stands',
    !p.run
      ? ''
      : p.problem !== null
        ? `will fail: ${p.problem}`
        : p.seconds === null
          ? '?'
          : duration(p.seconds),
  ]);
  const runs = plan.points.filter((p) => p.run).length;
  const sure =
    plan.unknown === 0
      ? ''
      : plan.seconds === null
        ? ''
        : `, ${plan.unknown} of them taken at the mean, for nothing is known of their jobs yet`;
  return [
    rows.length > MANY_ROWS
      ? rows.map((row) => row.join('  ')).join('\n')
      : renderTable(['', 'point', '', 'time'], rows, { align: ['right', 'left', 'left', 'left'] }),
    `${runs} of ${plan.points.length} points are to be run, in about ${plan.seconds === null ? 'unknown time' : duration(plan.seconds)}${sure}.`,
    `Results go to ${plan.folder}.`,
  ].join('\n');
}
