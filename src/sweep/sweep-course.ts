/**
 * The course of a sweep, with a manifest that is true at every moment, so that a sweep that was killed goes on where it was.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import type { AutoPeriod, Point, PointDefinition } from '../benchmark/expand.js';
import { SpareChild } from '../child/spare-child.js';
import { type Manifest, type ManifestPoint, putCalibration } from '../formats/manifest.js';
import { ManifestKeeper } from '../formats/manifest-journal.js';
import { sidecarPath } from '../formats/sidecar.js';
import type { ErrorCode } from '../kernel/error-codes.js';
import { type ErrorInfo, IsochronError, toErrorInfo } from '../kernel/errors.js';
import { toolVersion } from '../kernel/package.js';
import type { Progress, ProgressState } from '../kernel/progress.js';
import { sha256OfFile } from '../kernel/sha256.js';
import { runOneOf } from '../run/run-benchmark.js';
import { passesOf, type RunResult } from '../run/run-result.js';
import { autoPeriodNs, calibrate, calibrationKey } from './calibrate-period.js';
import { estimateSeconds, KnownTimes, totalSeconds } from './estimate-time.js';
import type { LoadedSuite } from './load-suite.js';
import { whatDiffers } from './machine-identity.js';
import { contentOf, FileHashes, whatChanged } from './point-content.js';
import { fromSuite, workloadProblem } from './point-workload.js';
import {
  csvOf,
  entriesOf,
  Present,
  readStatus,
  type SweepFolder,
  standingOf,
  whyAgain,
} from './sweep-folder.js';
import {
  endOf,
  isComplete,
  keptOutcome,
  type PointOutcome,
  pendingPoint,
  type SweepOptions,
  type SweepResult,
  sizeOf,
} from './sweep-result.js';

/**
 * Errors that mean the whole sweep, not one point: going on would only fail again, or lose results.
 */
const ENDS_THE_SWEEP: readonly ErrorCode[] = [
  'E_DISK_FULL',
  'E_ADDON_MISSING',
  'E_ADDON_VERSION',
  'E_BUSY',
];

const CALIBRATING = 'calibrating';

/** A point that is to be run, and its place in the manifest. */
interface Due {
  point: Point;
  index: number;
  attempts: number;
  /** A complete result that stays until it is replaced, and why it can't stand. */
  before: { entry: ManifestPoint; reason: string } | null;
}

export class Sweep {
  readonly #folder: SweepFolder;
  readonly #manifest: Manifest;
  readonly #keeper: ManifestKeeper;
  readonly #points: readonly Point[];
  readonly #loaded: LoadedSuite;
  readonly #options: SweepOptions;
  readonly #auto: AutoPeriod;
  readonly #times = new KnownTimes();
  /** It stays as it is while the sweep runs. */
  readonly #present = new Present();
  readonly #outcomes: PointOutcome[] = [];
  /** Points have their urgent notes in common. */
  readonly #told = new Set<string>();
  #queue: Due[] = [];
  readonly #spare = new SpareChild();
  /** Made again when a point has ended or was calibrated, not with every chunk of rows. */
  #estimate: { known: string; left: number | null } = { known: '', left: null };
  #total = 0;
  /** Of the points that have ended. */
  #misses: number | null = null;
  #failed = 0;

  constructor(
    folder: SweepFolder,
    manifest: Manifest,
    points: readonly Point[],
    loaded: LoadedSuite,
    options: SweepOptions,
  ) {
    this.#folder = folder;
    this.#manifest = manifest;
    this.#keeper = new ManifestKeeper(folder.manifest, manifest);
    this.#points = points;
    this.#loaded = loaded;
    this.#options = options;
    this.#auto = manifest.auto as AutoPeriod;
  }

  /** Decides what is run: the selected points that have no result yet, or one that can't stand. */
  async keepFinished(earlier: Manifest | null, selected: ReadonlySet<string>): Promise<void> {
    const left = entriesOf(earlier);
    const again: string[] = [];
    for (const [i, point] of this.#points.entries()) {
      const old = left.get(point.id);
      left.delete(point.id);
      const definition = fromSuite(point.definition, this.#loaded.file);
      if (!selected.has(point.id)) {
        if (old) this.#manifest.points[i] = await this.#asFound(old, point, definition);
        continue;
      }
      this.#total++;
      await this.#folder.repair(point.id, old, new FileHashes());
      const standing = await standingOf(this.#folder.path, old, this.#present.hashes);
      const { entry } = standing;
      const why = await whyAgain(standing, point, definition, this.#present, this.#options.again);
      if (entry && why === null) {
        this.#manifest.points[i] = {
          ...entry,
          parameters: point.parameters,
          repetition: point.repetition,
          lastAttempt: null,
          outdated: null,
        };
        this.#outcomes.push(keptOutcome(this.#folder.path, entry, point));
        continue;
      }
      const before = this.#replacedBy(point, entry, why?.reason ?? '');
      const attempts = old?.attempts ?? 0;
      const outdated = why?.changed ? why.reason : null;
      this.#manifest.points[i] = before
        ? { ...before.entry, outdated }
        : { ...pendingPoint(point), attempts };
      if (why?.changed) again.push(`${point.id} is run again: ${why.reason}.`);
      this.#queue.push({ point, index: i, attempts, before });
    }
    this.#manifest.retired = await this.#retire(left.values());
    if (earlier === null) return;
    for (const note of again.slice(0, 10)) this.#note(note);
    if (again.length > 10)
      this.#note(`${again.length - 10} more points are run again, for they have changed.`);
    const gone = (earlier?.points ?? []).filter(({ id }) => left.has(id));
    if (gone.length > 0)
      this.#note(
        `${gone.length === 1 ? `The point ${gone[0]?.id} is` : `${gone.length} points are`} no longer in the suite; what they left stays in the folder.`,
      );
    const version = earlier.tool?.version;
    if (version !== undefined && version !== toolVersion)
      this.#note(`Earlier points were run by isochron ${version}, and this is ${toolVersion}.`);
    this.#note(
      `${this.#outcomes.length} of ${this.#total} points stand, ${this.#queue.length} are run.`,
    );
  }

  /** What there is of a point that is not selected now, and whether it is what the suite says. */
  async #asFound(
    old: ManifestPoint,
    point: Point,
    definition: PointDefinition,
  ): Promise<ManifestPoint> {
    const standing = await standingOf(this.#folder.path, old, this.#present.hashes);
    if (!standing.entry || !isComplete(standing.entry.status)) return old;
    const why = await whyAgain(standing, point, definition, this.#present);
    return { ...old, outdated: why?.reason ?? null };
  }

  /**
   * What stands of points that the suite has lost: their files stay, and so does what is known of them. One that was being run
   * again when the sweep was killed is the complete result from before, back in its place, as if it had not been begun.
   */
  async #retire(left: Iterable<ManifestPoint>): Promise<ManifestPoint[]> {
    const retired: ManifestPoint[] = [];
    for (const old of left) {
      await this.#folder.repair(old.id, old, new FileHashes());
      const { entry } = await standingOf(this.#folder.path, old, this.#present.hashes);
      if (entry && isComplete(entry.status)) retired.push(entry);
    }
    return retired;
  }

  /**
   * The complete result that a new one of the point is to replace; null where there is none. One that the manifest knows nothing
   * of (its journal was not copied) counts, too: nothing that was measured is removed for less than another result.
   */
  #replacedBy(point: Point, entry: ManifestPoint | undefined, reason: string): Due['before'] {
    const csv = csvOf(this.#folder.path, point.id);
    if (!existsSync(csv)) return null;
    if (entry && isComplete(entry.status)) return { entry, reason };
    if (entry && entry.status !== 'pending') return null;
    if (readStatus(sidecarPath(csv)) !== 'done') return null;
    return {
      entry: {
        ...pendingPoint(point),
        status: 'done',
        hash: '',
        definition: {},
        csvBytes: sizeOf(csv),
      },
      reason: 'the manifest does not say what it was run with',
    };
  }

  async run(): Promise<SweepResult> {
    await this.#noteProblems();
    await this.#keeper.save();
    try {
      const interrupted = await this.#runQueue();
      await this.#keeper.close();
      this.#folder.log(interrupted ? 'interrupted' : 'ended');
      return {
        folder: this.#folder.path,
        manifest: this.#manifest,
        outcomes: this.#outcomes,
        interrupted,
      };
    } catch (error) {
      await this.#keeper.close().catch(() => {}); // what ended the sweep is what is told
      throw error;
    } finally {
      this.#spare.end();
    }
  }

  async #runQueue(): Promise<boolean> {
    let interrupted = false;
    while (this.#queue.length > 0) {
      if (this.#options.signal?.aborted) {
        interrupted = true;
        break;
      }
      const outcome = await this.#runPoint(this.#queue[0] as Due);
      if (outcome.status === 'interrupted') {
        interrupted = true;
        break;
      }
      this.#queue.shift();
    }
    return interrupted;
  }

  async #runPoint({ point, index, attempts, before }: Due): Promise<PointOutcome> {
    const began = Date.now();
    this.#progress(point, { phase: 'starting', done: 0, total: null, note: '' }, 0);
    const entry: ManifestPoint = {
      ...pendingPoint(point),
      status: 'running',
      attempts: attempts + 1,
      startedAt: new Date().toISOString(),
      before: before?.entry ?? null,
    };
    await this.#put(index, entry);
    this.#folder.log(`${point.id} begins`);
    let result: RunResult | null = null;
    let thrown: ErrorInfo | null = null;
    let mistake: unknown = null;
    try {
      if (before) this.#folder.putAside(point.id);
      else this.#folder.clear(point.id);
      result = await this.#execute(point, entry, began);
      if (result !== null) Object.assign(entry, await this.#traces(point, result));
    } catch (error) {
      thrown = toErrorInfo(error);
      if (!(error instanceof IsochronError)) mistake = error;
    }
    const { status, error, valid } = endOf(result, thrown);
    const seconds = (Date.now() - began) / 1000;
    Object.assign(entry, { status, error, valid, endedAt: new Date().toISOString() });
    this.#folder.log(
      `${point.id} ${status} after ${seconds.toFixed(1)} s${error ? `: ${error.message}` : ''}`,
    );
    await this.#settle(index, entry, before);
    if (mistake !== null) throw mistake; // isochron's own: going on would hide it
    const { median = null, p99 = null, bounds } = result?.summary.elapsed ?? {};
    this.#times.learn(point, median);
    this.#misses = plus(this.#misses, missesOf(result));
    if (status === 'failed') this.#failed++;
    const outcome: PointOutcome = {
      id: point.id,
      name: point.name,
      repetition: point.repetition,
      parameters: point.parameters,
      files: result === null ? [] : passesOf(result).flatMap(({ files }) => files),
      summary: result !== null && result.summary.counts.executed > 0 ? result.summary : null,
      status,
      error,
      kept: false,
      medianNs: median,
      p99Ns: p99,
      p99BoundNs: bounds?.p99 ?? null,
      valid,
      seconds,
    };
    this.#outcomes.push(outcome);
    this.#options.onPoint?.(outcome);
    if (error?.code === 'E_OUTPUT' || error?.code === 'E_WRITE_FAILED')
      this.#folder.requireUsable();
    const ends = ENDS_THE_SWEEP.find((code) => code === error?.code);
    if (error && ends)
      throw new IsochronError(
        ends,
        `The sweep stops at ${point.id}: ${error.message}`,
        `${error.hint ? `${error.hint} ` : ''}Then go on with --resume.`,
      );
    return outcome;
  }

  /** A result that was there before is replaced by a complete one, and by nothing else. */
  async #settle(index: number, entry: ManifestPoint, before: Due['before']): Promise<void> {
    if (before === null || isComplete(entry.status)) {
      await this.#put(index, { ...entry, before: null });
      if (before) this.#folder.dropAside(entry.id);
      return;
    }
    this.#folder.putBack(entry.id);
    const { status, error, startedAt, endedAt, attempts } = entry;
    await this.#put(index, {
      ...before.entry,
      attempts,
      lastAttempt: {
        reason: before.reason,
        status: status ?? 'failed',
        error,
        startedAt,
        endedAt,
      },
    });
  }

  async #put(index: number, point: ManifestPoint): Promise<void> {
    this.#manifest.points[index] = point;
    await this.#keeper.add({ point });
  }

  /** What is to be found again, for this point to stand, and how its passes ended. */
  async #traces(
    point: Point,
    result: RunResult,
  ): Promise<Pick<ManifestPoint, 'csvBytes' | 'hashes' | 'content' | 'passes'>> {
    const passes = passesOf(result);
    const hashes: Record<string, string> = {};
    // what it has dumped elsewhere may be dumped there by others, too
    const own = (file: string) => dirname(resolve(file)) === resolve(this.#folder.path);
    for (const file of passes.flatMap(({ files }) => files)) {
      const hash = own(file) ? await sha256OfFile(file) : null;
      if (hash !== null) hashes[basename(file)] = hash;
    }
    const definition = fromSuite(point.definition, this.#loaded.file);
    return {
      csvBytes: sizeOf(csvOf(this.#folder.path, point.id)),
      hashes,
      content: await contentOf(result.report, definition),
      passes:
        passes.length + result.passesLeft === 1
          ? null
          : passes.map(({ plan, status, error, verdict }) => ({
              csv: basename(plan.output ?? ''),
              status,
              error,
              valid: verdict.valid,
            })),
    };
  }

  /** Null when it was interrupted before its first job. */
  async #execute(point: Point, entry: ManifestPoint, began: number): Promise<RunResult | null> {
    const { signal, kill, onWaiting } = this.#options;
    const definition = fromSuite(point.definition, this.#loaded.file);
    const onProgress: Progress = (state) => this.#progress(point, state, Date.now() - began);
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
    return runOneOf(this.#spare, this.#queue.length > 1, complete, {
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
      const { content, machine } = known;
      const { definition } = point;
      const { hashes, machine: now } = this.#present;
      const changed =
        (content && (await whatChanged(content, definition, hashes))) ??
        (machine && whatDiffers(machine, now.of(definition)));
      if (!changed) return known;
      this.#folder.log(`${point.name} is calibrated again: ${changed}`);
    }
    this.#spare.end(); // the next run's process would stand about while jobs run
    const measured = await calibrate(point, this.#auto, {
      signal: this.#options.signal,
      kill: this.#options.kill,
      onNote: this.#logFor(point),
      onWaiting: this.#options.onWaiting,
      onProgress: (state) => onProgress({ ...state, phase: CALIBRATING }),
    });
    if (measured === null) return null;
    const calibration = { ...measured, key };
    putCalibration(this.#manifest.calibrations, calibration);
    const [median, p99, max] = [calibration.medianNs, calibration.p99Ns, calibration.maxNs].map(
      (ns) => (ns === null ? 'unknown' : `${Math.round(ns)} ns`),
    );
    this.#folder.log(
      `calibrated ${point.name}: median ${median}, p99 ${p99}, max ${max} over ${calibration.jobs} jobs`,
    );
    await this.#keeper.add({ calibration });
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

  #progress(point: Point, state: ProgressState, elapsedMs: number): void {
    if (!this.#options.onProgress) return;
    const known = `${this.#queue.length} ${this.#manifest.calibrations.length}`;
    if (known !== this.#estimate.known) {
      const estimates = this.#queue.map(({ point: p }) =>
        estimateSeconds(p, this.#auto, this.#manifest.calibrations, this.#times),
      );
      this.#estimate = { known, left: totalSeconds(estimates) };
    }
    const { left } = this.#estimate;
    const { phase, done, total, note } = state;
    // the jobs of a calibration are none of the point's
    const jobs: Partial<ProgressState> = phase === CALIBRATING ? {} : state;
    this.#options.onProgress({
      done: this.#total - this.#queue.length,
      total: this.#total,
      point: point.name,
      phase,
      note: note || (total === null ? '' : `${done}/${total}`),
      jobsDone: jobs.jobsDone ?? null,
      jobsTotal: jobs.jobsTotal ?? null,
      deadlineMisses: plus(
        this.#misses,
        // a calibration has no deadline of the point's
        phase === 'calibrating' ? null : (jobs.deadlineMisses ?? null),
      ),
      secondsLeft: left === null ? null : Math.max(0, left - elapsedMs / 1000),
      failed: this.#failed,
    });
  }

  #note(note: string): void {
    this.#folder.log(note);
    this.#options.onNote?.(note);
  }
}

/** Of all its passes; null without a deadline. */
const missesOf = (result: RunResult | null): number | null =>
  (result === null ? [] : passesOf(result))
    .map(({ summary }) => summary?.deadlineMisses ?? null)
    .reduce(plus, null);

function plus(sum: number | null, more: number | null): number | null {
  return sum === null ? more : more === null ? sum : sum + more;
}
