/** Isolation as runs and commands use it: with the addon to move tasks, and with sentences about what is worth knowing. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { loadAddon } from '../../addon/load-addon.js';
import type { NativeAddon } from '../../addon/native.js';
import type { IsolationReport } from '../../formats/machine-facts.js';
import { type Kinds, requireKind, requireOptions } from '../../kernel/caller.js';
import { IsochronError, toErrorInfo, UsageError } from '../../kernel/errors.js';
import { onEndingSignals } from '../../kernel/signals.js';
import { SYSTEM_ROOT } from '../../kernel/system-files.js';
import { formatCoreList, onlineCores } from '../cores.js';
import { onCores } from '../housekeeping.js';
import { defaultJobCore } from '../reachable-cores.js';
import { hugePagesStep, type Isolation, isolate, keepIsolated } from './isolate.js';
import { counted } from './isolation-plan.js';
import type { SystemAccess } from './steps.js';
import { type UndoReport, undoLeftovers } from './undo.js';

/** Told a sentence worth a line on stderr. */
type Note = (note: string) => void;

const access = (addon: NativeAddon): SystemAccess => ({
  root: SYSTEM_ROOT,
  move: (tid, cores) => addon.setTaskAffinity(tid, cores),
});

/** Takes back what an isochron that was killed left behind, and says so. Reads two small files when there is nothing. */
export function cleanUp(addon: NativeAddon, note: Note | undefined): void {
  const refused = (error: unknown) => note?.(inWords(error));
  for (const report of undoLeftovers(access(addon), false, refused))
    for (const line of undoLines(report, 'an earlier isolation that was killed')) note?.(line);
}

const inWords = (error: unknown) => {
  const { message, hint } = toErrorInfo(error);
  return hint === undefined ? message : `${message} ${hint}`;
};

/**
 * Runs `work` with these cores isolated, and puts everything back however it ends.
 *
 * @throws E_CORE_ABSENT, E_CORE_OFFLINE, E_AFFINITY_DENIED for a core on which this process may not run, and what `isolate`
 *   of isolate.ts throws, before anything is changed
 */
export async function whileIsolated<T>(
  addon: NativeAddon,
  cores: readonly number[],
  options: { bestEffort: boolean; onNote?: Note | undefined },
  work: (report: IsolationReport) => Promise<T>,
): Promise<T> {
  addon.tryAffinity([...cores]);
  cleanUp(addon, options.onNote);
  const isolation = isolate({ ...access(addon), cores, bestEffort: options.bestEffort });
  try {
    for (const sentence of isolation.report.skipped) options.onNote?.(`isolation: ${sentence}`);
    return await work(isolation.report);
  } finally {
    tellProblems(isolation, options.onNote);
  }
}

function tellProblems(isolation: Isolation, note: Note | undefined): void {
  const report = isolation.undo();
  if (report.failed.length > 0 || report.changed.length > 0)
    for (const line of undoLines(report, 'the isolation')) note?.(line);
}

/** How a command is run on isolated cores. */
export interface IsolateOptions {
  /** The command's cores (default: the last isolated one, else the last online one). */
  cores?: readonly number[] | undefined;
  /** Do what is permitted and leave the rest, which `onNote` is told (default false). */
  bestEffort?: boolean | undefined;
  /** Told what was left as it was, and what an isochron that was killed had left changed: a sentence each. */
  onNote?: ((note: string) => void) | undefined;
  /** Told what was changed, before the command starts. */
  onIsolated?: ((report: IsolationReport) => void) | undefined;
}

/**
 * Runs a command pinned to isolated cores, with this process's own threads elsewhere, puts everything back, and resolves with the
 * exit status that a shell would show. What `isochron isolate` does; it takes root's rights for most of it.
 *
 * @param command its file and its arguments; it has this process's standard streams
 * @throws UsageError for a core that does not exist or is offline
 * @throws IsochronError E_COMMAND when the command can't be started, and what `whileIsolated` throws
 */
export async function runIsolated(
  command: readonly [string, ...string[]],
  options: IsolateOptions = {},
): Promise<number> {
  requireKind(command, 'list of strings', 'the command of runIsolated');
  if (command.length === 0) throw new UsageError('the command of runIsolated is empty.');
  requireOptions('runIsolated', options, ISOLATE_OPTIONS);
  const { bestEffort = false, onNote } = options;
  const cores = coresOf(options.cores);
  const addon = loadAddon();
  return whileIsolated(addon, cores, { bestEffort, onNote }, async (report) => {
    options.onIsolated?.(report);
    return onCores(addon, report.housekeeping, () =>
      pinnedCommand(addon, command, cores, report.housekeeping),
    );
  });
}

const ISOLATE_OPTIONS: Kinds<IsolateOptions> = {
  cores: 'list of numbers',
  bestEffort: 'boolean',
  onNote: 'function',
  onIsolated: 'function',
};

function coresOf(given: readonly number[] | undefined): readonly number[] {
  if (given === undefined) {
    const core = defaultJobCore();
    return core === null ? [] : [core];
  }
  const online = onlineCores();
  const absent = given.find((core) => online?.includes(core) === false);
  if (absent !== undefined)
    throw new UsageError(
      `core ${absent} does not exist or is offline.`,
      `This machine's online cores: ${online?.join(', ')}.`,
    );
  return given;
}

/** What a terminal sends reaches the command by itself. */
const FROM_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT'];

function pinnedCommand(
  addon: NativeAddon,
  [file, ...args]: readonly [string, ...string[]],
  cores: readonly number[],
  housekeeping: number[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    const unheed = onEndingSignals((signal) => {
      if (!FROM_TERMINAL.includes(signal) || !process.stdin.isTTY) child.kill(signal);
    });
    const done = (settle: () => void) => {
      unheed();
      settle();
    };
    // a child has the affinity of the thread that forks it: it never runs anywhere else
    addon.setTaskAffinity(0, [...cores]);
    const child = spawn(file, args, { stdio: 'inherit' });
    addon.setTaskAffinity(0, housekeeping);
    child.once('error', (error: NodeJS.ErrnoException) =>
      done(() =>
        reject(new IsochronError('E_COMMAND', `${file} can't be started: ${reasonOf(error)}.`)),
      ),
    );
    child.once('close', (code, signal) =>
      done(() => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))),
    );
  });
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException) =>
  code === 'ENOENT'
    ? 'there is no such command'
    : code === 'EACCES'
      ? 'it is not executable'
      : message;

/** What was put back. */
export interface Restored {
  /** What was put back and what could not be, a sentence each; none: there was nothing to undo. */
  lines: string[];
  /** Something could not be put back. */
  failed: boolean;
}

/**
 * Puts back what an isolation that was killed left changed, and what `doctor` mended (`fix`). What `isochron isolate --undo` does.
 */
export function restoreIsolation(): Restored {
  const refusals: string[] = [];
  const refused = (error: unknown) => refusals.push(inWords(error));
  const reports = undoLeftovers(access(loadAddon()), true, refused);
  return {
    lines: [...reports.flatMap((report) => undoLines(report, report.journal)), ...refusals],
    failed: refusals.length > 0 || reports.some((report) => report.failed.length > 0),
  };
}

/**
 * Mends what can be taken back: governor, interrupts, tasks, workqueues, huge pages; what is not permitted is left, and said.
 * An earlier mending is taken back first.
 */
export function mend(cores: readonly number[]): string[] {
  const addon = loadAddon();
  const system = access(addon);
  undoLeftovers(system, true, (error) => {
    throw error;
  });
  const hugePages = hugePagesStep(system.root);
  const report = keepIsolated(
    { ...system, cores, bestEffort: true },
    hugePages === null ? [] : [hugePages],
  );
  return isolationLines(report, '`isochron isolate --undo` takes it back');
}

/** An isolation in words. */
export function isolationLines(report: IsolationReport, end: string): string[] {
  const { tasks, interrupts, governors, files } = report;
  const parts = [
    `${counted(tasks.moved, 'task')} moved${tasks.refused > 0 ? ` (${tasks.refused} refused)` : ''}`,
    `${counted(interrupts.moved, 'interrupt')} moved${interrupts.refused > 0 ? ` (${interrupts.refused} refused)` : ''}`,
    ...(governors.length > 0
      ? [`governor of core ${formatCoreList(governors.map((g) => g.core))} to performance`]
      : []),
    ...(files.length > 0 ? [`changed ${files.join(', ')}`] : []),
  ];
  return [
    `core ${formatCoreList(report.cores)} isolated by ${report.method}: ${parts.join(', ')}; ${end}.`,
    ...report.skipped,
  ];
}

function undoLines(report: UndoReport, what: string): string[] {
  const lines = [`undid ${what}: ${counted(report.restored, 'change')} put back.`];
  if (report.changed.length > 0)
    lines.push(
      `Left alone, because somebody else has changed it since: ${report.changed.join(', ')}.`,
    );
  if (report.failed.length > 0)
    lines.push(
      `Could not be put back: ${report.failed.join(', ')}. Try again with more rights: sudo isochron isolate --undo.`,
    );
  return lines;
}
