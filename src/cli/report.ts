import type { CommandModule } from 'yargs';
import { printable } from '../kernel/printable.js';
import { plural } from '../kernel/quantities.js';
import { say } from '../terminal/say.js';

interface ReportArgv {
  results: string;
  output: string;
  svg: string | undefined;
  quiet: boolean;
  json: boolean;
}

/** `isochron report DIR`. */
export const reportCommand: CommandModule<object, ReportArgv> = {
  command: 'report <results>',
  describe: 'Make one HTML file of pictures and tables from results',
  builder: (yargs) =>
    yargs
      .positional('results', {
        type: 'string',
        demandOption: true,
        describe: 'a folder of runs, or one run',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        default: 'report.html',
        describe: 'the HTML file',
      })
      .option('svg', {
        type: 'string',
        requiresArg: true,
        describe: 'folder that gets each figure as SVG and its data as CSV',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress' })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'what was written, as JSON on stdout',
      }),
  handler: async (argv) => {
    const [
      { loadResults },
      { gather },
      { writeFigures, writePage },
      { toolVersion },
      { ProgressLine },
      { isStandardOutput, requireOtherFile },
      { sidecarPath },
    ] = await Promise.all([
      import('../analysis/load-results.js'),
      import('../report/gather.js'),
      import('../report/write.js'),
      import('../kernel/package.js'),
      import('../terminal/progress-line.js'),
      import('../kernel/files/target.js'),
      import('../formats/sidecar.js'),
    ]);
    const results = await loadResults(argv.results);
    await requireOtherFile(
      argv.output,
      results.runs.flatMap(({ csvPath }) => [
        { path: csvPath, what: 'the CSV of a run' },
        { path: sidecarPath(csvPath), what: 'the JSON of a run' },
      ]),
    );
    const progress = new ProgressLine(argv.quiet || argv.json);
    let report: Awaited<ReturnType<typeof gather>>;
    try {
      report = await gather(results, (done, total) => progress.update('reading runs', done, total));
    } finally {
      progress.stop();
    }
    // first what nobody can stop by going away
    const figures = argv.svg === undefined ? [] : await writeFigures(argv.svg, report);
    const bytes = await writePage(argv.output, report, { version: toolVersion, at: new Date() });
    const runs = report.configurations.reduce((n, c) => n + c.digests.length, 0);
    if (argv.json) {
      const drawn = report.figures.filter((f) => f.specs !== null).map((f) => f.id);
      process.stdout.write(
        `${JSON.stringify({ output: argv.output, bytes, configurations: report.configurations.length, runs, figures: drawn, svg: argv.svg ?? null, headline: report.headline, notes: report.notes }, null, 2)}\n`,
      );
      return;
    }
    for (const note of report.notes) say(note);
    const out = (await isStandardOutput(argv.output)) ? process.stderr : process.stdout;
    out.write(
      `${plural(runs, 'run')}, ${report.figures.filter((f) => f.specs !== null).length} figures → ${printable(argv.output)} (${(bytes / 1e6).toFixed(1)} MB)\n`,
    );
    if (argv.svg !== undefined)
      out.write(`${figures.length} figures as SVG and CSV → ${argv.svg}\n`);
  },
};
