/**
 * What the kernel leaves real-time threads of a core (sched(7), "Limiting the CPU usage of real-time and deadline processes";
 * scheduler/sched-rt-group.rst): who has used it up is stopped until the next period. Since Linux 6.12 nothing is
 * stopped for it, except where the kernel was built with RT_GROUP_SCHED (commit 5f6bd380c7bd): there each cgroup has a limit of its own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Machine } from '../formats/machine-facts.js';
import { kernelSince, readInteger, readText } from '../kernel/system-files.js';
import { cpuGroups } from './cpu-groups.js';

const NONE = { runtimeUs: -1, periodUs: null, cgroup: null };
type Limit = NonNullable<Machine['rtLimit']>;

/** The tightest limit that a real-time thread of this process is under; null where that can't be told. */
export function rtLimit(root: string): Limit | null {
  const runtimeUs = readInteger(root, 'proc/sys/kernel/sched_rt_runtime_us');
  if (runtimeUs === null) return null;
  if (runtimeUs < 0) return NONE; // groups are not stopped then, either
  const periodUs = readInteger(root, 'proc/sys/kernel/sched_rt_period_us');
  const release = readText(root, 'proc/sys/kernel/osrelease');
  const groups = groupLimits(root);
  const stops = groups.length > 0 || !kernelSince(release, 6, 12) || groupScheduling(root, release);
  if (stops === null) return null;
  if (!stops) return NONE;
  return groups.reduce<Limit>(
    (tightest, group) => (share(group) < share(tightest) ? group : tightest),
    { runtimeUs, periodUs, cgroup: null },
  );
}

const share = ({ runtimeUs, periodUs }: Limit) =>
  periodUs === null || periodUs <= 0 ? Infinity : runtimeUs / periodUs;

/** Only cgroup v1 has them, and no file where RT_GROUP_SCHED is not built in, or switched off. */
function groupLimits(root: string): Limit[] {
  return cpuGroups(root).flatMap((cgroup) => {
    const runtimeUs = readInteger(root, `${cgroup}/cpu.rt_runtime_us`);
    const periodUs = readInteger(root, `${cgroup}/cpu.rt_period_us`);
    return runtimeUs === null ? [] : [{ runtimeUs, periodUs, cgroup }];
  });
}

/** Whether the kernel was built with RT_GROUP_SCHED and has it switched on (Documentation/admin-guide/kernel-parameters.txt, `rt_group_sched`). */
function groupScheduling(root: string, release: string | null): boolean | null {
  const config = readText(root, `boot/config-${release}`) ?? unzipped(join(root, 'proc/config.gz'));
  if (config === null) return null;
  const has = (option: string) => new RegExp(`^CONFIG_${option}=y$`, 'm').test(config);
  if (!has('RT_GROUP_SCHED')) return false;
  const asked = /(?:^|\s)rt_group_sched=([01])/.exec(readText(root, 'proc/cmdline') ?? '')?.[1];
  return asked === undefined ? !has('RT_GROUP_SCHED_DEFAULT_DISABLED') : asked === '1';
}

function unzipped(path: string): string | null {
  try {
    return gunzipSync(readFileSync(path)).toString();
  } catch {
    return null;
  }
}
