/** From a definition to a plan: the workload is found (built, checked), the engine located, cores and events verified. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve as resolvePath } from 'node:path';
import { MAX_COUNTERS } from '../addon/job-record.js';
import { type ParsedDefinition, parseDefinition } from '../benchmark/definition.js';
import type { Plan, Scheduling } from '../benchmark/plan.js';
import type { PlanWorkload } from '../benchmark/plan-workload.js';
import { jobsAsked, plainOf, RUN_OPTIONS } from '../benchmark/run-options.js';
import {
  isSynthetic,
  kindOf,
  type PlanOf,
  requireMeant,
  SYNTHETIC,
  titleOf,
} from '../benchmark/workloads.js';
import { resolveEngine } from '../engine/resolve-engine.js';
import { expandEvents } from '../events/parse.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { lastingPath } from '../kernel/files/lasting-path.js';
import { requireFileName } from '../kernel/files/target.js';
import { requireTrustedLibrary } from '../kernel/files/trusted-file.js';
import type { Progress } from '../kernel/progress.js';
import { onlineCores } from '../machine/cores.js';
import type { InputRange } from '../models/input-ranges.js';
import type { ModelFacts } from '../models/verify.js';

type Note = (note: string) => void;

/**
 * @param definition what the user wrote (any of the forms of `BenchmarkDefinition`)
 * @param onNote told what of the cache was made again, and what root runs on another user's word
 * @throws UsageError for a definition that can't be meant (exit code 2)
 * @throws IsochronError for a model, engine or file that can't be used (exit code 1)
 */
export async function resolvePlan(
  definition: unknown,
  onProgress?: Progress,
  onNote?: Note,
): Promise<Plan> {
  const d = parseDefinition(definition);
  if (d.output !== undefined) requireFileName(d.output);
  const cores = d.cores ?? [];
  requireCores(d.sampler ? [...cores, d.sampler.core] : cores);
  // refused before anything is fetched or built
  const events = expandEvents(d.events ?? RUN_OPTIONS.events.default);
  if (events.length > MAX_COUNTERS)
    throw new UsageError(`${events.length} events are more than the ${MAX_COUNTERS} of a record.`);
  const workload = await resolveWorkload(d, onProgress, onNote);
  const period = d.period ?? 0;
  return {
    name: d.name ?? titleOf(workload),
    workload,
    periodNs: period,
    deadlineNs: d.deadline ?? (period > 0 ? period : null),
    jobs: jobsAsked(d),
    durationNs: d.duration ?? null,
    untilCi: d.untilCi ?? null,
    cores,
    scheduling: scheduling(d),
    heapLimitBytes: d.memLimit ?? null,
    events,
    sampler: d.sampler ?? null,
    output: d.output === undefined ? null : resolvePath(d.output),
    ...plainOf(d),
  };
}

function requireCores(cores: number[]): void {
  const online = onlineCores();
  if (online === null) return; // a container without /sys: the kernel answers later
  for (const core of cores)
    if (!online.includes(core))
      throw new UsageError(
        `core ${core} does not exist or is offline.`,
        `This machine's online cores: ${online.join(', ')}.`,
      );
}

function scheduling(d: ParsedDefinition): Scheduling {
  if (d.fifo !== undefined) return { policy: 'fifo', priority: d.fifo };
  if (d.rr !== undefined) return { policy: 'rr', priority: d.rr };
  if (d.schedDeadline !== undefined) return { policy: 'deadline', ...d.schedDeadline };
  return { policy: 'other' };
}

async function resolveWorkload(
  d: ParsedDefinition,
  onProgress?: Progress,
  onNote?: Note,
): Promise<PlanWorkload> {
  const kind = kindOf(d.workload);
  requireMeant(d.workload, (option) => d[option as keyof ParsedDefinition] !== undefined);
  if (isSynthetic(kind)) return SYNTHETIC[kind].plan(d);
  return kind === 'plugin' ? resolvePlugin(d, onNote) : resolveModel(d, onProgress, onNote);
}

function resolvePlugin(d: ParsedDefinition, onNote?: Note): PlanOf<'plugin'> {
  const path = lastingPath(d.workload);
  requireFile(path, 'plugin');
  requireTrustedLibrary(path, 'plugin', onNote);
  return { kind: 'plugin', path, args: d.args ?? '' };
}

async function resolveModel(
  d: ParsedDefinition,
  onProgress?: Progress,
  onNote?: Note,
): Promise<PlanOf<'model'>> {
  // the readers of models are loaded only when there is a model
  const { requireRunnableInputs, verifyModel } = await import('../models/verify.js');
  const { modelFile } = await import('../models/model-file.js');
  const { readModel } = await import('../models/read-model.js');
  const { inputRanges } = await import('../models/input-ranges.js');
  const path = await modelFile(d.workload, onProgress, onNote);
  const facts = verifyModel(path);
  requireRunnableInputs(facts);
  const inputs = inputFiles(d.inputs ?? [], facts.inputs);
  const ranges = generatedRanges(inputRanges(readModel(path)), inputs, facts);
  for (const { path: file } of inputs) requireFile(file, 'input file');
  if (d.dumpOutput !== undefined) makeFolder(resolvePath(d.dumpOutput));
  const engine = await resolveEngine(d.engine, onProgress, onNote);
  return {
    kind: 'model',
    path,
    name: d.workload,
    xnnpack: d.xnnpack ?? false,
    threads: d.threads ?? RUN_OPTIONS.threads.default,
    engine,
    seed: d.seed ?? RUN_OPTIONS.seed.default,
    inputs,
    ...(ranges.length > 0 ? { ranges } : {}),
    ...(d.dumpOutput === undefined
      ? { dumpOutput: null }
      : { dumpOutput: lastingPath(d.dumpOutput), outputs: facts.outputs.length }),
  };
}

/**
 * The ranges of the inputs for which no file is given.
 *
 * @throws IsochronError E_INPUT_UNSUPPORTED where operators ask for values that no number can have
 */
function generatedRanges(
  ranges: InputRange[],
  files: { index: number }[],
  { path, inputs }: ModelFacts,
): { index: number; low: number; high: number }[] {
  const generated = ranges.filter(({ index }) => !files.some((file) => file.index === index));
  for (const { index, low, high, operators } of generated)
    if (low > high)
      throw new IsochronError(
        'E_INPUT_UNSUPPORTED',
        `No generated value suits the input ${inputs[index]?.name} of ${path}: ${operators.join(' and ')} ask for different ones.`,
        'Give it as a raw little-endian file: --input NAME=FILE.',
      );
  return generated.map(({ index, low, high }) => ({ index, low, high }));
}

/** Files given bare go to the inputs in order; NAME=FILE goes to the input of that name. */
function inputFiles(
  given: string[],
  tensors: { name: string }[],
): { index: number; path: string }[] {
  const files: { index: number; path: string }[] = [];
  let next = 0;
  for (const text of given) {
    // NAME=FILE, unless a file of exactly this name exists; tensor names themselves may hold '='
    const named = existsSync(text)
      ? undefined
      : tensors.findIndex((tensor) => text.startsWith(`${tensor.name}=`));
    if (named === -1 && text.includes('='))
      throw new UsageError(
        `the model has no input that "${text}" could name.`,
        `Its inputs: ${tensors.map((tensor) => tensor.name).join(', ')}.`,
      );
    const index = named === undefined || named === -1 ? next++ : named;
    const tensor = tensors[index];
    if (!tensor)
      throw new UsageError(
        `the model has ${tensors.length} ${tensors.length === 1 ? 'input' : 'inputs'}, and more input files are given.`,
      );
    if (files.some((file) => file.index === index))
      throw new UsageError(`two files are given for the input ${tensor.name}.`);
    const path = named === undefined || named === -1 ? text : text.slice(tensor.name.length + 1);
    files.push({ index, path: lastingPath(path) });
  }
  return files;
}

function requireFile(path: string, what: string): void {
  if (!existsSync(path))
    throw new IsochronError('E_NO_FILE', `The ${what} ${path} does not exist.`);
  if (!statSync(path).isFile())
    throw new IsochronError('E_NO_FILE', `The ${what} ${path} is not a file.`);
}

/** Made now, so that a folder that can't be does not surface after the last job. */
function makeFolder(path: string): void {
  try {
    makeWithParents(path);
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new IsochronError(
      'E_OUTPUT',
      `The folder ${path} can't be written: ${(error as Error).message}`,
      'Name another one.',
    );
  }
}

/** Not mkdir's own `recursive`: below /proc, Node 20 then tries for ever. */
function makeWithParents(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeWithParents(parent);
  mkdirSync(path);
}
