/**
 * The summary of a run, built record by record in bounded memory.
 *
 * Which jobs count where:
 * - Warm-up jobs count in `counts` only.
 * - The first job of the process (job 0) is reported apart as `first`, warm-up or not, and is left out of every
 *   distribution, sum and ratio: it does work that no later job does (lazy initialisation, cold caches), so it
 *   belongs to another population.
 * - Deadline misses, skipped releases and the worst lateness are facts about every released job: they count all
 *   measured (not warm-up) jobs, the first one included.
 */

import { type JobRecord, type JobSum, SUMMED } from '../addon/job-record.js';
import { jobsFor, type PercentileName, percentile } from '../statistics/percentiles.js';
import { RunningAutocorrelation } from '../statistics/trend.js';
import {
  COUNTED_BY_UNIT,
  type CountedMetric,
  eventsOf,
  forEachCounted,
  quotient,
  ratio,
} from './counted-metrics.js';
import { countAt, type Derived, deriver, placedIn } from './derived.js';
import { Distribution, HISTOGRAM_RELATIVE_ERROR } from './distribution.js';
import { type Histogram, histogramOf } from './histogram.js';
import type { EventSummary, FirstJob, Statistics, Summary, SummaryFacts } from './summary-shape.js';

export type {
  FirstJob,
  Statistics,
  Summary,
  SummaryFacts,
} from './summary-shape.js';

const JOBS_NEEDED = {
  p1: jobsFor('p1'),
  p90: jobsFor('p90'),
  p99: jobsFor('p99'),
  p999: jobsFor('p999'),
};

/** CPU time of all jobs from which a hardware counter that still stands at 0 is taken as not counting. */
const NON_TRIVIAL_CPU_NS = 1_000_000;

/** Beyond this many jobs the median of a counter or extra metric comes from a histogram (8 bytes a job and event until then). */
const EXACT_COUNTER_JOBS = 1 << 16;
/** A low one, so that what others take from ordinary jobs makes no preemption look short. */
const USUAL = 0.1;

/** How much longer than the median a job is before it asks for an explanation, and by how much at least, ns. */
const LONG_FACTOR = 2;
const LONG_MARGIN_NS = 1000;
/** What may have made a job long, besides waits. */
const DISTURBANCES = ['involuntarySwitches', 'minorFaults', 'majorFaults'] as const;

/**
 * How much later than the median a wake-up is before it asks for an explanation. What a wake-up takes by itself (the timer, an idle core's
 * way back, caches) stays within one order of magnitude, and below 1 ms.
 */
const LATE_FACTOR = 20;
const LATE_NS = 1e6;

/** The jobs of a run of unknown length that took longest in some way. */
class Longest {
  /** Ascending. */
  readonly #jobs: { job: number; ns: number }[] = [];
  readonly #kept: number;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(job: number, ns: number): void {
    const full = this.#jobs.length >= this.#kept;
    if (full && ns <= (this.#jobs[0]?.ns ?? 0)) return;
    const at = this.#jobs.findIndex((other) => other.ns > ns);
    this.#jobs.splice(at < 0 ? this.#jobs.length : at, 0, { job, ns });
    if (full) this.#jobs.shift();
  }

  above<Worst>(limit: number, inWords: (job: number, ns: number) => Worst) {
    const long = this.#jobs.filter(({ ns }) => ns > limit);
    const worst = long.at(-1);
    if (worst === undefined) return null;
    const atLeast = long.length === this.#kept;
    return { jobs: long.length, atLeast, worst: inWords(worst.job, worst.ns) };
  }
}

interface EventState {
  name: string;
  zeroIsOrdinary: boolean;
  values: Distribution;
  total: number;
  /** Over every executed job, to tell a dead counter from a quiet one. */
  everCounted: boolean;
  everNonZero: boolean;
}

/** Sums of a numerator and a denominator over the jobs that have both. */
class RatioOfSums {
  #over = 0;
  #under = 0;
  #jobs = 0;

  add(over: number | null, under: number | null): void {
    if (over === null || under === null) return;
    this.#over += over;
    this.#under += under;
    this.#jobs++;
  }

  of(metric: CountedMetric, lineBytes: number | null): number | null {
    return this.#jobs === 0 ? null : quotient(metric, this.#over, this.#under, lineBytes);
  }
}

function statistics(values: Distribution): Statistics {
  const n = values.count;
  const at = values.inOrder();
  const stated = (name: PercentileName) => percentile(n, name, at);
  const [p1, p90, p99, p999] = [stated('p1'), stated('p90'), stated('p99'), stated('p999')];
  return {
    count: n,
    mean: values.mean,
    sd: values.sd,
    min: values.min,
    p1: p1?.value ?? null,
    median: n === 0 ? null : at((n - 1) / 2),
    p90: p90?.value ?? null,
    p99: p99?.value ?? null,
    p999: p999?.value ?? null,
    max: values.max,
    bounds: {
      p1: p1?.bound ?? null,
      p90: p90?.bound ?? null,
      p99: p99?.bound ?? null,
      p999: p999?.bound ?? null,
    },
  };
}

const sumsOf = (of: (key: JobSum) => number) =>
  Object.fromEntries(SUMMED.map(({ key }) => [key, of(key)])) as Record<JobSum, number>;

const named = (names: readonly string[], values: readonly (number | null)[]) =>
  Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));

/**
 * Feed it every record in order with `add`, then ask `finish` (which may be called at any time, and again).
 * Memory: four quantities of at most 8 MiB each, and at most 0.5 MiB per counter and extra metric, then histograms.
 * Sums of counts are exact up to 2^53.
 */
export class SummaryBuilder {
  readonly #facts: SummaryFacts;
  readonly #runtimeNs: number;
  readonly #derive: (record: JobRecord) => Derived;
  readonly #counted: (ReturnType<typeof placedIn>[number] & { sums: RatioOfSums })[];
  readonly #elapsed = new Distribution();
  /** Of logarithms, in which one outlier does not hide how alike all others are. */
  readonly #neighbours = new RunningAutocorrelation();
  readonly #latencyNeighbours = new RunningAutocorrelation();
  readonly #response = new Distribution();
  readonly #latency = new Distribution();
  readonly #dispatch = new Distribution();
  /** Of the jobs that nothing disturbed, as far as is recorded. */
  readonly #undisturbed = new Longest(100);
  /** Of those that waited, and had nothing else. */
  readonly #waited = new Longest(100);
  #waits = 0;
  readonly #wakeups = new Longest(100);
  #lateNs = 0;
  #unslept: Summary['unslept'] = null;
  #lastJob = -1;
  #lastEndNs = 0n;
  readonly #events: EventState[];
  readonly #extras: { name: string; values: Distribution }[];
  #executed = 0;
  #warmup = 0;
  #misses = 0;
  #missesByDispatch = 0;
  #deadlines = 0;
  #skipped = 0;
  #withheld = 0;
  #overRuntime = 0;
  #worst: { latenessNs: number; job: number } | null = null;
  readonly #sums = sumsOf(() => 0);
  #migrations = 0;
  #preempted: { jobs: number; offNs: number; job: number } | null = null;
  /**
   * From wake-up to end less CPU time, of jobs that were not preempted and did not wait: below 0, by what CPU times hold of the
   * readings around a job, but where an interrupt or the host had the core.
   */
  readonly #usualOff = new Distribution(EXACT_COUNTER_JOBS);
  #allCpuNs = 0;
  #elapsedNs = 0;
  #busyNs = 0;
  #minScale: number | null = null;
  #multiplexed = 0;
  #lastCore = -1;
  #first: Omit<FirstJob, 'elapsedToMedian'> | null = null;

  constructor(facts: SummaryFacts) {
    this.#facts = facts;
    this.#runtimeNs = facts.runtimeNs ?? Infinity;
    this.#derive = deriver(facts);
    this.#counted = placedIn(facts.events).map((one) => ({ ...one, sums: new RatioOfSums() }));
    this.#events = facts.events.map((name, i) => ({
      name,
      zeroIsOrdinary: facts.zeroIsOrdinary[i] ?? false,
      values: new Distribution(EXACT_COUNTER_JOBS),
      total: 0,
      everCounted: false,
      everNonZero: false,
    }));
    this.#extras = facts.extras.map((name) => ({
      name,
      values: new Distribution(EXACT_COUNTER_JOBS),
    }));
  }

  /** Of the responses where a deadline judges them, else of the elapsed times; null of no jobs. */
  histogram(deadlineNs: number | null): Histogram | null {
    return deadlineNs === null
      ? histogramOf(this.#elapsed, 'elapsed', null)
      : histogramOf(this.#response, 'response', deadlineNs);
  }

  /** Takes one record in; `derived` saves deriving it again where the caller has it. */
  add(record: JobRecord, derived: Derived = this.#derive(record)): void {
    this.#executed++;
    this.#busyNs += derived.elapsedNs;
    this.#allCpuNs += record.cpuTimeNs;
    this.#withheld += record.withheldReleases;
    this.#events.forEach((event, i) => {
      const n = record.counters[i] ?? null;
      if (n === null) return;
      event.everCounted = true;
      if (n !== 0) event.everNonZero = true;
    });
    const migrated = this.#hasMigrated(record);
    // one whose release had passed when the job before it ended was late by that job
    const awaited = this.#lastJob === record.job - 1 && this.#lastEndNs <= record.releaseNs;
    this.#lastJob = record.job;
    this.#lastEndNs = record.endNs;
    if (record.job === 0) this.#first = this.#describeFirst(record, derived);
    if (record.warmup) {
      this.#warmup++;
      return;
    }
    this.#addDeadline(record, derived);
    if (record.job === 0) return;
    this.#addToStatistics(record, derived, migrated);
    if (!awaited || derived.releaseLatencyNs === null) return;
    const latencyNs = derived.releaseLatencyNs;
    if (latencyNs >= LATE_NS) this.#lateNs += latencyNs;
    if (record.slept) this.#wakeups.add(record.job, latencyNs);
    else {
      const worst = this.#unslept?.worst ?? { job: record.job, latencyNs };
      this.#unslept = {
        jobs: (this.#unslept?.jobs ?? 0) + 1,
        worst: latencyNs > worst.latencyNs ? { job: record.job, latencyNs } : worst,
      };
    }
  }

  #hasMigrated(record: JobRecord): boolean {
    const { startCore, core } = record;
    // A negative core is one that the kernel did not tell.
    const moved =
      (this.#lastCore >= 0 && startCore >= 0 && startCore !== this.#lastCore) ||
      (startCore >= 0 && core >= 0 && core !== startCore);
    // the job thread may be pinned after the first job only, for the threads that it makes
    this.#lastCore = record.job === 0 ? -1 : core;
    return moved;
  }

  #addDeadline(record: JobRecord, derived: Derived): void {
    this.#skipped += record.skippedReleases;
    // of a job that was begun anew the CPU time holds the tool's readings around it
    if (Math.min(record.cpuTimeNs, derived.elapsedNs) > this.#runtimeNs) this.#overRuntime++;
    if (record.deadlineMet !== null) {
      this.#deadlines++;
      if (!record.deadlineMet) {
        this.#misses++;
        if ((derived.latenessNs ?? 0) <= (derived.dispatchNs ?? 0)) this.#missesByDispatch++;
      }
    }
    const late = derived.latenessNs;
    if (late !== null && (this.#worst === null || late > this.#worst.latenessNs))
      this.#worst = { latenessNs: late, job: record.job };
  }

  #addToStatistics(record: JobRecord, derived: Derived, migrated: boolean): void {
    this.#elapsed.add(derived.elapsedNs);
    this.#neighbours.add(Math.log(Math.max(1, derived.elapsedNs)));
    this.#response.add(derived.responseNs);
    if (derived.releaseLatencyNs !== null) {
      this.#latency.add(derived.releaseLatencyNs);
      this.#latencyNeighbours.add(Math.log(Math.max(1, derived.releaseLatencyNs)));
    }
    this.#dispatch.add(derived.dispatchNs);
    this.#elapsedNs += derived.elapsedNs;
    for (const { key } of SUMMED) this.#sums[key] += record[key];
    const waited = record.voluntarySwitches > 0;
    if (waited) this.#waits++;
    this.#addPreemption(record, derived.dispatchNs + derived.elapsedNs - record.cpuTimeNs);
    if (migrated) this.#migrations++;
    else if (DISTURBANCES.every((key) => record[key] === 0))
      (waited ? this.#waited : this.#undisturbed).add(record.job, derived.elapsedNs);
    this.#events.forEach((event, i) => {
      const n = record.counters[i] ?? null;
      if (n === null) return;
      event.values.add(n);
      event.total += n;
    });
    this.#extras.forEach((extra, i) => {
      const value = record.extras[i] ?? null;
      if (value !== null) extra.values.add(value);
    });
    for (const { metric, over, under, sums } of this.#counted)
      sums.add(
        countAt(record.counters, over),
        metric.unit === 'MB/s' ? derived.elapsedNs : countAt(record.counters, under),
      );
    const scale = record.counterScale;
    if (scale !== null) {
      if (this.#minScale === null || scale < this.#minScale) this.#minScale = scale;
      if (scale < 1) this.#multiplexed++;
    }
  }

  /**
   * @param offNs from its wake-up (or release) to its end, in which the job's thread did not run: switches are counted from before the
   *   start on. Less by what its CPU time holds of the readings around the job
   */
  #addPreemption(record: JobRecord, offNs: number): void {
    // of one that went on from the job before without a sleep nobody knows since when
    const waited = record.voluntarySwitches > 0 || (record.wokenNs !== null && !record.slept);
    if (record.involuntarySwitches === 0) {
      if (!waited) this.#usualOff.add(offNs);
      return;
    }
    const off = waited ? Infinity : offNs;
    const worst = this.#preempted;
    this.#preempted = {
      jobs: (worst?.jobs ?? 0) + 1,
      ...(worst === null || off > worst.offNs
        ? { offNs: off, job: record.job }
        : { offNs: worst.offNs, job: worst.job }),
    };
  }

  #finishPreempted(): Summary['preempted'] {
    if (this.#preempted === null) return null;
    const { jobs, offNs, job } = this.#preempted;
    const [usual] = this.#usualOff.quantiles([USUAL]);
    const lost = usual == null ? Infinity : offNs - usual;
    return { jobs, lostNs: Number.isFinite(lost) ? Math.max(0, Math.round(lost)) : null, job };
  }

  #describeFirst(record: JobRecord, derived: Derived): Omit<FirstJob, 'elapsedToMedian'> {
    return {
      ...derived,
      warmup: record.warmup,
      deadlineMet: record.deadlineMet,
      ...sumsOf((key) => record[key]),
      counters: named(this.#facts.events, record.counters),
      extras: named(this.#facts.extras, record.extras),
    };
  }

  /** True for the events that were read in every job and yet never moved, though the jobs did work. */
  #isDead(event: EventState): boolean {
    return (
      event.everCounted &&
      !event.everNonZero &&
      this.#allCpuNs >= NON_TRIVIAL_CPU_NS &&
      !event.zeroIsOrdinary
    );
  }

  #finishFirst(
    dead: ReadonlySet<string>,
    isDead: (metric: CountedMetric) => boolean,
    median: number | null,
  ): FirstJob | null {
    if (this.#first === null) return null;
    const counters = Object.fromEntries(
      Object.entries(this.#first.counters).map(([name, n]) => [name, dead.has(name) ? null : n]),
    );
    const first = this.#first;
    return {
      ...first,
      ...forEachCounted((metric) => (isDead(metric) ? null : first[metric.key])),
      counters,
      elapsedToMedian: ratio(this.#first.elapsedNs, median),
    };
  }

  /**
   * The summary of what has been added so far.
   *
   * @param emptyJob by event, what was counted of an empty job; null where that is not known
   */
  finish(emptyJob: readonly (number | null)[] = []): Summary {
    const dead = new Set(this.#events.filter((e) => this.#isDead(e)).map((e) => e.name));
    const isDead = (metric: CountedMetric) => eventsOf(metric).some((name) => dead.has(name));
    const { lineBytes } = this.#facts;
    const { cpuTimeNs, ...sums } = this.#sums;
    const measured = this.#executed - this.#warmup;
    const elapsed = statistics(this.#elapsed);
    const releaseLatency = statistics(this.#latency);
    const { median } = elapsed;
    const long = (jobs: Longest) =>
      median === null
        ? null
        : jobs.above(Math.max(median * LONG_FACTOR, median + LONG_MARGIN_NS), (job, elapsedNs) => ({
            job,
            elapsedNs,
          }));
    const exactCounters = [...this.#events, ...this.#extras].every((x) => x.values.exact);
    return {
      counts: {
        executed: this.#executed,
        warmup: this.#warmup,
        measured,
        inStatistics: this.#elapsed.count,
      },
      elapsed,
      response: statistics(this.#response),
      releaseLatency,
      dispatch: statistics(this.#dispatch),
      deadlineMisses: this.#deadlines === 0 ? null : this.#misses,
      missesByDispatch: this.#missesByDispatch,
      skippedReleases: this.#skipped,
      withheldReleases: this.#withheld,
      runtimeExceeded: this.#runtimeNs === Infinity ? null : this.#overRuntime,
      worstLateness: this.#worst,
      ...sums,
      migrations: this.#migrations,
      preempted: this.#finishPreempted(),
      cpuTimeNs,
      elapsedNs: this.#elapsedNs,
      busyNs: this.#busyNs,
      busyCpuNs: this.#allCpuNs,
      events: this.#events.map((event, i) =>
        summariseEvent(event, dead.has(event.name), emptyJob[i] ?? null),
      ),
      ...forEachCounted((metric) => {
        const sums = this.#counted.find((one) => one.metric.key === metric.key)?.sums;
        return isDead(metric) ? null : (sums?.of(metric, lineBytes) ?? null);
      }, COUNTED_BY_UNIT),
      unexplained: long(this.#undisturbed),
      longWaits: 2 * this.#waits < this.#elapsed.count ? long(this.#waited) : null,
      lateWakeups:
        releaseLatency.median === null
          ? null
          : this.#wakeups.above(
              Math.max(releaseLatency.median * LATE_FACTOR, LATE_NS),
              (job, latencyNs) => ({ job, latencyNs }),
            ),
      unslept: this.#unslept,
      lateNs: this.#lateNs,
      neighbourCorrelation: this.#neighbours.finish().r,
      latencyCorrelation: this.#latencyNeighbours.finish().r,
      minCounterScale: this.#minScale,
      multiplexedJobs: this.#multiplexed,
      extras: this.#extras.map(({ name, values }) => ({
        name,
        count: values.count,
        mean: values.mean,
        median: values.quantiles([0.5])[0] ?? null,
        min: values.min,
        max: values.max,
      })),
      first: this.#finishFirst(dead, isDead, elapsed.median),
      quantiles: {
        convention: 'linear interpolation between order statistics at rank (n-1)q (type 7)',
        exact: this.#elapsed.exact,
        relativeError: this.#elapsed.exact ? 0 : HISTOGRAM_RELATIVE_ERROR,
        counterMedianRelativeError: exactCounters ? 0 : HISTOGRAM_RELATIVE_ERROR,
        jobsNeeded: JOBS_NEEDED,
      },
    };
  }
}

function summariseEvent(
  event: EventState,
  neverCounted: boolean,
  emptyJob: number | null,
): EventSummary {
  const { values } = event;
  const silent = neverCounted || values.count === 0;
  const raw = {
    total: silent ? null : event.total,
    mean: silent ? null : values.mean,
    median: silent ? null : (values.quantiles([0.5])[0] ?? null),
  };
  return {
    name: event.name,
    count: values.count,
    ...raw,
    emptyJob,
    calibrated: silent || emptyJob === null ? null : calibrated(raw, emptyJob, values.count),
    neverCounted,
  };
}

/** Counts of jobs without what an empty job counts. A job of less than that counted nothing that could be told: 0, not less. */
function calibrated(
  raw: Pick<EventSummary, 'total' | 'mean' | 'median'>,
  emptyJob: number,
  jobs: number,
): NonNullable<EventSummary['calibrated']> {
  const less = (value: number | null, part: number) =>
    value === null ? null : Math.max(0, value - part);
  return {
    total: less(raw.total, emptyJob * jobs),
    mean: less(raw.mean, emptyJob),
    median: less(raw.median, emptyJob),
  };
}
