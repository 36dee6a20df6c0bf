/**
 * Results. A run is `NAME.csv` with `NAME.json` beside it; results are one run, or a folder of runs, with or without the
 * `manifest.json` of a sweep. Logs of RT-Bench are runs too.
 */
import type { Columns } from '../formats/columns.js';
import type { Job } from '../formats/jobs.js';
import type { RunFile } from '../formats/run-file.js';
import type { Identity } from './identity.js';

/** What a run came to; `unknown` where nothing tells. */
export type Status = 'done' | 'running' | 'interrupted' | 'deadline_miss' | 'failed' | 'unknown';

/** One run on disk. */
export interface Run {
  /** Path of the CSV below the results, without its ending; unique within the results. */
  id: string;
  /** Shown in tables and pictures. */
  name: string;
  /** Absolute path of the CSV. */
  csvPath: string;
  /** Whose rows they are: isochron's own, or a log of RT-Bench. */
  provenance: 'isochron' | 'rtbench';
  /** What it came to; `unknown` where nothing tells. */
  status: Status;
  /** Why it failed. */
  error: string | null;
  /** Facts by which runs are told apart: network, precision, xnnpack, threads, … */
  identity: Identity;
  /** Where its value of a fact stands among those that its suite names. */
  places: Readonly<Record<string, number>>;
  /** These values, as the suite names them: of a model that a sweep builds its network's, not the built file's. */
  parameters: Identity;
  /** What it ran, by SHA-256: model, plugin and engine, and its definition in the sweep; null where nothing tells. */
  content: string | null;
  /** Name of the suite that it is a point of; null where it is none. */
  suite: string | null;
  /** 0-based repetition within a sweep. */
  repetition: number | null;
  /** Ran side by side with the others of its repetition. */
  interleaved: boolean;
  /** Release period, ns; null without one, and where it is not known. */
  periodNs: number | null;
  /** Relative deadline, ns; null without one, and where it is not known. */
  deadlineNs: number | null;
  /** Bytes that one cache miss moves; null = not known. */
  lineBytes: number | null;
  /** Size of the model's file; null without one, and where it is not known. */
  modelBytes: number | null;
  /** Share of right answers, 0 … 1. */
  accuracy: number | null;
  /** Why a counter's column is empty, by event name. */
  absent: Readonly<Record<string, string>>;
  /** The file beside the CSV; null where there is none. */
  file: RunFile | null;
  /** What is to be known of it, a sentence each. */
  notes: string[];
  /** Why it may not be what its sweep was to measure, a sentence each: of a gate it opens none. */
  doubts: string[];
  /**
   * Reads the rows; nothing is kept, so that a hundred runs need the memory of one.
   * @throws IsochronError E_RESULTS when the CSV can't be read, E_RESULTS_CHANGED when it is not as it was written
   */
  columns(): Promise<Columns>;
  /**
   * The same rows one by one: `for await (const job of run.jobs())`. They are read, and held against the JSON, when the first is
   * asked for.
   * @throws IsochronError E_RESULTS when the CSV can't be read, E_RESULTS_CHANGED when it is not as it was written
   */
  jobs(): AsyncIterable<Job>;
}

/** What a sweep says of itself. */
export interface SuiteWords {
  /** Of the suite. */
  name: string;
  /** The suite's file; null where it was made in memory, as by `isochron run` of several. */
  file: string | null;
  /** What it shows, in one line; null = it does not say. */
  title: string | null;
  /** What it shows, in some sentences; null = it does not say. */
  description: string | null;
}

/** Runs on disk. */
export interface Results {
  /** As given. */
  path: string;
  /** Of the folder, or of the one run. */
  name: string;
  /** Of the sweeps found, in that order. */
  suites: SuiteWords[];
  /** Those that have rows, in the order of a sweep's manifest, and else of their names. */
  runs: Run[];
  /** Points that have no rows at all (failed before the first job, or not run yet). */
  missing: {
    /** Of the point. */
    name: string;
    /** Why it has none. */
    reason: string;
  }[];
  /** About the results as a whole. */
  notes: string[];
}

/** Board or processor, kernel and architecture of a run, in a few words. */
export function machineName(run: Run): string | null {
  const machine = run.file?.machine;
  if (machine == null) return null;
  const core = machine.cpus[0]?.name ?? null;
  const parts = [machine.board, core, machine.arch, machine.kernel?.release].filter(
    (p) => p != null,
  );
  return parts.length === 0 ? null : parts.join(', ');
}
