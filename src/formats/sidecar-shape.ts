/** What the JSON beside a CSV holds: the one definition of it, of which types, reader and JSON Schema are made. */
import * as z from 'zod';
import {
  finishedSchema,
  grantedSchema,
  initFaultsSchema,
  workloadInfoSchema,
} from '../addon/answers.js';
import { forEachSeries } from '../addon/streams.js';
import { planSchema } from '../benchmark/plan.js';
import { open } from '../kernel/open-object.js';
import { precisionSchema } from '../metrics/precision.js';
import { summarySchema } from '../metrics/summary-shape.js';
import { verdictSchema, xnnpackNodesSchema, xnnpackWorkSchema } from '../metrics/verdict-shape.js';
import { lenient } from './lenient.js';
import {
  isolationReportSchema,
  machineSchema,
  preflightRemarkSchema,
  processMemorySchema,
  volatileSchema,
  watchedSchema,
} from './machine-facts.js';
import { plainInteger } from './plain-json.js';

/** Raised when a field changes its meaning or goes away; a new field is no reason. */
export const SIDECAR_VERSION = 1;

const instant = z.codec(z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]), z.bigint(), {
  decode: (v) => BigInt(v),
  encode: plainInteger,
});

/** What the run came to. `running`: it has not ended, or was killed. */
export const runStatus = z.enum(['running', 'done', 'interrupted', 'deadline_miss', 'failed']);
export type RunStatus = z.output<typeof runStatus>;

/** One requested event. */
export const sidecarEventSchema = open({
  /** As it was asked for; also the column's. */
  name: z.string(),
  /** perf_event_attr's type and config (a hexadecimal string, for 64 bits); null when this machine has no such event. */
  type: z.number().nullable(),
  /** perf_event_attr's config, hexadecimal, for its 64 bits; null when this machine has no such event. */
  config: z.string().nullable(),
  /** The kernel let it be counted. */
  opened: z.boolean(),
  /** Why its column is empty; null when it counted. */
  reason: z.string().nullable(),
});

/** A file by name and content. */
export const fileIdentitySchema = open({
  /** Absolute. */
  path: z.string(),
  /** Of the contents, hexadecimal. */
  sha256: z.string(),
  /** Size of the file. */
  bytes: z.number(),
});
export type FileIdentity = z.output<typeof fileIdentitySchema>;

/** The file as it is written: docs/schemas/run.schema.json is made of it (`npm run schemas`). */
/** A stream of records of a run. */
const streamSchema = open({
  /** jobs, samples, … */
  name: z.string(),
  /** Names of the columns, in their order. */
  columns: z.array(z.string()),
  /** Absolute; null where the rows went to no file. */
  file: z.string().nullable(),
});

export const sidecarSchema = open({
  /** Names the kind of file. */
  format: z.literal('isochron-run'),
  /** Of the format: raised when a field changes its meaning or goes away. */
  version: z.literal(SIDECAR_VERSION),
  /** What the run came to. `running`: it has not ended, or was killed. */
  status: runStatus,
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  /** ISO 8601, UTC; null until its end. */
  endedAt: z.string().nullable(),
  /** What ran it. */
  tool: open({
    /** isochron. */
    name: z.literal('isochron'),
    /** Of isochron. */
    version: z.string(),
    /** Version of Node. */
    node: z.string(),
  }),
  /** What was asked for, every default decided. */
  plan: planSchema,
  /** Null for a workload that needs no engine. */
  engine: open({
    ...fileIdentitySchema.shape,
    /** Version of TensorFlow Lite, as the library tells it; null until the run is prepared. */
    tflite: z.string().nullable(),
  }).nullable(),
  /** The model's file; null for a workload that has none. */
  model: fileIdentitySchema.nullable(),
  /** The workload that is a shared library of the user's own. */
  plugin: fileIdentitySchema.nullable(),
  /** What it ran on, as far as that does not change during a run. */
  machine: machineSchema,
  /**
   * What of engine and model stayed in the file cache when a cold run started; null where none was asked for. `residentBytes` is
   * null where it is not known: the kernel tells nobody of a file that he neither owns nor may write.
   */
  fileCache: z
    .array(
      open({
        /** Absolute. */
        path: z.string(),
        /** Size of the file. */
        bytes: z.number(),
        /** How much of it stayed in memory, bytes; null = not known. */
        residentBytes: z.number().nullable(),
      }),
    )
    .nullable(),
  /** What may change during a run, as it was before. */
  before: volatileSchema,
  /** The same after the run; null until its end. */
  after: volatileSchema.nullable(),
  /** Between the two; null where no job was released. */
  during: watchedSchema.nullable(),
  /** How often its process was stopped (SIGSTOP, 60 ms at least) and went on; null until its end, and where nobody could tell. */
  stops: z.number().nullable(),
  /** What may disturb a job on this machine, looked at just before the run (and throttling again after it). */
  preflight: z.array(preflightRemarkSchema),
  /** What `isolate` changed for the time of the run; null where it was not asked for. */
  isolation: isolationReportSchema.nullable(),
  /** What the kernel granted; null until the run is prepared. */
  granted: grantedSchema.nullable(),
  /** What the workload says of itself after init; null until the run is prepared. */
  workload: workloadInfoSchema.nullable(),
  /** Page faults of the job thread while the workload was made ready; null until then. */
  initFaults: initFaultsSchema.nullable(),
  /** Main memory of the run's process; null until its end, and where the kernel does not tell. */
  memory: processMemorySchema.nullable(),
  /** XNNPACK as it really ran: a delegate that took nodes, the library's own default, or not; null without an engine. */
  xnnpackApplied: z.enum(['delegate', 'by default', 'no']).nullable(),
  /**
   * The nodes that XNNPACK took of what jobs run, whereas `workload` counts every graph of the file; null without XNNPACK,
   * until the end, and where the engine can't be watched.
   */
  xnnpackNodes: xnnpackNodesSchema.nullable(),
  /**
   * How much of the model's work XNNPACK took, where that was some of these nodes but not all of them; null elsewhere,
   * until the end, and where it can't be told.
   */
  xnnpackWork: xnnpackWorkSchema.nullable(),
  /** The events that were asked for, and what became of each. */
  events: z.array(sidecarEventSchema),
  /** How the counters were read, and whether kernel mode is included. */
  counters: open({
    /** How they were read: `user`, `read` or `none`; null until the run is prepared. */
    readMethod: z.string().nullable(),
    /** Kernel mode is counted, too. */
    kernel: z.boolean(),
  }),
  /** What is known of the clocks. */
  clock: open({
    /** Of the processor's counter (CNTVCT_EL0, TSC); null until the run is prepared. */
    ticksPerSecond: z.number().nullable(),
    /** Own cost of one job's bookkeeping, ns; null until the run is prepared. */
    overheadNs: z.number().nullable(),
  }),
  /** The cores of the tool's own threads; null = not confined. */
  housekeepingCores: z.array(z.number()).nullable(),
  /** The runtime's last word: why it ended, what was lost, the worker threads. */
  finished: open({
    ...finishedSchema.shape,
    /** The first release, ns of CLOCK_MONOTONIC. */
    t0Ns: instant,
    /** End of the last job, ns of CLOCK_MONOTONIC. */
    endNs: instant,
  }).nullable(),
  /** Why the run failed; null where it did not. */
  error: open({
    /** One of docs/errors.md. */
    code: z.string(),
    /** One sentence. */
    message: z.string(),
    /** What to do about it, where anything can be done. */
    hint: z.string().exactOptional(),
  }).nullable(),
  /** Statistics over the jobs; null until the run's end. */
  summary: summarySchema.nullable(),
  /** How well the median is known; null until the end, and where `untilCi` does not ask. */
  precision: precisionSchema.nullable(),
  /** VALID or not, with each reason; null until the run's end. */
  verdict: verdictSchema.nullable(),
  /** Where its streams of records went; null where to no file. */
  files: open({
    /** One row a job; absolute. */
    csv: z.string().nullable(),
    ...forEachSeries(() => z.string().nullable()),
  }),
  /** The same with what stands in each: the columns of its rows, in their order. */
  streams: z.array(streamSchema),
});
export type Sidecar = z.output<typeof sidecarSchema>;

/** Fields that version 1 got after its first files: what is written now has them, and a file without them is one, too. `[]`: of each. */
export const LATER_FIELDS = [
  'machine.id',
  'machine.rtLimit',
  'machine.watchdog',
  'during',
  'during.ownBusy',
  'during.quota',
  'stops',
  'memory',
  'workload.tflite.xnnpack.refusals',
  'xnnpackNodes',
  'xnnpackWork.low',
  'xnnpackWork.high',
  'finished.server',
  'finished.atEnd',
  'finished.meanwhile',
  'finished.emptyJobCounts',
  'finished.overheadNs',
  'finished.denied',
  'finished.lateThreads',
  'finished.runDelayNs',
  'finished.migrations',
  'finished.unseenCpuNs',
  'finished.locked',
  'finished.workers.[].minorFaults',
  'finished.workers.[].majorFaults',
  'finished.workers.[].voluntarySwitches',
  'finished.workers.[].involuntarySwitches',
  'finished.workers.[].migrations',
  'finished.workers.[].runDelayNs',
  'summary.dispatch',
  'summary.elapsed.bounds',
  'summary.response.bounds',
  'summary.releaseLatency.bounds',
  'summary.dispatch.bounds',
  'summary.missesByDispatch',
  'summary.unslept',
  'summary.lateNs',
  'summary.neighbourCorrelation',
  'summary.latencyCorrelation',
  'summary.quantiles.jobsNeeded',
  'summary.withheldReleases',
  'summary.preempted',
  'summary.runtimeExceeded',
  'summary.unexplained',
  'summary.longWaits',
  'summary.lateWakeups',
  'summary.events.[].emptyJob',
  'summary.events.[].calibrated',
  'summary.first.dispatchNs',
  'streams',
  'plan.untilCi',
  'precision',
] as const;
/** The same as plain JSON. */
export type SidecarJson = z.input<typeof sidecarSchema>;

export const readSchema = lenient(sidecarSchema);
/** As it is read: null for what another version left out or has in another shape. */
export type ReadSidecar = z.output<typeof readSchema>;
