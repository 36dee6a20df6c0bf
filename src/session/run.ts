/** A whole run: plan, machine, child process, files, summary, verdict. */
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import type { Plan } from '../benchmark/plan.js';
import { type ErrorInfo, IsochronError, toErrorInfo } from '../errors.js';
import { absenceLine } from '../events/absence.js';
import type { Summary } from '../metrics/summary.js';
import { type Verdict, verdict } from '../metrics/verdict.js';
import type { Finished, NativeAddon, Prepared } from '../native.js';
import type { IsolationReport, Machine } from '../output/machine-facts.js';
import { type RunStatus, type Sidecar, toJson } from '../output/sidecar.js';
import { coherencyLineSize, probeMachine, probeVolatile } from '../platform/machine.js';
import { preflight, throttlingNow } from '../platform/preflight.js';
import { loadAddon } from './addon.js';
import { type ChildOutcome, runInChild } from './child-process.js';
import { housekeepingCores, onCores } from './housekeeping.js';
import { identify } from './identity.js';
import { cleanUp, whileIsolated } from './isolation.js';
import { nativePlan } from './native-plan.js';
import { type EventColumn, eventPasses } from './passes.js';
import type { Progress } from './progress.js';
import { Recorder } from './recorder.js';
import { resolvePlan } from './resolve.js';
import { RunFiles } from './run-files.js';

export interface RunOptions {
  /** Ends the run after the current job; what was recorded is kept and the result says `interrupted`. */
  signal?: AbortSignal;
  onProgress?: Progress;
  /** Sentences worth a line on stderr: counters that are absent, rights that were not granted. */
  onNote?: (note: string) => void;
  /** CSV text of the rows as they come, header first. */
  onRows?: (csv: string) => void;
}

/** What a run came to. It is the sidecar's content with the usual suspects at hand. */
export interface RunResult {
  status: Exclude<RunStatus, 'running'>;
  plan: Plan;
  summary: Summary;
  verdict: Verdict;
  /** Why a failed run failed. */
  error: ErrorInfo | null;
  /** Everything that is known of the run: what stands in the sidecar. */
  report: Sidecar;
  /** The files that were written, absolute. */
  files: string[];
  /** More runs of the same benchmark, for events that did not fit at once (`eventPasses`). */
  furtherPasses: RunResult[];
}

let active = false;

/**
 * Runs one benchmark in a child process of its own and resolves when it has ended.
 *
 * Everything that can be checked is checked before the first release, and is thrown. A run that has started always
 * resolves: when it then fails (an engine that crashes, a full disk), `status` is `failed`, `error` says why and the
 * rows up to then are kept.
 *
 * @param definition times in seconds or with a unit, sizes with K, M, G; see `BenchmarkDefinition`
 * @throws UsageError for a definition that can't be meant
 * @throws IsochronError for models, engines, files and rights that are not there; `E_BUSY` while another run is active
 *   in this process
 */
export async function runBenchmark(
  definition: BenchmarkDefinition,
  options: RunOptions = {},
): Promise<RunResult> {
  if (active)
    throw new IsochronError(
      'E_BUSY',
      'Another run is active in this process.',
      'Await it first: two at once would disturb each other.',
    );
  active = true;
  try {
    const plan = await resolvePlan(definition, options.onProgress);
    const machine = probeMachine();
    const addon = loadAddon();
    const lists = eventPasses(plan, addon);
    cleanUp(addon, options.onNote);
    const passes = (isolation: IsolationReport | null) =>
      runPasses(plan, lists, { machine, isolation }, addon, options);
    if (!plan.isolate) return await passes(null);
    const { bestEffort } = plan;
    return await whileIsolated(addon, plan.cores, { bestEffort, onNote: options.onNote }, passes);
  } finally {
    active = false;
  }
}

/** What is found out about the machine once for all passes. */
interface Surroundings {
  machine: Machine;
  isolation: IsolationReport | null;
}

async function runPasses(
  plan: Plan,
  lists: EventColumn[][],
  surroundings: Surroundings,
  addon: NativeAddon,
  options: RunOptions,
): Promise<RunResult> {
  const results: RunResult[] = [];
  for (const [i, events] of lists.entries()) {
    if (i > 0 && options.signal?.aborted) break;
    results.push(await runPass(forPass(plan, i), events, surroundings, addon, options));
  }
  const [first, ...furtherPasses] = results as [RunResult, ...RunResult[]];
  return { ...first, furtherPasses };
}

/** The second pass writes beside the first: out.csv, out.pass2.csv, … */
function forPass(plan: Plan, index: number): Plan {
  if (index === 0) return plan;
  const suffix = `.pass${index + 1}`;
  return {
    ...plan,
    name: `${plan.name} (pass ${index + 1})`,
    output:
      plan.output &&
      (plan.output.endsWith('.csv')
        ? plan.output.replace(/\.csv$/, `${suffix}.csv`)
        : plan.output + suffix),
  };
}

async function runPass(
  plan: Plan,
  events: EventColumn[],
  { machine, isolation }: Surroundings,
  addon: NativeAddon,
  options: RunOptions,
): Promise<RunResult> {
  const housekeeping = housekeepingCores(
    addon.getAffinity(),
    plan.cores,
    plan.sampler?.core ?? null,
  );
  const watched = plan.cores.length > 0 ? plan.cores : (machine.cores.online ?? []);
  const report = await openReport(plan, events, machine, probeVolatile(watched), housekeeping);
  report.isolation = isolation;
  report.preflight = preflight(
    plan.cores,
    report.model && { name: plan.name, bytes: report.model.bytes },
  );
  const files = await RunFiles.open(plan);
  if (plan.cold) report.fileCache = dropFileCaches(plan, addon);
  const session = new Session(plan, events, report, files, options);
  let outcome: ChildOutcome;
  try {
    const native = nativePlan(plan, session.nativeEvents());
    outcome = await onCores(addon, housekeeping, () =>
      runInChild(native, housekeeping, session, options.signal),
    );
  } catch (error) {
    if (!session.begun) {
      await files.discard();
      throw error;
    }
    outcome = { finished: null, error: toErrorInfo(error), engineOutput: '' };
  }
  if (!session.begun && outcome.error !== null) {
    await files.discard();
    throw new IsochronError(outcome.error.code, outcome.error.message, outcome.error.hint);
  }
  report.after = probeVolatile(watched);
  const known = report.preflight.filter(({ status }) => status === 'fail');
  report.preflight.push(
    ...throttlingNow().filter(({ code }) => !known.some((remark) => remark.code === code)),
  );
  return session.finish(outcome);
}

/** The last thing before the run's process starts, for checking and identifying the files has read them. */
function dropFileCaches(plan: Plan, addon: NativeAddon): Sidecar['fileCache'] {
  const { workload } = plan;
  const paths =
    workload.kind === 'model'
      ? [workload.engine, workload.path]
      : workload.kind === 'plugin'
        ? [workload.path]
        : [];
  return paths.map((path) => ({ path, ...addon.dropFileCache(path) }));
}

async function openReport(
  plan: Plan,
  events: EventColumn[],
  machine: Machine,
  before: Sidecar['before'],
  housekeeping: number[],
): Promise<Sidecar> {
  return {
    format: 'isochron-run',
    version: 1,
    status: 'running',
    startedAt: new Date().toISOString(),
    endedAt: null,
    ...(await identify(plan)),
    plan,
    machine,
    fileCache: null,
    before,
    after: null,
    preflight: [],
    isolation: null,
    granted: null,
    workload: null,
    initFaults: null,
    xnnpackApplied: null,
    events: events.map((event) => ({
      name: event.name,
      type: event.native?.type ?? null,
      config: event.native ? `0x${event.native.config.toString(16)}` : null,
      opened: false,
      reason: event.reason,
    })),
    counters: { readMethod: null, kernel: plan.eventsKernel },
    clock: { ticksPerSecond: null, overheadNs: null },
    housekeepingCores: housekeeping.length > 0 ? housekeeping : null,
    finished: null,
    error: null,
    summary: null,
    verdict: null,
    files: { csv: null, samples: null },
  };
}

/** What happens between a child's messages and the files. */
class Session {
  /** Headers are written and the first release is about to be: from here on the run has a result. */
  begun = false;
  #prepared: Prepared | null = null;
  #recorder: Recorder | null = null;
  readonly #plan: Plan;
  readonly #events: EventColumn[];
  readonly #report: Sidecar;
  readonly #files: RunFiles;
  readonly #options: RunOptions;
  #startedAt = 0;

  constructor(
    plan: Plan,
    events: EventColumn[],
    report: Sidecar,
    files: RunFiles,
    options: RunOptions,
  ) {
    this.#plan = plan;
    this.#events = events;
    this.#report = report;
    this.#files = files;
    this.#options = options;
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
    report.granted = prepared.granted;
    report.workload = prepared.workload;
    report.initFaults = prepared.initFaults;
    report.counters.readMethod = prepared.counterReadMethod;
    report.clock = { ticksPerSecond: prepared.ticksPerSecond, overheadNs: prepared.overheadNs };
    if (report.engine) report.engine.tflite = prepared.workload.tflite?.version ?? null;
    this.#noteAbsences();
    const facts = {
      periodNs: this.#plan.periodNs,
      deadlineNs: this.#plan.deadlineNs,
      events: this.#events.map((event) => event.name),
      extras: prepared.workload.extraMetrics,
      lineBytes: coherencyLineSize(),
      slots,
      zeroIsOrdinary: this.#events.map((event) => event.zeroIsOrdinary),
    };
    this.#recorder = new Recorder(facts);
    await this.#files.begin(
      { ...facts, ticksPerSecond: prepared.ticksPerSecond },
      report,
      this.#options.onRows,
    );
    this.begun = true;
    this.#startedAt = Date.now();
    this.#progress();
  };

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

  onRecords = async (bytes: Buffer): Promise<void> => {
    const rows = this.#recorder?.take(bytes) ?? [];
    await this.#files.rows(rows);
    this.#progress();
  };

  onSamples = (bytes: Buffer): Promise<void> => this.#files.samples(bytes);

  #progress(): void {
    const recorder = this.#recorder;
    if (!recorder || !this.#options.onProgress) return;
    const { jobs, warmup, durationNs } = this.#plan;
    const note =
      recorder.jobs === 0
        ? ''
        : `last ${(recorder.lastElapsedNs / 1e6).toFixed(3)} ms, ${recorder.misses} missed`;
    const phase = `running ${this.#plan.name}`;
    if (jobs > 0)
      this.#options.onProgress({ phase, done: recorder.jobs, total: jobs + warmup, note });
    else if (durationNs !== null)
      this.#options.onProgress({
        phase,
        done: Math.min(
          Math.round((Date.now() - this.#startedAt) / 1000),
          Math.round(durationNs / 1e9),
        ),
        total: Math.round(durationNs / 1e9),
        note,
      });
    else this.#options.onProgress({ phase, done: recorder.jobs, total: null, note });
  }

  async finish({ finished, error, engineOutput }: ChildOutcome): Promise<RunResult> {
    const report = this.#report;
    const recorder = this.#recorder as Recorder;
    report.finished = finished;
    report.error = error ?? finished?.error ?? null;
    report.xnnpackApplied = xnnpackApplied(this.#plan, this.#prepared as Prepared, engineOutput);
    const closing = await this.#files
      .close()
      .catch((closeError: unknown) => toErrorInfo(closeError));
    if (closing) report.error ??= closing;
    const status = closing ? 'failed' : statusOf(finished, report.error);
    const summary = recorder.summary.finish();
    for (const [i, event] of report.events.entries()) {
      const counted = summary.events[i];
      if (counted?.neverCounted) {
        event.reason = 'opened but never counted: 0 over the whole run';
        this.#options.onNote?.(`${event.name} was opened but never counted; its column is empty.`);
      } else if (counted?.total === 0 && !this.#events[i]?.zeroIsOrdinary) {
        // its cells are empty, too, but nothing is wrong with it as far as anyone can tell
        event.reason = '0 over the whole run, which was too short to tell whether it counts';
      }
    }
    report.status = status;
    report.endedAt = new Date().toISOString();
    report.summary = summary;
    report.verdict = this.#judge(summary, status);
    const { error: sidecarError } = await this.#files.writeSidecar(report);
    if (sidecarError) report.error ??= sidecarError;
    return {
      status: sidecarError ? 'failed' : status,
      plan: this.#plan,
      summary,
      verdict: report.verdict,
      error: report.error,
      report: JSON.parse(toJson(report)) as Sidecar,
      files: this.#files.written(),
      furtherPasses: [],
    };
  }

  #judge(summary: Summary, status: RunResult['status']): Verdict {
    const report = this.#report;
    const { finished, granted, machine, before, after } = report;
    const ended = {
      done: 'jobs',
      interrupted: 'stopped',
      deadline_miss: 'deadline_miss',
      failed: 'failed',
    } as const;
    const xnnpack = report.workload?.tflite?.xnnpack;
    const delegated = xnnpack?.requested ? xnnpack.delegatedNodes : null;
    return verdict({
      summary,
      ended: ended[status],
      error: report.error,
      bounded: this.#plan.jobs > 0 || this.#plan.durationNs !== null,
      denied: granted?.denied ?? [],
      lostRecords: finished?.lostRecords ?? 0,
      lostSamples: finished?.lostSamples ?? 0,
      absentEvents: report.events.flatMap((e) =>
        e.reason === null || e.opened ? [] : [{ name: e.name, reason: e.reason }],
      ),
      requireEvents: this.#plan.requireEvents,
      policy: granted?.policy ?? 'unknown',
      rtRuntimeUs: machine.schedRtRuntimeUs,
      rtPeriodUs: machine.schedRtPeriodUs,
      runNs: finished ? Number(finished.endNs - finished.t0Ns) : 0,
      frequencies: before.cores.map((core, i) => ({
        core: core.core,
        governor: core.governor,
        governorAfter: after?.cores[i]?.governor ?? null,
        beforeKhz: core.frequencyKhz,
        afterKhz: after?.cores[i]?.frequencyKhz ?? null,
      })),
      cores: this.#plan.cores,
      housekeepingCores:
        this.#plan.cores.length === 0 ? null : (report.housekeepingCores ?? this.#plan.cores),
      xnnpack: delegated === null ? null : { delegatedNodes: delegated },
      hypervisor: machine.hypervisor,
      preflight: report.preflight,
    });
  }
}

function statusOf(finished: Finished | null, error: ErrorInfo | null): RunResult['status'] {
  if (!finished || error) return 'failed';
  if (finished.reason === 'stopped') return 'interrupted';
  if (finished.reason === 'deadline_miss' || finished.reason === 'failed') return finished.reason;
  return 'done';
}

/** A library that applies XNNPACK by itself says so when it allocates tensors; nothing else tells. */
function xnnpackApplied(plan: Plan, prepared: Prepared, output: string): Sidecar['xnnpackApplied'] {
  if (plan.workload.kind !== 'model') return null;
  const { requested, delegatedNodes } = prepared.workload.tflite?.xnnpack ?? {};
  if (requested && delegatedNodes !== 0) return 'delegate';
  if (!requested && /Created TensorFlow Lite XNNPACK delegate/.test(output)) return 'by default';
  return 'no';
}
