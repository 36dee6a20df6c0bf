/** Giving cores to one job: everything that can be moved away from them is, and is put back at the end. */

import type { IsolationReport } from '../../formats/machine-facts.js';
import { IsochronError, UsageError } from '../../kernel/errors.js';
import { readText } from '../../kernel/system-files.js';
import { formatCoreList, onlineCores } from '../cores.js';
import { listTasks } from '../tasks.js';
import { narrowTasks, planCgroup } from './cgroup.js';
import { guard } from './guard.js';
import {
  counted,
  housekeepingFor,
  type IsolationPlan,
  onCores,
  planIsolation,
  taskStep,
  unwritable,
} from './isolation-plan.js';
import { Journal, type JournalName } from './journal.js';
import { apply, type Step, type SystemAccess, undo } from './steps.js';
import { type UndoReport, undoJournal } from './undo.js';

export interface IsolationOptions extends SystemAccess {
  /** The job's cores. */
  cores: readonly number[];
  /** Do what is permitted and leave the rest. */
  bestEffort: boolean;
}

/** An isolation that is in force. */
export class Isolation {
  readonly report: IsolationReport;
  readonly #journal: Journal;
  readonly #access: SystemAccess;
  readonly #release: () => void;
  #undone: UndoReport | null = null;

  constructor(report: IsolationReport, journal: Journal, access: SystemAccess) {
    this.report = report;
    this.#journal = journal;
    this.#access = access;
    this.#release = guard(() => this.undo());
  }

  /** Puts everything back; synchronous, and harmless to call again. */
  undo(): UndoReport {
    if (this.#undone !== null) return this.#undone;
    this.#undone = undoJournal(this.#journal, this.#access);
    this.#release();
    return this.#undone;
  }
}

/**
 * Isolates cores until `undo()`, the end of this process, or, after a SIGKILL, the next start.
 *
 * @throws UsageError when no core would be left for everything else
 * @throws IsochronError E_ISOLATION_DENIED without the rights (nothing has been changed then), E_ISOLATED when another isolation
 *   is in force, E_JOURNAL when its journal can't be written
 */
export function isolate(options: IsolationOptions): Isolation {
  const plan = requirePlan(options);
  const made = make(plan, options, 'isolation');
  return new Isolation(made.report, made.journal, options);
}

/**
 * The same for good: until `isochron isolate --undo` or the next boot. Tasks are moved by affinity, so that a later run can
 * still go to the core.
 *
 * @throws as `isolate` does; E_ISOLATED when it has been done and not undone
 */
export function keepIsolated(
  options: IsolationOptions,
  more: readonly Step[] = [],
): IsolationReport {
  const plan = requirePlan(options);
  plan.files.push(...more);
  return make(plan, options, 'kept').report;
}

/** The step that stops the kernel from assembling huge pages unasked; null where it does not, or may not be changed. */
export function hugePagesStep(root: string): Step | null {
  const path = 'sys/kernel/mm/transparent_hugepage/enabled';
  const mode = /\[(\w+)\]/.exec(readText(root, path) ?? '')?.[1];
  if (mode !== 'always' || unwritable(root, path) !== null) return null;
  return {
    kind: 'file',
    what: 'huge pages',
    path,
    format: 'choice',
    before: 'always',
    after: 'madvise',
  };
}

function requirePlan({ cores, bestEffort, root }: IsolationOptions): IsolationPlan {
  if (cores.length === 0)
    throw new UsageError('isolation needs the cores of the job.', 'Name them with -c.');
  const housekeeping = housekeepingFor(cores, root);
  if (housekeeping === null)
    throw new UsageError(
      onlineCores(root) === null
        ? 'this machine does not show its cores (/sys is hidden), so none can be isolated.'
        : `isolating core ${formatCoreList(cores)} would leave no core for everything else.`,
      'Leave one core at least to the rest of the system.',
    );
  const plan = planIsolation(cores, housekeeping, root);
  if (plan.blocked.length > 0 && !bestEffort)
    throw new IsochronError(
      'E_ISOLATION_DENIED',
      `This process may not ${plan.blocked.map(({ what, why }) => `${what} (${why})`).join(', nor ')}; nothing was changed.`,
      `Run it as root, or add --best-effort to do only the rest (${restOf(plan)}).`,
    );
  return plan;
}

function restOf({ files, tasks }: IsolationPlan): string {
  const parts = [
    ...(files.length > 0 ? [`change ${counted(files.length, 'file')} of /proc and /sys`] : []),
    ...(tasks.length > 0 ? [`move ${counted(tasks.length, 'own task')}`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : 'which is nothing here';
}

/** Newly started tasks are looked for this often; each round moves the parents of what the last one found. */
const SWEEPS = 3;

function make(plan: IsolationPlan, access: IsolationOptions, name: JournalName) {
  const report: IsolationReport = {
    cores: plan.cores,
    housekeeping: plan.housekeeping,
    method: 'affinity',
    governors: [],
    tasks: { moved: 0, refused: 0, bound: plan.boundKernelThreads },
    interrupts: { moved: 0, refused: 0 },
    files: [],
    skipped: [...plan.blocked.map(({ what, why }) => `It may not ${what}: ${why}.`)],
    absent: plan.absent,
    journal: '',
  };
  const journal = Journal.begin(access.root, name, [...plan.files]);
  report.journal = journal.path;
  try {
    for (const step of plan.files) count(step, apply(step, access), report);
    const mayMoveAll = plan.blocked.every(({ why }) => !why.includes('CAP_SYS_NICE'));
    if (name === 'isolation' && mayMoveAll && confineByCgroup(plan, access, journal, report))
      report.method = 'cgroup';
    else moveAll(plan.tasks, access, journal, report);
    sweep(plan, access, journal, report);
  } catch (error) {
    undoJournal(journal, access);
    throw error;
  }
  return { report, journal };
}

/** False when it can't be done here; then nothing of it is left. */
function confineByCgroup(
  plan: IsolationPlan,
  access: SystemAccess,
  journal: Journal,
  report: IsolationReport,
): boolean {
  const steps = planCgroup(plan, access.root);
  if (steps === null) return false;
  const narrow = narrowTasks(plan, [...plan.cores, ...plan.housekeeping], access.root);
  journal.append([...narrow, ...steps]);
  for (const step of narrow) count(step, apply(step, access), report);
  for (const [i, step] of steps.entries()) {
    const refusal = apply(step, access);
    count(step, refusal, report);
    if (refusal === null || step.kind === 'file') continue;
    report.skipped.push(
      `A cpuset could not be used (${refusal}), so tasks were moved by their affinity.`,
    );
    for (const done of steps.slice(0, i + 1).toReversed()) undo(done, access);
    return false;
  }
  return true;
}

function moveAll(
  steps: readonly Step[],
  access: SystemAccess,
  journal: Journal,
  report: IsolationReport,
): void {
  journal.append(steps);
  for (const step of steps) count(step, apply(step, access), report);
}

/** Tasks that are still there: started meanwhile, or of the root cgroup, which no cpuset confines. */
function sweep(
  plan: IsolationPlan,
  access: SystemAccess,
  journal: Journal,
  report: IsolationReport,
): void {
  const known = new Set(
    journal.content.steps.flatMap((step) => (step.kind === 'task' ? step.tid : [])),
  );
  const permitted = new Set(plan.tasks.flatMap((step) => (step.kind === 'task' ? step.tid : [])));
  const blocked = plan.blocked.some(({ why }) => why.includes('CAP_SYS_NICE'));
  for (let round = 0; round < SWEEPS; round++) {
    const left = onCores(listTasks(access.root) ?? [], plan.cores).filter(
      (task) => !task.bound && !known.has(task.tid) && (!blocked || permitted.has(task.tid)),
    );
    if (left.length === 0) return;
    for (const task of left) known.add(task.tid);
    moveAll(
      left.map((task) => taskStep(task, plan)),
      access,
      journal,
      report,
    );
  }
}

function count(step: Step, refusal: string | null, report: IsolationReport): void {
  if (step.kind === 'task') {
    // a task that has ended meanwhile needs no moving
    if (refusal === null) report.tasks.moved++;
    else if (refusal !== ESRCH) report.tasks.refused++;
  } else if (step.kind === 'file' && step.what === 'interrupt') {
    if (refusal === null) report.interrupts.moved++;
    else report.interrupts.refused++;
  } else if (step.kind === 'file' && refusal !== null)
    report.skipped.push(`The kernel refused to change /${step.path} (${refusal}).`);
  else if (step.kind === 'file' && step.what === 'governor')
    report.governors.push({ core: Number(/cpu(\d+)\//.exec(step.path)?.[1]), before: step.before });
  else if (refusal === null && 'path' in step) report.files.push(`/${step.path}`);
}

const ESRCH = '3';
