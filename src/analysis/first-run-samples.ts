/** The samples of a first-run sweep, from its folder of results. */

import type { Columns } from '../formats/columns.js';
import type { RunFile } from '../formats/run-file.js';
import { requireKind } from '../kernel/caller.js';
import { medianOf, quantileOf, sortedFinite } from '../statistics/sorted.js';
import type { FirstRunSample, JobFigures } from './explain-first-run.js';
import { loadResults } from './load-results.js';

export interface FirstRunSamples {
  samples: FirstRunSample[];
  /** Runs that are not there, with the reason. */
  missing: string[];
}

/**
 * @throws IsochronError E_RESULTS for a folder without a run
 */
export async function firstRunSamples(folder: string): Promise<FirstRunSamples> {
  requireKind(folder, 'string', 'the folder of the runs');
  const results = await loadResults(folder);
  const samples: FirstRunSample[] = [];
  const missing = results.missing.map(({ name, reason }) => `${name}: ${reason}`);
  for (const run of results.runs) {
    const { treatment, xnnpack } = run.identity;
    if (typeof treatment !== 'string') continue;
    const columns = await run.columns();
    const { file } = run;
    const figures = jobsOf(columns, file?.events.map((event) => event.name) ?? []);
    if (file === null || run.status !== 'done' || figures === null) {
      missing.push(
        `${run.name}: ${run.error ?? (figures === null ? 'it has too few jobs' : run.status)}`,
      );
      continue;
    }
    samples.push({
      xnnpack: xnnpack === true,
      treatment,
      repetition: run.repetition ?? 0,
      cold: startedCold(file),
      ...figures,
      stages: file.workload?.tflite?.stages ?? {},
      frequency: frequencyOf(file),
    });
  }
  return { samples, missing };
}

/** The first job that counts, and the medians of those after it; null where there are fewer than two of these. */
function jobsOf(
  columns: Columns,
  events: readonly string[],
): Pick<FirstRunSample, 'first' | 'later' | 'laterP90Ns'> | null {
  const warmup = columns.column('warmup');
  const from = warmup === null ? 0 : warmup.findIndex((flag) => flag !== 1);
  if (from < 0 || columns.rows - from < 3) return null;
  const absent = (value: number) => (Number.isFinite(value) ? value : null);
  const figures = (of: (name: string) => number): JobFigures => ({
    elapsedNs: of('elapsed_ns'),
    cpuNs: of('cpu_time_ns'),
    minorFaults: of('minor_faults'),
    majorFaults: of('major_faults'),
    voluntarySwitches: of('voluntary_switches'),
    involuntarySwitches: of('involuntary_switches'),
    counters: Object.fromEntries(events.map((name) => [name, absent(of(name))])),
  });
  const later = sortedFinite(columns.column('elapsed_ns')?.subarray(from + 1) ?? []);
  return {
    laterP90Ns: quantileOf(later, 0.9) ?? Number.NaN,
    first: figures((name) => columns.column(name)?.[from] ?? Number.NaN),
    later: figures((name) => {
      const values = columns.column(name)?.subarray(from + 1) ?? [];
      return medianOf(sortedFinite(values)) ?? Number.NaN;
    }),
  };
}

/** Pages that may stay for a file to count as dropped: what was read of it between dropping and loading. */
const STAYED = 0.05;

/** Pages that another process has mapped can't be dropped, and one that reads the file brings it back. */
function startedCold({ plan, fileCache, initFaults }: RunFile): boolean {
  const faults = initFaults?.major ?? null;
  if (plan?.cold !== true || fileCache === null || faults === null) return false;
  const dropped = fileCache.every(({ bytes, residentBytes }) => residentBytes <= STAYED * bytes);
  return dropped && faults > 0;
}

/** Of the job's first core. */
function frequencyOf({ plan, before, after }: RunFile): FirstRunSample['frequency'] {
  const core = plan?.cores[0];
  const at = (when: RunFile['before']) =>
    when?.cores.find((c) => c.core === core)?.frequencyKhz ?? null;
  const [beforeKhz, afterKhz] = [at(before), at(after)];
  return beforeKhz === null || afterKhz === null ? null : { beforeKhz, afterKhz };
}
