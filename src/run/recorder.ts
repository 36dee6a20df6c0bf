/** Takes the records of one run as they come: decodes them, feeds the summary, and writes rows at once. */

import {
  decodeRecord,
  type JobRecord,
  RECORD_BYTES,
  type RecordShape,
} from '../addon/job-record.js';
import { AliveCounters } from '../events/never-counted.js';
import type { JobRow } from '../formats/row-format.js';
import { type Derived, deriver } from '../metrics/derived.js';
import { PrecisionGoal } from '../metrics/precision.js';
import { type Summary, SummaryBuilder, type SummaryFacts } from '../metrics/summary.js';
import { JobCheck, type RunShape } from './record-check.js';

export interface RecorderFacts extends SummaryFacts, RunShape {
  /** For each requested event its position in the native record, or null where it was not opened. */
  slots: readonly (number | null)[];
  /** The plan's. */
  untilCi?: number | null;
}

/** Calls `each` with the offset of every record. */
export function eachRecord(
  bytes: Buffer,
  size: number,
  each: (view: DataView, offset: number) => void,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.length; offset += size) each(view, offset);
}

export class Recorder {
  readonly summary: SummaryBuilder;
  /** Null where the run does not end by it. */
  readonly precision: PrecisionGoal | null;
  /** Jobs taken so far, warm-up included; measured ones; deadline misses; the last elapsed time. */
  jobs = 0;
  measured = 0;
  misses = 0;
  lastElapsedNs = 0;
  readonly #facts: RecorderFacts;
  readonly #derive: (record: JobRecord) => Derived;
  readonly #shape: RecordShape;
  readonly #check: JobCheck;
  readonly #alive: AliveCounters;

  constructor(facts: RecorderFacts) {
    this.#facts = facts;
    this.#derive = deriver(facts);
    this.summary = new SummaryBuilder(facts);
    this.precision = facts.untilCi == null ? null : new PrecisionGoal(facts.untilCi);
    this.#shape = {
      counters: Math.max(0, ...facts.slots.map((slot) => (slot ?? -1) + 1)),
      extras: facts.extras.length,
    };
    this.#alive = new AliveCounters(facts.zeroIsOrdinary);
    this.#check = new JobCheck(facts);
  }

  /**
   * Decodes the whole records that have arrived and hands on their rows, one by one.
   *
   * @throws IsochronError E_PROTOCOL at the first record that can't be; those before it have been handed on
   */
  take(bytes: Buffer, each: (row: JobRow) => void): void {
    eachRecord(bytes, RECORD_BYTES, (view, offset) => each(this.#row(view, offset)));
  }

  /** @param emptyJobCounts by event of the native side; empty where they are not known */
  finish(emptyJobCounts: readonly (number | null)[]): Summary {
    return this.summary.finish(
      this.#facts.slots.map((slot) => (slot === null ? null : (emptyJobCounts[slot] ?? null))),
    );
  }

  #row(view: DataView, offset: number): JobRow {
    const native = decodeRecord(view, offset, this.#shape);
    this.#check.take(view, offset, native);
    const record: JobRecord = {
      ...native,
      counters: this.#facts.slots.map((slot) =>
        slot === null ? null : (native.counters[slot] ?? null),
      ),
    };
    const derived = this.#derive(record);
    // The summary sees the raw counts and finds the dead counters at the end of the run …
    this.summary.add(record, derived);
    this.jobs++;
    if (!record.warmup) {
      this.measured++;
      if (record.deadlineMet === false) this.misses++;
      if (record.job !== 0) this.precision?.add(derived.elapsedNs);
    }
    this.lastElapsedNs = derived.elapsedNs;
    // … the rows, which can't wait for the end, leave their cells empty.
    const counters = this.#alive.only(record.counters);
    if (counters === record.counters) return { record, derived };
    const masked = { ...record, counters: [...counters] };
    return { record: masked, derived: this.#derive(masked) };
  }
}
