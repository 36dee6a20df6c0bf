/**
 * The CPU quota of cgroups (a container's `--cpus`, CPUQuota= of systemd): a group that has used up its time is stopped until its
 * next period, and only its own files tell. Documentation/admin-guide/cgroup-v2.rst, "CPU"; scheduler/sched-bwc.rst for v1.
 */
import { readText } from '../kernel/system-files.js';
import { cpuGroups } from './cpu-groups.js';

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
  for (const folder of cpuGroups(root)) {
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
