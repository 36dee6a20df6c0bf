/** What no run can have recorded: the identities of a record, and of each with the one before it. */

import { type JobRecord, OFFSETS } from '../addon/job-record.js';
import { SAMPLE_OFFSETS } from '../addon/sample-record.js';
import { protocolError } from '../child/frames.js';

export interface RunShape {
  periodNs: number;
  deadlineNs: number | null;
  warmup: number;
  /** Measured jobs; 0 = until stopped. */
  jobs: number;
  /** Events that the addon was asked to count. */
  nativeEvents: number;
}

const JOB_FLAGS = 0b11_1111;
const SAMPLE_FLAGS = 0b111;

/** Takes the jobs of a run in the order in which they come. Some may be missing: a full ring loses them and counts them. */
export class JobCheck {
  readonly #shape: RunShape;
  #last: JobRecord | null = null;

  constructor(shape: RunShape) {
    this.#shape = shape;
  }

  /** @throws IsochronError E_PROTOCOL */
  take(view: DataView, offset: number, record: JobRecord): void {
    const wrong =
      this.#bits(view, offset) ?? this.#alone(record) ?? this.#after(this.#last, record);
    if (wrong !== null) throw protocolError(`job ${record.job} ${wrong}`);
    this.#last = record;
  }

  #bits(view: DataView, offset: number): string | null {
    const flags = view.getUint32(offset + OFFSETS.flags, true);
    if ((flags & ~JOB_FLAGS) !== 0) return 'has flags that do not exist';
    const mask = view.getUint32(offset + OFFSETS.counter_mask, true);
    if (mask >= 2 ** this.#shape.nativeEvents)
      return 'has counts of events that were not asked for';
    return null;
  }

  #alone(record: JobRecord): string | null {
    const { periodNs, deadlineNs, warmup, jobs } = this.#shape;
    const { releaseNs, wokenNs, startNs, endNs } = record;
    if (!Number.isSafeInteger(record.job) || (jobs > 0 && record.job >= warmup + jobs))
      return 'is more than the run has';
    if (record.warmup !== record.job < warmup) return 'is wrongly a warm-up job, or wrongly none';
    if (startNs < releaseNs || endNs < startNs)
      return 'ends before it starts, or starts before its release';
    if (wokenNs !== null && (wokenNs < releaseNs || startNs < wokenNs))
      return 'wakes up before its release, or after its start';
    if (wokenNs === null && periodNs > 0) return 'has a release that nobody waited for';
    if ((record.deadlineNs === null) !== (deadlineNs === null))
      return 'has a deadline too many or too few';
    if (record.deadlineNs !== null && record.deadlineNs - releaseNs !== BigInt(deadlineNs ?? 0))
      return 'has another deadline than the run';
    if (record.deadlineNs !== null && record.deadlineMet !== endNs <= record.deadlineNs)
      return 'misjudges its deadline';
    const { skippedReleases, withheldReleases } = record;
    if (periodNs === 0 && skippedReleases + withheldReleases !== 0)
      return 'skips releases that do not exist';
    if (withheldReleases !== 0 && record.job !== 0) return 'withholds releases without a reason';
    const { counterScale } = record;
    if (counterScale !== null && !Number.isFinite(counterScale))
      return 'has counter times that are no numbers';
    return null;
  }

  #after(last: JobRecord | null, record: JobRecord): string | null {
    if (last === null) return null;
    if (record.job <= last.job) return `comes after job ${last.job}`;
    if (record.startNs < last.endNs) return `starts before job ${last.job} ends`;
    const { periodNs } = this.#shape;
    if (periodNs === 0) return record.releaseNs < last.endNs ? 'is released during another' : null;
    const periods = record.releaseNs - last.releaseNs;
    if (periods <= 0n || periods % BigInt(periodNs) !== 0n)
      return 'is released between the periods';
    const passed = last.skippedReleases + last.withheldReleases + 1;
    const next = last.releaseNs + BigInt(passed) * BigInt(periodNs);
    return record.job === last.job + 1 && record.releaseNs !== next
      ? `has another release than the one that follows job ${last.job}`
      : null;
  }
}

/** The same for the sampler's records. */
export class SampleCheck {
  readonly #nativeEvents: number;
  #timeNs = 0n;
  #job = 0n;

  constructor(nativeEvents: number) {
    this.#nativeEvents = nativeEvents;
  }

  /** @throws IsochronError E_PROTOCOL */
  take(view: DataView, offset: number): void {
    const timeNs = view.getBigUint64(offset + SAMPLE_OFFSETS.time_ns, true);
    const job = view.getBigUint64(offset + SAMPLE_OFFSETS.job, true);
    const flags = view.getUint32(offset + SAMPLE_OFFSETS.flags, true);
    const mask = view.getUint32(offset + SAMPLE_OFFSETS.counter_mask, true);
    if ((flags & ~SAMPLE_FLAGS) !== 0) throw protocolError('a sample with flags that do not exist');
    if (mask >= 2 ** this.#nativeEvents)
      throw protocolError('a sample with counts of events that were not asked for');
    if (timeNs < this.#timeNs || job < this.#job)
      throw protocolError(`a sample of ${timeNs} ns (job ${job}) after one of ${this.#timeNs} ns`);
    this.#timeNs = timeNs;
    this.#job = job;
  }
}
