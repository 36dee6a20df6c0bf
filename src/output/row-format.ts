/** What a CSV format is: a header, and the rows that one job becomes. */
import type { Derived } from '../metrics/derived.js';
import type { JobRecord } from '../metrics/job-record.js';

/** One cell; null is absent and becomes empty. */
export type Cell = string | number | bigint | null;

/** One job with what follows from it. */
export interface JobRow {
  record: JobRecord;
  derived: Derived;
}

export interface RowFormat {
  readonly header: readonly string[];
  /** Usually one row; RT-Bench's format has one more for every release that was skipped after the job. */
  rows(job: JobRow): Iterable<Cell[]>;
}
