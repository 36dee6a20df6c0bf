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
  name: z.string(),
  /** perf_event_attr's type and config (a hexadecimal string, for 64 bits); null when this machine has no such event. */
  type: z.number().nullable(),
  config: z.string().nullable(),
  opened: z.boolean(),
  /** Why its column is empty; null when it counted. */
  reason: z.string().nullable(),
});

/** A file by name and content. */
export const fileIdentitySchema = open({ path: z.string(), sha256: z.string(), bytes: z.number() });
export type FileIdentity = z.output<typeof fileIdentitySchema>;

/** The file as it is written: docs/schemas/run.schema.json is made of it (`npm run schemas`). */
/** A stream of records of a run. */
const streamSchema = open({
  /** jobs, samples, … */
  name: z.string(),
  columns: z.array(z.string()),
  /** Absolute; null where the rows went to no file. */
  file: z.string().nullable(),
});

export const sidecarSchema = open({
  format: z.literal('isochron-run'),
  version: z.literal(SIDECAR_VERSION),
  status: runStatus,
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  tool: open({ name: z.literal('isochron'), version: z.string(), node: z.string() }),
  plan: planSchema,
  /** Null for a workload that needs no engine. */
  engine: open({ ...fileIdentitySchema.shape, tflite: z.string().nullable() }).nullable(),
  model: fileIdentitySchema.nullable(),
  /** The workload that is a shared library of the user's own. */
  plugin: fileIdentitySchema.nullable(),
  machine: machineSchema,
  /**
   * What of engine and model stayed in the file cache when a cold run started; null where none was asked for. `residentBytes` is
   * null where it is not known: the kernel tells nobody of a file that he neither owns nor may write.
   */
  fileCache: z
    .array(open({ path: z.string(), bytes: z.number(), residentBytes: z.number().nullable() }))
    .nullable(),
  before: volatileSchema,
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
  workload: workloadInfoSchema.nullable(),
  /** Page faults of the job thread while the workload was made ready; null until then. */
  initFaults: initFaultsSchema.nullable(),
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
  events: z.array(sidecarEventSchema),
  /** How the counters were read, and whether kernel mode is included. */
  counters: open({ readMethod: z.string().nullable(), kernel: z.boolean() }),
  clock: open({ ticksPerSecond: z.number().nullable(), overheadNs: z.number().nullable() }),
  /** The cores of the tool's own threads; null = not confined. */
  housekeepingCores: z.array(z.number()).nullable(),
  /** The runtime's last word: why it ended, what was lost, the worker threads. */
  finished: open({ ...finishedSchema.shape, t0Ns: instant, endNs: instant }).nullable(),
  error: open({
    code: z.string(),
    message: z.string(),
    hint: z.string().exactOptional(),
  }).nullable(),
  summary: summarySchema.nullable(),
  /** How well the median is known; null until the end, and where `untilCi` does not ask. */
  precision: precisionSchema.nullable(),
  verdict: verdictSchema.nullable(),
  /** Where its streams of records went; null where to no file. */
  files: open({ csv: z.string().nullable(), ...forEachSeries(() => z.string().nullable()) }),
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
