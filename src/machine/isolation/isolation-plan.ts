/** What an isolation would change, and what of that this process has no right to: worked out before anything is touched. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../kernel/system-files.js';
import {
  formatCoreList,
  formatCoreMask,
  onlineCores,
  parseCoreList,
  parseCoreMask,
} from '../cores.js';
import { affinityFile, type Interrupt, listInterrupts } from '../interrupts.js';
import { probeRights, type Rights } from '../rights.js';
import { listTasks, type Task } from '../tasks.js';
import { WATCHDOG_CORES, watchdog } from '../watchdog.js';
import type { Step } from './steps.js';

/** Something that this process may not do, in words for a sentence: `set the governor of core 1`. */
export interface Blocked {
  what: string;
  why: string;
}

export interface IsolationPlan {
  cores: number[];
  /** Everything else goes here: the online cores that are not the job's. */
  housekeeping: number[];
  /** Files first, then tasks. */
  files: Step[];
  tasks: Step[];
  blocked: Blocked[];
  /** Kernel threads that belong to a core; they stay. */
  boundKernelThreads: number;
  /** What this machine does not have, in words. */
  absent: string[];
}

/** Null when no online core would be left, or when /sys hides which there are. */
export function housekeepingFor(cores: readonly number[], root: string): number[] | null {
  const rest = onlineCores(root)?.filter((core) => !cores.includes(core)) ?? [];
  return rest.length === 0 ? null : rest;
}

/** @param housekeeping from `housekeepingFor` */
export function planIsolation(
  cores: readonly number[],
  housekeeping: number[],
  root: string,
): IsolationPlan {
  const plan: IsolationPlan = {
    cores: [...cores],
    housekeeping,
    files: [],
    tasks: [],
    blocked: [],
    boundKernelThreads: 0,
    absent: [],
  };
  planGovernors(plan, root);
  planMasks(plan, root);
  planWatchdog(plan, root);
  planInterrupts(plan, root, listInterrupts(root));
  planTasks(plan, listTasks(root), probeRights(root));
  return plan;
}

/** Null when the file may be written, else why not. */
export function unwritable(root: string, path: string): string | null {
  try {
    accessSync(join(root, path), constants.W_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EROFS' ? `/${path} is read-only` : `/${path} is not writable`;
  }
}

function planGovernors(plan: IsolationPlan, root: string): void {
  let seen = false;
  for (const core of plan.cores) {
    const folder = `sys/devices/system/cpu/cpu${core}/cpufreq`;
    const path = `${folder}/scaling_governor`;
    const before = readText(root, path);
    if (before === null) continue;
    seen = true;
    if (before === 'performance') continue;
    const what = `set the governor of core ${core}`;
    const available = readText(root, `${folder}/scaling_available_governors`);
    if (available !== null && !available.split(/\s+/).includes('performance'))
      plan.blocked.push({ what, why: `the kernel offers only ${available.trim()}` });
    else
      pushFile(plan, root, what, {
        kind: 'file',
        what: 'governor',
        path,
        format: 'word',
        before,
        after: 'performance',
      });
  }
  if (!seen) plan.absent.push('no cpufreq governor');
}

const MASKS = [
  ['proc/irq/default_smp_affinity', 'default interrupt affinity', 'set where new interrupts go'],
  ['sys/devices/virtual/workqueue/cpumask', 'workqueues', "move the kernel's workqueues"],
] as const;

function planMasks(plan: IsolationPlan, root: string): void {
  for (const [path, what, words] of MASKS) {
    const before = readText(root, path)?.trim();
    const cores = before === undefined ? null : parseCoreMask(before);
    if (before === undefined || cores === null || !cores.some((core) => plan.cores.includes(core)))
      continue;
    const after = formatCoreMask(without(cores, plan));
    pushFile(plan, root, words, { kind: 'file', what, path, format: 'mask', before, after });
  }
}

function planWatchdog(plan: IsolationPlan, root: string): void {
  const before = readText(root, WATCHDOG_CORES)?.trim();
  const { cores } = watchdog(root) ?? { cores: [] };
  if (before === undefined || !cores.some((core) => plan.cores.includes(core))) return;
  const after = formatCoreList(without(cores, plan));
  const [path, what] = [WATCHDOG_CORES, 'watchdog'] as const;
  const words = "move the kernel's watchdog";
  pushFile(plan, root, words, { kind: 'file', what, path, format: 'list', before, after });
}

function planInterrupts(plan: IsolationPlan, root: string, interrupts: Interrupt[] | null): void {
  if (interrupts === null) {
    plan.absent.push('no /proc/irq');
    return;
  }
  const here = interrupts.filter(
    (irq) => !irq.perCore && irq.cores?.some((core) => plan.cores.includes(core)),
  );
  const [first] = here;
  if (first === undefined) return;
  const why = unwritable(root, affinityFile(first.irq));
  if (why !== null) {
    plan.blocked.push({ what: `move ${counted(here.length, 'interrupt')}`, why });
    return;
  }
  for (const { irq, cores } of here)
    plan.files.push({
      kind: 'file',
      what: 'interrupt',
      path: affinityFile(irq),
      format: 'list',
      before: formatCoreList(cores ?? []),
      after: formatCoreList(without(cores ?? [], plan)),
    });
}

function planTasks(plan: IsolationPlan, tasks: Task[] | null, rights: Rights): void {
  if (tasks === null) {
    plan.absent.push('no tasks in /proc');
    return;
  }
  const here = onCores(tasks, plan.cores);
  plan.boundKernelThreads = here.filter((task) => task.bound).length;
  const movable = here.filter((task) => !task.bound);
  const others = movable.filter((task) => !mayMove(task, rights));
  if (others.length > 0)
    plan.blocked.push({
      what: `move ${counted(others.length, 'task')} of other users and the kernel`,
      why: 'that takes CAP_SYS_NICE',
    });
  plan.tasks.push(
    ...movable.filter((task) => mayMove(task, rights)).map((task) => taskStep(task, plan)),
  );
}

/** sched_setaffinity(2): the same user, or CAP_SYS_NICE. */
const mayMove = (task: Task, rights: Rights) =>
  rights.capabilities?.includes('CAP_SYS_NICE') || (rights.uid !== null && task.uid === rights.uid);

/** Threads of other processes that may run on one of these cores. */
export const onCores = (tasks: readonly Task[], cores: readonly number[]) =>
  tasks.filter(
    (task) => task.pid !== process.pid && task.cores?.some((core) => cores.includes(core)),
  );

/** Away from the job's cores, and nowhere that it was not allowed before if that can be. */
export function taskStep(
  task: Task,
  plan: Pick<IsolationPlan, 'cores' | 'housekeeping'>,
): Step & { kind: 'task' } {
  const before = task.cores ?? [];
  return {
    kind: 'task',
    tid: task.tid,
    startTime: task.startTime,
    comm: task.comm,
    before,
    after: without(before, plan),
  };
}

function without(
  cores: readonly number[],
  plan: Pick<IsolationPlan, 'cores' | 'housekeeping'>,
): number[] {
  const rest = cores.filter((core) => plan.housekeeping.includes(core));
  return rest.length > 0 ? rest : [...plan.housekeeping];
}

function pushFile(
  plan: IsolationPlan,
  root: string,
  what: string,
  step: Step & { kind: 'file' },
): void {
  const why = unwritable(root, step.path);
  if (why === null) plan.files.push(step);
  else plan.blocked.push({ what, why });
}

export const counted = (n: number, one: string) => `${n} ${n === 1 ? one : `${one}s`}`;

/** cpuset of a cgroup without the job's cores; null when nothing of it needs to change or nothing would be left. */
export function confinedCpuset(
  before: string,
  plan: Pick<IsolationPlan, 'cores' | 'housekeeping'>,
): string | null {
  const cores = parseCoreList(before);
  if (cores === null) return null;
  // empty: whatever the parent has
  if (cores.length === 0) return formatCoreList(plan.housekeeping);
  if (!cores.some((core) => plan.cores.includes(core))) return null;
  const rest = cores.filter((core) => plan.housekeeping.includes(core));
  return rest.length === 0 ? null : formatCoreList(rest);
}
