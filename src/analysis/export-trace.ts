/** A run on disk as a timeline for Perfetto or chrome://tracing. */
import { sidecarPath } from '../formats/sidecar.js';
import { writeTrace } from '../formats/trace-events.js';
import { type Kinds, requireKind, requireOptions } from '../kernel/caller.js';
import { UsageError } from '../kernel/errors.js';
import { requireOtherFile } from '../kernel/files/target.js';
import { COUNTED_METRICS } from '../metrics/counted-metrics.js';
import { loadResults } from './load-results.js';
import { machineName } from './results.js';

/** Where a trace goes. */
export interface TraceOptions {
  /** The file to write (default: `RUN.trace.json` beside the run's CSV). */
  output?: string | undefined;
}

/** A trace that was written. */
export interface ExportedTrace {
  /** The file. */
  output: string;
  /** Jobs in it. */
  jobs: number;
  /** Events of the Trace Event Format in it: slices, instants, counter values. */
  events: number;
  /** What was found wrong with the run's files, a sentence each. */
  notes: string[];
}

const OPTIONS: Kinds<TraceOptions> = { output: 'string' };

/**
 * Writes a run in the Trace Event Format. What `isochron trace` does.
 *
 * @param path the run's CSV, the JSON beside it, or a folder with just one run
 * @throws UsageError where several runs lie there, or the file is one of the run's own
 * @throws IsochronError E_RESULTS, E_RESULTS_CHANGED, E_OUTPUT, E_WRITE_FAILED
 */
export async function exportTrace(
  path: string,
  options: TraceOptions = {},
): Promise<ExportedTrace> {
  requireKind(path, 'string', 'the run of exportTrace');
  requireOptions('exportTrace', options, OPTIONS);
  const { runs } = await loadResults(path);
  const [run] = runs;
  if (run === undefined || runs.length > 1)
    throw new UsageError(
      `${path} holds ${runs.length} runs, and a trace is of one.`,
      `Name its CSV, e.g. ${runs[0]?.csvPath ?? 'RUN.csv'}.`,
    );
  const columns = await run.columns();
  const output = options.output ?? `${run.csvPath.replace(/\.csv$/i, '')}.trace.json`;
  await requireOtherFile(output, [
    { path: run.csvPath, what: 'the CSV of the run' },
    { path: sidecarPath(run.csvPath), what: 'the JSON of the run' },
  ]);
  const events = (run.file?.events ?? []).map((event) => event.name);
  const traced = COUNTED_METRICS.filter((metric) => metric.traced).map(({ column }) => column);
  const counters = [...events, ...traced].filter((name) =>
    columns.column(name)?.some((value) => !Number.isNaN(value)),
  );
  const about: Record<string, string> = { run: run.name, csv: run.csvPath };
  const machine = machineName(run);
  if (machine !== null) about.machine = machine;
  const written = await writeTrace(output, columns, { name: run.name, about, counters });
  return {
    output,
    jobs: columns.rows,
    events: written,
    notes: [...run.notes, ...columns.notes],
  };
}
