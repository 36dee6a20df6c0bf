/** Taking an isolation back: by whoever made it, or by the next start. */
import { listTasks, type Task } from '../tasks.js';
import { Journal, journalPaths } from './journal.js';
import { type Step, type SystemAccess, sameCores, type Undone, undo } from './steps.js';

export interface UndoReport {
  journal: string;
  restored: number;
  /** Files that somebody else has changed since; they were left alone. */
  changed: string[];
  /** What could not be put back; it stays in the journal, for the next start. */
  failed: string[];
}

/** Takes every change of a journal back, the last one first. Harmless to do twice. */
export function undoJournal(journal: Journal, access: SystemAccess): UndoReport {
  const report: UndoReport = { journal: journal.path, restored: 0, changed: [], failed: [] };
  if (journal.outlived(access.root)) {
    journal.settle([]);
    return report;
  }
  const remaining: Step[] = [];
  for (const step of undoOrder(journal.content.steps)) {
    const outcome: Undone = undo(step, access);
    if (outcome === 'restored') report.restored++;
    else if (outcome === 'changed') report.changed.push(nameOf(step));
    else if (outcome === 'failed') {
      report.failed.push(nameOf(step));
      remaining.unshift(step);
    }
  }
  report.restored += releaseNewborn(journal, access);
  journal.settle(remaining);
  return report;
}

/**
 * Takes back what processes that are gone left behind, and with `kept` also what `doctor --fix` made.
 *
 * @param onRefused told of a journal that is not believed or understood (E_JOURNAL); the others are taken back all the same
 */
export function undoLeftovers(
  access: SystemAccess,
  kept: boolean,
  onRefused: (error: unknown) => void,
): UndoReport[] {
  return journalPaths(access.root).flatMap((path) => {
    try {
      const journal = Journal.read(path);
      return journal === null || !isLeftover(journal, access.root, kept)
        ? []
        : [undoJournal(journal, access)];
    } catch (error) {
      onRefused(error);
      return [];
    }
  });
}

function isLeftover(journal: Journal, root: string, kept: boolean): boolean {
  const isKept = journal.content.owner === null;
  return isKept ? kept || journal.outlived(root) : journal.livingOwner(root) === null;
}

/**
 * Tasks that were started meanwhile by ones that had been moved have inherited the narrow mask: they get what their ancestor
 * had. Returns how many.
 */
function releaseNewborn(journal: Journal, { root, move }: SystemAccess): number {
  const moved = new Map<number, Step & { kind: 'task' }>();
  for (const step of journal.content.steps) if (step.kind === 'task') moved.set(step.tid, step);
  if (moved.size === 0) return 0;
  const tasks = listTasks(root) ?? [];
  const byTid = new Map(tasks.map((task) => [task.tid, task]));
  const latest = Math.max(...[...moved.values()].map((step) => step.startTime));
  let released = 0;
  for (const task of tasks) {
    const own = moved.get(task.tid);
    if (own?.startTime === task.startTime || task.bound || task.cores === null) continue;
    // older than a task that was there at the start: it was there, too, and was not moved
    if (task.startTime < latest || task.pid === process.pid) continue;
    const ancestor = ancestorOf(task, moved, byTid);
    if (ancestor === null || !sameCores(task.cores, ancestor.after)) continue;
    if (move(task.tid, ancestor.before) === 0) released++;
  }
  return released;
}

function ancestorOf(
  task: Task,
  moved: ReadonlyMap<number, Step & { kind: 'task' }>,
  byTid: ReadonlyMap<number, Task>,
): (Step & { kind: 'task' }) | null {
  const seen = new Set<number>();
  for (let pid = task.pid === task.tid ? task.parent : task.pid; pid > 0 && !seen.has(pid); ) {
    seen.add(pid);
    const step = moved.get(pid);
    if (step !== undefined) return step;
    pid = byTid.get(pid)?.parent ?? 0;
  }
  return null;
}

/**
 * The last one first, but the controller before all: the cpusets go with it, and in a group with tasks a cpuset can't be
 * emptied again (ENOSPC).
 */
function undoOrder(steps: readonly Step[]): Step[] {
  const reversed = steps.toReversed();
  const isController = (step: Step) => step.kind === 'controller';
  return [...reversed.filter(isController), ...reversed.filter((step) => !isController(step))];
}

function nameOf(step: Step): string {
  switch (step.kind) {
    case 'file':
    case 'controller':
    case 'cgroup':
      return `/${step.path}`;
    case 'task':
      return `affinity of task ${step.tid} (${step.comm})`;
    case 'member':
      return `cgroup of process ${step.pid}`;
  }
}
