import type { CommandModule } from 'yargs';
import { UsageError } from '../kernel/errors.js';
import { printable } from '../kernel/printable.js';
import { say } from '../terminal/say.js';

interface TraceArgv {
  run: string;
  output: string | undefined;
  json: boolean;
}

/** `isochron trace RUN`. */
export const traceCommand: CommandModule<object, TraceArgv> = {
  command: 'trace <run>',
  describe: 'Write a run as a trace file for Perfetto or chrome://tracing',
  builder: (yargs) =>
    yargs
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: 'a run’s CSV or JSON, or its folder',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        describe: 'trace file (default: RUN.trace.json beside the CSV)',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'what was written, as JSON on stdout',
      }),
  handler: async (argv) => {
    const { loadResults } = await import('../analysis/load-results.js');
    const { machineName } = await import('../analysis/results.js');
    const { COUNTED_METRICS } = await import('../metrics/counted-metrics.js');
    const { writeTrace } = await import('../formats/trace-events.js');
    const { isStandardOutput, requireOtherFile } = await import('../kernel/files/target.js');
    const { sidecarPath } = await import('../formats/sidecar.js');
    const { runs } = await loadResults(argv.run);
    const [run] = runs;
    if (run === undefined || runs.length > 1)
      throw new UsageError(
        `${argv.run} holds ${runs.length} runs, and a trace is of one.`,
        `Name its CSV, e.g. ${runs[0]?.csvPath ?? 'RUN.csv'}.`,
      );
    const columns = await run.columns();
    const output = argv.output ?? `${run.csvPath.replace(/\.csv$/i, '')}.trace.json`;
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
    if (argv.json) {
      process.stdout.write(`${JSON.stringify({ output, jobs: columns.rows, events: written })}\n`);
      return;
    }
    for (const note of [...run.notes, ...columns.notes]) say(note);
    const out = (await isStandardOutput(output)) ? process.stderr : process.stdout;
    out.write(
      `${columns.rows} ${columns.rows === 1 ? 'job' : 'jobs'} → ${printable(output)}\nOpen it at https://ui.perfetto.dev or in chrome://tracing.\n`,
    );
  },
};
