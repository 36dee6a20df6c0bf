/**
 * Isolation by cgroup v2's cpuset controller: every group at the top is confined to the other cores, and this process moves
 * into a group of its own. Unlike affinity it also holds what is started meanwhile, and tasks cannot widen their own mask
 * out of it. Documentation/admin-guide/cgroup-v2.rst, "Cpuset".
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { listNames, readText } from '../../kernel/system-files.js';
import { listTasks, type Task } from '../tasks.js';
import {
  confinedCpuset,
  type IsolationPlan,
  onCores,
  taskStep,
  unwritable,
} from './isolation-plan.js';
import { isStep } from './journal-file.js';
import type { Step } from './steps.js';

const ROOT_GROUP = 'sys/fs/cgroup';

/**
 * The steps, or null where this process cannot work at the top of a cgroup v2 hierarchy with the cpuset controller: cgroup v1,
 * a container (whose top is not the machine's), no right to write.
 */
export function planCgroup(plan: IsolationPlan, root: string): Step[] | null {
  const controllers = readText(root, `${ROOT_GROUP}/cgroup.controllers`)?.split(' ') ?? [];
  if (!controllers.includes('cpuset')) return null;
  // every group has a type but the real root
  if (readText(root, `${ROOT_GROUP}/cgroup.type`) !== null) return null;
  const control = `${ROOT_GROUP}/cgroup.subtree_control`;
  const procs = `${ROOT_GROUP}/cgroup.procs`;
  const own = ownGroup(root);
  if (own === null || unwritable(root, control) !== null || unwritable(root, procs) !== null)
    return null;
  const group = `${ROOT_GROUP}/isochron.${process.pid}`;
  const steps: Step[] = [];
  const membership: Step = {
    kind: 'member',
    pid: process.pid,
    from: join(ROOT_GROUP, own, 'cgroup.procs'),
    to: `${group}/cgroup.procs`,
  };
  // seen from a cgroup namespace the own group may stand above its root (`/../…`): there would be no way back
  if (!isStep(membership)) return null;
  const enabled = readText(root, control)?.split(' ').includes('cpuset') ?? false;
  if (!enabled) steps.push({ kind: 'controller', path: control });
  steps.push({ kind: 'cgroup', path: group });
  steps.push(membership);
  for (const name of groups(root)) {
    const partition = readText(root, `${ROOT_GROUP}/${name}/cpuset.cpus.partition`)?.trim();
    // a partition has its cores for itself already, and its owner decides about them
    if (partition !== undefined && partition !== 'member') continue;
    const before = readText(root, `${ROOT_GROUP}/${name}/cpuset.cpus`)?.trim() ?? '';
    const after = confinedCpuset(before, plan);
    if (after !== null)
      steps.push({
        kind: 'file',
        what: 'cpuset',
        path: `${ROOT_GROUP}/${name}/cpuset.cpus`,
        format: 'list',
        before,
        after,
      });
  }
  return steps;
}

/**
 * Tasks whose own mask is narrower than the machine. Before Linux 6.2 a cpuset that changes forgets such masks, so they are
 * noted (and set) before and set again after.
 */
export function narrowTasks(plan: IsolationPlan, online: readonly number[], root: string): Step[] {
  const tasks = onCores(listTasks(root) ?? [], plan.cores).filter((task) => !task.bound);
  return tasks
    .filter((task) => !online.every((core) => task.cores?.includes(core)))
    .map((task: Task): Step => ({ ...taskStep(task, plan), inCpuset: true }));
}

/** This process's group below the root, e.g. `/user.slice/…`. */
function ownGroup(root: string): string | null {
  const line = readText(root, 'proc/self/cgroup')
    ?.split('\n')
    .find((text) => text.startsWith('0::'));
  return line === undefined ? null : line.slice('0::'.length);
}

function groups(root: string): string[] {
  return listNames(root, ROOT_GROUP, /./).filter((name) => {
    try {
      return statSync(join(root, ROOT_GROUP, name)).isDirectory() && !name.startsWith('isochron.');
    } catch {
      return false;
    }
  });
}
