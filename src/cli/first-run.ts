import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { firstRunSuite } from '../benchmark/treatments.js';
import { kindOf } from '../benchmark/workloads.js';
import type { ErrorCode } from '../kernel/error-codes.js';
import { type ErrorInfo, IsochronError, UsageError } from '../kernel/errors.js';
import { makeTemporaryFolder } from '../kernel/files/temporary-folder.js';
import { groupBy } from '../kernel/group-by.js';
import { printable } from '../kernel/printable.js';
import { parseCores } from '../kernel/units.js';
import type { RunOptions } from '../run/run-result.js';
import type { ProgressLine } from '../terminal/progress-line.js';
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
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress' }),
  handler: firstRun,
};

async function firstRun(argv: FirstRunArgv): Promise<void> {
  const repetitions = argv.repetitions ?? (argv.quick ? 3 : 5);
  const jobs = argv.jobs ?? (argv.quick ? 8 : 15);
  if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > 1000)
    throw new UsageError('--repetitions is a whole number from 1 to 1000.');
  if (!Number.isInteger(jobs) || jobs < 3 || jobs > 100_000)
    throw new UsageError(
      '--jobs is a whole number from 3 to 100000: the first is compared with the others.',
    );
  if (argv.resume && argv.output === undefined)
    throw new UsageError('--resume needs the folder (-o) in which to go on.');
  if (kindOf(argv.model) !== 'model')
    throw new UsageError(
      `${argv.model} is no model, and a first run is explained by what an engine does in it.`,
      'Name a .tflite file or a network.',
    );
  const cores =
    argv.cores === undefined
      ? (await import('../machine/reachable-cores.js')).defaultCores()
      : parseCores(argv.cores, 'the list of cores');
  const base = {
    cores,
    ...(argv.threads === undefined ? {} : { threads: argv.threads }),
    ...(argv.engine === undefined ? {} : { engine: argv.engine }),
  };
  const suiteOf = (xnnpack: boolean[]) =>
    firstRunSuite(argv.model, {
      repetitions,
      jobs,
      xnnpack,
      base: { ...base, fifo: argv.fifo, bestEffort: true },
    });
  const { checkSuite, SuiteError } = await import('../benchmark/suite.js');
  try {
    checkSuite(suiteOf([false, true]));
  } catch (error) {
    // the suite is ours: what is wrong with it is an option
    throw error instanceof SuiteError
      ? new UsageError(`--${error.path.slice(1).join('.')}: ${error.fault}`)
      : error;
  }
  const kept = argv.output === undefined ? null : resolve(argv.output);
  const folder = kept ?? makeTemporaryFolder('isochron-first-run-');
  const options = { quiet: argv.quiet, killable: true };
  try {
    await interruptible(options, async ({ signal, kill, progress, onWaiting }) => {
      const onNote = (note: string, urgent?: boolean) => {
        if (urgent || !argv.quiet) progress.say(note);
      };
      const trial = await tryOnce(
        { ...base, workload: argv.model },
        {
          signal,
          onNote,
          onWaiting,
          onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
        },
      );
      if (trial === null) return interrupted(kept, progress);
      const { measureFaultCost } = await import('../machine/fault-cost.js');
      const cost = await measureFaultCost(argv.model, cores, onNote);
      const { runSweep, suiteInMemory } = await import('../sweep/run-sweep.js');
      const result = await runSweep(suiteInMemory(suiteOf(trial.xnnpack)), {
        output: kept ?? join(folder, 'runs'),
        resume: argv.resume,
        signal,
        kill,
        onWaiting,
        onNote,
        onProgress: (state) =>
          progress.update(
            state.point,
            state.done,
            state.total,
            state.phase === 'calibrating' ? state.phase : '',
            state.secondsLeft,
          ),
      });
      if (result.interrupted) return interrupted(kept, progress);
      progress.stop();
      const [outcome] = result.outcomes;
      if (outcome?.error && result.outcomes.every(({ status }) => status === 'failed'))
        throw noRun(argv.model, outcome.error);
      const { firstRunSamples } = await import('../analysis/first-run-samples.js');
      const { explain } = await import('../analysis/explain-first-run.js');
      const { inWords } = await import('../analysis/first-run-words.js');
      const { samples, missing, notes } = await firstRunSamples(result.folder);
      if (samples.length === 0)
        throw noRun(argv.model, { message: missing[0]?.reason ?? 'no reason is known.' });
      const explanations = [false, true].flatMap((xnnpack) => {
        const own = samples.filter((sample) => sample.xnnpack === xnnpack);
        if (own.length === 0) return [];
        const explanation = explain(own, cost);
        return [{ ...explanation, words: inWords(explanation) }];
      });
      const whole = {
        format: 'isochron-first-run',
        version: 1,
        model: argv.model,
        cost,
        explanations,
        missing: [...missing.map(({ name, reason }) => `${name}: ${reason}`), ...trial.leftOut],
        notes,
        folder: kept,
      };
      if (kept !== null) {
        const { writeAtomically } = await import('../kernel/files/atomic-file.js');
        await writeAtomically(join(kept, 'first-run.json'), (file) =>
          file.writeFile(`${JSON.stringify(whole, null, 2)}\n`),
        );
      }
      const { firstRunText } = await import('./first-run-text.js');
      process.stdout.write(
        argv.json
          ? `${JSON.stringify(whole, null, 2)}\n`
          : `${firstRunText(argv.model, explanations, cost, notes)}\n`,
      );
      for (const line of [...inGroups(missing), ...trial.leftOut]) say(`left out: ${line}`);
      if (kept !== null && !argv.json)
        process.stdout.write(`\nRuns and first-run.json are in ${printable(kept)}.\n`);
      if (missing.length > 0) process.exitCode = EXIT.failed;
    });
  } finally {
    if (kept === null) rmSync(folder, { recursive: true, force: true });
  }
}

/** One line a reason: a right that is denied is denied to all. */
const inGroups = (missing: readonly { name: string; reason: string }[]): string[] =>
  [...groupBy(missing, ({ reason }) => reason)].map(([reason, runs]) => {
    const more = runs.length > 1 ? ` and ${runs.length - 1} more` : '';
    return `${runs[0]?.name}${more}: ${reason}`;
  });

const noRun = (model: string, { message, hint }: Pick<ErrorInfo, 'message' | 'hint'>) =>
  new IsochronError('E_FIRST_RUN', `No run of ${model} came to an end: ${message}`, hint);

/** Codes that keep XNNPACK away from a model, which runs without it. */
const WITHOUT_XNNPACK: readonly ErrorCode[] = [
  'E_XNNPACK_REFUSED',
  'E_XNNPACK_MISSING',
  'E_XNNPACK_FAILED',
];

/**
 * One job without XNNPACK and one with it, before some hundred processes are started: a model that doesn't run ends the
 * command with what `run` says of it, and a half that can't be had is left out.
 *
 * @returns null when it was interrupted
 */
async function tryOnce(
  definition: Pick<BenchmarkDefinition, 'workload' | 'cores' | 'threads' | 'engine'>,
  options: RunOptions,
): Promise<{ xnnpack: boolean[]; leftOut: string[] } | null> {
  const { proveThatItRuns } = await import('../run/prove.js');
  if (!(await proveThatItRuns(definition, options))) return null;
  try {
    if (!(await proveThatItRuns({ ...definition, xnnpack: true }, options))) return null;
    return { xnnpack: [false, true], leftOut: [] };
  } catch (error) {
    if (!(error instanceof IsochronError && WITHOUT_XNNPACK.includes(error.code))) throw error;
    return { xnnpack: [false], leftOut: [`XNNPACK on: ${error.message}`] };
  }
}

function interrupted(kept: string | null, progress: ProgressLine): void {
  progress.stop();
  process.stderr.write(
    `isochron: interrupted; ${kept === null ? 'with -o DIR an interrupted explanation can be resumed.' : 'the same command with --resume goes on.'}\n`,
  );
  process.exitCode = EXIT.interrupted;
}
