/**
 * The course of a sweep, with a manifest that is true at every moment, so that a sweep that was killed goes on where it was.
 */
import { basename } from 'node:path';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import type { AutoPeriod, Point } from '../benchmark/expand.js';
import { type Manifest, type ManifestPoint, writeManifest } from '../formats/manifest.js';
import type { ErrorCode } from '../kernel/error-codes.js';
import { type ErrorInfo, IsochronError, toErrorInfo } from '../kernel/errors.js';
import type { Progress } from '../kernel/progress.js';
import { sha256OfFile } from '../kernel/sha256.js';
import { toolVersion } from '../run/participants.js';
import { type RunResult, runBenchmark } from '../run/run-benchmark.js';
import { autoPeriodNs, calibrate, calibrationKey } from './calibrate-period.js';
import { estimateSeconds, KnownTimes, totalSeconds } from './estimate-time.js';
import type { LoadedSuite } from './load-suite.js';
import { contentOf, FileHashes, whatChanged } from './point-content.js';
import { fromSuite, workloadProblem } from './point-workload.js';
import { csvOf, type SweepFolder, whyAgain } from './sweep-folder.js';
import {
  keptOutcome,
  type PointOutcome,
  type SweepOptions,
  type SweepResult,
  sizeOf,
  statusOf,
} from './sweep-result.js';

/**
 * Errors that mean the whole sweep, not one point: going on would only fail again, or lose results.
 */
const ENDS_THE_SWEEP: readonly ErrorCode[] = [
  'E_DISK_FULL',
  'E_WRITE_FAILED',
  'E_OUTPUT',
  'E_ADDON_MISSING',
  'E_ADDON_VERSION',
  'E_BUSY',
];

/** A point that is to be run, and its place in the manifest. */
interface Due {
  point: Point;
  entry: ManifestPoint;
}

export class Sweep {
  readonly #folder: SweepFolder;
  readonly #manifest: Manifest;
  readonly #points: readonly Point[];
  readonly #loaded: LoadedSuite;
  readonly #options: SweepOptions;
  readonly #auto: AutoPeriod;
  readonly #times = new KnownTimes();
  /** Of files that stay as they are while the sweep runs. */
  readonly #hashes = new FileHashes();
  readonly #outcomes: PointOutcome[] = [];
  /** Points have their urgent notes in common. */
  readonly #told = new Set<string>();
  #queue: Due[] = [];
  /** Made again when a point has ended or was calibrated, not with every chunk of rows. */
  #estimate: { known: string; left: number | null } = { known: '', left: null };
  #total = 0;

  constructor(
    folder: SweepFolder,
    manifest: Manifest,
    points: readonly Point[],
    loaded: LoadedSuite,
    options: SweepOptions,
  ) {
    this.#folder = folder;
    this.#manifest = manifest;
    this.#points = points;
    this.#loaded = loaded;
    this.#options = options;
    this.#auto = manifest.auto as AutoPeriod;
  }

  /** Decides what is run: the selected points that have no result yet, or one that can't stand. */
  async keepFinished(earlier: Manifest | null, selected: ReadonlySet<string>): Promise<void> {
    const before = new Map(earlier?.points.map((point) => [point.id, point]));
    const again: string[] = [];
    for (const [i, point] of this.#points.entries()) {
      const old = before.get(point.id);
      before.delete(point.id);
      if (!selected.has(point.id)) {
        if (old) this.#manifest.points[i] = old;
        continue;
      }
      this.#total++;
      const definition = fromSuite(point.definition, this.#loaded.file);
      const why = await whyAgain(this.#folder.path, old, point, definition, this.#hashes);
      if (old && why === null) {
        this.#manifest.points[i] = {
          ...old,
          parameters: point.parameters,
          repetition: point.repetition,
        };
        this.#outcomes.push(keptOutcome(old, point));
        continue;
      }
      const entry = this.#manifest.points[i] as ManifestPoint;
      entry.attempts = old?.attempts ?? 0;
      if (why?.changed) again.push(`${point.id} is run again: ${why.reason}.`);
      this.#queue.push({ point, entry });
    }
    if (earlier === null) return;
    for (const note of again.slice(0, 10)) this.#note(note);
    if (again.length > 10)
      this.#note(`${again.length - 10} more points are run again, for they have changed.`);
    if (before.size > 0)
      this.#note(
        `${before.size === 1 ? `The point ${[...before.keys()][0]} is` : `${before.size} points are`} no longer in the suite; what they left stays in the folder.`,
      );
    const version = earlier.tool?.version;
    if (version !== undefined && version !== toolVersion)
      this.#note(`Earlier points were run by isochron ${version}, and this is ${toolVersion}.`);
    this.#note(
      `${this.#outcomes.length} of ${this.#total} points stand, ${this.#queue.length} are run.`,
    );
  }

  async run(): Promise<SweepResult> {
    await this.#noteProblems();
    await this.#save();
    let interrupted = false;
    while (this.#queue.length > 0) {
      if (this.#options.signal?.aborted) {
        interrupted = true;
        break;
      }
      const { point, entry } = this.#queue[0] as Due;
      const outcome = await this.#runPoint(point, entry);
      if (outcome.status === 'interrupted') {
        interrupted = true;
        break;
      }
      this.#queue.shift();
    }
    this.#folder.log(interrupted ? 'interrupted' : 'ended');
    return {
      folder: this.#folder.path,
      manifest: this.#manifest,
      outcomes: this.#outcomes,
      interrupted,
    };
  }

  async #runPoint(point: Point, entry: ManifestPoint): Promise<PointOutcome> {
    const began = Date.now();
    this.#progress(point, 'starting', '', 0);
    this.#folder.clear(point.id);
    Object.assign(entry, {
      status: 'running',
      error: null,
      attempts: entry.attempts + 1,
      startedAt: new Date().toISOString(),
    });
    await this.#save();
    this.#folder.log(`${point.id} begins`);
    let result: RunResult | null = null;
    let error: ErrorInfo | null = null;
    let mistake: unknown = null;
    try {
      result = await this.#execute(point, entry, began);
      error = result?.error ?? null;
    } catch (thrown) {
      error = toErrorInfo(thrown);
      if (!(thrown instanceof IsochronError)) mistake = thrown;
    }
    const status = statusOf(result, error);
    const seconds = (Date.now() - began) / 1000;
    Object.assign(entry, {
      status,
      error,
      endedAt: new Date().toISOString(),
      valid: result?.verdict.valid ?? null,
      csvBytes: result === null ? null : sizeOf(csvOf(this.#folder.path, point.id)),
      ...(result === null ? {} : await this.#traces(point, result)),
    });
    this.#folder.log(
      `${point.id} ${status} after ${seconds.toFixed(1)} s${error ? `: ${error.message}` : ''}`,
    );
    await this.#save();
    if (mistake !== null) throw mistake; // isochron's own: going on would hide it
    const { median = null, p99 = null } = result?.summary.elapsed ?? {};
    this.#times.learn(point, median);
    const outcome: PointOutcome = {
      id: point.id,
      name: point.name,
      repetition: point.repetition,
      status,
      error,
      kept: false,
      medianNs: median,
      p99Ns: p99,
      valid: result?.verdict.valid ?? null,
      seconds,
    };
    this.#outcomes.push(outcome);
    this.#options.onPoint?.(outcome);
    const ends = ENDS_THE_SWEEP.find((code) => code === error?.code);
    if (error && ends)
      throw new IsochronError(
        ends,
        `The sweep stops at ${point.id}: ${error.message}`,
        `${error.hint ? `${error.hint} ` : ''}Then go on with --resume.`,
      );
    return outcome;
  }

  /** What a later sweep must find again, for this point to stand. */
  async #traces(
    point: Point,
    result: RunResult,
  ): Promise<Pick<ManifestPoint, 'hashes' | 'content'>> {
    const hashes: Record<string, string> = {};
    for (const file of [result, ...result.furtherPasses].flatMap(({ files }) => files)) {
      const hash = file.endsWith('.csv') ? await sha256OfFile(file) : null;
      if (hash !== null) hashes[basename(file)] = hash;
    }
    const definition = fromSuite(point.definition, this.#loaded.file);
    return { hashes, content: await contentOf(result.report, definition) };
  }

  /** Null when it was interrupted before its first job. */
  async #execute(point: Point, entry: ManifestPoint, began: number): Promise<RunResult | null> {
    const { signal, kill, onWaiting } = this.#options;
    const definition = fromSuite(point.definition, this.#loaded.file);
    const onProgress: Progress = ({ phase, done, total, note }) =>
      this.#progress(
        point,
        phase,
        note || (total === null ? '' : `${done}/${total}`),
        Date.now() - began,
      );
    let period = definition.period;
    if (period === 'auto') {
      const calibration = await this.#calibration(
        { ...point, definition },
        calibrationKey(point, this.#auto),
        onProgress,
      );
      if (calibration === null) return null;
      entry.autoPeriodNs = autoPeriodNs(calibration, this.#auto.factor);
      period = `${entry.autoPeriodNs}ns`;
    }
    const { period: _period, ...rest } = definition;
    const complete: BenchmarkDefinition = {
      ...rest,
      ...(period === undefined ? {} : { period }),
      output: csvOf(this.#folder.path, point.id),
    };
    return runBenchmark(complete, {
      ...(signal ? { signal } : {}),
      ...(kill ? { kill } : {}),
      ...(onWaiting ? { onWaiting } : {}),
      onProgress,
      onNote: this.#logFor(point),
    });
  }

  #logFor(point: Point): (note: string, urgent?: boolean) => void {
    return (note, urgent) => {
      this.#folder.log(`${point.id}: ${note}`);
      if (!urgent || this.#told.has(note)) return;
      this.#told.add(note);
      this.#options.onNote?.(note, true);
    };
  }

  async #calibration(point: Point, key: string, onProgress: Progress) {
    const known = this.#manifest.calibrations.find((c) => c.key === key);
    if (known) {
      const { content } = known;
      if (!content || !(await whatChanged(content, point.definition, this.#hashes))) return known;
      this.#manifest.calibrations.splice(this.#manifest.calibrations.indexOf(known), 1);
    }
    const measured = await calibrate(point, this.#auto, {
      signal: this.#options.signal,
      kill: this.#options.kill,
      onNote: this.#logFor(point),
      onWaiting: this.#options.onWaiting,
      onProgress: (state) => onProgress({ ...state, phase: 'calibrating' }),
    });
    if (measured === null) return null;
    const calibration = { ...measured, key };
    this.#manifest.calibrations.push(calibration);
    this.#folder.log(
      `calibrated ${point.name}: median ${calibration.medianNs} ns, p99 ${calibration.p99Ns ?? 'unknown'}, max ${calibration.maxNs} ns over ${calibration.jobs} jobs`,
    );
    await this.#save();
    return calibration;
  }

  /** Points that can't run are told at the start of a sweep that may take days, not when their turn comes. */
  async #noteProblems(): Promise<void> {
    const workloads = new Map<string, number>();
    for (const { point } of this.#queue) {
      const { workload } = fromSuite(point.definition, this.#loaded.file);
      workloads.set(workload, (workloads.get(workload) ?? 0) + 1);
    }
    for (const [workload, n] of workloads) {
      const problem = await workloadProblem(workload);
      if (problem !== null)
        this.#note(`${n} ${n === 1 ? 'point' : 'points'} will fail: ${problem}.`);
    }
  }

  #progress(point: Point, phase: string, note: string, elapsedMs: number): void {
    if (!this.#options.onProgress) return;
    const known = `${this.#queue.length} ${this.#manifest.calibrations.length}`;
    if (known !== this.#estimate.known) {
      const estimates = this.#queue.map(({ point: p }) =>
        estimateSeconds(p, this.#auto, this.#manifest.calibrations, this.#times),
      );
      this.#estimate = { known, left: totalSeconds(estimates) };
    }
    const { left } = this.#estimate;
    this.#options.onProgress({
      done: this.#total - this.#queue.length,
      total: this.#total,
      point: point.name,
      phase,
      note,
      secondsLeft: left === null ? null : Math.max(0, left - elapsedMs / 1000),
    });
  }

  #note(note: string): void {
    this.#folder.log(note);
    this.#options.onNote?.(note);
  }

  async #save(): Promise<void> {
    this.#manifest.updatedAt = new Date().toISOString();
    await writeManifest(this.#folder.manifest, this.#manifest);
  }
}
