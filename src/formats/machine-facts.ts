/** The machine as it stands in files. The platform room reads these facts; here is only what they are. */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';

const text = z.string().nullable();
const number = z.number().nullable();
const cores = z.array(z.number());

/** One processor entry's identity. Arm kernels print codes, x86 kernels a name. */
const cpuIdentitySchema = open({
  /** `0x41` on Arm, `AuthenticAMD` on x86. */
  implementer: text,
  /** `0xd03`; null on x86. */
  part: text,
  /** `r0p4` on Arm (variant and revision), the stepping on x86. */
  revision: text,
  /** Core or model name, e.g. `Cortex-A53`; null for a part that is not in the table. */
  name: text,
});
export type CpuIdentity = z.output<typeof cpuIdentitySchema>;

/** One cache as the kernel sees it from a core. */
const cacheSchema = open({
  level: z.number(),
  type: z.enum(['data', 'instruction', 'unified']).nullable(),
  sizeBytes: number,
  lineBytes: number,
  ways: number,
  /** Cores that share it, in the kernel's list format, e.g. `0-3`. */
  sharedBy: text,
});
export type Cache = z.output<typeof cacheSchema>;

/** What does not change during a run. Null (or an empty list, where said) is: hidden, or not there. */
export const machineSchema = open({
  /** Tells machines of one kind apart: made of /etc/machine-id, which it does not disclose (machine-id(5)). */
  id: text,
  /** `arm64`, `x64`, …: what this process runs as. */
  arch: z.string(),
  /** From the device tree or the firmware's tables. */
  board: text,
  /** One entry for each kind of core, with the cores of that kind; empty when hidden. */
  cpus: z.array(open({ ...cpuIdentitySchema.shape, cores })),
  cores: open({
    online: cores.nullable(),
    possible: cores.nullable(),
    isolated: cores.nullable(),
    nohzFull: cores.nullable(),
  }),
  /** Of the first core that tells; empty on boards whose device tree leaves the caches out. */
  caches: z.array(cacheSchema),
  /** The coherency line size, and whether sysfs told it or the kind of core implies it. */
  lineBytes: number,
  lineBytesFrom: z.enum(['sysfs', 'core']).nullable(),
  kernel: open({
    release: text,
    version: text,
    cmdline: text,
    preemptRt: z.boolean().nullable(),
  }),
  clocksource: text,
  /** kernel.sched_rt_runtime_us: -1 = real-time tasks are never throttled. */
  schedRtRuntimeUs: number,
  schedRtPeriodUs: number,
  /**
   * What stops a real-time thread of this process: runtimeUs of each periodUs on a core (-1 = nothing does), by the kernel's own
   * limit or by that of a cgroup (its folder); null = not known.
   */
  rtLimit: open({ runtimeUs: z.number(), periodUs: number, cgroup: text }).nullable(),
  /** The kernel's watchdog of soft lockups, which takes each of these cores for some microseconds in every period; null = not known. */
  watchdog: open({ periodS: z.number(), cores: z.array(z.number()) }).nullable(),
  perfEventParanoid: number,
  /** 1 = user space may read the counters directly (arm64). */
  perfUserAccess: number,
  memory: open({ totalBytes: number, swapBytes: number }),
  /** What runs beneath the kernel, or null when nothing shows. */
  hypervisor: text,
});
export type Machine = z.output<typeof machineSchema>;

const coreStateSchema = open({
  core: z.number(),
  governor: text,
  frequencyKhz: number,
  minKhz: number,
  maxKhz: number,
});

/** What may change during a run; read before and after. */
export const volatileSchema = open({
  cores: z.array(coreStateSchema),
  /** Empty where there are no thermal zones. */
  temperatures: z.array(open({ zone: z.string(), celsius: number })),
  memoryAvailableBytes: number,
});
export type Volatile = z.output<typeof volatileSchema>;

/** What was seen of the machine while jobs ran; null = hidden, or too early to tell. */
export const watchedSchema = open({
  /** From the first release to the process's end. */
  seconds: z.number(),
  /** Looks, one a second; a shorter run has none, and only what the kernel counts up is known. */
  samples: z.number(),
  /** The job's. */
  cores: z.array(
    open({
      core: z.number(),
      lowestKhz: number,
      highestKhz: number,
      /** How often the hardware slowed it down (x86). */
      throttled: number,
      /** What the host gave to others meanwhile, ms; counted in steps of 10. */
      stolenMs: number,
    }),
  ),
  /** The other cores, and which share of the time they were busy, 0 … 1: they share caches and memory with the job. */
  neighbours: z.array(open({ core: z.number(), busy: number })),
  /** The tool's own process that takes the rows, in shares of one core: part of what kept the neighbours busy. */
  ownBusy: number,
  highestCelsius: number,
  /** Share of the time in which some task waited for it, 0 … 1 (/proc/pressure). */
  pressure: open({ cpu: number, memory: number, io: number }),
  /**
   * The CPU quota of the process's cgroup, or of one above it that stood still longer: the periods in which it was used up, and how long tasks of the group
   * were stopped for it, summed over cores. Null where no cgroup tells.
   */
  quota: open({ periods: z.number(), ms: z.number() }).nullable(),
});
export type Watched = z.output<typeof watchedSchema>;

/** Something about the machine that may disturb a job. */
export const preflightRemarkSchema = open({
  /** The doctor's check, or `busy`: another task is running on the job's core at this moment. */
  code: z.string(),
  /** A few words for a list of what may disturb the job. */
  what: z.string(),
  /** `fail`: the hardware slows itself down, so what is measured now is not what the machine can do. */
  status: z.enum(['warn', 'fail']),
  message: z.string(),
  hint: z.string(),
});
export type PreflightRemark = z.output<typeof preflightRemarkSchema>;

/** What an isolation changed: stands in the sidecar. */
export const isolationReportSchema = open({
  cores,
  /** Where everything else went. */
  housekeeping: cores,
  /** How tasks were moved. */
  method: z.enum(['cgroup', 'affinity']),
  governors: z.array(open({ core: z.number(), before: z.string() })),
  tasks: open({
    /** By their affinity. A cpuset moves its tasks as a whole, uncounted. */
    moved: z.number(),
    /** The kernel would not move them. */
    refused: z.number(),
    /** Kernel threads that belong to a core. */
    bound: z.number(),
  }),
  interrupts: open({ moved: z.number(), refused: z.number() }),
  /** Further files that were changed. */
  files: z.array(z.string()),
  /** What was left undone, a sentence each. */
  skipped: z.array(z.string()),
  /** What this machine does not have (or hides), e.g. `no cpufreq governor`. */
  absent: z.array(z.string()),
  journal: z.string(),
});
export type IsolationReport = z.output<typeof isolationReportSchema>;
