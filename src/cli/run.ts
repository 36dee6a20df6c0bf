import yargs, { type Argv, type CommandModule } from 'yargs';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { byOwnNames } from '../benchmark/option-names.js';
import { FLAG_OF_FIELD, SEVERAL } from '../benchmark/run-options.js';
import type { AxisValue } from '../benchmark/suite.js';
import { kindOf, SYNTHETIC_NAMES } from '../benchmark/workloads.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { isStandardOutput } from '../kernel/files/target.js';
import { type Mistrust, readWithDoubt } from '../kernel/files/trusted-file.js';
import { printableColoured, printableLines } from '../kernel/printable.js';
import { parseTime } from '../kernel/units.js';
import { requireOwnNames } from '../run/named-libraries.js';
import { overall, passesOf, type RunResult } from '../run/run-result.js';
import type { Part } from '../terminal/parts.js';
import { sayError } from '../terminal/say.js';
import { EXIT } from './exit.js';
import { interruptible } from './interruptible.js';
import { outputFailed, outputGone } from './output-gone.js';
import { type RunArgv, withRunFlags } from './run-flags.js';
import { KEEPING_ALL } from './words.js';

export const runCommand: CommandModule<object, RunArgv> = {
  command: 'run [workload..]',
  describe: `Run a model (or ${SYNTHETIC_NAMES.join(', ')}, a plugin) as a periodic job, or several as a sweep`,
  builder: (yargs) =>
    withRunFlags(
      // repeated options: --input grows, the others keep their last value
      yargs.parserConfiguration(KEEPING_ALL).positional('workload', {
        type: 'string',
        array: true,
        describe: `a .tflite file, a network’s name, ${SYNTHETIC_NAMES.join(' | ')}, or a plugin .so`,
      }),
    )
      .example('$0 run net.tflite -p 20ms -c 1 -f 80 -o out.csv', 'a periodic job on core 1')
      .example('$0 run net.tflite -p 20ms --until-ci 1% --histogram', 'until its median is known')
      .example('$0 run net.tflite --save main', 'for compare RESULT --baseline main')
      .example(
        '$0 run A.tflite B.tflite --threads 1,2 --xnnpack both --reps 5 -o results/ab',
        'every combination, 5 processes each, and which is the fastest',
      ) as Argv<RunArgv>,
  handler: run,
};

async function run(given: RunArgv): Promise<void> {
  const argv = withBenchmarkArguments(given);
  const level = logLevel(argv);
  if (argv.histogram && argv.json)
    throw new UsageError(
      '--histogram is for people, and --json for programs.',
      'Leave one of them out; the rows are in the CSV that -o names.',
    );
  const { definition: whole, varied } = definitionFrom(argv);
  const { repetitions, save } = argv;
  if (varied.size > 0 || (repetitions !== undefined && repetitions !== 1))
    return runSeveral(argv, level, whole, varied);
  if (argv.resume !== undefined)
    throw new UsageError(
      '--resume goes on with several runs, and this is one.',
      'Leave it out: a run begins anew.',
    );
  const one = whole as unknown as BenchmarkDefinition;
  if (save === undefined) {
    await runOne(argv, level, one);
    return;
  }
  const { savedRun } = await import('./save-baseline.js');
  await savedRun(save, one.output, argv.quiet === true, (output, passing) =>
    runOne(argv, level, { ...one, output }, passing),
  );
}

/** @param passing its files are not there for long, and nobody is told of them */
async function runOne(
  argv: RunArgv,
  level: number,
  { output, ...rest }: BenchmarkDefinition,
  passing = false,
): Promise<RunResult | undefined> {
  // `-o /dev/stdout`: rows for its reader, as those of -l 3
  const toStdout = output !== undefined && (await isStandardOutput(output));
  const definition: BenchmarkDefinition =
    output === undefined || toStdout ? rest : { ...rest, output };
  const quiet = argv.quiet === true;
  const streams = toStdout || (level >= 3 && argv.json !== true);
  // rows that go to stdout alone are for its reader, and when it has gone away the run is over
  const endless = streams && definition.output === undefined;
  const page = argv['export-markdown'];
  const markdown =
    page === undefined
      ? null
      : await (await import('./export-markdown.js')).openMarkdown(page, {
          others: definition.output === undefined ? [] : [definition.output],
          taken: argv.json === true ? '--json' : toStdout ? '-o' : streams ? `-l ${level}` : null,
        });
  let result: RunResult | undefined;
  let interrupted = false;
  // the engine's process comes up while this one reads what a run needs: half of the time until the first release
  const { SpareChild } = await import('../child/spare-child.js');
  const spare = new SpareChild();
  try {
    if (definition.isolate !== true) spare.prepare();
    const { runOneOf } = await import('../run/run-benchmark.js');
    await interruptible(
      { quiet: quiet || level === 3, killable: true },
      async ({ signal, kill, progress, onWaiting }) => {
        result = await runOneOf(spare, false, definition, {
          signal: endless ? AbortSignal.any([signal, outputGone]) : signal,
          kill,
          onWaiting,
          histogram: argv.histogram === true,
          onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
          onNote: (note, urgent) => {
            if (urgent || (level >= 2 && !quiet)) progress.say(note);
          },
          ...(streams ? { onRows: (text: string) => process.stdout.write(text) } : {}),
        });
        interrupted = signal.aborted;
      },
    );
  } finally {
    spare.end();
  }
  if (result === undefined) return undefined; // interrupted before there was anything to tell

  const passes = passesOf(result);
  // one document for one run, a list where the events took several
  const reports = passes.map((pass) => pass.report);
  if (argv.json)
    process.stdout.write(
      `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`,
    );
  const tells = argv.json !== true && argv.quiet !== true && level >= 2;
  if (tells || markdown !== null) {
    const { describeRun, resultParts } = await import('./result-table.js');
    const { renderParts } = await import('../terminal/parts.js');
    const parts = resultParts([passing ? { ...result, files: [], incomplete: [] } : result]);
    if (argv.histogram) parts.push(...(await histogramParts(passes)));
    const out = level >= 3 || toStdout || markdown?.toStdout ? process.stderr : process.stdout;
    if (tells) out.write(`${printableColoured(renderParts(parts))}\n`);
    if (tells && level >= 4) out.write(`${printableColoured(describeRun(result, level))}\n`);
    await markdown?.write(parts);
  }
  for (const { error } of passes) if (error !== null) sayError(error);
  const code = exitCode(result, argv.strict === true);
  // a run that its reader has ended, and not a signal, has done what was wanted of it
  const ended = endless && outputGone.aborted && !interrupted && code === EXIT.interrupted;
  process.exitCode = ended ? (outputFailed() ? EXIT.failed : EXIT.done) : code;
  return result;
}

async function histogramParts(passes: readonly RunResult[]): Promise<Part[]> {
  const { histogramText } = await import('../terminal/histogram-text.js');
  return passes.map(({ plan, histogram }) => ({
    verbatim:
      histogram === undefined
        ? 'no histogram: there is no job besides the first and the warm-up.'
        : `\n${passes.length > 1 ? `${printableLines(plan.name)}: ` : ''}${histogramText(histogram)}`,
  }));
}

/** The documented exit code of a finished run, all of its passes included. */
export function exitCode(result: RunResult, strict: boolean): number {
  const { status, valid } = overall(result);
  if (status === 'done') return strict && !valid ? EXIT.invalid : EXIT.done;
  return { interrupted: EXIT.interrupted, failed: EXIT.failed, deadline_miss: EXIT.deadlineMiss }[
    status
  ];
}

/**
 * RT-Bench hands `-b "…"` to the benchmark. Here it is the workload with its options; for a plugin that is named
 * outside of it, it is the plugin's own arguments. What stands outside of the string wins.
 */
function withBenchmarkArguments(argv: RunArgv): RunArgv {
  const text = argv.args;
  const { workload = [] } = argv;
  const [first] = workload;
  if (text === undefined || (first !== undefined && workload.every((w) => kindOf(w) === 'plugin')))
    return argv;
  if (first !== undefined)
    throw new UsageError(
      'the workload is named twice, by itself and in -b.',
      'Only a plugin takes -b besides its name.',
    );
  const inner = withRunFlags(yargs().parserConfiguration(KEEPING_ALL))
    .help(false)
    .version(false)
    .strictOptions()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(`in -b: ${message}`);
    })
    .parseSync(text);
  const { _: words, $0: _script, ...options } = inner;
  if (words.length > 1)
    throw new UsageError(
      `-b names ${words.join(' and ')}, and it takes one workload.`,
      'Name several outside of it: isochron run A.tflite B.tflite.',
    );
  if (words.length !== 1)
    throw new UsageError('-b names no workload.', 'Write it as -b "MODEL.tflite --xnnpack".');
  const outside = Object.entries({ ...argv, workload: undefined }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...options,
    ...Object.fromEntries(outside),
    workload: [String(words[0])],
    args: undefined,
  } as unknown as RunArgv;
}

function logLevel(argv: RunArgv): number {
  const level = argv['log-level'] ?? 2;
  if (!Number.isInteger(level) || level < 1 || level > 5)
    throw new UsageError('the log level (-l) is 1 to 5.');
  return level;
}

/** What the command line spells; a configuration file's values stand where no option is given. */
interface Spelt {
  definition: Record<string, unknown>;
  /** Fields of several values, which are not in it, in the order of the help. */
  varied: ReadonlyMap<string, readonly AxisValue[]>;
}

function definitionFrom(argv: RunArgv): Spelt {
  const { workload = [], both = [] } = argv;
  const given: Partial<Record<keyof BenchmarkDefinition, unknown>> = {
    workload: workload.length > 1 ? undefined : workload[0],
    schedDeadline: schedDeadline(argv),
    sampler: sampler(argv),
  };
  for (const [field, flag] of FLAG_OF_FIELD) given[field] = argv[flag];
  const varied = new Map<string, readonly AxisValue[]>();
  if (workload.length > 1) varied.set('workload', workload);
  for (const [field, flag] of SEVERAL) {
    const values = both.includes(flag) ? [false, true] : given[field];
    if (Array.isArray(values)) varied.set(field, values);
  }
  const file = argv['configuration-file'];
  const definition: Record<string, unknown> = {};
  if (file !== undefined) {
    const { value: written, doubt } = readConfiguration(file);
    const value = byOwnNames(written);
    Object.assign(definition, value);
    // what is named on the command line stands in its place
    const named = Object.entries(value).filter(
      ([name]) => given[name as keyof BenchmarkDefinition] === undefined && !varied.has(name),
    );
    requireOwnNames(Object.fromEntries(named), { file, doubt });
  }
  for (const [key, value] of Object.entries(given))
    if (value !== undefined) definition[key] = value;
  for (const field of varied.keys()) delete definition[field];
  if (definition.workload === undefined && !varied.has('workload'))
    throw new UsageError(
      'no workload is named.',
      `Name a .tflite file, or ${SYNTHETIC_NAMES.join(', ')}: isochron run MODEL.tflite.`,
    );
  return { definition, varied };
}

/** Every combination of what has several values, as `isochron sweep` runs a suite of them. */
async function runSeveral(
  argv: RunArgv,
  level: number,
  { output, ...base }: Record<string, unknown>,
  varied: Spelt['varied'],
): Promise<void> {
  const folder = output as string | undefined;
  if (level >= 3)
    throw new UsageError(
      `-l ${level} tells of one run, and these are several.`,
      'Their rows are in the folder that -o names.',
    );
  if (folder !== undefined && (/\.csv$/i.test(folder) || (await isStandardOutput(folder))))
    throw new UsageError(
      `several runs go to a folder, and -o ${folder} names none.`,
      'Give it the name of a folder, old or new: -o results/mine.',
    );
  const { workloadProblem } = await import('../sweep/point-workload.js');
  // a word too many is none that a sweep should fail at in an hour
  for (const workload of varied.get('workload') ?? [base.workload]) {
    const problem = await workloadProblem(String(workload));
    if (problem !== null)
      throw new UsageError(
        `${problem}.`,
        'Of several runs each is named by its workload: isochron run A.tflite B.tflite.',
      );
  }
  const { inOptions, suiteOfVariants } = await import('../benchmark/variants.js');
  const { suiteInMemory } = await import('../sweep/run-sweep.js');
  const { repetitions, json, strict, resume, histogram } = argv;
  const { requireSaving } = await import('./save-baseline.js');
  requireSaving(argv.save);
  const { openMarkdown } = await import('./export-markdown.js');
  const markdown = await openMarkdown(argv['export-markdown'], {
    others: [],
    taken: json === true ? '--json' : null,
  });
  const loaded = {
    ...suiteInMemory(suiteOfVariants({ base, varied, repetitions })),
    locate: inOptions,
  };
  const { carryOut } = await import('./carry-out.js');
  const quiet = argv.quiet === true || level < 2;
  await carryOut(
    loaded,
    { output: folder, resume },
    { json, quiet, strict, fastest: true, histogram, markdown, save: argv.save },
  );
}

function readConfiguration(path: string): {
  value: Record<string, unknown>;
  doubt: Mistrust | null;
} {
  let read: ReturnType<typeof readWithDoubt>;
  try {
    read = readWithDoubt(path);
  } catch (error) {
    throw new IsochronError(
      'E_CONFIG',
      `The configuration file ${path} can't be read: ${(error as Error).message}`,
    );
  }
  const { text, doubt } = read;
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, '')); // as Windows writes it
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: { ...value }, doubt };
  } catch (error) {
    throw new IsochronError(
      'E_CONFIG',
      `The configuration file ${path} is not JSON: ${(error as Error).message}`,
    );
  }
  throw new IsochronError('E_CONFIG', `The configuration file ${path} holds no JSON object.`);
}

/** RT-Bench's options of whole nanoseconds take a unit as well. */
function nanoseconds(argv: RunArgv, flag: string): string | undefined {
  const given = argv[flag] as string | undefined;
  return given === undefined ? undefined : `${parseTime(given, `--${flag}`, 'ns')}ns`;
}

function schedDeadline(argv: RunArgv) {
  const runtime = nanoseconds(argv, 'sched-runtime');
  const deadline = nanoseconds(argv, 'sched-deadline');
  const period = nanoseconds(argv, 'sched-period');
  if (runtime === undefined && deadline === undefined && period === undefined) return undefined;
  if (runtime === undefined || period === undefined)
    throw new UsageError('SCHED_DEADLINE needs -T and -P (and -D, unless it equals -P).');
  return { runtime, deadline: deadline ?? period, period };
}

/** Who names a core for it wants it, unless RT-Bench's -M 0 leaves it out. */
function sampler(argv: RunArgv) {
  const enabled = argv['memory-profiling-enable'];
  if (enabled !== undefined && enabled !== 0 && enabled !== 1)
    throw new UsageError('-M is 1 (sample) or 0 (do not).');
  const core = argv['sampler-core'];
  const interval = nanoseconds(argv, 'sampler-interval');
  if (enabled === 0) return undefined;
  if (core !== undefined) return { core, interval: interval ?? '10ms' };
  if (enabled === undefined && interval === undefined) return undefined;
  throw new UsageError(
    'the sampling thread needs a core.',
    'Add --sampler-core N (-C), a core that -c does not name.',
  );
}
