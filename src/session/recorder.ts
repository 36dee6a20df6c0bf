/** Takes the records of one run as they come: decodes them, feeds the summary, and writes rows at once. */
import { AliveCounters } from '../events/never-counted.js';
import { type Derived, deriver, type RunFacts } from '../metrics/derived.js';
import {
  decodeRecord,
  type JobRecord,
  RECORD_BYTES,
  type RecordShape,
} from '../metrics/job-record.js';
import { SummaryBuilder } from '../metrics/summary.js';
import type { JobRow } from '../output/row-format.js';

export interface RecorderFacts extends RunFacts {
  extras: readonly string[];
  /** For each requested event its position in the native record, or null where it was not opened. */
  slots: readonly (number | null)[];
  /** Requested events (by position) for which a 0 is ordinary, such as software events. */
  zeroIsOrdinary: readonly boolean[];
}

/**
 * Splits a byte stream into whole records of one size; a part of a record waits for the next chunk.
 */
export class RecordStream {
  readonly #size: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(size: number) {
    this.#size = size;
  }

  /** Calls `each` with the offset of every whole record. */
  take(bytes: Buffer, each: (view: DataView, offset: number) => void): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let offset = 0;
    for (; offset + this.#size <= data.length; offset += this.#size) each(view, offset);
    this.#rest = data.subarray(offset);
  }
}

export class Recorder {
  readonly summary: SummaryBuilder;
  /** Jobs taken so far, warm-up included; measured ones; deadline misses; the last elapsed time. */
  jobs = 0;
  measured = 0;
  misses = 0;
  lastElapsedNs = 0;
  readonly #facts: RecorderFacts;
  readonly #derive: (record: JobRecord) => Derived;
  readonly #shape: RecordShape;
  readonly #stream = new RecordStream(RECORD_BYTES);
  readonly #alive: AliveCounters;

  constructor(facts: RecorderFacts) {
    this.#facts = facts;
    this.#derive = deriver(facts);
    this.summary = new SummaryBuilder(facts);
    this.#shape = {
      counters: Math.max(0, ...facts.slots.map((slot) => (slot ?? -1) + 1)),
      extras: facts.extras.length,
    };
    this.#alive = new AliveCounters(facts.zeroIsOrdinary);
  }

  /** Decodes what has arrived; returns the rows for the writers. */
  take(bytes: Buffer): JobRow[] {
    const rows: JobRow[] = [];
    this.#stream.take(bytes, (view, offset) => rows.push(this.#row(view, offset)));
    return rows;
  }

  #row(view: DataView, offset: number): JobRow {
    const native = decodeRecord(view, offset, this.#shape);
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
    }
    this.lastElapsedNs = derived.elapsedNs;
    // … the rows, which can't wait for the end, leave their cells empty.
    const counters = this.#alive.only(record.counters);
    if (counters === record.counters) return { record, derived };
    const masked = { ...record, counters: [...counters] };
    return { record: masked, derived: this.#derive(masked) };
  }
}
