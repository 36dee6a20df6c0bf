/** What a CSV format is: a header, and the rows that one job becomes. */

import type { JobRecord } from '../addon/job-record.js';
import type { Derived } from '../metrics/derived.js';

/** One cell; null is absent and becomes empty. */
export type Cell = string | number | bigint | null;

/**
 * A name that others have chosen (of a metric, a benchmark, an axis) as a cell. A spreadsheet takes text that begins with
 * one of these for a formula and computes it; an apostrophe before it makes it text again (OWASP, "CSV injection").
 */
export const textCell = (text: string): string =>
  /^[=+@\t\r-]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;

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
