/** A machine's PMUs as plain data (read by machine/pmus.ts), so that encodings are pure functions of it. */

/** One folder of /sys/bus/event_source/devices. */
export interface Pmu {
  name: string;
  /** perf_event_attr.type of its events. */
  type: number;
  /** Cores that it counts (`cpus`, which only the PMUs of cores have); null where the kernel does not say. */
  cpus: readonly number[] | null;
  /** `events/NAME`: terms such as `event=0x17`. */
  events: Readonly<Record<string, string>>;
  /** `format/FIELD`: bit placement such as `config:0-15`. */
  formats: Readonly<Record<string, string>>;
}

export interface PmuMachine {
  /** As process.arch: `arm64`, `x64`, … */
  arch: string;
  pmus: readonly Pmu[];
  /** Main id register part by core number; null or missing where unknown (always on x86). */
  cpuParts: Readonly<Record<number, string | null>>;
}

/** The PMU of a kind of core, rather than of a bus, a memory controller or software. */
export function isCorePmu(pmu: Pmu): boolean {
  return (
    pmu.name === 'cpu' || /^(cpu_(core|atom)|armv\d|apple_)/.test(pmu.name) || pmu.cpus !== null
  );
}

export function corePmus(machine: PmuMachine): Pmu[] {
  return machine.pmus.filter(isCorePmu);
}

/** Whether any of these cores is counted by this PMU. */
function countsSome(pmu: Pmu, cores: readonly number[]): boolean {
  return pmu.cpus === null || cores.some((core) => pmu.cpus?.includes(core));
}

export type CorePmuChoice =
  | { kind: 'one'; pmu: Pmu }
  /** sysfs shows none: a virtual machine, or a container that hides it. */
  | { kind: 'none' }
  /** The job may run on cores of several kinds, and a counter counts on one kind only. */
  | { kind: 'several'; pmus: Pmu[] };

/** The PMU that counts a job on these cores (empty: not pinned). */
export function corePmuFor(machine: PmuMachine, cores: readonly number[]): CorePmuChoice {
  const all = corePmus(machine);
  const fitting = cores.length === 0 ? all : all.filter((pmu) => countsSome(pmu, cores));
  const [first] = fitting;
  if (!first) return { kind: 'none' };
  return fitting.length === 1 ? { kind: 'one', pmu: first } : { kind: 'several', pmus: fitting };
}

/** The part number of the job's first core (of core 0 when not pinned); null where unknown. */
export function partOf(machine: PmuMachine, cores: readonly number[]): string | null {
  return machine.cpuParts[cores[0] ?? 0] ?? null;
}
