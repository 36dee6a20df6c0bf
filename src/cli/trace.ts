import type { CommandModule } from 'yargs';
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
    const { exportTrace } = await import('../analysis/export-trace.js');
    const { isStandardOutput } = await import('../kernel/files/target.js');
    const { notes, ...written } = await exportTrace(argv.run, { output: argv.output });
    if (argv.json) {
      process.stdout.write(`${JSON.stringify(written)}\n`);
      return;
    }
    const { output, jobs } = written;
    for (const note of notes) say(note);
    const out = (await isStandardOutput(output)) ? process.stderr : process.stdout;
    out.write(
      `${jobs} ${jobs === 1 ? 'job' : 'jobs'} → ${printable(output)}\nOpen it at https://ui.perfetto.dev or in chrome://tracing.\n`,
    );
  },
};
