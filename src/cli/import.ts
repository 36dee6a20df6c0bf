import type { CommandModule } from 'yargs';
import { printable } from '../kernel/printable.js';

interface RtbenchArgv {
  from: string;
  output: string;
  'line-bytes': number;
  json: boolean;
}

const rtbenchCommand: CommandModule<object, RtbenchArgv> = {
  command: 'rtbench <from>',
  describe: 'a timing log of RT-Bench, or a folder of them',
  builder: (yargs) =>
    yargs
      .positional('from', { type: 'string', demandOption: true, describe: 'CSV file or folder' })
      .option('output', {
        alias: 'o',
        type: 'string',
        demandOption: true,
        describe: 'folder for the results',
      })
      .option('line-bytes', {
        type: 'number',
        requiresArg: true,
        default: 64,
        describe: 'bytes that an L2 miss moves, for the bandwidth (64 on the Cortex-A53)',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'what was imported, as JSON on stdout',
      }),
  handler: async (argv) => {
    const lineBytes = argv['line-bytes'];
    const { importRtbench } = await import('../analysis/import-rtbench.js');
    const report = await importRtbench(argv.from, argv.output, { lineBytes });
    if (argv.json) {
      process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return;
    }
    const lines: string[] = [];
    for (const { name, csv, jobs, skippedReleases, notes } of report.imported) {
      const skipped = skippedReleases > 0 ? `, ${skippedReleases} skipped releases` : '';
      lines.push(`${name}: ${jobs} ${jobs === 1 ? 'job' : 'jobs'}${skipped} → ${csv}`);
      for (const note of notes) lines.push(`  ${note}`);
    }
    for (const { path, reason } of report.passedOver) lines.push(`passed over ${path}: ${reason}`);
    process.stdout.write(`${lines.map(printable).join('\n')}\n`);
  },
};

/** `isochron import`: other tools' logs become results. */
export const importCommand: CommandModule = {
  command: 'import',
  describe: 'Turn logs of RT-Bench into results',
  builder: (yargs) =>
    yargs.command(rtbenchCommand).demandCommand(1, 'Name what to import: rtbench.'),
  handler: () => {},
};
