/**
 * The CPU quota of cgroups (a container's `--cpus`, CPUQuota= of systemd): a group that has used up its time is stopped until its
 * next period, and only its own files tell. Documentation/admin-guide/cgroup-v2.rst, "CPU"; scheduler/sched-bwc.rst for v1.
 */
import { readText } from '../kernel/system-files.js';

/** What one group counts up. */
export interface QuotaCount {
  /** Periods in which some of its tasks were stopped. */
  periods: number;
  /** For how long, summed over cores. */
  ms: number;
}

/** Of this process's group and of those above it that can be seen, by folder; a group without the controller tells nothing. */
export function quotaCounts(root: string): Map<string, QuotaCount> {
  const counts = new Map<string, QuotaCount>();
  for (const folder of ownGroups(root)) {
    const stat = readText(root, `${folder}/cpu.stat`) ?? '';
    const value = (name: string) => new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1];
    const periods = value('nr_throttled');
    const us = value('throttled_usec');
    const ns = value('throttled_time'); // v1
    if (periods === undefined || (us ?? ns) === undefined) continue;
    counts.set(folder, {
      periods: Number(periods),
      ms: us === undefined ? Number(ns) / 1e6 : Number(us) / 1e3,
    });
  }
  return counts;
}

/** What has come since: of the group that stood still longest, as nested ones stand still together. Null where none tells. */
export function quotaSince(
  before: ReadonlyMap<string, QuotaCount>,
  after: ReadonlyMap<string, QuotaCount>,
): QuotaCount | null {
  let most: QuotaCount | null = null;
  for (const [folder, { periods, ms }] of after) {
    const then = before.get(folder);
    if (then === undefined || periods < then.periods || ms < then.ms) continue;
    const since = { periods: periods - then.periods, ms: ms - then.ms };
    if (
      most === null ||
      since.ms > most.ms ||
      (since.ms === most.ms && since.periods > most.periods)
    )
      most = since;
  }
  return most;
}

/** Folders of the groups with a quota, if they have one, that this process is in: v1's hierarchy of the cpu controller, and v2's. */
function ownGroups(root: string): string[] {
  const entries = (readText(root, 'proc/self/cgroup') ?? '').split('\n').map((line) => {
    const [, controllers = '', ...path] = line.split(':');
    return { controllers: controllers.split(','), path: path.join(':') };
  });
  const folders: string[] = [];
  // proc_pid_mountinfo(5): …, root of the mount within its file system, where it is mounted, …, -, type, source, its options
  for (const line of (readText(root, 'proc/self/mountinfo') ?? '').split('\n')) {
    const [own = '', rest = ''] = line.split(' - ');
    const [, , , top = '', mounted = ''] = own.split(' ').map(unescaped);
    const [type, , options = ''] = rest.split(' ');
    const v1 = type === 'cgroup' && options.split(',').includes('cpu');
    if (!v1 && type !== 'cgroup2') continue;
    const group = entries.find(({ controllers }) => controllers.includes(v1 ? 'cpu' : ''));
    for (let path = group && below(top, group.path); path !== undefined; path = parent(path))
      folders.push(`${mounted}${path}`);
  }
  return folders;
}

/** A group's path below the one that is mounted, '' for that itself; undefined for one that is elsewhere. */
function below(top: string, path: string): string | undefined {
  const above = top === '/' ? '' : top;
  if (path !== top && !path.startsWith(`${above}/`)) return undefined;
  const rest = path.slice(above.length).replace(/\/$/, '');
  // seen from a cgroup namespace that it is not in (`/../…`)
  return rest.split('/').includes('..') ? undefined : rest;
}

const parent = (path: string) => (path === '' ? undefined : path.slice(0, path.lastIndexOf('/')));

const unescaped = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
