import type { JobRecord } from '../../src/addon/job-record.js';
import type { Cell, JobRow } from '../../src/formats/row-format.js';
import { deriver, type RunFacts } from '../../src/metrics/derived.js';

/** A record with what follows from it, as a format takes it. */
export const rowOf = (facts: RunFacts, record: JobRecord): JobRow => ({
  record,
  derived: deriver(facts)(record),
});

/** A row by column names. */
export const byName = (header: readonly string[], row: readonly Cell[] | undefined) =>
  Object.fromEntries(header.map((name, i) => [name, row?.[i]]));
