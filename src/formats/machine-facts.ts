/** The machine as it stands in files. The platform room reads these facts; here is only what they are. */

/** One processor entry's identity. Arm kernels print codes, x86 kernels a name. */
export interface CpuIdentity {
  /** `0x41` on Arm, `AuthenticAMD` on x86. */
  implementer: string | null;
  /** `0xd03`; null on x86. */
  part: string | null;
  /** `r0p4` on Arm (variant and revision), the stepping on x86. */
  revision: string | null;
  /** Core or model name, e.g. `Cortex-A53`; null for a part that is not in the table. */
  name: string | null;
}

/** One cache as the kernel sees it from a core. */
export interface Cache {
  level: number;
  type: 'data' | 'instruction' | 'unified' | null;
  sizeBytes: number | null;
  lineBytes: number | null;
  ways: number | null;
  /** Cores that share it, in the kernel's list format, e.g. `0-3`. */
  sharedBy: string | null;
}

/** What does not change during a run. Null (or an empty list, where said) is: hidden, or not there. */
export interface Machine {
  /** `arm64`, `x64`, …: what this process runs as. */
  arch: string;
  /** From the device tree or the firmware's tables. */
  board: string | null;
  /** One entry for each kind of core, with the cores of that kind; empty when hidden. */
  cpus: (CpuIdentity & { cores: number[] })[];
  cores: {
    online: number[] | null;
    possible: number[] | null;
    isolated: number[] | null;
    nohzFull: number[] | null;
  };
  /** Of the first core that tells; empty on boards whose device tree leaves the caches out. */
  caches: Cache[];
  /** The coherency line size, and whether sysfs told it or the kind of core implies it. */
  lineBytes: number | null;
  lineBytesFrom: 'sysfs' | 'core' | null;
  kernel: {
    release: string | null;
    version: string | null;
    cmdline: string | null;
    preemptRt: boolean | null;
  };
  clocksource: string | null;
  /** kernel.sched_rt_runtime_us: -1 = real-time tasks are never throttled. */
  schedRtRuntimeUs: number | null;
  schedRtPeriodUs: number | null;
  perfEventParanoid: number | null;
  /** 1 = user space may read the counters directly (arm64). */
  perfUserAccess: number | null;
  memory: { totalBytes: number | null; swapBytes: number | null };
  /** What runs beneath the kernel, or null when nothing shows. */
  hypervisor: string | null;
}

/** What may change during a run; read before and after. */
export interface Volatile {
  cores: CoreState[];
  /** Empty where there are no thermal zones. */
  temperatures: { zone: string; celsius: number | null }[];
  memoryAvailableBytes: number | null;
}

export interface CoreState {
  core: number;
  governor: string | null;
  frequencyKhz: number | null;
  minKhz: number | null;
  maxKhz: number | null;
}

/** Something about the machine that may disturb a job. */
export interface PreflightRemark {
  /** The doctor's check, or `busy`: another task is running on the job's core at this moment. */
  code: string;
  /** A few words for a list of what may disturb the job. */
  what: string;
  /** `fail`: the hardware slows itself down, so what is measured now is not what the machine can do. */
  status: 'warn' | 'fail';
  message: string;
  hint: string;
}

/** What an isolation changed: stands in the sidecar. */
export interface IsolationReport {
  cores: number[];
  /** Where everything else went. */
  housekeeping: number[];
  /** How tasks were moved. */
  method: 'cgroup' | 'affinity';
  governors: { core: number; before: string }[];
  tasks: {
    /** By their affinity. A cpuset moves its tasks as a whole, uncounted. */
    moved: number;
    /** The kernel would not move them. */
    refused: number;
    /** Kernel threads that belong to a core. */
    bound: number;
  };
  interrupts: { moved: number; refused: number };
  /** Further files that were changed. */
  files: string[];
  /** What was left undone, a sentence each. */
  skipped: string[];
  /** What this machine does not have (or hides), e.g. `no cpufreq governor`. */
  absent: string[];
  journal: string;
}
