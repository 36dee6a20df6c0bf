/** One change of the system, with what it replaces: made, and taken back. Every step can be undone twice or without having been made. */
import { closeSync, constants, mkdirSync, openSync, rmdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../kernel/system-files.js';
import { parseCoreList, parseCoreMask } from '../cores.js';
import { readTaskOf } from '../tasks.js';

/** How contents are compared. `choice`: the chosen word among the others stands in brackets. */
export type Format = 'word' | 'choice' | 'list' | 'mask';

export type Step =
  /** A file of /proc or /sys, by its path below the root. */
  | {
      kind: 'file';
      what:
        | 'governor'
        | 'interrupt'
        | 'default interrupt affinity'
        | 'workqueues'
        | 'watchdog'
        | 'cpuset'
        | 'huge pages';
      path: string;
      format: Format;
      before: string;
      after: string;
    }
  /** The affinity of one thread; the start time tells it from a later one with the same id. */
  | {
      kind: 'task';
      tid: number;
      startTime: number;
      comm: string;
      before: number[];
      after: number[];
      /** A cpuset changes its mask besides, so that another mask than `after` is ours too. */
      inCpuset?: true;
    }
  /** The cpuset controller, switched on for the children of the root cgroup. */
  | { kind: 'controller'; path: string }
  /** A cgroup of our own. */
  | { kind: 'cgroup'; path: string }
  /** A process of ours, moved between cgroups (paths of cgroup.procs files). */
  | { kind: 'member'; pid: number; from: string; to: string };

/** Moves a thread (setTaskAffinity of the addon): 0 or errno. */
export type MoveTask = (tid: number, cores: number[]) => number;

export interface SystemAccess {
  root: string;
  move: MoveTask;
}

/** What became of a step that was taken back. `changed`: somebody else has changed it since, so it is left alone. */
export type Undone = 'restored' | 'untouched' | 'gone' | 'changed' | 'failed';

const ESRCH = 3;

/** Makes the change. Null, or why it was refused (an errno name or number). */
export function apply(step: Step, { root, move }: SystemAccess): string | null {
  switch (step.kind) {
    case 'file':
      return attempt(() => write(root, step.path, step.after));
    case 'task': {
      const error = move(step.tid, step.after);
      return error === 0 ? null : String(error);
    }
    case 'controller':
      return attempt(() => write(root, step.path, '+cpuset'));
    case 'cgroup':
      return attempt(() => mkdirSync(join(root, step.path)));
    case 'member':
      return attempt(() => write(root, step.to, String(step.pid)));
  }
}

/** Takes the change back, if it is still there. */
export function undo(step: Step, { root, move }: SystemAccess): Undone {
  switch (step.kind) {
    case 'file': {
      const now = readText(root, step.path);
      if (now === null) return 'gone';
      if (shows(step.format, now, step.before)) return 'untouched';
      if (!shows(step.format, now, step.after)) return 'changed';
      const error = attempt(() => write(root, step.path, step.before));
      return outcome(error === null ? null : asInherited(step, root, error));
    }
    case 'task': {
      const task = readTaskOf(step.tid, root);
      if (task === null || task.startTime !== step.startTime || task.cores === null) return 'gone';
      if (sameCores(task.cores, step.before)) return 'untouched';
      if (!step.inCpuset && !sameCores(task.cores, step.after)) return 'changed';
      const error = move(step.tid, step.before);
      return error === 0 ? 'restored' : error === ESRCH ? 'gone' : 'failed';
    }
    case 'controller': {
      const now = readText(root, step.path);
      if (now === null) return 'gone';
      if (!now.split(' ').includes('cpuset')) return 'untouched';
      return outcome(attempt(() => write(root, step.path, '-cpuset')));
    }
    case 'cgroup': {
      const error = attempt(() => rmdirSync(join(root, step.path)));
      return error === 'ENOENT' ? 'untouched' : outcome(error);
    }
    case 'member': {
      // its children, too: the group goes away only when it is empty
      const members = (readText(root, step.to) ?? '').split('\n').filter((pid) => pid !== '');
      if (members.length === 0) return 'untouched';
      const errors = members.map((pid) => attempt(() => write(root, step.from, pid)));
      return outcome(errors.find((error) => error !== null && error !== 'ESRCH') ?? null);
    }
  }
}

/**
 * A cpuset that inherited its cores can't be made to again while its group has tasks: every core there may be is the same
 * to them.
 */
function asInherited(step: Step & { kind: 'file' }, root: string, error: string): string | null {
  const possible = readText(root, 'sys/devices/system/cpu/possible');
  if (step.what !== 'cpuset' || step.before !== '' || possible === null) return error;
  return attempt(() => write(root, step.path, possible));
}

const outcome = (error: string | null): Undone =>
  error === null ? 'restored' : error === 'ENOENT' || error === 'ESRCH' ? 'gone' : 'failed';

function attempt(change: () => void): string | null {
  try {
    change();
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** One write(2), as the kernel's files want it; an empty list is an empty line, since nothing written is no write. */
function write(root: string, path: string, text: string): void {
  const file = openSync(join(root, path), constants.O_WRONLY | constants.O_TRUNC);
  try {
    writeSync(file, `${text}\n`);
  } finally {
    closeSync(file);
  }
}

/** Whether what the kernel shows is what was (or would be) written: it writes lists and masks in its own way. */
function shows(format: Format, now: string, written: string): boolean {
  if (format === 'word') return now.trim() === written.trim();
  if (format === 'choice') return (/\[(\w+)\]/.exec(now)?.[1] ?? now.trim()) === written.trim();
  const parse = format === 'list' ? parseCoreList : parseCoreMask;
  const [left, right] = [parse(now), parse(written)];
  return left !== null && right !== null && sameCores(left, right);
}

export const sameCores = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((core, i) => core === b[i]);
