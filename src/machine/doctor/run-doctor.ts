/** The doctor with everything that it needs: the facts of /proc and /sys, and what is found out by trying. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { loadAddon } from '../../addon/load-addon.js';
import { forCaller, type Kinds } from '../../kernel/caller.js';
import { toErrorInfo, UsageError } from '../../kernel/errors.js';
import type { Progress } from '../../kernel/progress.js';
import { onlineCores } from '../cores.js';
import { offerEvents } from '../offer-events.js';
import { defaultCores } from '../reachable-cores.js';
import type { Check } from './check.js';
import { examine } from './examine.js';
import { NO_TRIALS, probeFacts, type Trials } from './facts.js';

/** The priority that examples and the demo use. */
const TRIED_PRIORITY = 90;

/** What the doctor looks at. */
export interface DoctorOptions {
  /** The job's cores (default: the last isolated core, else the last online one). */
  cores?: readonly number[] | undefined;
  /** A model file or a network's name, for the check of memory (default: none). */
  model?: string | undefined;
  /** Told how far a model is built, where one is. */
  onProgress?: Progress;
  /** Told when a file of the cache was not what had been put there, and is made again. */
  onNote?: ((note: string) => void) | undefined;
}

/** What the doctor found. */
export interface DoctorReport {
  /** Names the kind of report. */
  format: 'isochron-doctor';
  /** Of the format. */
  version: 1;
  /** The job's cores that were looked at. */
  cores: number[];
  /** Each with what was found, why it matters, and what mends it. */
  checks: Check[];
  /** No check failed. Warnings and what is unknown do not count. */
  passed: boolean;
}

/**
 * Examines this machine for a real-time job. What a container hides is `unknown`, never an error.
 *
 * @throws UsageError for a core that does not exist or is offline
 * @throws IsochronError for a model that is not there
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  return forCaller('doctor', options, OPTIONS, reportOf);
}

const OPTIONS: Kinds<DoctorOptions> = {
  cores: 'list of numbers',
  model: 'string',
  onProgress: 'function',
  onNote: 'function',
};

async function reportOf(options: DoctorOptions): Promise<DoctorReport> {
  const cores = [...(options.cores ?? defaultCores())];
  const online = onlineCores();
  const absent = cores.find((c) => online?.includes(c) === false);
  if (absent !== undefined)
    throw new UsageError(
      `core ${absent} does not exist or is offline.`,
      `This machine's online cores: ${online?.join(', ')}.`,
    );
  const model = options.model === undefined ? null : await sizeOf(options.model, options);
  const checks = examine(probeFacts(cores, { trials: trials(cores), model }));
  return {
    format: 'isochron-doctor',
    version: 1,
    cores,
    checks,
    passed: checks.every((check) => check.status !== 'fail'),
  };
}

async function sizeOf(model: string, { onProgress, onNote }: DoctorOptions) {
  const { modelFile } = await import('../../models/model-file.js');
  const path = await modelFile(model, onProgress, onNote);
  return { name: basename(model, '.tflite'), bytes: statSync(path).size };
}

function trials(cores: readonly number[]): Trials {
  try {
    const addon = loadAddon();
    return {
      addonError: null,
      affinityError: refusalOf(() => addon.tryAffinity([...cores])),
      fifoError: addon.tryFifo(TRIED_PRIORITY),
      counters: tryCounters(cores),
    };
  } catch (error) {
    const { message, hint } = toErrorInfo(error);
    return { ...NO_TRIALS, addonError: { message, hint: hint ?? null } };
  }
}

function refusalOf(attempt: () => void): Trials['affinityError'] {
  try {
    attempt();
    return null;
  } catch (error) {
    const { message, hint } = toErrorInfo(error);
    return { message, hint: hint ?? null };
  }
}

/** Null where the job's core can't be tried: the cpuset of this process is without it. */
function tryCounters(cores: readonly number[]): Trials['counters'] {
  let offer: ReturnType<typeof offerEvents>;
  try {
    offer = offerEvents({ core: cores[0] });
  } catch {
    return null;
  }
  const set = offer.sets.find(({ name }) => name === 'rtbench')?.events ?? [];
  const events = offer.events.filter(({ name }) => set.includes(name));
  return {
    working: events.filter((event) => event.offered).map((event) => event.name),
    reason: events.find((event) => !event.offered)?.reason ?? null,
    atOnce: offer.countersAtOnce,
    cycleCounter: offer.cycleCounter,
  };
}
