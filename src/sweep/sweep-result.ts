/** What a sweep takes, what it tells on its way and what it comes to. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Point } from '../benchmark/expand.js';
import type { Manifest, ManifestPoint, PointState } from '../formats/manifest.js';
import type { ErrorInfo } from '../kernel/errors.js';
import type { Summary } from '../metrics/summary.js';
import { overall, type RunResult } from '../run/run-result.js';
import type { Choice } from './chosen-points.js';

/** Which points are swept, where to, and what is told on the way. */
export interface SweepOptions extends Choice {
  /** Folder of results; `results/NAME` by default. */
  output?: string | undefined;
  /** Go on with what is there (default false). */
  resume?: boolean | undefined;
  /** Ends the sweep after the current job; `--resume` goes on. */
  signal?: AbortSignal | undefined;
  /** Ends it at once, in the middle of a job. */
  kill?: AbortSignal | undefined;
  /** Told how far it is, in numbers. */
  onProgress?: ((state: SweepProgress) => void) | undefined;
  /** A point has ended. */
  onPoint?: ((outcome: PointOutcome) => void) | undefined;
  /** As of a run, but of its points only the urgent ones, each once; the others stand in sweep.log. */
  onNote?: ((note: string, urgent?: boolean) => void) | undefined;
  /** As of a run. */
  onWaiting?: ((what: string) => void) | undefined;
}

/** How far a sweep is. */
export interface SweepProgress {
  /** Points that have ended, skipped ones included. */
  done: number;
  /** Points that there are. */
  total: number;
  /** Name of the point that runs. */
  point: string;
  /** What it does: building, calibrating, running. */
  phase: string;
  /** The latest figure worth seeing, or ''. */
  note: string;
  /** Estimated seconds until the sweep's end; null = unknown. */
  secondsLeft: number | null;
  /** Jobs of the point that runs, warm-up included: those that have ended; null while no jobs of it run. */
  jobsDone: number | null;
  /** Those that it is to have; null while no jobs of it run, and where it ends after a time alone. */
  jobsTotal: number | null;
  /**
   * Deadlines missed so far, of all points that were run since the sweep began or went on, the one that runs included; null until
   * one of them has a deadline.
   */
  deadlineMisses: number | null;
  /** Points that have failed since then. */
  failed: number;
}

/** How a point ended. */
export interface PointOutcome {
  /** Names the point and its files. */
  id: string;
  /** Of the point, without its repetition. */
  name: string;
  /** From 0. */
  repetition: number;
  /** What the sweep varied, by axis: `{ xnnpack: true, threads: 2 }`. */
  parameters: Point['parameters'];
  /** Absolute paths of its files: the CSV, the JSON beside it (`readSidecar`), and those of further passes and series. */
  files: string[];
  /** Of its first pass; null where no job ran, and for points that were kept: theirs stands in the JSON. */
  summary: Summary | null;
  /** What it came to. */
  status: Exclude<PointState, 'pending' | 'running'>;
  /** Why it failed; null where it did not. */
  error: ErrorInfo | null;
  /** It stood from an earlier sweep and was not run. */
  kept: boolean;
  /** Of the jobs without the first, ns; null where there is none, and for points that were kept. */
  medianNs: number | null;
  /** Of the jobs without the first, ns; null where so few jobs bound none, and for points that were kept. */
  p99Ns: number | null;
  /** An observed value above which the true p99 does not lie, with 95 % confidence; there where the p99 is. */
  p99BoundNs: number | null;
  /** Its verdict, of all passes; null where there is none. */
  valid: boolean | null;
  /** How long it took, calibration included; 0 for a point that was kept. */
  seconds: number;
}

/** What a sweep comes to. */
export interface SweepResult {
  /** Absolute. */
  folder: string;
  /** What stands in manifest.json. */
  manifest: Manifest;
  /** How each point ended, in the order in which they did; those that were kept first. */
  outcomes: PointOutcome[];
  /** It was told to end before all points had run: `resume` goes on. */
  interrupted: boolean;
}

/** A point that has not been run. */
export function pendingPoint(point: Point): ManifestPoint {
  return {
    id: point.id,
    name: point.name,
    status: 'pending',
    error: null,
    csv: `${point.id}.csv`,
    csvBytes: null,
    hashes: null,
    parameters: point.parameters,
    repetition: point.repetition,
    definition: point.definition as Record<string, unknown>,
    hash: point.hash,
    content: null,
    autoPeriodNs: null,
    attempts: 0,
    startedAt: null,
    endedAt: null,
    valid: null,
    accuracy: null,
    passes: null,
    before: null,
    lastAttempt: null,
    outdated: null,
  };
}

/** How a point ended; `valid` is null where nothing was run. */
export interface PointEnd {
  status: PointOutcome['status'];
  error: ErrorInfo | null;
  valid: boolean | null;
}

/** From what its run came to: null when it was interrupted before its first job, or has failed before (`thrown`). */
export function endOf(result: RunResult | null, thrown: ErrorInfo | null): PointEnd {
  if (result === null)
    return { status: thrown ? 'failed' : 'interrupted', error: thrown, valid: null };
  const { status, error, valid } = overall(result);
  const end = error || thrown ? 'failed' : status;
  // what fails after the verdict, as a trace that the disk has no room for, is not in it
  return { status: end, error: error ?? thrown, valid: valid && end !== 'failed' };
}

/** A result that stands until it is replaced. */
export const isComplete = (status: PointState | null): boolean =>
  status === 'done' || status === 'deadline_miss';

/** Bytes; null for a file that is not there. */
export function sizeOf(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null;
  }
}

/** Of a point that stands from an earlier sweep. */
export const keptOutcome = (folder: string, old: ManifestPoint, point: Point): PointOutcome => ({
  id: point.id,
  name: point.name,
  repetition: point.repetition,
  parameters: point.parameters,
  files: Object.keys(old.hashes ?? { [old.csv ?? `${point.id}.csv`]: '' }).map((file) =>
    join(folder, file),
  ),
  summary: null,
  status: old.status === 'deadline_miss' ? 'deadline_miss' : 'done',
  error: null,
  kept: true,
  medianNs: null,
  p99Ns: null,
  p99BoundNs: null,
  valid: old.valid,
  seconds: 0,
});
