/**
 * The JSON beside a CSV (`out.json` beside `out.csv`): what was asked for, on what, and how it went. It is written
 * when the run starts (status `running`, so that the rows of a killed run explain themselves) and again at its end.
 */
import { access } from 'node:fs/promises';
import { dirname, extname, join, parse } from 'node:path';
import type { Finished, Granted, WorkloadInfo } from '../addon/native.js';
import type { Plan } from '../benchmark/plan.js';
import { type ErrorInfo, IsochronError } from '../kernel/errors.js';
import { writeAtomically } from '../kernel/files/atomic-file.js';
import { readRegular } from '../kernel/files/regular-file.js';
import { outputError } from '../kernel/files/write-reasons.js';
import type { Summary } from '../metrics/summary.js';
import type { Verdict, XnnpackFacts } from '../metrics/verdict.js';
import type { IsolationReport, Machine, PreflightRemark, Volatile } from './machine-facts.js';

/** Raised when a field changes its meaning or goes away; a new field is no reason. */
export const SIDECAR_VERSION = 1;

/** What the run came to. `running`: it has not ended, or was killed. */
export type RunStatus = 'running' | 'done' | 'interrupted' | 'deadline_miss' | 'failed';

/** One requested event. */
export interface SidecarEvent {
  name: string;
  /** perf_event_attr's type and config (a hexadecimal string, for 64 bits); null when this machine has no such event. */
  type: number | null;
  config: string | null;
  opened: boolean;
  /** Why its column is empty; null when it counted. */
  reason: string | null;
}

/** A file by name and content. */
export interface FileIdentity {
  path: string;
  sha256: string;
  bytes: number;
}

export interface Sidecar {
  format: 'isochron-run';
  version: typeof SIDECAR_VERSION;
  status: RunStatus;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt: string | null;
  tool: { name: 'isochron'; version: string; node: string };
  plan: Plan;
  /** Null for a workload that needs no engine. */
  engine: (FileIdentity & { tflite: string | null }) | null;
  model: FileIdentity | null;
  /** The workload that is a shared library of the user's own. */
  plugin: FileIdentity | null;
  machine: Machine;
  /** What of engine and model stayed in the file cache when a cold run started; null where none was asked for. */
  fileCache: { path: string; bytes: number; residentBytes: number }[] | null;
  before: Volatile;
  after: Volatile | null;
  /** What may disturb a job on this machine, looked at just before the run (and throttling again after it). */
  preflight: PreflightRemark[];
  /** What `isolate` changed for the time of the run; null where it was not asked for. */
  isolation: IsolationReport | null;
  /** What the kernel granted; null until the run is prepared. */
  granted: Granted | null;
  workload: WorkloadInfo | null;
  /** Page faults of the job thread while the workload was made ready; null until then. */
  initFaults: { minor: number; major: number } | null;
  /** XNNPACK as it really ran: a delegate that took nodes, the library's own default, or not; null without an engine. */
  xnnpackApplied: 'delegate' | 'by default' | 'no' | null;
  /**
   * How much of the model's work XNNPACK took, where that was some of its nodes but not all of them (see `workload`); null
   * elsewhere, until the end, and where it can't be told.
   */
  xnnpackWork: XnnpackFacts['work'];
  events: SidecarEvent[];
  /** How the counters were read, and whether kernel mode is included. */
  counters: { readMethod: string | null; kernel: boolean };
  clock: { ticksPerSecond: number | null; overheadNs: number | null };
  /** The cores of the tool's own threads; null = not confined. */
  housekeepingCores: number[] | null;
  /** The runtime's last word: why it ended, what was lost, the worker threads. */
  finished: Finished | null;
  error: ErrorInfo | null;
  summary: Summary | null;
  verdict: Verdict | null;
  files: { csv: string | null; samples: string | null };
}

/** `out.csv` → `out.json`; a CSV without that ending gets `.json` appended, so that neither overwrites the other. */
export function sidecarPath(csv: string): string {
  const { dir, name } = parse(csv);
  return extname(csv).toLowerCase() === '.csv' ? join(dir, `${name}.json`) : `${csv}.json`;
}

/** `out.csv` → `out.samples.csv`. */
export function samplesPath(csv: string): string {
  const { dir, name } = parse(csv);
  return extname(csv).toLowerCase() === '.csv'
    ? join(dir, `${name}.samples.csv`)
    : `${csv}.samples.csv`;
}

/**
 * JSON of plain data with two-space indentation. A BigInt that a double holds exactly becomes a number, a larger one
 * a string of its digits. Numbers that JSON lacks (NaN, infinities) become null.
 */
export function toJson(value: unknown): string {
  return `${JSON.stringify(
    value,
    (_key, v: unknown) => {
      if (typeof v !== 'bigint') return v;
      return v >= BigInt(Number.MIN_SAFE_INTEGER) && v <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(v)
        : v.toString();
    },
    2,
  )}\n`;
}

/**
 * Writes or replaces the file as a whole: a reader sees the old one or the new one, never a part.
 * @throws IsochronError E_OUTPUT when the folder is missing; E_WRITE_FAILED for what else the file system refuses
 */
export async function writeSidecar(path: string, sidecar: Sidecar): Promise<void> {
  // The folder of results is the user's to make: a typing error should not make a tree.
  await access(dirname(path)).catch((error: unknown) => {
    throw outputError(path, error);
  });
  const json = toJson(sidecar);
  await writeAtomically(path, async (file) => {
    await file.writeFile(json);
  });
}

/**
 * For a path where a sidecar is about to be: a definition (`-g run.json -o run.csv`) or any other file of the user's is
 * not to be replaced by one.
 * @throws IsochronError E_OUTPUT when a file stands there that is no sidecar
 */
export async function requireNoForeignFile(path: string): Promise<void> {
  // a FIFO is none that could be replaced, and what can't be read can't be written either
  const text = await readRegular(path).catch(() => '');
  if (text.trim() === '') return;
  try {
    if ((JSON.parse(text) as { format?: unknown } | null)?.format === 'isochron-run') return;
  } catch {
    // no JSON, so no sidecar
  }
  throw new IsochronError(
    'E_OUTPUT',
    `${path} would hold what is known of this run, but it is another file already.`,
    'Choose another name with -o, or move that file away.',
  );
}

/**
 * Reads a sidecar back.
 * @throws IsochronError E_SIDECAR when the file is missing, is no JSON, or is no sidecar of a version known here
 */
export async function readSidecar(path: string): Promise<Sidecar> {
  let value: unknown;
  try {
    value = JSON.parse(await readRegular(path));
  } catch (error) {
    throw new IsochronError('E_SIDECAR', `${path} can't be read: ${(error as Error).message}.`);
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== 'isochron-run')
    throw new IsochronError('E_SIDECAR', `${path} is not the JSON file of a run.`);
  if (version !== SIDECAR_VERSION)
    throw new IsochronError(
      'E_SIDECAR',
      `${path} is of version ${String(version)}, and this isochron reads ${SIDECAR_VERSION}.`,
      'Use the isochron that wrote it.',
    );
  return withPlugin(value as Sidecar);
}

/** Version 0.1.0 filed a plugin under `engine`. */
function withPlugin(sidecar: Omit<Sidecar, 'plugin'> & { plugin?: Sidecar['plugin'] }): Sidecar {
  const { plugin, engine } = sidecar;
  if (plugin !== undefined) return { ...sidecar, plugin };
  if (sidecar.plan?.workload?.kind !== 'plugin' || engine === null)
    return { ...sidecar, plugin: null };
  const { tflite: _, ...file } = engine;
  return { ...sidecar, engine: null, plugin: file };
}
