/** Checks of what this process may do: real-time priority, its limits, locked memory. */
import { formatBytes } from '../../kernel/quantities.js';
import { type Finding, fail, ok, setcap, unknown, warn } from './check.js';
import type { Facts } from './facts.js';

const EPERM = 1;
const LIMITS = (line: string) =>
  `echo "$USER - ${line}" | sudo tee -a /etc/security/limits.d/isochron.conf   # then log in again`;

export function fifo({ trials, rights, machine }: Facts): Finding {
  const { fifoError } = trials;
  const limit = rights.rtPriority === null ? 'hidden' : String(rights.rtPriority);
  const entitled = rights.capabilities?.includes('CAP_SYS_NICE') ?? false;
  const by = entitled ? 'CAP_SYS_NICE' : `ulimit -r ${limit}`;
  if (fifoError === 0) return ok(`granted (${by})`);
  if (fifoError === null)
    return entitled || (rights.rtPriority ?? 0) >= 90
      ? ok(`${by}, not tried`)
      : unknown('not tried');
  const permitted = entitled || (rights.rtPriority ?? 0) >= 90;
  const group = machine.rtLimit?.runtimeUs === 0 ? machine.rtLimit.cgroup : null;
  if (fifoError === EPERM && permitted)
    return fail(
      group !== null
        ? "refused although permitted: this process's cgroup has no real-time time (cpu.rt_runtime_us is 0)"
        : 'refused although permitted: a cgroup without real-time time (CONFIG_RT_GROUP_SCHED), or a filter of the container',
      group !== null
        ? `boot with rt_group_sched=0, or: echo 950000 | sudo tee ${group}/cpu.rt_runtime_us`
        : 'in a container: docker run --cap-add SYS_NICE --ulimit rtprio=99',
    );
  return fail(
    `refused: no CAP_SYS_NICE, ulimit -r is ${limit}`,
    `${setcap('cap_sys_nice')}   # or: ${LIMITS('rtprio 99')}`,
  );
}

/** What stops real-time threads, and since Linux 6.12 mostly nothing does: a fair server stands in its place. */
export function rtThrottling({ machine }: Facts): Finding {
  const { rtLimit, schedRtRuntimeUs } = machine;
  if (rtLimit === null)
    return unknown(
      schedRtRuntimeUs === null
        ? 'hidden'
        : 'this kernel stops real-time tasks only if it was built with RT_GROUP_SCHED, and hides whether it was',
    );
  const { runtimeUs: runtime, periodUs: period, cgroup } = rtLimit;
  if (runtime < 0)
    return ok(
      schedRtRuntimeUs === null || schedRtRuntimeUs < 0
        ? 'off'
        : 'none since Linux 6.12: other tasks get 5 % of a core where they want it',
    );
  if (period === null || period <= 0) return unknown('its period is hidden');
  if (runtime >= period) return ok('off in effect');
  if (runtime === 0)
    return warn(
      `there are no real-time tasks in this process's cgroup: it has no time for them (cpu.rt_runtime_us of ${cgroup} is 0)`,
      'sudo sysctl -w kernel.sched_rt_runtime_us=-1   # for all cgroups; or give this one some',
    );
  const share = ((runtime / period) * 100).toFixed(0);
  const found = `real-time tasks are stopped at ${share} % of a core (${runtime} of ${period} µs`;
  const mend = 'sudo sysctl -w kernel.sched_rt_runtime_us=-1';
  return cgroup === null
    ? warn(`${found})`, mend)
    : warn(
        `${found}, cpu.rt_runtime_us of ${cgroup})`,
        `${mend}   # for all cgroups; or write more to cpu.rt_runtime_us of this one and of those above it`,
      );
}

/** About what a run locks besides the model: libraries, heaps and the stack of the job. */
const LOCKED_BYTES = 64 * 2 ** 20;

export function memlock({ rights, model }: Facts): Finding {
  const limit = rights.memlockBytes;
  if (rights.capabilities?.includes('CAP_IPC_LOCK')) return ok('any amount (CAP_IPC_LOCK)');
  if (limit === null) return unknown('/proc/self/limits is hidden');
  if (limit === Number.POSITIVE_INFINITY) return ok('unlimited');
  const need = LOCKED_BYTES + 2 * (model?.bytes ?? 0);
  // as the shell says it
  const found = `${limit / 1024} KiB (ulimit -l)`;
  const mend = `${setcap('cap_ipc_lock')}   # or: ${LIMITS('memlock unlimited')}`;
  return limit >= need
    ? ok(found)
    : fail(`${found}, and a run locks about ${formatBytes(need)}`, mend);
}
