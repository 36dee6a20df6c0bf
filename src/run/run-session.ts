/** One pass of a run between its child process and its files: what comes is recorded, and judged at the end. */

import type { Finished, Prepared } from '../addon/native.js';
import { forEachSeries, SERIES_NAMES, STREAMS } from '../addon/streams.js';
import { jobCores } from '../benchmark/job-cores.js';
import type { Plan } from '../benchmark/plan.js';
import { protocolError } from '../child/frames.js';
import type { Sent } from '../child/protocol.js';
import type { ChildOutcome } from '../child/run-process.js';
import { absenceLine } from '../events/absence.js';
import { sampledEvents } from '../formats/counter-samples.js';
import { toJson } from '../formats/plain-json.js';
import type { JobRow } from '../formats/row-format.js';
import type { Sidecar, SidecarJson } from '../formats/sidecar.js';
import { type ErrorInfo, fromErrorInfo, IsochronError, toErrorInfo } from '../kernel/errors.js';
import { formatPercent } from '../kernel/quantities.js';
import { coherencyLineSize } from '../machine/probe-machine.js';
import type { Watch } from '../machine/watch.js';
import type { Summary } from '../metrics/summary.js';
import { type Verdict, type VerdictFacts, verdict, type XnnpackFacts } from '../metrics/verdict.js';
import { phaseOf } from '../metrics/verdict-times.js';
import type { EventColumn } from './event-passes.js';
import { Recorder, type RecorderFacts } from './recorder.js';
import type { RunFiles } from './run-files.js';
import type { RunOptions, RunResult } from './run-result.js';
import { xnnpackFacts } from './xnnpack-facts.js';

/** What happens between a child's messages and the files. */
export class Session {
  #prepared: Prepared | null = null;
  #recorder: Recorder | null = null;
  readonly #plan: Plan;
  readonly #events: EventColumn[];
  readonly #report: Sidecar;
  readonly #files: RunFiles;
  readonly #options: RunOptions;
  readonly #watch: Pick<Watch, 'begin' | 'end'>;
  #begun = false;
  #startedAt = 0;
  readonly #enough = new AbortController();

  constructor(
    plan: Plan,
    events: EventColumn[],
    report: Sidecar,
    files: RunFiles,
    options: RunOptions,
    watch: Pick<Watch, 'begin' | 'end'>,
  ) {
    this.#plan = plan;
    this.#events = events;
    this.#report = report;
    this.#files = files;
    this.#options = options;
    this.#watch = watch;
  }

  /** The median is known as well as was asked for: the run is to end after the current job. */
  get enough(): AbortSignal {
    return this.#enough.signal;
  }

  /** The first release is about to be, or files were touched: from here on the run has a result. */
  get begun(): boolean {
    return this.#begun || this.#files.touched;
  }

  /**
   * The run from its child's start to its last word. What goes wrong before it has begun is thrown, and leaves nothing
   * behind; after that it is the run's failure, with the rows that have come.
   *
   * @param play runs the child with this session's handlers
   * @param atEnd looks at the machine once more, when no job runs any more and before the verdict
   */
  async hold(play: () => Promise<ChildOutcome>, atEnd: () => void): Promise<RunResult> {
    let outcome: ChildOutcome;
    let over = false;
    this.onOver = () => {
      if (over) return;
      over = true;
      this.#report.during = this.#watch.end();
      atEnd();
    };
    try {
      outcome = await play();
      const { error } = outcome;
      if (!this.begun && error !== null) throw fromErrorInfo(error);
    } catch (error) {
      if (!this.begun) throw error;
      const failed = {
        finished: null,
        sent: null,
        stops: null,
        interrupted: false,
        engineOutput: '',
      };
      outcome = { ...failed, error: toErrorInfo(error) };
    } finally {
      this.onOver();
    }
    return this.#finish(outcome);
  }

  nativeEvents() {
    return this.#events.flatMap((event) => event.native ?? []);
  }

  /** Headers and the sidecar are on disk before the first release. */
  onPrepared = async (prepared: Prepared): Promise<void> => {
    this.#prepared = prepared;
    const report = this.#report;
    let slot = 0;
    const slots = this.#events.map((event, i) => {
      if (event.native === null) return null;
      const at = slot++;
      const status = prepared.events[at];
      const entry = report.events[i];
      if (entry && status) {
        entry.opened = status.opened;
        if (!status.opened) entry.reason = status.reason;
      }
      return status?.opened ? at : null;
    });
    // proven at the end
    report.granted = { ...prepared.granted, memoryLocked: false };
    report.workload = prepared.workload;
    report.initFaults = prepared.initFaults;
    report.counters.readMethod = prepared.counterReadMethod;
    report.clock = { ticksPerSecond: prepared.ticksPerSecond, overheadNs: prepared.overheadNs };
    if (report.engine) report.engine.tflite = prepared.workload.tflite?.version ?? null;
    this.#noteAbsences();
    const facts = this.#facts(prepared.workload.extraMetrics, slots);
    this.#recorder = new Recorder(facts);
    await this.#files.begin(
      { ...facts, ticksPerSecond: prepared.ticksPerSecond },
      report,
      this.#options.onRows,
    );
    this.#begun = true;
    this.#watch.begin();
    this.#startedAt = Date.now();
    this.#progress();
  };

  #facts(extras: readonly string[], slots: readonly (number | null)[]): RecorderFacts {
    const { periodNs, deadlineNs, warmup, jobs, scheduling, untilCi } = this.#plan;
    const deadline = this.#report.granted?.policy === 'deadline';
    return {
      runtimeNs: deadline && scheduling.policy === 'deadline' ? scheduling.runtimeNs : undefined,
      periodNs,
      deadlineNs,
      warmup,
      jobs,
      untilCi,
      nativeEvents: this.nativeEvents().length,
      events: this.#events.map((event) => event.name),
      extras,
      lineBytes: coherencyLineSize(),
      slots,
      zeroIsOrdinary: this.#events.map((event) => event.zeroIsOrdinary),
    };
  }

  #noteAbsences(): void {
    const absent = this.#report.events.filter((event) => event.reason !== null);
    const line = absenceLine(absent);
    if (line !== null) {
      if (this.#plan.requireEvents)
        throw new IsochronError(
          'E_EVENTS_MISSING',
          line,
          'See `isochron events` for what this machine offers.',
        );
      this.#options.onNote?.(line);
    }
    for (const { message, hint } of this.#report.granted?.denied ?? [])
      this.#options.onNote?.(`${message} ${hint}`);
  }

  readonly take = {
    jobs: (bytes: Buffer) => this.#takeJobs(bytes),
    ...forEachSeries((name) => (bytes: Buffer) => this.#files.take(name, bytes)),
  };

  async #takeJobs(bytes: Buffer): Promise<void> {
    const rows: JobRow[] = [];
    try {
      this.#recorder?.take(bytes, (row) => rows.push(row));
    } finally {
      await this.#files.rows(rows);
    }
    // a run that was told to end is none that ended by itself
    if (!this.#options.signal?.aborted && this.#recorder?.precision?.enough()) this.#enough.abort();
    this.#progress();
  }

  /** Nothing disturbs a job any more: from `hold` on it looks at the machine for the last time. */
  onOver = (): void => {};

  unfinished = () => this.#files.unfinished;

  onWaiting = (what: string): void => this.#options.onWaiting?.(what);

  #progress(): void {
    const recorder = this.#recorder;
    if (!recorder || !this.#options.onProgress) return;
    const { jobs, warmup, durationNs } = this.#plan;
    const known = recorder.precision?.share ?? null;
    const note =
      recorder.jobs === 0
        ? ''
        : `last ${(recorder.lastElapsedNs / 1e6).toFixed(3)} ms, ${recorder.misses} missed${known === null ? '' : `, median ± ${formatPercent(known)}`}`;
    const state = {
      phase: `running ${this.#plan.name}`,
      note,
      jobsDone: recorder.jobs,
      jobsTotal: jobs > 0 ? jobs + warmup : null,
      deadlineMisses: this.#plan.deadlineNs === null ? null : recorder.misses,
      secondsLeft: this.#secondsLeft(recorder.jobs),
    };
    if (jobs > 0) this.#options.onProgress({ ...state, done: recorder.jobs, total: jobs + warmup });
    else if (durationNs !== null)
      this.#options.onProgress({
        ...state,
        done: Math.min(
          Math.round((Date.now() - this.#startedAt) / 1000),
          Math.round(durationNs / 1e9),
        ),
        total: Math.round(durationNs / 1e9),
      });
    else this.#options.onProgress({ ...state, done: recorder.jobs, total: null });
  }

  /** By the pace so far: releases that are skipped make a run longer than its jobs times its period. */
  #secondsLeft(done: number): number | null {
    const { jobs, warmup, durationNs } = this.#plan;
    const spent = (Date.now() - this.#startedAt) / 1000;
    const byClock = durationNs === null ? null : Math.max(0, durationNs / 1e9 - spent);
    const byJobs = jobs > 0 && done > 0 ? (spent / done) * (jobs + warmup - done) : null;
    return byClock !== null && byJobs !== null ? Math.min(byClock, byJobs) : (byClock ?? byJobs);
  }

  /** The last word, whatever has happened; also of a run that was told to stop before there was anything to release. */
  async #finish({
    finished,
    sent,
    stops,
    memory,
    error,
    interrupted,
    engineOutput,
  }: ChildOutcome): Promise<RunResult> {
    const report = this.#report;
    const recorder =
      this.#recorder ??
      new Recorder(
        this.#facts(
          [],
          this.#events.map(() => null),
        ),
      );
    report.finished = finished;
    this.#learnFromFirstJob(finished);
    report.stops = stops;
    report.memory = memory ?? null;
    const locked = finished?.locked ?? null;
    if (report.granted && locked !== null)
      report.granted.memoryLocked = locked.lockedBytes === locked.eligibleBytes;
    report.error = error ?? finished?.error ?? this.#missing(recorder, finished, sent);
    const closing = await this.#files
      .close()
      .catch((closeError: unknown) => toErrorInfo(closeError));
    if (closing) report.error ??= closing;
    const status = closing
      ? 'failed'
      : statusOf(finished, report.error, interrupted, this.#enough.signal.aborted);
    const summary = recorder.finish(finished?.emptyJobCounts ?? []);
    const notes: string[] = [];
    for (const [i, event] of report.events.entries()) {
      const counted = summary.events[i];
      if (counted?.neverCounted) {
        event.reason = 'opened but never counted: 0 over the whole run';
        notes.push(`${event.name} was opened but never counted; its column is empty.`);
      } else if (counted?.total === 0 && !this.#events[i]?.zeroIsOrdinary) {
        // its cells are empty, too, but nothing is wrong with it as far as anyone can tell
        event.reason = '0 over the whole run, which was too short to tell whether it counts';
      }
    }
    report.status = status;
    report.endedAt = new Date().toISOString();
    report.summary = summary;
    report.precision = recorder.precision?.finish() ?? null;
    const xnnpack = await xnnpackFacts(this.#plan, report.workload);
    report.xnnpackApplied = xnnpackApplied(report.workload, xnnpack, engineOutput);
    report.xnnpackNodes = xnnpack?.nodes ?? null;
    report.xnnpackWork = xnnpack?.work ?? null;
    report.verdict = this.#judge(summary, status, xnnpack);
    const { error: sidecarError } = await this.#files.writeSidecar(report);
    if (sidecarError) {
      report.error = report.error
        ? {
            ...report.error,
            message: `${report.error.message} The JSON beside it could not be brought up to date either.`,
          }
        : sidecarError;
      // no file of the run tells it any more, but whoever called it is told
      report.status = 'failed';
      report.verdict = this.#judge(summary, report.status, xnnpack);
    }
    const histogram = this.#options.histogram
      ? recorder.summary.histogram(this.#plan.deadlineNs)
      : null;
    // last: whatever the caller's function does, the run has its end
    for (const note of notes) this.#options.onNote?.(note);
    return {
      status: report.status,
      plan: this.#plan,
      summary,
      verdict: report.verdict,
      error: report.error,
      report: JSON.parse(toJson(report)) as SidecarJson,
      ...(histogram === null ? {} : { histogram }),
      files: this.#files.written(),
      incomplete: this.#files.incomplete(),
      furtherPasses: [],
      passesLeft: 0,
    };
  }

  /** Rows are counted against what the child says it has run and sent. */
  #missing(recorder: Recorder, finished: Finished | null, sent: Sent | null): ErrorInfo | null {
    if (!finished || !sent) return null;
    const expected = finished.jobs - finished.lostRecords;
    if (recorder.jobs !== expected || recorder.jobs !== sent.jobs)
      return toErrorInfo(
        protocolError(
          `${recorder.jobs} records arrived of ${expected} jobs (${sent.jobs} were sent)`,
        ),
      );
    const { taken } = this.#files;
    const short = SERIES_NAMES.find((name) => taken[name] !== sent[name]);
    if (short === undefined) return null;
    const arrived = `${taken[short]} ${STREAMS[short].title} arrived`;
    return toErrorInfo(protocolError(`${arrived} of ${sent[short]} that were sent`));
  }

  /** What was found after the first job is what holds for the others. */
  #learnFromFirstJob(finished: Finished | null): void {
    if (finished === null) return;
    const { overheadNs, denied } = finished;
    if (overheadNs !== null) this.#report.clock.overheadNs = overheadNs;
    this.#report.granted?.denied.push(...denied);
    for (const { message, hint } of denied) this.#options.onNote?.(`${message} ${hint}`);
  }

  #server(): VerdictFacts['server'] {
    const server = this.#report.finished?.server;
    const { scheduling, periodNs } = this.#plan;
    if (!server || scheduling.policy !== 'deadline') return null;
    const { overruns, endOffsetNs } = server;
    return {
      overruns,
      endOffsetNs,
      constrained: scheduling.deadlineNs < scheduling.periodNs,
      phase: phaseOf(periodNs, scheduling.periodNs),
    };
  }

  #judge(summary: Summary, status: RunResult['status'], xnnpack: XnnpackFacts | null): Verdict {
    const report = this.#report;
    const { finished, granted, machine, before, after, during, stops } = report;
    const cores = jobCores(this.#plan.cores, granted);
    const ended = {
      done: 'jobs',
      interrupted: 'stopped',
      deadline_miss: 'deadline_miss',
      failed: 'failed',
    } as const;
    return verdict({
      summary,
      precision: report.precision,
      ended: ended[status],
      error: report.error,
      bounded: this.#plan.jobs > 0 || this.#plan.durationNs !== null,
      denied: granted?.denied ?? [],
      memory:
        this.#prepared?.granted.memoryLocked && finished && finished.jobs > 0
          ? { proof: finished.locked }
          : null,
      lostRecords: finished?.lostRecords ?? 0,
      lostSamples: finished?.lostSamples ?? 0,
      samples: this.#plan.sampler && finished?.jobs ? this.#files.tabled.samples : null,
      samplesCount: sampledEvents(report.events.map(({ name }) => name)).some(
        (i) => report.events[i]?.opened,
      ),
      absentEvents: report.events.flatMap((e) =>
        e.reason === null || e.opened ? [] : [{ name: e.name, reason: e.reason }],
      ),
      requireEvents: this.#plan.requireEvents,
      cold:
        report.fileCache === null || report.initFaults === null
          ? null
          : { fileCache: report.fileCache, initMajorFaults: report.initFaults.major },
      policy: granted?.policy ?? 'unknown',
      server: this.#server(),
      rtLimit: machine.rtLimit,
      watchdog: machine.watchdog,
      runNs: finished ? Number(finished.endNs - finished.t0Ns) : 0,
      frequencies: before.cores.map((core, i) => ({
        core: core.core,
        governor: core.governor,
        governorAfter: after?.cores[i]?.governor ?? null,
        beforeKhz: core.frequencyKhz,
        afterKhz: after?.cores[i]?.frequencyKhz ?? null,
        lowestKhz: during?.cores[i]?.lowestKhz ?? null,
        highestKhz: during?.cores[i]?.highestKhz ?? null,
      })),
      cores,
      // whoever had nowhere to go, or no reason to, may be there as well
      housekeepingCores: cores.length === 0 ? null : (report.housekeepingCores ?? cores),
      workers: finished?.workers ?? [],
      counting: report.events.some((event) => event.opened),
      lateThreads: finished?.lateThreads ?? [],
      policyAsked: this.#plan.scheduling.policy,
      grantedAtStart: granted,
      grantedMeanwhile: finished?.meanwhile ?? null,
      grantedAtEnd: finished?.atEnd ?? null,
      runDelayNs: finished?.runDelayNs ?? null,
      threadMigrations: finished?.migrations ?? null,
      unseenCpuNs: finished?.unseenCpuNs ?? null,
      threadsAsked: this.#plan.workload.kind === 'model' ? this.#plan.workload.threads : null,
      xnnpack,
      hypervisor: machine.hypervisor,
      preflight: report.preflight,
      during,
      quota: during?.quota ?? null,
      stops,
    });
  }
}

function statusOf(
  finished: Finished | null,
  error: ErrorInfo | null,
  interrupted: boolean,
  enough: boolean,
): RunResult['status'] {
  if (interrupted && !error) return 'interrupted';
  if (!finished || error) return 'failed';
  if (finished.reason === 'stopped') return enough ? 'done' : 'interrupted';
  if (finished.reason === 'deadline_miss' || finished.reason === 'failed') return finished.reason;
  return 'done';
}

/** A library that applies XNNPACK by itself says so when it allocates tensors; nothing else tells. */
function xnnpackApplied(
  workload: Sidecar['workload'],
  xnnpack: XnnpackFacts | null,
  output: string,
): Sidecar['xnnpackApplied'] {
  if (!workload?.tflite) return null;
  const { requested } = workload.tflite.xnnpack;
  if (requested && xnnpack?.nodes.taken !== 0) return 'delegate';
  if (!requested && /Created TensorFlow Lite XNNPACK delegate/.test(output)) return 'by default';
  return 'no';
}
