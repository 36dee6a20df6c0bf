/** What is said when the process that runs a workload ended without a word of its own. */
import { statSync } from 'node:fs';
import type { NativePlan } from '../addon/native.js';
import { type ErrorInfo, IsochronError, toErrorInfo } from '../kernel/errors.js';

/** How a process ended. */
export interface Death {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it wrote to stdout and stderr. */
  output: string;
}

/** How the process of a run ended. */
export interface RunDeath extends Death {
  /** It had told that it was ready. */
  prepared: boolean;
  /** The model's file is another than when the process was started. */
  modelChanged: boolean;
}

/** By which a model's file is known to have been written to; null for a workload without one. */
export function stateOfModel({ workload }: NativePlan): string | null {
  if (workload.kind !== 'tflite') return null;
  const stats = statSync(workload.model, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs}` : 'gone';
}

/** Signals that a program's own fault raises; any other came from outside. */
const FAULTS = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGFPE', 'SIGILL']);

/**
 * The one sentence on a process that died.
 *
 * @param subject whose process it was
 * @param when what it was at
 * @param culprit who is said to have crashed where a fault has ended it
 */
export function deathOf(
  subject: string,
  { code, signal, output }: Death,
  when: string,
  culprit?: string,
): string {
  const how =
    signal === null
      ? `${subject} ended with status ${code}`
      : culprit !== undefined && FAULTS.has(signal)
        ? `${culprit} crashed (${signal})`
        : `${subject} was ended by ${signal}`;
  const words = lastWords(output);
  return `${how} ${when}${words ? `; its last words: ${words.replace(/\.$/, '')}` : ''}.`;
}

/** What is said of a run's process, and what to do about it. */
export function crash(death: RunDeath, { workload, lending }: NativePlan): ErrorInfo {
  const { prepared } = death;
  const over = workload.kind === 'tflite' ? `over the model ${workload.model} ` : '';
  const when = prepared ? 'during the run' : 'while it was made ready';
  const advice = adviceOn(death, workload, lending.heapLimitBytes);
  // before it was ready there was no row
  const kept = prepared ? 'All rows but those of the last milliseconds are kept.' : '';
  return toErrorInfo(
    new IsochronError(
      'E_CRASHED',
      deathOf(PROCESS, death, over + when, CULPRITS[workload.kind] ?? PROCESS),
      [advice, kept].filter((sentence) => sentence !== '').join(' '),
    ),
  );
}

const PROCESS = "The benchmark's process";
const CULPRITS: Partial<Record<NativePlan['workload']['kind'], string>> = {
  tflite: 'The engine',
  plugin: 'The plugin',
};

function adviceOn(
  { signal, modelChanged }: RunDeath,
  workload: NativePlan['workload'],
  heapLimitBytes: number,
): string {
  if (signal === 'SIGBUS' && modelChanged)
    return "The model's file was changed while it ran: leave it as it is until the run has ended.";
  if (heapLimitBytes > 0)
    return `The heap limit (-m) of ${heapLimitBytes} bytes was in force: raise it if the engine needs more.`;
  if (signal === 'SIGXCPU')
    return 'The limit on its CPU time was reached: raise it (`ulimit -t`, LimitCPU or LimitRTTIME of a service).';
  if (signal === 'SIGKILL')
    return 'Somebody killed it, or the kernel did for want of memory (see dmesg).';
  if (workload.kind !== 'tflite')
    return workload.kind === 'plugin' ? 'The fault is in its code.' : '';
  if (signal === 'SIGFPE')
    return 'An integer was probably divided by zero: give the model other values with --input NAME=FILE, or another --seed.';
  if (signal === 'SIGILL')
    return "It probably uses instructions that this processor doesn't have: choose a library that was built for it (--engine PATH).";
  return `The model is more than this engine can take: try ${workload.xnnpack ? '--no-xnnpack, or ' : ''}another one (--engine PATH).`;
}

/**
 * What a process said before it died, for the end of a sentence: its last error, or else its last line that isn't mere
 * information (the engine reports what it created with `INFO:`). Empty where it said nothing of the kind.
 */
export function lastWords(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(INFO|VERBOSE|DEBUG)\b/.test(line));
  const last = (pattern: RegExp) => lines.findLast((line) => pattern.test(line));
  return (
    last(/^(ERROR|FATAL|F\d{4} )/) ??
    last(/\b(error|abort|assert|check failed)/i) ??
    lines.at(-1) ??
    ''
  );
}
