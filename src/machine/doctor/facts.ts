/** Everything that the checks look at. Reading it and judging it are apart, so that a check is a function of plain data. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { PmuMachine } from '../../events/pmu.js';
import type { Machine, Volatile } from '../../formats/machine-facts.js';
import { listNames, readInteger, readText, SYSTEM_ROOT } from '../../kernel/system-files.js';
import { parseCoreList } from '../cores.js';
import { type Interrupt, listInterrupts } from '../interrupts.js';
import { probePmus } from '../pmus.js';
import { probeMachine, probeVolatile } from '../probe-machine.js';
import { probeRights, type Rights } from '../rights.js';
import { listTasks, type Task } from '../tasks.js';
import {
  activeCooling,
  type FirmwareThrottling,
  probeFirmwareThrottling,
  throttlePoint,
} from '../throttling.js';

/** What can only be found out by trying, with the native addon. Null fields: not tried. */
export interface Trials {
  /** Why the addon does not load; null when it does. */
  addonError: { message: string; hint: string | null } | null;
  /** Why this process may not run on the job's cores (its cpuset, a filter); null when it may, or was not tried. */
  affinityError: { message: string; hint: string | null } | null;
  /** errno of asking for SCHED_FIFO 90, 0 = granted. */
  fifoError: number | null;
  counters: {
    /** Hardware events that count, of the set rtbench. */
    working: string[];
    /** Why the others do not, one sentence; null when all do. */
    reason: string | null;
    atOnce: number | null;
    cycleCounter: boolean | null;
  } | null;
}

export const NO_TRIALS: Trials = {
  addonError: null,
  affinityError: null,
  fifoError: null,
  counters: null,
};

/** One idle state of a core. */
export interface IdleState {
  name: string;
  /** To leave it, µs. */
  latencyUs: number | null;
  disabled: boolean;
}

export interface Facts {
  machine: Machine;
  now: Volatile;
  /** The job's cores. */
  cores: number[];
  trials: Trials;
  pmus: PmuMachine;
  rights: Rights;
  /** Of the job's first core; null when hidden. */
  idleStates: IdleState[] | null;
  /** Whether this process may hold /dev/cpu_dma_latency; null when there is none. */
  dmaLatency: boolean | null;
  /** rcu_nocbs= of the kernel command line; null when the command line is hidden. */
  rcuNocbs: number[] | null;
  interrupts: Interrupt[] | null;
  irqbalance: boolean;
  tasks: Task[] | null;
  /** Cores that share the job's physical cores, the job's own left out; null when hidden. */
  siblings: number[] | null;
  /** The chosen word of transparent_hugepage/enabled; null when there is none. */
  hugePages: string | null;
  /** Bytes of swap in use; null when hidden. */
  swapUsedBytes: number | null;
  firmware: FirmwareThrottling | null;
  cooling: string[];
  /** By zone name as in `now.temperatures`. */
  throttlePoints: Record<string, number | null>;
  availableClocksources: string[];
  model: { name: string; bytes: number } | null;
  /** Where the kernel command line is edited on this system; null when not known. */
  bootFile: string | null;
}

export interface FactOptions {
  root?: string;
  arch?: string;
  trials?: Trials;
  model?: { name: string; bytes: number } | null;
  /** Reads the threads of every process too (tens of ms on a board); otherwise `tasks` is null. */
  tasks?: boolean;
}

/** Reads the facts about this machine for a job on these cores. Never throws: what is hidden is null or empty. */
export function probeFacts(cores: readonly number[], options: FactOptions = {}): Facts {
  const root = options.root ?? SYSTEM_ROOT;
  const arch = options.arch ?? process.arch;
  const machine = probeMachine({ root, arch });
  const [first] = cores;
  const tasks = options.tasks === false ? null : listTasks(root);
  return {
    machine,
    now: probeVolatile(cores, { root }),
    cores: [...cores],
    trials: options.trials ?? NO_TRIALS,
    pmus: probePmus(root, arch),
    rights: probeRights(root),
    idleStates: first === undefined ? null : idleStates(root, first),
    dmaLatency: writable(root, 'dev/cpu_dma_latency'),
    rcuNocbs: rcuNocbs(machine.kernel.cmdline),
    interrupts: listInterrupts(root),
    irqbalance: tasks?.some((task) => task.comm === 'irqbalance') ?? false,
    tasks,
    siblings: siblings(root, cores),
    hugePages:
      /\[(\w+)\]/.exec(readText(root, 'sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1] ??
      null,
    swapUsedBytes: swapUsed(root),
    firmware: probeFirmwareThrottling(root),
    cooling: activeCooling(root),
    throttlePoints: throttlePoints(root),
    availableClocksources: (
      readText(root, 'sys/devices/system/clocksource/clocksource0/available_clocksource') ?? ''
    )
      .split(' ')
      .filter((name) => name !== ''),
    model: options.model ?? null,
    bootFile: BOOT_FILES.find((file) => readText(root, file) !== null) ?? null,
  };
}

/** Raspberry Pi OS (Debian 12 and before that), then GRUB. */
const BOOT_FILES = ['boot/firmware/cmdline.txt', 'boot/cmdline.txt', 'etc/default/grub'];

function idleStates(root: string, core: number): IdleState[] | null {
  const folder = `sys/devices/system/cpu/cpu${core}/cpuidle`;
  const states = listNames(root, folder, /^state\d+$/);
  if (states.length === 0) return null;
  return states.map((state) => ({
    name: readText(root, `${folder}/${state}/name`) ?? state,
    latencyUs: readInteger(root, `${folder}/${state}/latency`),
    disabled: readInteger(root, `${folder}/${state}/disable`) === 1,
  }));
}

function writable(root: string, path: string): boolean | null {
  try {
    accessSync(join(root, path), constants.F_OK);
  } catch {
    return null;
  }
  try {
    accessSync(join(root, path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function rcuNocbs(cmdline: string | null): number[] | null {
  if (cmdline === null) return null;
  const given = /(?:^|\s)rcu_nocbs=(\S+)/.exec(cmdline)?.[1];
  return given === undefined ? [] : (parseCoreList(given) ?? []);
}

function siblings(root: string, cores: readonly number[]): number[] | null {
  const lists = cores.map((core) =>
    parseCoreList(
      readText(root, `sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`) ?? 'hidden',
    ),
  );
  if (lists.length === 0 || lists.some((list) => list === null)) return null;
  return [...new Set(lists.flatMap((list) => list ?? []))].filter((core) => !cores.includes(core));
}

function swapUsed(root: string): number | null {
  const text = readText(root, 'proc/swaps');
  if (text === null) return null;
  // Filename Type Size Used Priority, sizes in KiB
  const used = text
    .split('\n')
    .slice(1)
    .map((line) => Number(line.trim().split(/\s+/)[3] ?? 0));
  return used.reduce((sum, kib) => sum + (Number.isFinite(kib) ? kib : 0), 0) * 1024;
}

function throttlePoints(root: string): Record<string, number | null> {
  const points: Record<string, number | null> = {};
  for (const zone of listNames(root, 'sys/class/thermal', /^thermal_zone\d+$/)) {
    const name = readText(root, `sys/class/thermal/${zone}/type`) ?? zone;
    points[name] = throttlePoint(zone, root);
  }
  return points;
}
