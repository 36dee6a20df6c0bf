/** Runs and columns made in memory, for what needs no file. */

import type { Results, Run } from '../../src/analysis/results.js';
import { type Columns, ColumnsBuilder } from '../../src/formats/columns.js';

/** Columns by name, all of one length. */
export function columnsOf(values: Readonly<Record<string, readonly number[]>>): Columns {
  const names = Object.keys(values);
  const builder = new ColumnsBuilder(names);
  const rows = values[names[0] as string]?.length ?? 0;
  for (let row = 0; row < rows; row++)
    builder.add((i) => values[names[i] as string]?.[row] as number);
  return builder.finish();
}

/** A run whose rows are a job 0 of ten times the first of `times`, then a job for each of them. */
export function runOf(id: string, times: readonly number[], rest: Partial<Run> = {}): Run {
  const elapsed = times.length > 0 ? [10 * (times[0] as number), ...times] : [];
  return {
    id,
    name: id,
    csvPath: `/r/${id}.csv`,
    provenance: 'isochron',
    status: 'done',
    error: null,
    identity: {},
    places: {},
    parameters: Object.fromEntries(
      Object.keys(rest.places ?? {}).flatMap((fact) => {
        const value = rest.identity?.[fact];
        return value === undefined ? [] : [[fact, value]];
      }),
    ),
    content: null,
    suite: null,
    repetition: null,
    interleaved: false,
    periodNs: null,
    deadlineNs: null,
    lineBytes: 64,
    modelBytes: null,
    accuracy: null,
    absent: {},
    file: null,
    notes: [],
    doubts: [],
    columns: async () =>
      columnsOf({ job: elapsed.map((_, job) => job), elapsed_ns: elapsed, response_ns: elapsed }),
    jobs: async function* () {},
    ...rest,
  };
}

export const resultsOf = (name: string, runs: Run[]): Results => ({
  path: `/results/${name}`,
  name,
  suites: [],
  runs,
  missing: [],
  notes: [],
});
