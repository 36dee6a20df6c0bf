import { readFileSync } from 'node:fs';
import yargs, { type Argv, type CommandModule } from 'yargs';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { IsochronError, UsageError } from '../errors.js';
import type { RunResult } from '../session/run.js';
import { EXIT } from './exit.js';
import { ProgressLine } from './progress.js';

/** Of an option that is given again, the last one counts, so that a script can append to a command. */
const last = <T>(given: T | T[]): T => (Array.isArray(given) ? (given.at(-1) as T) : given);

/** Options with one value; that it is missing is a mistake. */
const text = { type: 'string', requiresArg: true, coerce: last<string> } as const;
const choice = { requiresArg: true, coerce: last<string> } as const;
/** An empty number is none, rather than the 0 that JavaScript makes of it: `-t ""` would run until stopped. */
const number = {
  requiresArg: true,
  coerce: (given: string | number | (string | number)[]) => {
    const value = last(given);
    return typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  },
} as const;

/** Options of `isochron run`: RT-Bench's letters keep their meaning, the rest is isochron's own. */
export function runOptions(yargs: Argv) {
  return yargs
    .option('period', {
      alias: 'p',
      ...text,
      describe: 'release period: 0.5, 500ms, 500us (0 = continuous)',
      group: 'Job:',
    })
    .option('deadline', {
      alias: 'd',
      ...text,
      describe: 'relative deadline (default: the period)',
      group: 'Job:',
    })
    .option('tasks-number', {
      alias: 't',
      ...number,
      describe: 'jobs to measure, 0 = until SIGINT (default 100)',
      group: 'Job:',
    })
    .option('duration', { ...text, describe: 'end after this time', group: 'Job:' })
    .option('warmup', {
      ...number,
      describe: 'jobs executed first and left out of the summary (default 0)',
      group: 'Job:',
    })
    .option('overrun', {
      choices: ['skip', 'queue', 'stop'] as const,
      ...choice,
      describe: 'releases that pass while a job runs (default skip)',
      group: 'Job:',
    })
    .option('core-affinity', {
      alias: 'c',
      ...text,
      describe: 'cores of the job, e.g. 1 or 1,2',
      group: 'Rights:',
    })
    .option('fifo', {
      alias: 'f',
      ...number,
      describe: 'SCHED_FIFO priority 1..99',
      group: 'Rights:',
    })
    .option('rr', { ...number, describe: 'SCHED_RR priority 1..99', group: 'Rights:' })
    .option('sched-runtime', {
      alias: 'T',
      ...number,
      describe: 'SCHED_DEADLINE runtime, ns',
      group: 'Rights:',
    })
    .option('sched-deadline', {
      alias: 'D',
      ...number,
      describe: 'SCHED_DEADLINE deadline, ns',
      group: 'Rights:',
    })
    .option('sched-period', {
      alias: 'P',
      ...number,
      describe: 'SCHED_DEADLINE period, ns',
      group: 'Rights:',
    })
    .option('mem-limit', {
      alias: 'm',
      ...text,
      describe: 'limit on the growth of the heap: 16M',
      group: 'Rights:',
    })
    .option('lock-memory', {
      type: 'boolean',
      describe: 'lock all memory before the first release (default true)',
      group: 'Rights:',
    })
    .option('prefault', {
      type: 'boolean',
      describe: 'make all memory of the job present before the first release',
      group: 'Rights:',
    })
    .option('cold', {
      type: 'boolean',
      describe: 'take engine and model out of the file cache first',
      group: 'Rights:',
    })
    .option('isolate', {
      type: 'boolean',
      describe: 'move tasks and interrupts off the job’s cores during the run (needs root)',
      group: 'Rights:',
    })
    .option('best-effort', {
      type: 'boolean',
      describe: 'go on without rights that are denied',
      group: 'Rights:',
    })
    .option('xnnpack', {
      type: 'boolean',
      describe: 'apply the XNNPACK delegate (default false)',
      group: 'Engine:',
    })
    .option('threads', {
      ...number,
      describe: 'threads of the engine (default 1)',
      group: 'Engine:',
    })
    .option('engine', {
      ...text,
      describe: 'TensorFlow Lite library: a path or a name of `engine list`',
      group: 'Engine:',
    })
    .option('input', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'raw input file, in tensor order, or NAME=FILE',
      group: 'Engine:',
    })
    .option('seed', {
      ...number,
      describe: 'seed of generated inputs (default 1)',
      group: 'Engine:',
    })
    .option('dump-output', {
      ...text,
      describe: 'folder for the last job’s outputs',
      group: 'Engine:',
    })
    .option('us', {
      ...number,
      describe: 'spin: busy time of a job in µs',
      group: 'Synthetic workloads:',
    })
    .option('size', {
      ...text,
      describe: 'bandwidth, latency: buffer size, e.g. 16M',
      group: 'Synthetic workloads:',
    })
    .option('access', {
      choices: ['read', 'write'] as const,
      ...choice,
      describe: 'bandwidth: what a job does',
      group: 'Synthetic workloads:',
    })
    .option('bmark-args', {
      alias: 'b',
      ...text,
      describe: 'the workload with its options in one string; arguments of a plugin',
      group: 'Synthetic workloads:',
    })
    .option('events', {
      ...text,
      describe: 'rtbench, bandwidth, software, none, or a list (default rtbench)',
      group: 'Counters:',
    })
    .option('events-kernel', {
      type: 'boolean',
      describe: 'count kernel mode too',
      group: 'Counters:',
    })
    .option('require-events', {
      type: 'boolean',
      describe: 'fail if an event can’t be counted',
      group: 'Counters:',
    })
    .option('event-passes', {
      type: 'boolean',
      describe: 'repeat the run for events that don’t fit at once',
      group: 'Counters:',
    })
    .option('memory-profiling-enable', {
      alias: 'M',
      ...number,
      describe: '1: sample the job’s counters from another core',
      group: 'Counters:',
    })
    .option('memory-profiling-core', {
      alias: 'C',
      ...number,
      describe: 'core of the sampling thread',
      group: 'Counters:',
    })
    .option('memory-profiling-time-bucket', {
      alias: 'B',
      ...number,
      describe: 'sampling interval, ns (default 10000000)',
      group: 'Counters:',
    })
    .option('output', {
      alias: 'o',
      ...text,
      describe: 'CSV file; the sidecar .json stands beside it',
      group: 'Output:',
    })
    .option('format', {
      choices: ['extended', 'rtbench'] as const,
      ...choice,
      describe: 'CSV format (default extended)',
      group: 'Output:',
    })
    .option('log-level', {
      alias: 'l',
      ...number,
      describe: '1 errors, 2 summary, 3 rows on stdout, 4 details, 5 debug (default 2)',
      group: 'Output:',
    })
    .option('name', { ...text, describe: 'name in tables and reports', group: 'Output:' })
    .option('json', { type: 'boolean', describe: 'summary as JSON on stdout', group: 'Output:' })
    .option('quiet', { type: 'boolean', describe: 'no progress, no table', group: 'Output:' })
    .option('strict', {
      type: 'boolean',
      describe: 'exit with 4 when the verdict is INVALID',
      group: 'Output:',
    })
    .option('configuration-file', {
      alias: 'g',
      ...text,
      describe: 'definition in a JSON file; options given here win',
      group: 'Output:',
    });
}

type RunArgv = Awaited<ReturnType<typeof runOptions>['argv']> & { workload?: string };

export const runCommand: CommandModule<object, RunArgv> = {
  command: 'run [workload]',
  describe: 'Run a model (or noop, spin, bandwidth, latency, a plugin) as a periodic job',
  builder: (yargs) =>
    runOptions(
      // repeated options: --input grows, the others keep their last value
      yargs
        .parserConfiguration({ 'duplicate-arguments-array': true, 'boolean-negation': true })
        .positional('workload', {
          type: 'string',
          describe:
            'a .tflite file, a network’s name, noop | spin | bandwidth | latency, or a plugin .so',
        }),
    ) as Argv<RunArgv>,
  handler: run,
};

async function run(given: RunArgv): Promise<void> {
  const argv = withBenchmarkArguments(given);
  const level = logLevel(argv);
  const definition = definitionFrom(argv);
  const { runBenchmark } = await import('../session/run.js');
  const { describeRun, resultTable } = await import('./result-table.js');

  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const progress = new ProgressLine(argv.quiet === true || level === 3);
  let result: RunResult;
  try {
    result = await runBenchmark(definition, {
      signal: interrupt.signal,
      onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
      onNote: (note) => {
        if (level >= 2 && argv.quiet !== true) process.stderr.write(`isochron: ${note}\n`);
      },
      ...(level >= 3 && argv.json !== true
        ? { onRows: (text: string) => process.stdout.write(text) }
        : {}),
    });
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }

  const passes = [result, ...result.furtherPasses];
  // one document for one run, a list where the events took several
  const reports = passes.map((pass) => pass.report);
  if (argv.json)
    process.stdout.write(
      `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`,
    );
  else if (argv.quiet !== true && level >= 2) {
    const out = level >= 3 ? process.stderr : process.stdout;
    out.write(`${resultTable([result])}\n`);
    if (level >= 4) out.write(`${describeRun(result, level)}\n`);
  }
  for (const { error } of passes) {
    if (error === null) continue;
    process.stderr.write(`isochron: ${error.message}\n`);
    if (error.hint) process.stderr.write(`  ${error.hint}\n`);
  }
  process.exitCode = exitCode(result, argv.strict === true);
}

/** The documented exit code of a finished run, all of its passes included. */
export function exitCode(result: RunResult, strict: boolean): number {
  const passes = [result, ...result.furtherPasses];
  const any = (status: RunResult['status']) => passes.some((pass) => pass.status === status);
  if (any('interrupted')) return EXIT.interrupted;
  if (any('failed')) return EXIT.failed;
  if (any('deadline_miss')) return EXIT.deadlineMiss;
  return strict && !passes.every((pass) => pass.verdict.valid) ? EXIT.invalid : EXIT.done;
}

/**
 * RT-Bench hands `-b "…"` to the benchmark. Here it is the workload with its options; for a plugin that is named
 * outside of it, it is the plugin's own arguments. What stands outside of the string wins.
 */
function withBenchmarkArguments(argv: RunArgv): RunArgv {
  const text = argv['bmark-args'];
  if (text === undefined || argv.workload?.endsWith('.so')) return argv;
  if (argv.workload !== undefined)
    throw new UsageError(
      'the workload is named twice, by itself and in -b.',
      'Only a plugin takes -b besides its name.',
    );
  const inner = runOptions(yargs())
    .help(false)
    .version(false)
    .strictOptions()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(`in -b: ${message}`);
    })
    .parseSync(text);
  const { _: words, $0: _script, ...options } = inner;
  if (words.length !== 1)
    throw new UsageError('-b names no workload.', 'Write it as -b "MODEL.tflite --xnnpack".');
  const outside = Object.entries(argv).filter(([, value]) => value !== undefined);
  return {
    ...options,
    ...Object.fromEntries(outside),
    workload: String(words[0]),
    'bmark-args': undefined,
  } as RunArgv;
}

function logLevel(argv: RunArgv): number {
  const level = argv['log-level'] ?? 2;
  if (!Number.isInteger(level) || level < 1 || level > 5)
    throw new UsageError('the log level (-l) is 1 to 5.');
  return level;
}

/** The definition that the command line spells; a configuration file's values stand where no option is given. */
export function definitionFrom(argv: RunArgv): BenchmarkDefinition {
  const given: Partial<Record<keyof BenchmarkDefinition, unknown>> = {
    workload: argv.workload,
    name: argv.name,
    period: argv.period,
    deadline: argv.deadline,
    tasks: argv['tasks-number'],
    duration: argv.duration,
    warmup: argv.warmup,
    overrun: argv.overrun,
    cores: argv['core-affinity'],
    fifo: argv.fifo,
    rr: argv.rr,
    schedDeadline: schedDeadline(argv),
    bestEffort: argv['best-effort'],
    isolate: argv.isolate,
    lockMemory: argv['lock-memory'],
    prefault: argv.prefault,
    cold: argv.cold,
    memLimit: argv['mem-limit'],
    xnnpack: argv.xnnpack,
    threads: argv.threads,
    engine: argv.engine,
    inputs: argv.input,
    seed: argv.seed,
    dumpOutput: argv['dump-output'],
    us: argv.us,
    size: argv.size,
    access: argv.access,
    args: argv['bmark-args'],
    events: argv.events,
    eventsKernel: argv['events-kernel'],
    requireEvents: argv['require-events'],
    eventPasses: argv['event-passes'],
    sampler: sampler(argv),
    format: argv.format,
    output: argv.output,
  };
  const file = argv['configuration-file'];
  const definition: Record<string, unknown> = file === undefined ? {} : readConfiguration(file);
  for (const [key, value] of Object.entries(given))
    if (value !== undefined) definition[key] = value;
  if (definition.workload === undefined)
    throw new UsageError(
      'no workload is named.',
      'Name a .tflite file, or noop, spin, bandwidth, latency: isochron run MODEL.tflite.',
    );
  return definition as unknown as BenchmarkDefinition;
}

function readConfiguration(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new IsochronError(
      'E_CONFIG',
      `The configuration file ${path} can't be read: ${(error as Error).message}`,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new IsochronError(
      'E_CONFIG',
      `The configuration file ${path} is not JSON: ${(error as Error).message}`,
    );
  }
  throw new IsochronError('E_CONFIG', `The configuration file ${path} holds no JSON object.`);
}

function schedDeadline(argv: RunArgv) {
  const [runtimeNs, deadlineNs, periodNs] = [
    argv['sched-runtime'],
    argv['sched-deadline'],
    argv['sched-period'],
  ];
  if (runtimeNs === undefined && deadlineNs === undefined && periodNs === undefined)
    return undefined;
  if (runtimeNs === undefined || periodNs === undefined)
    throw new UsageError('SCHED_DEADLINE needs -T and -P (and -D, unless it equals -P), in ns.');
  return { runtimeNs, deadlineNs: deadlineNs ?? periodNs, periodNs };
}

function sampler(argv: RunArgv) {
  const enabled = argv['memory-profiling-enable'];
  if (enabled !== undefined && enabled !== 0 && enabled !== 1)
    throw new UsageError('-M is 1 (sample) or 0 (do not).');
  if (enabled !== 1) return undefined;
  const core = argv['memory-profiling-core'];
  if (core === undefined)
    throw new UsageError(
      '-M 1 needs the core of the sampling thread.',
      'Add -C n, a core that -c does not name.',
    );
  return { core, intervalNs: argv['memory-profiling-time-bucket'] ?? 10_000_000 };
}
