import type { CommandModule } from 'yargs';
import { UsageError } from '../kernel/errors.js';
import type { LoadedSuite } from '../sweep/load-suite.js';
import type { SweepPlan } from '../sweep/plan-sweep.js';
import type { SweepOptions } from '../sweep/run-sweep.js';
import { duration } from '../terminal/progress-line.js';
import { say } from '../terminal/say.js';
import { carryOut } from './carry-out.js';
import { EXIT } from './exit.js';
import { interruptible } from './interruptible.js';
import { MARKDOWN_OPTION, SAVE_OPTION } from './kept-options.js';

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
  'export-markdown': string | undefined;
  save: string | undefined;
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
      .option('save', SAVE_OPTION)
      .option('export-markdown', MARKDOWN_OPTION)
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress, no table' })
      .example('$0 sweep bench/quantization --quick', 'a ready suite, its short variant')
      .example('$0 sweep suite.yaml --dry-run --only xnnpack=true', 'which points, and how long')
      .example(
        '$0 sweep suite.yaml --export-markdown table.md',
        'its end, for a page that keeps it',
      )
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
  if (argv['dry-run']) {
    const kept = argv.save === undefined ? 'export-markdown' : 'save';
    if (argv[kept] !== undefined)
      throw new UsageError(
        `--dry-run runs nothing, so there is nothing to keep by --${kept}.`,
        'Leave one of them out.',
      );
    return dryRun(loaded, choice, argv);
  }
  const { requireSaving } = await import('./save-baseline.js');
  requireSaving(argv.save);
  const { openMarkdown } = await import('./export-markdown.js');
  const markdown = await openMarkdown(argv['export-markdown'], {
    others: [],
    taken: argv.json ? '--json' : null,
  });
  await carryOut(loaded, choice, { ...argv, markdown });
}

async function dryRun(
  loaded: LoadedSuite,
  choice: SweepOptions,
  { quiet, json, measure }: SweepArgv,
): Promise<void> {
  await interruptible({ quiet }, async ({ signal, progress }) => {
    const { planSweep } = await import('../sweep/plan-sweep.js');
    const plan = await planSweep(loaded, {
      ...choice,
      measure,
      signal,
      onNote: (note) => progress.say(note),
      onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
    });
    progress.stop();
    process.stdout.write(
      json ? `${JSON.stringify(plan, null, 2)}\n` : `${await planTable(plan)}\n`,
    );
    // as the sweep itself would end
    if (willFail(plan) > 0) process.exitCode = EXIT.failed;
    if (signal.aborted) process.exitCode = EXIT.interrupted;
  });
}

function repetition(text: string): number {
  if (/^\d+$/.test(text.trim())) return Number(text);
  throw new UsageError(`--again takes numbers of repetitions, and "${text}" is none.`);
}

const willFail = ({ points }: SweepPlan) =>
  points.filter((p) => p.run && p.problem !== null).length;

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
    ...(willFail(plan) > 0 ? [`${willFail(plan)} of them will fail.`] : []),
    `Results go to ${plan.folder}.`,
  ].join('\n');
}
