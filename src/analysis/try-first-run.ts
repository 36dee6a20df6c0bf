/** The first run of a model explained from the start: every treatment tried in fresh processes, and what that shows. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { checkSuite, SuiteError } from '../benchmark/suite.js';
import { firstRunSuite } from '../benchmark/treatments.js';
import { kindOf } from '../benchmark/workloads.js';
import { forCaller, type Kinds, requireKind } from '../kernel/caller.js';
import type { ErrorCode } from '../kernel/error-codes.js';
import { type ErrorInfo, IsochronError, UsageError } from '../kernel/errors.js';
import { writeAtomically } from '../kernel/files/atomic-file.js';
import { makeTemporaryFolder } from '../kernel/files/temporary-folder.js';
import type { Progress } from '../kernel/progress.js';
import { measureFaultCost } from '../machine/fault-cost.js';
import { defaultCores } from '../machine/reachable-cores.js';
import { proveThatItRuns } from '../run/prove.js';
import type { RunOptions } from '../run/run-result.js';
import { runSweep, suiteInMemory } from '../sweep/run-sweep.js';
import { type Explanation, explain, type FaultCost } from './explain-first-run.js';
import { firstRunSamples } from './first-run-samples.js';
import { inWords } from './first-run-words.js';

/** How a first run is tried. */
export interface FirstRunOptions {
  /** Fresh processes of every treatment: a whole number from 1 to 1000 (default 5: fewer prove nothing). */
  repetitions?: number | undefined;
  /** Jobs of each process: a whole number from 3 to 100000 (default 15). */
  jobs?: number | undefined;
  /** Cores of the job (default: the last isolated one, else the last online one). */
  cores?: readonly number[] | undefined;
  /** SCHED_FIFO priority, 1 to 99 (default 90); without the right to it the processes run without it, and it is said. */
  fifo?: number | undefined;
  /** Threads of the engine (default 1). */
  threads?: number | undefined;
  /** TensorFlow Lite library: a path or a name of `listEngines` (default: the one that a run would use). */
  engine?: string | undefined;
  /** Folder that keeps the runs and `first-run.json` (default: none is kept). */
  output?: string | undefined;
  /** Go on in that folder (default false). */
  resume?: boolean | undefined;
  /** Ends it after the current job. */
  signal?: AbortSignal | undefined;
  /** Ends it at once, in the middle of a job. */
  kill?: AbortSignal | undefined;
  /** Told how far it is: processes done and their number. */
  onProgress?: Progress | undefined;
  /** As of a run. */
  onNote?: ((note: string, urgent?: boolean) => void) | undefined;
  /** As of a run. */
  onWaiting?: ((what: string) => void) | undefined;
}

/** An explanation with its sentences. */
export interface ExplanationInWords extends Explanation {
  /** What it shows, a sentence each. */
  words: string[];
}

/** What stands in `first-run.json`. */
export interface FirstRunReport {
  /** Names the kind of file. */
  format: 'isochron-first-run';
  /** Of the format. */
  version: 1;
  /** As it was given. */
  model: string;
  /** Cost of a page fault on the job's cores, ns, measured apart. */
  cost: FaultCost;
  /** Without XNNPACK and with it, as far as each was tried. */
  explanations: ExplanationInWords[];
  /** What is not there, or does not count, with the reason: a sentence each. */
  missing: string[];
  /** What is to be known of the processes, a sentence each. */
  notes: string[];
  /** Absolute path of the folder with the runs; null where none was kept. */
  folder: string | null;
}

/** What the trial of a first run comes to. */
export interface FirstRunResult {
  /** It was told to end: there is no report, and with `output` the same call with `resume` goes on. */
  interrupted: boolean;
  /** Null where it was interrupted. */
  report: FirstRunReport | null;
  /** Runs that are not there, or not what their point stands for, with the reason. */
  missing: {
    /** Of the run. */
    name: string;
    /** Why it does not count. */
    reason: string;
  }[];
  /** Settings that this model or engine can't have, a sentence each. */
  leftOut: string[];
}

const OPTIONS: Kinds<FirstRunOptions> = {
  repetitions: 'number',
  jobs: 'number',
  cores: 'list of numbers',
  fifo: 'number',
  threads: 'number',
  engine: 'string',
  output: 'string',
  resume: 'boolean',
  signal: 'AbortSignal',
  kill: 'AbortSignal',
  onProgress: 'function',
  onNote: 'function',
  onWaiting: 'function',
};

/**
 * Explains why a model's first inference is slower, and tests what removes it. What `isochron first-run` does.
 *
 * @param model a .tflite file or a network's name
 * @throws UsageError for options that can't be meant, and for what is no model
 * @throws IsochronError E_FIRST_RUN where no run came to an end, and what `runSweep` throws
 */
export async function explainFirstRun(
  model: string,
  options: FirstRunOptions = {},
): Promise<FirstRunResult> {
  requireKind(model, 'string', 'the model of explainFirstRun');
  return forCaller('explainFirstRun', options, OPTIONS, (ours) => tried(model, ours));
}

const INTERRUPTED: FirstRunResult = { interrupted: true, report: null, missing: [], leftOut: [] };

async function tried(model: string, options: FirstRunOptions): Promise<FirstRunResult> {
  const { repetitions = 5, jobs = 15, fifo = 90, threads, engine, output, resume } = options;
  if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > 1000)
    throw new UsageError('--repetitions is a whole number from 1 to 1000.');
  if (!Number.isInteger(jobs) || jobs < 3 || jobs > 100_000)
    throw new UsageError(
      '--jobs is a whole number from 3 to 100000: the first is compared with the others.',
    );
  if (resume && output === undefined)
    throw new UsageError('--resume needs the folder (-o) in which to go on.');
  if (kindOf(model) !== 'model')
    throw new UsageError(
      `${model} is no model, and a first run is explained by what an engine does in it.`,
      'Name a .tflite file or a network.',
    );
  const cores = [...(options.cores ?? defaultCores())];
  const base = {
    cores,
    ...(threads === undefined ? {} : { threads }),
    ...(engine === undefined ? {} : { engine }),
  };
  const suiteOf = (xnnpack: boolean[]) =>
    firstRunSuite(model, {
      repetitions,
      jobs,
      xnnpack,
      base: { ...base, fifo, bestEffort: true },
    });
  try {
    checkSuite(suiteOf([false, true]));
  } catch (error) {
    // the suite is ours: what is wrong with it is an option
    throw error instanceof SuiteError
      ? new UsageError(`--${error.path.slice(1).join('.')}: ${error.fault}`)
      : error;
  }
  const { signal, kill, onProgress, onNote, onWaiting } = options;
  const kept = output === undefined ? null : resolve(output);
  const folder = kept ?? makeTemporaryFolder('isochron-first-run-');
  try {
    const trial = await tryOnce(
      { ...base, workload: model },
      {
        ...(signal ? { signal } : {}),
        ...(onProgress ? { onProgress } : {}),
        ...(onNote ? { onNote } : {}),
        ...(onWaiting ? { onWaiting } : {}),
      },
    );
    if (trial === null) return INTERRUPTED;
    const cost = await measureFaultCost(model, cores, onNote);
    const result = await runSweep(suiteInMemory(suiteOf(trial.xnnpack)), {
      output: kept ?? join(folder, 'runs'),
      resume,
      signal,
      kill,
      onWaiting,
      onNote,
      onProgress: ({ point, done, total, phase, secondsLeft }) =>
        onProgress?.({
          phase: point,
          done,
          total,
          note: phase === 'calibrating' ? phase : '',
          secondsLeft,
        }),
    });
    if (result.interrupted) return INTERRUPTED;
    const [outcome] = result.outcomes;
    if (outcome?.error && result.outcomes.every(({ status }) => status === 'failed'))
      throw noRun(model, outcome.error);
    const { samples, missing, notes } = await firstRunSamples(result.folder);
    if (samples.length === 0)
      throw noRun(model, { message: missing[0]?.reason ?? 'no reason is known.' });
    const explanations = [false, true].flatMap((xnnpack) => {
      const own = samples.filter((sample) => sample.xnnpack === xnnpack);
      if (own.length === 0) return [];
      const explanation = explain(own, cost);
      return [{ ...explanation, words: inWords(explanation) }];
    });
    const report: FirstRunReport = {
      format: 'isochron-first-run',
      version: 1,
      model,
      cost,
      explanations,
      missing: [...missing.map(({ name, reason }) => `${name}: ${reason}`), ...trial.leftOut],
      notes,
      folder: kept,
    };
    if (kept !== null)
      await writeAtomically(join(kept, 'first-run.json'), (file) =>
        file.writeFile(`${JSON.stringify(report, null, 2)}\n`),
      );
    return { interrupted: false, report, missing, leftOut: trial.leftOut };
  } finally {
    if (kept === null) rmSync(folder, { recursive: true, force: true });
  }
}

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
  if (!(await proveThatItRuns(definition, options))) return null;
  try {
    if (!(await proveThatItRuns({ ...definition, xnnpack: true }, options))) return null;
    return { xnnpack: [false, true], leftOut: [] };
  } catch (error) {
    if (!(error instanceof IsochronError && WITHOUT_XNNPACK.includes(error.code))) throw error;
    return { xnnpack: [false], leftOut: [`XNNPACK on: ${error.message}`] };
  }
}
