/** A whole run: plan, machine, child process, files, summary, verdict. */

import { loadAddon } from '../addon/load-addon.js';
import type { NativeAddon } from '../addon/native.js';
import { forEachSeries } from '../addon/streams.js';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { coresAhead } from '../benchmark/job-cores.js';
import type { Plan } from '../benchmark/plan.js';
import type { RunChild } from '../child/held-child.js';
import { runInChild } from '../child/run-process.js';
import type { SpareChild } from '../child/spare-child.js';
import type { Claim } from '../formats/csv-file.js';
import { dumpPaths } from '../formats/dump-files.js';
import type { IsolationReport, Machine } from '../formats/machine-facts.js';
import { OutputLock } from '../formats/output-lock.js';
import type { Sidecar } from '../formats/sidecar.js';
import { type Caller, forCaller, type Kinds } from '../kernel/caller.js';
import { IsochronError } from '../kernel/errors.js';
import { claimFile, lockCores } from '../machine/core-locks.js';
import { housekeepingCores, onCores } from '../machine/housekeeping.js';
import { cleanUp, whileIsolated } from '../machine/isolation/isolate-run.js';
import { preflight, throttlingNow } from '../machine/preflight.js';
import { probeMachine, probeVolatile } from '../machine/probe-machine.js';
import { isReachable } from '../machine/reachable-cores.js';
import { requireOrdinaryStart } from '../machine/tasks.js';
import { Watch } from '../machine/watch.js';
import { type EventColumn, eventPasses, inPasses, outputsOf } from './event-passes.js';
import { nativePlan } from './native-plan.js';
import { identify } from './participants.js';
import { resolvePlan } from './resolve-definition.js';
import { RunFiles } from './run-files.js';
import type { RunOptions, RunResult } from './run-result.js';
import { Session } from './run-session.js';

export type { RunOptions, RunResult } from './run-result.js';

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
 *   in this process, worker threads included, or while another process runs one on the same core and both do so at
 *   real-time priority
 */
export async function runBenchmark(
  definition: BenchmarkDefinition,
  options: RunOptions = {},
): Promise<RunResult> {
  return forCaller('runBenchmark', options, OPTIONS, (ours, caller) =>
    runAlone(definition, ours, caller),
  );
}

const OPTIONS: Kinds<RunOptions> = {
  signal: 'AbortSignal',
  kill: 'AbortSignal',
  onProgress: 'function',
  onNote: 'function',
  onWaiting: 'function',
  onRows: 'function',
  histogram: 'boolean',
};

/** One of several runs, one after the other: `spare` makes the process of the next one while this one's results are written. */
export async function runOneOf(
  spare: SpareChild,
  follows: boolean,
  definition: BenchmarkDefinition,
  options: RunOptions,
): Promise<RunResult> {
  if (definition.isolate) spare.end(); // nothing of ours stands about on an isolated machine
  return forCaller('runBenchmark', options, OPTIONS, (ours, caller) =>
    runAlone(definition, ours, caller, {
      take: spare.take,
      over: follows ? () => spare.prepare() : () => {},
    }),
  );
}

/** Where the child of a run comes from, and what is done as soon as nothing disturbs the jobs any more. */
interface Children {
  take?: () => RunChild;
  over?: () => void;
}

async function runAlone(
  definition: BenchmarkDefinition,
  options: RunOptions,
  caller: Caller,
  children: Children = {},
): Promise<RunResult> {
  requireOrdinaryStart();
  const addon = loadAddon();
  if (!addon.claimRun())
    throw new IsochronError(
      'E_BUSY',
      'Another run is active in this process.',
      'Await it first, worker threads included: two at once would disturb each other.',
    );
  let unlock = () => {};
  let outputs: OutputLock | null = null;
  try {
    const plan = await resolvePlan(definition, options.onProgress, options.onNote);
    const machine = probeMachine();
    // before an isolation, which takes them from this process
    const cores = coresAhead(plan.cores, addon.getAffinity(), (core) => isReachable(core, addon));
    const placed = { ...plan, cores: [...cores] };
    const lists = eventPasses(placed, addon);
    cleanUp(addon, options.onNote);
    unlock = lockCores(placed, addon, options.onNote);
    const claim: Claim = (descriptor) => claimFile(descriptor, addon);
    outputs = await OutputLock.take(outputsOf(plan, lists.length), dumpOf(plan), claim);
    const passes = (isolation: IsolationReport | null) =>
      inPasses(plan, lists, options, (pass, events) =>
        runPass(pass, events, { machine, cores, isolation }, addon, {
          options,
          caller,
          // what is isolated is started where it is isolated
          children: plan.isolate ? {} : children,
        }),
      );
    if (!plan.isolate) return await passes(null);
    const { bestEffort } = plan;
    return await whileIsolated(addon, plan.cores, { bestEffort, onNote: options.onNote }, passes);
  } finally {
    outputs?.release();
    unlock();
    addon.releaseRun();
  }
}

const dumpOf = ({ workload }: Plan): string[] =>
  workload.kind === 'model' && workload.dumpOutput !== null
    ? dumpPaths(workload.dumpOutput, workload.outputs ?? 0)
    : [];

/** What is found out about the machine once for all passes. */
interface Surroundings {
  machine: Machine;
  /** That the job will have; empty: it won't be pinned. */
  cores: readonly number[];
  isolation: IsolationReport | null;
}

async function runPass(
  plan: Plan,
  events: EventColumn[],
  { machine, cores, isolation }: Surroundings,
  addon: NativeAddon,
  { options, caller, children }: { options: RunOptions; caller: Caller; children: Children },
): Promise<RunResult> {
  const { take, over } = children;
  const allowed = addon.getAffinity();
  const housekeeping = housekeepingCores(allowed, cores, plan.sampler?.core ?? null);
  const watched = cores.length > 0 ? cores : (machine.cores.online ?? []);
  const report = await openReport(plan, events, machine, probeVolatile(watched), housekeeping);
  report.isolation = isolation;
  report.preflight = preflight(
    cores,
    report.model && { name: plan.name, bytes: report.model.bytes },
  );
  const files = await RunFiles.open(plan, (descriptor) => claimFile(descriptor, addon));
  if (plan.cold) report.fileCache = dropFileCaches(plan, addon);
  const watch = new Watch(watched);
  const session = new Session(plan, events, report, files, options, watch);
  const native = nativePlan(plan, session.nativeEvents());
  let leave = () => {};
  return await session.hold(
    () =>
      caller.during((failure) =>
        onCores(addon, housekeeping, (putBack) => {
          leave = putBack;
          const { signal = null } = options;
          const ends = signal === null ? session.enough : AbortSignal.any([signal, session.enough]);
          const controls = { ...options, signal: ends, failure };
          return runInChild(native, housekeeping, session, controls, take && { start: take });
        }),
      ),
    () => {
      report.after = probeVolatile(watched);
      const known = report.preflight.filter(({ status }) => status === 'fail');
      report.preflight.push(
        ...throttlingNow().filter(({ code }) => !known.some((remark) => remark.code === code)),
      );
      leave();
      over?.();
    },
  );
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
    during: null,
    stops: null,
    preflight: [],
    isolation: null,
    granted: null,
    workload: null,
    initFaults: null,
    memory: null,
    xnnpackApplied: null,
    xnnpackNodes: null,
    xnnpackWork: null,
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
    precision: null,
    verdict: null,
    files: { csv: null, ...forEachSeries(() => null) },
    streams: [],
  };
}
