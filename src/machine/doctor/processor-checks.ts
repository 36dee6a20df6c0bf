/** Checks of the processor: which it is, its counters, frequency, idle states, siblings, heat. */
import { armCoreFacts } from '../../events/arm-cores.js';
import { corePmuFor } from '../../events/pmu.js';
import { formatCoreList } from '../cores.js';
import { type Finding, fail, ok, unknown, warn } from './check.js';
import type { Facts } from './facts.js';

export function cpu({ machine, cores }: Facts): Finding {
  if (machine.cpus.length === 0)
    return unknown('/proc/cpuinfo does not say which processor this is');
  const kind =
    machine.cpus.find((c) => cores.some((core) => c.cores.includes(core))) ?? machine.cpus[0];
  const name =
    kind?.name ??
    `unknown core, part ${kind?.part ?? '?'} of implementer ${kind?.implementer ?? '?'}`;
  const others = machine.cpus.length > 1 ? `; ${machine.cpus.length} kinds of core` : '';
  const board = machine.board === null ? '' : ` on ${machine.board}`;
  const virtual = machine.hypervisor === null ? '' : ` (virtual machine: ${machine.hypervisor})`;
  const found = `${name}${kind?.revision && kind.part ? ` ${kind.revision}` : ''}${board}${virtual}${others}`;
  if (kind?.part && machine.arch === 'arm64' && armCoreFacts(kind.part) === null)
    return warn(`${found}; its events are not in the catalogue, the architecture's are used`);
  return machine.hypervisor === null ? ok(found) : warn(found);
}

export function pmu({ machine, trials, pmus, cores, rights }: Facts): Finding {
  const choice = corePmuFor(pmus, cores);
  const name = choice.kind === 'one' ? choice.pmu.name : null;
  const { counters } = trials;
  if (counters === null)
    return name === null
      ? unknown('sysfs shows no PMU of the cores, and it was not tried')
      : ok(`${name}, not tried`);
  const { working, atOnce, cycleCounter, reason } = counters;
  if (working.length > 0) {
    const room =
      atOnce === null
        ? ''
        : `, ${atOnce} programmable counters${cycleCounter ? ' and a cycle counter' : ''}`;
    const direct =
      machine.arch === 'arm64' && machine.perfUserAccess !== null
        ? `, read by ${machine.perfUserAccess === 1 ? 'user space' : 'system calls (kernel.perf_user_access=0)'}`
        : '';
    return ok(`${name ?? 'a PMU that sysfs does not show'}${room}${direct}`);
  }
  const found = reason ?? 'no hardware event can be counted';
  // the folder is shown and the file is not there
  if (machine.perfEventParanoid === null && machine.kernel.release !== null)
    return warn(
      'this kernel has no perf events (no /proc/sys/kernel/perf_event_paranoid)',
      'use a kernel with CONFIG_PERF_EVENTS=y and CONFIG_HW_PERF_EVENTS=y',
    );
  if ((machine.perfEventParanoid ?? 0) > 2 && !rights.capabilities?.includes('CAP_PERFMON'))
    return fail(found, 'sudo sysctl -w kernel.perf_event_paranoid=1');
  return warn(
    found,
    machine.hypervisor === null
      ? 'on an Arm board: check the pmu node of the device tree'
      : undefined,
  );
}

/** Documentation/admin-guide/sysctl/kernel.rst, perf_event_paranoid; Debian adds 3: nothing without the capability. */
export function paranoid({ machine, rights }: Facts): Finding {
  const level = machine.perfEventParanoid;
  if (level === null) return unknown('hidden, or a kernel without perf');
  const capable = rights.capabilities?.find(
    (name) => name === 'CAP_PERFMON' || name === 'CAP_SYS_ADMIN',
  );
  if (capable !== undefined) return ok(`${level}, and this process has ${capable}`);
  if (level > 2)
    return fail(
      `${level}: no counters without CAP_PERFMON`,
      'sudo sysctl -w kernel.perf_event_paranoid=1',
    );
  if (level === 2)
    return warn(
      '2: user mode only, --events-kernel is refused',
      'sudo sysctl -w kernel.perf_event_paranoid=1',
    );
  return ok(`${level}: own tasks may be counted, kernel mode included`);
}

export function governor({ now }: Facts): Finding {
  const told = now.cores.filter((core) => core.governor !== null);
  if (told.length === 0)
    return unknown('no cpufreq: the frequency is fixed, or a virtual machine hides it');
  const text = told
    .map(
      ({ core, governor: name, minKhz, maxKhz }) => `core ${core}: ${name}${range(minKhz, maxKhz)}`,
    )
    .join('; ');
  const others = told.filter((core) => core.governor !== 'performance');
  if (others.length === 0) return ok(text);
  const files = others.map(
    ({ core }) => `/sys/devices/system/cpu/cpu${core}/cpufreq/scaling_governor`,
  );
  return fail(text, `echo performance | sudo tee ${files.join(' ')}`, true);
}

const range = (min: number | null, max: number | null) =>
  min === null || max === null ? '' : `, ${min / 1000}–${max / 1000} MHz`;

/** Above this a wake-up from idle shows in the release latency beside what the scheduler itself costs. */
const DEEP_US = 20;

export function idle({ idleStates, dmaLatency, cores }: Facts): Finding {
  if (idleStates === null) return unknown('no cpuidle states are shown');
  const deep = idleStates.filter((s) => !s.disabled && (s.latencyUs ?? 0) > DEEP_US);
  const names = (states: typeof idleStates) =>
    states.map((s) => `${s.name} ${s.latencyUs ?? '?'} µs`).join(', ');
  if (deep.length === 0) return ok(`${names(idleStates.filter((s) => !s.disabled))}: all shallow`);
  if (dmaLatency === true)
    return ok(`${names(deep)}; kept out of them during a run (/dev/cpu_dma_latency)`);
  return warn(
    `${names(deep)}, and /dev/cpu_dma_latency ${dmaLatency === null ? 'is not there' : 'may not be opened'}`,
    dmaLatency === null
      ? `echo 1 | sudo tee /sys/devices/system/cpu/cpu${cores[0]}/cpuidle/state[1-9]*/disable`
      : 'sudo chmod o+rw /dev/cpu_dma_latency',
  );
}

export function smt({ siblings, machine }: Facts): Finding {
  if (siblings === null) return unknown('the topology is hidden');
  const online = siblings.filter((core) => machine.cores.online?.includes(core) ?? true);
  if (online.length === 0) return ok('the job has its physical core to itself');
  return warn(
    `core ${formatCoreList(online)} shares the job's physical core`,
    online
      .map((core) => `echo 0 | sudo tee /sys/devices/system/cpu/cpu${core}/online`)
      .join(' && '),
  );
}

export function temperature({ now, throttlePoints, cooling }: Facts): Finding {
  const zones = now.temperatures.filter((zone) => zone.celsius !== null);
  if (zones.length === 0) return unknown('no thermal zone tells');
  const text = zones
    .map(({ zone, celsius }) => {
      const limit = throttlePoints[zone];
      return `${zone} ${celsius?.toFixed(0)} °C${limit ? ` of ${limit.toFixed(0)}` : ''}`;
    })
    .join(', ');
  const reached = zones.some(
    ({ zone, celsius }) => (celsius ?? 0) >= (throttlePoints[zone] ?? Number.POSITIVE_INFINITY),
  );
  if (cooling.length > 0)
    return fail(`${text}; ${cooling.join(', ')} is limiting the frequency now`, COOL);
  if (reached) return fail(`${text}: at its limit`, COOL);
  const close = zones.some(
    ({ zone, celsius }) => (celsius ?? 0) >= (throttlePoints[zone] ?? Number.POSITIVE_INFINITY) - 5,
  );
  return close ? warn(`${text}: within 5 °C of its limit`, COOL) : ok(text);
}

const COOL = 'add a heat sink or a fan, lengthen the period, or lower scaling_max_freq';

export function throttled({ firmware }: Facts): Finding {
  if (firmware === null) return unknown("no firmware flags (they are a Raspberry Pi's)");
  const mend =
    'use a 5 V supply of at least 2.5 A with a short cable, and a heat sink; then check: vcgencmd get_throttled';
  if (firmware.now.length > 0) return fail(`now: ${firmware.now.join(', ')}`, mend);
  if (firmware.sinceBoot.length > 0)
    return warn(`since boot: ${firmware.sinceBoot.join(', ')}`, mend);
  return ok('never throttled since boot');
}

/** Sources that user space reads without a system call, through the vDSO. */
const FAST_CLOCKS = ['tsc', 'arch_sys_counter', 'kvm-clock', 'hyperv_clocksource_tsc_page'];

export function clock({ machine, availableClocksources }: Facts): Finding {
  const { clocksource } = machine;
  if (clocksource === null) return unknown('sysfs does not say');
  if (FAST_CLOCKS.includes(clocksource)) return ok(clocksource);
  const better = FAST_CLOCKS.find((name) => availableClocksources.includes(name));
  return warn(
    `${clocksource}: each reading is a system call, and slow`,
    better === undefined
      ? 'boot with tsc=reliable (x86), if the processor has an invariant TSC'
      : `echo ${better} | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource`,
  );
}

export const addon = ({ trials, machine }: Facts): Finding =>
  trials.addonError === null
    ? ok(`loads (linux-${machine.arch}, Node ${process.versions.node})`)
    : fail(trials.addonError.message, trials.addonError.hint ?? undefined);
