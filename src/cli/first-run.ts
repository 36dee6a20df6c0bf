import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { groupBy } from '../kernel/group-by.js';
import { printable } from '../kernel/printable.js';
import { parseCores } from '../kernel/units.js';
import { say } from '../terminal/say.js';
import { EXIT } from './exit.js';
import { interruptible } from './interruptible.js';

interface FirstRunArgv {
  model: string;
  output: string | undefined;
  resume: boolean;
  repetitions: number | undefined;
  jobs: number | undefined;
  cores: string | undefined;
  fifo: number;
  threads: number | undefined;
  engine: string | undefined;
  quick: boolean;
  json: boolean;
  quiet: boolean;
  strict: boolean;
}

/** `isochron first-run MODEL`. */
export const firstRunCommand: CommandModule<object, FirstRunArgv> = {
  command: 'first-run <model>',
  describe: 'Explain why a model’s first inference is slower, and test what removes it',
  builder: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: 'a .tflite file or a network’s name',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        describe: 'folder that keeps the runs (default: none is kept)',
      })
      .option('resume', { type: 'boolean', default: false, describe: 'go on in that folder' })
      .option('repetitions', {
        alias: 'reps',
        type: 'number',
        requiresArg: true,
        describe: 'fresh processes of every treatment (default 5: fewer prove nothing)',
      })
      .option('jobs', {
        alias: 't',
        type: 'number',
        requiresArg: true,
        describe: 'jobs of each process (default 15)',
      })
      .option('cores', {
        alias: ['c', 'core-affinity'],
        type: 'string',
        describe: 'core of the job (default: the last)',
      })
      .option('fifo', {
        alias: 'f',
        type: 'number',
        requiresArg: true,
        default: 90,
        describe: 'SCHED_FIFO priority 1..99',
      })
      .option('threads', {
        type: 'number',
        requiresArg: true,
        describe: 'threads of the engine (default 1)',
      })
      .option('engine', { type: 'string', describe: 'TensorFlow Lite library: a path or a name' })
      .option('quick', {
        type: 'boolean',
        default: false,
        describe: 'three processes of eight jobs each: a look, for it takes five to prove anything',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'the explanation as JSON on stdout',
      })
      .option('strict', {
        type: 'boolean',
        default: false,
        describe:
          'exit code 5 where the recommended first run is shown to be beyond the limit of 1.1',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress' })
      .example(
        '$0 first-run net.tflite -c 1 --strict',
        'of five processes: what it comes from, or 5',
      )
      .example('$0 first-run net.tflite --quick -o first', 'a look, with its runs kept'),
  handler: firstRun,
};

async function firstRun(argv: FirstRunArgv): Promise<void> {
  const { model, output, quiet } = argv;
  const kept = output === undefined ? null : resolve(output);
  await interruptible({ quiet, killable: true }, async (interruption) => {
    const { signal, kill, progress, onWaiting } = interruption;
    const { explainFirstRun } = await import('../analysis/try-first-run.js');
    const { report, missing, leftOut } = await explainFirstRun(model, {
      repetitions: argv.repetitions ?? (argv.quick ? 3 : undefined),
      jobs: argv.jobs ?? (argv.quick ? 8 : undefined),
      cores: argv.cores === undefined ? undefined : parseCores(argv.cores, 'the list of cores'),
      fifo: argv.fifo,
      threads: argv.threads,
      engine: argv.engine,
      output,
      resume: argv.resume,
      signal,
      kill,
      onWaiting,
      onNote: (note, urgent) => {
        if (urgent || !quiet) progress.say(note);
      },
      onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note, p.secondsLeft),
    });
    progress.stop();
    if (report === null) return interrupted(kept);
    const { firstRunText } = await import('./first-run-text.js');
    process.stdout.write(
      argv.json
        ? `${JSON.stringify(report, null, 2)}\n`
        : `${firstRunText(model, report.explanations, report.cost, report.notes)}\n`,
    );
    for (const line of [...inGroups(missing), ...leftOut]) say(`left out: ${line}`);
    if (kept !== null && !argv.json)
      process.stdout.write(`\nRuns and first-run.json are in ${printable(kept)}.\n`);
    if (missing.length > 0) process.exitCode = EXIT.failed;
    else if (argv.strict) {
      const { isBeyondLimit } = await import('../analysis/explain-first-run.js');
      process.exitCode = isBeyondLimit(report.explanations) ? EXIT.regression : EXIT.done;
    }
  });
}

/** One line a reason: a right that is denied is denied to all. */
const inGroups = (missing: readonly { name: string; reason: string }[]): string[] =>
  [...groupBy(missing, ({ reason }) => reason)].map(([reason, runs]) => {
    const more = runs.length > 1 ? ` and ${runs.length - 1} more` : '';
    return `${runs[0]?.name}${more}: ${reason}`;
  });

function interrupted(kept: string | null): void {
  process.stderr.write(
    `isochron: interrupted; ${kept === null ? 'with -o DIR an interrupted explanation can be resumed.' : 'the same command with --resume goes on.'}\n`,
  );
  process.exitCode = EXIT.interrupted;
}
