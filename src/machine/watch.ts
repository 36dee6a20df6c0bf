/**
 * Looks at the machine while a run goes on, from a core that is not the job's: what changes between the look before and the
 * look after, and what neighbours and the host have taken, stands nowhere else.
 */
import type { Watched } from '../formats/machine-facts.js';
import {
  kernelSince,
  listNames,
  readInteger,
  readText,
  SYSTEM_ROOT,
} from '../kernel/system-files.js';
import { quotaCounts, quotaSince } from './cpu-quota.js';

/** Slow enough to cost nothing, quick enough for heat, which takes seconds. */
const INTERVAL_MS = 1000;

/** Fields of a core's line in /proc/stat (proc_stat(5)), in ticks of 1/100 s (USER_HZ on every port of Linux). */
const STAT = { user: 0, nice: 1, system: 2, idle: 3, iowait: 4, irq: 5, softirq: 6, steal: 7 };
const TICK_MS = 10;
const BUSY = [STAT.user, STAT.nice, STAT.system, STAT.irq, STAT.softirq] as const;

const RESOURCES = ['cpu', 'memory', 'io'] as const;

export interface WatchOptions {
  root?: string;
  /** Defaults to that of this process. */
  arch?: string;
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number;
  /** CPU time of this process, ms. */
  ownCpuMs?: () => number;
}

export class Watch {
  readonly #cores: readonly number[];
  readonly #root: string;
  readonly #now: () => number;
  readonly #ownCpuMs: () => number;
  /** Reading a core's frequency would interrupt it. */
  readonly #intrusive: boolean;
  readonly #x86: boolean;
  readonly #kHz = new Map<number, { lowest: number; highest: number }>();
  #celsius: number | null = null;
  #samples = 0;
  #timer: NodeJS.Timeout | null = null;
  #begun: (Totals & { ownCpuMs: number }) | null = null;

  /** @param cores the job's */
  constructor(cores: readonly number[], options: WatchOptions = {}) {
    this.#cores = cores;
    this.#root = options.root ?? SYSTEM_ROOT;
    this.#now = options.now ?? (() => performance.now());
    this.#ownCpuMs = options.ownCpuMs ?? (() => ownCpuMs());
    const arch = options.arch ?? process.arch;
    this.#x86 = arch === 'x64' || arch === 'ia32';
    this.#intrusive = this.#x86 && asksCores(this.#root);
  }

  /** Jobs are about to be released. */
  begin(): void {
    this.#begun = { ...totals(this.#root, this.#now()), ownCpuMs: this.#ownCpuMs() };
    this.#timer = setInterval(() => this.sample(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** One look; `begin` takes one every second from then on. */
  sample(): void {
    this.#samples++;
    for (const core of this.#intrusive ? [] : this.#cores) {
      const path = `sys/devices/system/cpu/cpu${core}/cpufreq/scaling_cur_freq`;
      const kHz = readInteger(this.#root, path);
      if (kHz === null) continue;
      const seen = this.#kHz.get(core) ?? { lowest: kHz, highest: kHz };
      this.#kHz.set(core, {
        lowest: Math.min(seen.lowest, kHz),
        highest: Math.max(seen.highest, kHz),
      });
    }
    // x86's zones ask a core (an MSR) or the firmware
    for (const zone of this.#x86
      ? []
      : listNames(this.#root, 'sys/class/thermal', /^thermal_zone\d+$/)) {
      const milli = readInteger(this.#root, `sys/class/thermal/${zone}/temp`);
      if (milli !== null) this.#celsius = Math.max(this.#celsius ?? -273, milli / 1000);
    }
  }

  /** The run is over. Null where it never began. */
  end(): Watched | null {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const before = this.#begun;
    if (before === null) return null;
    const after = totals(this.#root, this.#now());
    const ms = after.ms - before.ms;
    const share = (part: number | null) =>
      part === null || ms <= 0 ? null : Math.min(part / ms, 1);
    return {
      seconds: ms / 1000,
      samples: this.#samples,
      cores: this.#cores.map((core) => ({
        core,
        lowestKhz: this.#kHz.get(core)?.lowest ?? null,
        highestKhz: this.#kHz.get(core)?.highest ?? null,
        throttled: difference(before.throttled.get(core), after.throttled.get(core)),
        stolenMs: times(difference(before.steal.get(core), after.steal.get(core)), TICK_MS),
      })),
      neighbours: [...after.busy]
        .filter(([core]) => !this.#cores.includes(core))
        .map(([core, busy]) => ({
          core,
          busy: share(times(difference(before.busy.get(core), busy), TICK_MS)),
        })),
      ownBusy: ms <= 0 ? null : (this.#ownCpuMs() - before.ownCpuMs) / ms,
      highestCelsius: this.#celsius,
      pressure: Object.fromEntries(
        RESOURCES.map((name) => [
          name,
          share(times(difference(before.pressure.get(name), after.pressure.get(name)), 1e-3)),
        ]),
      ) as Watched['pressure'],
      quota: quotaSince(before.quota, after.quota),
    };
  }
}

/** What the kernel counts up, at one moment. */
interface Totals {
  ms: number;
  /** Ticks, by core. */
  busy: Map<number, number>;
  steal: Map<number, number>;
  /** Times, by core. */
  throttled: Map<number, number>;
  /** Microseconds in which some task waited (kernel documentation, "PSI"). */
  pressure: Map<string, number>;
  quota: ReturnType<typeof quotaCounts>;
}

function totals(root: string, ms: number): Totals {
  const busy = new Map<number, number>();
  const steal = new Map<number, number>();
  const throttled = new Map<number, number>();
  for (const line of (readText(root, 'proc/stat') ?? '').split('\n')) {
    const [, core, rest] = /^cpu(\d+) +(.*)/.exec(line) ?? [];
    if (core === undefined || rest === undefined) continue;
    const ticks = rest.split(/ +/).map(Number);
    busy.set(
      Number(core),
      BUSY.reduce((sum, field) => sum + (ticks[field] ?? 0), 0),
    );
    const stolen = ticks[STAT.steal];
    if (stolen !== undefined) steal.set(Number(core), stolen);
    const path = `sys/devices/system/cpu/cpu${core}/thermal_throttle`;
    const count =
      readInteger(root, `${path}/core_throttle_count`) ??
      readInteger(root, `${path}/package_throttle_count`);
    if (count !== null) throttled.set(Number(core), count);
  }
  const pressure = new Map<string, number>();
  for (const name of RESOURCES) {
    const total = /^some .*total=(\d+)/m.exec(readText(root, `proc/pressure/${name}`) ?? '')?.[1];
    if (total !== undefined) pressure.set(name, Number(total));
  }
  return { ms, busy, steal, throttled, pressure, quota: quotaCounts(root) };
}

const difference = (before: number | undefined, after: number | undefined): number | null =>
  before === undefined || after === undefined || after < before ? null : after - before;

const times = (n: number | null, factor: number) => (n === null ? null : n * factor);

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Until Linux 5.18 x86 asked the core itself (arch_freq_get_on_cpu), which takes an interrupt. */
function asksCores(root: string): boolean {
  return !kernelSince(readText(root, 'proc/sys/kernel/osrelease'), 5, 18);
}
