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
  /** 1, 2, 3. */
  level: z.number(),
  /** What it holds. */
  type: z.enum(['data', 'instruction', 'unified']).nullable(),
  /** Size, bytes. */
  sizeBytes: number,
  /** Of one line. */
  lineBytes: number,
  /** Of associativity. */
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
  cpus: z.array(
    open({
      ...cpuIdentitySchema.shape,
      /** Of that kind. */
      cores,
    }),
  ),
  /** Numbers of the cores, by what the kernel says of them. */
  cores: open({
    /** In use. */
    online: cores.nullable(),
    /** That the kernel could have. */
    possible: cores.nullable(),
    /** Kept free of other tasks since the start (isolcpus). */
    isolated: cores.nullable(),
    /** Without a tick while one task runs (nohz_full). */
    nohzFull: cores.nullable(),
  }),
  /** Of the first core that tells; empty on boards whose device tree leaves the caches out. */
  caches: z.array(cacheSchema),
  /** The coherency line size, and whether sysfs told it or the kind of core implies it. */
  lineBytes: number,
  /** Whether sysfs told it, or the kind of core implies it. */
  lineBytesFrom: z.enum(['sysfs', 'core']).nullable(),
  /** Linux. */
  kernel: open({
    /** As `uname -r` tells it. */
    release: text,
    /** As `uname -v` tells it. */
    version: text,
    /** What it was started with. */
    cmdline: text,
    /** It is a real-time kernel (PREEMPT_RT). */
    preemptRt: z.boolean().nullable(),
  }),
  /** What the kernel's clocks read. */
  clocksource: text,
  /** kernel.sched_rt_runtime_us: -1 = real-time tasks are never throttled. */
  schedRtRuntimeUs: number,
  /** kernel.sched_rt_period_us, µs. */
  schedRtPeriodUs: number,
  /**
   * What stops a real-time thread of this process: runtimeUs of each periodUs on a core (-1 = nothing does), by the kernel's own
   * limit or by that of a cgroup (its folder); null = not known.
   */
  rtLimit: open({
    /** µs; -1 = nothing stops it. */
    runtimeUs: z.number(),
    /** µs; null where nothing stops it. */
    periodUs: number,
    /** The folder of the cgroup whose limit it is; null = the kernel's own. */
    cgroup: text,
  }).nullable(),
  /** The kernel's watchdog of soft lockups, which takes each of these cores for some microseconds in every period; null = not known. */
  watchdog: open({
    /** Seconds. */
    periodS: z.number(),
    /** That it takes. */
    cores: z.array(z.number()),
  }).nullable(),
  /** kernel.perf_event_paranoid: from 3 on, users without rights count nothing. */
  perfEventParanoid: number,
  /** 1 = user space may read the counters directly (arm64). */
  perfUserAccess: number,
  /** What there is of it. */
  memory: open({
    /** Of main memory. */
    totalBytes: number,
    /** Of swap space. */
    swapBytes: number,
  }),
  /** What runs beneath the kernel, or null when nothing shows. */
  hypervisor: text,
});
/** What a run ran on, as far as that does not change during a run. */
export type Machine = z.output<typeof machineSchema>;

const coreStateSchema = open({
  /** Its number. */
  core: z.number(),
  /** That chooses its frequency. */
  governor: text,
  /** At that moment, kHz. */
  frequencyKhz: number,
  /** Least that the governor may choose, kHz. */
  minKhz: number,
  /** Most that the governor may choose, kHz. */
  maxKhz: number,
});

/** What may change during a run; read before and after. */
export const volatileSchema = open({
  /** The job's, or all where it has none of its own. */
  cores: z.array(coreStateSchema),
  /** Empty where there are no thermal zones. */
  temperatures: z.array(
    open({
      /** As the kernel calls it. */
      zone: z.string(),
      /** °C. */
      celsius: number,
    }),
  ),
  /** Main memory that could be had. */
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
      /** Its number. */
      core: z.number(),
      /** Lowest frequency that was seen, kHz. */
      lowestKhz: number,
      /** Highest frequency that was seen, kHz. */
      highestKhz: number,
      /** How often the hardware slowed it down (x86). */
      throttled: number,
      /** What the host gave to others meanwhile, ms; counted in steps of 10. */
      stolenMs: number,
    }),
  ),
  /** The other cores, and which share of the time they were busy, 0 … 1: they share caches and memory with the job. */
  neighbours: z.array(
    open({
      /** Its number. */
      core: z.number(),
      /** Share of the time, 0 … 1. */
      busy: number,
    }),
  ),
  /** The tool's own process that takes the rows, in shares of one core: part of what kept the neighbours busy. */
  ownBusy: number,
  /** Highest temperature of any zone, °C. */
  highestCelsius: number,
  /** Share of the time in which some task waited for it, 0 … 1 (/proc/pressure). */
  pressure: open({
    /** Waited for a core. */
    cpu: number,
    /** Waited for memory. */
    memory: number,
    /** Waited for a disk. */
    io: number,
  }),
  /**
   * The CPU quota of the process's cgroup, or of one above it that stood still longer: the periods in which it was used up, and how long tasks of the group
   * were stopped for it, summed over cores. Null where no cgroup tells.
   */
  quota: open({
    /** In which it was used up. */
    periods: z.number(),
    /** Time for which tasks were stopped, summed over cores, ms. */
    ms: z.number(),
  }).nullable(),
});
export type Watched = z.output<typeof watchedSchema>;

/** What the run's process, Node and tool included, had in main memory, as the kernel counts it (/proc/PID/status). */
export const processMemorySchema = open({
  /** The most that it had at once, from its start to after the last job (VmHWM). */
  peakRssBytes: z.number(),
  /** Before the workload was made ready: what Node and the tool have (VmRSS). */
  startRssBytes: z.number(),
  /** When it was ready, before the first release: what that is more is the engine's, the model's and their tensors'. */
  readyRssBytes: z.number(),
  /** Of that, what is of no file: heap, tensor arena, stacks (RssAnon); null where the kernel does not tell. */
  readyAnonymousBytes: number,
  /** Of that, mapped files: the engine's library, a model that is mapped, Node (RssFile); null where the kernel does not tell. */
  readyFileBytes: number,
});
export type ProcessMemory = z.output<typeof processMemorySchema>;

/** Something about the machine that may disturb a job. */
export const preflightRemarkSchema = open({
  /** The doctor's check, or `busy`: another task is running on the job's core at this moment. */
  code: z.string(),
  /** A few words for a list of what may disturb the job. */
  what: z.string(),
  /** `fail`: the hardware slows itself down, so what is measured now is not what the machine can do. */
  status: z.enum(['warn', 'fail']),
  /** One sentence. */
  message: z.string(),
  /** What to do about it. */
  hint: z.string(),
});
export type PreflightRemark = z.output<typeof preflightRemarkSchema>;

/** What an isolation changed: stands in the sidecar. */
export const isolationReportSchema = open({
  /** The job's. */
  cores,
  /** Where everything else went. */
  housekeeping: cores,
  /** How tasks were moved. */
  method: z.enum(['cgroup', 'affinity']),
  /** Cores whose governor was set to performance. */
  governors: z.array(
    open({
      /** Its number. */
      core: z.number(),
      /** The governor that it had. */
      before: z.string(),
    }),
  ),
  /** How many were told to run elsewhere. */
  tasks: open({
    /** By their affinity. A cpuset moves its tasks as a whole, uncounted. */
    moved: z.number(),
    /** The kernel would not move them. */
    refused: z.number(),
    /** Kernel threads that belong to a core. */
    bound: z.number(),
  }),
  /** How many were sent elsewhere. */
  interrupts: open({
    /** By their affinity. */
    moved: z.number(),
    /** The kernel would not move them. */
    refused: z.number(),
  }),
  /** Further files that were changed. */
  files: z.array(z.string()),
  /** What was left undone, a sentence each. */
  skipped: z.array(z.string()),
  /** What this machine does not have (or hides), e.g. `no cpufreq governor`. */
  absent: z.array(z.string()),
  /** File by which all of it can be put back. */
  journal: z.string(),
});
/** What an isolation changed. */
export type IsolationReport = z.output<typeof isolationReportSchema>;
