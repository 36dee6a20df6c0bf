/** The machine that a run took place on, as far as the kernel tells: for the sidecar, the verdict and `doctor`. */

import type { Cache, CpuIdentity, Machine, Volatile } from '../formats/machine-facts.js';
import { type Kinds, requireOptions } from '../kernel/caller.js';
import { sha256Of } from '../kernel/sha256.js';
import { listNames, readInteger, readText, SYSTEM_ROOT } from '../kernel/system-files.js';
import { readCoreList } from './cores.js';
import { armCoreName, identify, parseCpuinfo } from './cpuinfo.js';
import { rtLimit } from './rt-limit.js';
import { watchdog } from './watchdog.js';

/** Where to look; tests give a folder with proc/ and sys/ in it. */
export interface ProbeOptions {
  /** Folder that stands for `/` (default: `/`). */
  root?: string;
  /** Defaults to that of this process. */
  arch?: string;
}

const OPTIONS: Kinds<ProbeOptions> = { root: 'string', arch: 'string' };

/** Reads what the kernel tells of this machine. What is hidden is null. A few milliseconds. */
export function probeMachine(options: ProbeOptions = {}): Machine {
  requireOptions('probeMachine', options, OPTIONS);
  const root = options.root ?? SYSTEM_ROOT;
  const text = (path: string) => readText(root, path);
  const version = text('proc/version');
  const cpuinfo = parseCpuinfo(text('proc/cpuinfo') ?? '');
  const cpus = groupByKind(cpuinfo);
  const line = lineSize(root, cpus);
  const machineId = text('etc/machine-id');
  return {
    id: machineId ? sha256Of(`isochron ${machineId}`).slice(0, 16) : null,
    arch: options.arch ?? process.arch,
    board: board(root),
    cpus,
    cores: {
      online: readCoreList('online', root),
      possible: readCoreList('possible', root),
      isolated: readCoreList('isolated', root),
      nohzFull: readCoreList('nohz_full', root),
    },
    caches: caches(root),
    lineBytes: line?.bytes ?? null,
    lineBytesFrom: line?.from ?? null,
    kernel: {
      release: text('proc/sys/kernel/osrelease'),
      version,
      cmdline: text('proc/cmdline'),
      preemptRt: preemptRt(text('sys/kernel/realtime'), version),
    },
    clocksource: text('sys/devices/system/clocksource/clocksource0/current_clocksource'),
    schedRtRuntimeUs: readInteger(root, 'proc/sys/kernel/sched_rt_runtime_us'),
    schedRtPeriodUs: readInteger(root, 'proc/sys/kernel/sched_rt_period_us'),
    rtLimit: rtLimit(root),
    watchdog: watchdog(root),
    perfEventParanoid: readInteger(root, 'proc/sys/kernel/perf_event_paranoid'),
    perfUserAccess: readInteger(root, 'proc/sys/kernel/perf_user_access'),
    memory: {
      totalBytes: memoryField(root, 'MemTotal'),
      swapBytes: memoryField(root, 'SwapTotal'),
    },
    hypervisor: hypervisor(root, cpuinfo),
  };
}

/** Reads governor and frequency of these cores, and the temperatures. Never throws. */
export function probeVolatile(cores: readonly number[], options: ProbeOptions = {}): Volatile {
  const root = options.root ?? SYSTEM_ROOT;
  return {
    cores: cores.map((core) => {
      const folder = `sys/devices/system/cpu/cpu${core}/cpufreq`;
      return {
        core,
        governor: readText(root, `${folder}/scaling_governor`),
        frequencyKhz: readInteger(root, `${folder}/scaling_cur_freq`),
        minKhz: readInteger(root, `${folder}/scaling_min_freq`),
        maxKhz: readInteger(root, `${folder}/scaling_max_freq`),
      };
    }),
    temperatures: listNames(root, 'sys/class/thermal', /^thermal_zone\d+$/).map((zone) => {
      const milli = readInteger(root, `sys/class/thermal/${zone}/temp`);
      return {
        zone: readText(root, `sys/class/thermal/${zone}/type`) ?? zone,
        celsius: milli === null ? null : milli / 1000,
      };
    }),
    memoryAvailableBytes: memoryField(root, 'MemAvailable'),
  };
}

/**
 * Bytes that a cache line holds, for bandwidths: from sysfs, else what the Arm core is known to have (boards whose
 * device tree leaves the caches out); null when neither tells.
 */
export function coherencyLineSize(options: ProbeOptions = {}): number | null {
  const root = options.root ?? SYSTEM_ROOT;
  const cpus = groupByKind(parseCpuinfo(readText(root, 'proc/cpuinfo') ?? ''));
  return lineSize(root, cpus)?.bytes ?? null;
}

function lineSize(
  root: string,
  cpus: readonly CpuIdentity[],
): { bytes: number; from: 'sysfs' | 'core' } | null {
  for (const cache of caches(root))
    if (cache.lineBytes !== null && cache.lineBytes > 0)
      return { bytes: cache.lineBytes, from: 'sysfs' };
  const known = cpus.length > 0 && cpus.every((c) => armCoreName(c.implementer, c.part) !== null);
  return known ? { bytes: 64, from: 'core' } : null;
}

function groupByKind(
  cpuinfo: ReadonlyMap<number, ReadonlyMap<string, string>>,
): (CpuIdentity & { cores: number[] })[] {
  const kinds = new Map<string, CpuIdentity & { cores: number[] }>();
  for (const [core, fields] of cpuinfo) {
    const identity = identify(fields);
    const key = JSON.stringify(identity);
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { ...identity, cores: [core] });
    else kind.cores.push(core);
  }
  return [...kinds.values()];
}

const CACHE_TYPES: Record<string, Cache['type']> = {
  Data: 'data',
  Instruction: 'instruction',
  Unified: 'unified',
};

function caches(root: string): Cache[] {
  for (const cpu of listNames(root, 'sys/devices/system/cpu', /^cpu\d+$/)) {
    const folder = `sys/devices/system/cpu/${cpu}/cache`;
    const found: Cache[] = [];
    for (const index of listNames(root, folder, /^index\d+$/)) {
      const at = `${folder}/${index}`;
      const level = readInteger(root, `${at}/level`);
      if (level === null) continue;
      found.push({
        level,
        type: CACHE_TYPES[readText(root, `${at}/type`) ?? ''] ?? null,
        sizeBytes: sizeBytes(readText(root, `${at}/size`)),
        lineBytes: readInteger(root, `${at}/coherency_line_size`),
        ways: readInteger(root, `${at}/ways_of_associativity`),
        sharedBy: readText(root, `${at}/shared_cpu_list`),
      });
    }
    if (found.length > 0) return found;
  }
  return [];
}

/** `32K`, `1024K`, `8M`. */
function sizeBytes(text: string | null): number | null {
  const match = /^(\d+)([KM]?)$/.exec(text ?? '');
  if (match === null) return null;
  return Number(match[1]) * (match[2] === 'M' ? 1 << 20 : match[2] === 'K' ? 1 << 10 : 1);
}

/** The RT patch makes /sys/kernel/realtime; since it is part of Linux (6.12) the version line alone says so. */
function preemptRt(realtime: string | null, version: string | null): boolean | null {
  if (realtime === '1') return true;
  if (version === null) return null;
  return /\bPREEMPT[_ ]RT\b/.test(version);
}

/** A field of /proc/meminfo, whose `kB` are KiB. */
function memoryField(root: string, name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(
    readText(root, 'proc/meminfo') ?? '',
  );
  return match === null ? null : Number(match[1]) * 1024;
}

function board(root: string): string | null {
  const tree = readText(root, 'proc/device-tree/model');
  if (tree !== null) return tree;
  const parts = ['sys_vendor', 'product_name']
    .map((name) => readText(root, `sys/class/dmi/id/${name}`)?.trim())
    .filter((part) => part !== undefined && part !== '');
  return parts.length > 0 ? parts.join(' ') : null;
}

function hypervisor(
  root: string,
  cpuinfo: ReadonlyMap<number, ReadonlyMap<string, string>>,
): string | null {
  const type = readText(root, 'sys/hypervisor/type');
  if (type !== null && type !== '') return type;
  const tree = readText(root, 'proc/device-tree/hypervisor/compatible');
  if (tree !== null) return tree.split('\0')[0] ?? tree;
  // QEMU's generic Arm machine.
  if (readText(root, 'proc/device-tree/compatible')?.split('\0').includes('linux,dummy-virt'))
    return 'QEMU virt';
  const flags = [...cpuinfo.values()][0]?.get('flags');
  if (flags?.split(' ').includes('hypervisor')) return 'CPUID hypervisor bit';
  return null;
}
