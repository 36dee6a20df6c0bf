/** The rows of a run as objects, one a job: what a program reads of a CSV without knowing its columns' names. */
import { catalogueEvent } from '../events/catalogue.js';
import { COUNTED_METRICS, type EachCounted } from '../metrics/counted-metrics.js';
import type { Columns } from './columns.js';
import { COUNTED_COLUMNS, JOB_COLUMNS } from './extended.js';

/**
 * One job of a run. Instants are ns of CLOCK_MONOTONIC, exact to the last digit; what was not measured is null, never 0.
 */
export interface Job extends Readonly<EachCounted<number | null>> {
  /** Index from 0, warm-up included. */
  readonly job: number;
  /** Left out of the summary. */
  readonly warmup: boolean;
  /** Release on the grid, ns. */
  readonly releaseNs: bigint;
  /** First thing after the wait for the release, ns; null where it was not waited for (no period). */
  readonly wokenNs: bigint | null;
  /** Start of the workload, ns; null in logs of RT-Bench, which do not say it. */
  readonly startNs: bigint | null;
  /** End of the workload, ns. */
  readonly endNs: bigint;
  /** Absolute deadline, ns; null without one. */
  readonly deadlineNs: bigint | null;
  /** Woken − release, ns: the wake-up delay, as cyclictest measures it. */
  readonly releaseLatencyNs: number | null;
  /** Start − woken (without it, − release), ns: the tool's own readings before the job. */
  readonly dispatchNs: number | null;
  /** End − start, ns: the inference time. */
  readonly elapsedNs: number | null;
  /** End − release, ns. */
  readonly responseNs: number;
  /** End − deadline, ns; negative = early. */
  readonly latenessNs: number | null;
  /** End ≤ deadline; null without one. */
  readonly deadlineMet: boolean | null;
  /** Releases passed over before the next job. */
  readonly skippedReleases: number | null;
  /** Releases that the tool left out after the first job, to place the engine's threads: neither skipped nor missed. */
  readonly withheldReleases: number | null;
  /** The thread gave up its core before the job, so that its release latency is a real wake-up. */
  readonly slept: boolean | null;
  /** Elapsed / period, a ratio. */
  readonly utilisation: number | null;
  /** Elapsed / relative deadline, a ratio. */
  readonly density: number | null;
  /** CPU time of the job thread within the job, ns. */
  readonly cpuTimeNs: number | null;
  /** Page faults of the job thread within the job that needed no disk. */
  readonly minorFaults: number | null;
  /** Page faults of the job thread within the job that read the disk. */
  readonly majorFaults: number | null;
  /** How often the job thread waited for something within the job. */
  readonly voluntarySwitches: number | null;
  /** How often the job thread was preempted within the job. */
  readonly involuntarySwitches: number | null;
  /** Core on which the job ended; null where the kernel did not tell. */
  readonly core: number | null;
  /** Counts of the events of the run, by name; null = not counted. */
  readonly counters: Readonly<Record<string, number | null>>;
  /** Time running / time enabled of the counters: 1 = they counted all the time. */
  readonly counterScale: number | null;
  /** The workload's own metrics, by the names of their columns. */
  readonly extras: Readonly<Record<string, number | null>>;
}

const OWN = new Set([...JOB_COLUMNS, ...COUNTED_COLUMNS].map(({ name }) => name));
const BEHIND_COUNTERS = new Set(COUNTED_COLUMNS.map(({ name }) => name));

/** The jobs of a run in their order. */
export function* jobsIn(columns: Columns): Generator<Job, void, undefined> {
  const { originNs, names } = columns;
  const of = (name: string) => {
    const values = columns.column(name);
    return (row: number): number | null => {
      const value = values?.[row];
      return value === undefined || Number.isNaN(value) ? null : value;
    };
  };
  const instant = (name: string) => {
    const at = of(name);
    return (row: number) => {
      const offset = at(row);
      return offset === null ? null : (originNs ?? 0n) + BigInt(offset);
    };
  };
  const flag = (name: string) => {
    const at = of(name);
    return (row: number) => {
      const value = at(row);
      return value === null ? null : value === 1;
    };
  };
  const at = {
    job: of('job'),
    warmup: flag('warmup'),
    release: instant('release_ns'),
    woken: instant('woken_ns'),
    start: instant('start_ns'),
    end: instant('end_ns'),
    deadline: instant('deadline_ns'),
    releaseLatency: of('release_latency_ns'),
    dispatch: of('dispatch_ns'),
    elapsed: of('elapsed_ns'),
    response: of('response_ns'),
    lateness: of('lateness_ns'),
    deadlineMet: flag('deadline_met'),
    skipped: of('skipped_releases'),
    withheld: of('withheld_releases'),
    slept: flag('slept'),
    utilisation: of('utilisation'),
    density: of('density'),
    cpuTime: of('cpu_time_ns'),
    minorFaults: of('minor_faults'),
    majorFaults: of('major_faults'),
    voluntary: of('voluntary_switches'),
    involuntary: of('involuntary_switches'),
    core: of('core'),
    scale: of('counter_scale'),
  };
  const metrics = COUNTED_METRICS.map(({ key, column }) => [key, of(column)] as const);
  // the order of the columns tells events from the workload's metrics; a log of RT-Bench has nothing between them
  const border = names.findIndex((name) => BEHIND_COUNTERS.has(name));
  const others = names.filter((name) => !OWN.has(name));
  const isEvent = (name: string) =>
    border < 0 ? catalogueEvent(name) !== null : names.indexOf(name) < border;
  const cells = (wanted: boolean): [string, (row: number) => number | null][] =>
    others.filter((name) => isEvent(name) === wanted).map((name) => [name, of(name)]);
  const [events, extras] = [cells(true), cells(false)];
  const valuesOf = (those: typeof events, row: number) =>
    Object.fromEntries(those.map(([name, cell]) => [name, cell(row)]));
  for (let row = 0; row < columns.rows; row++) {
    const core = at.core(row);
    yield {
      job: at.job(row) as number,
      warmup: at.warmup(row) === true,
      releaseNs: at.release(row) as bigint,
      wokenNs: at.woken(row),
      startNs: at.start(row),
      endNs: at.end(row) as bigint,
      deadlineNs: at.deadline(row),
      releaseLatencyNs: at.releaseLatency(row),
      dispatchNs: at.dispatch(row),
      elapsedNs: at.elapsed(row),
      responseNs: at.response(row) as number,
      latenessNs: at.lateness(row),
      deadlineMet: at.deadlineMet(row),
      skippedReleases: at.skipped(row),
      withheldReleases: at.withheld(row),
      slept: at.slept(row),
      utilisation: at.utilisation(row),
      density: at.density(row),
      cpuTimeNs: at.cpuTime(row),
      minorFaults: at.minorFaults(row),
      majorFaults: at.majorFaults(row),
      voluntarySwitches: at.voluntary(row),
      involuntarySwitches: at.involuntary(row),
      core: core !== null && core >= 0 ? core : null,
      counters: valuesOf(events, row),
      counterScale: at.scale(row),
      extras: valuesOf(extras, row),
      ...(Object.fromEntries(metrics.map(([key, cell]) => [key, cell(row)])) as EachCounted<
        number | null
      >),
    };
  }
}
