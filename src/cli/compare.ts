import type { CommandModule } from 'yargs';
import { UsageError } from '../kernel/errors.js';
import { printableColoured } from '../kernel/printable.js';
import { EXIT } from './exit.js';
import { MARKDOWN_OPTION, SAVE_OPTION } from './kept-options.js';

interface CompareArgv {
  a: string;
  b: string | undefined;
  by: string | undefined;
  json: boolean;
  resamples: number;
  seed: number;
  'fail-above': string | undefined;
  'export-markdown': string | undefined;
  baseline: string | undefined;
  save: string | undefined;
}

/** `isochron compare A B` and `isochron compare RESULTS --by FACT`. */
export const compareCommand: CommandModule<object, CompareArgv> = {
  command: 'compare <a> [b]',
  describe: 'Compare two runs or results, or the runs of a sweep among themselves',
  builder: (yargs) =>
    yargs
      .positional('a', {
        type: 'string',
        demandOption: true,
        describe:
          'the baseline: a run (CSV or JSON) or a folder of runs; with --baseline what is compared',
      })
      .positional('b', { type: 'string', describe: 'what to compare with it' })
      .option('by', {
        type: 'string',
        requiresArg: true,
        describe: 'within one folder: quantization, xnnpack, threads, network, or another axis',
      })
      .option('json', { type: 'boolean', default: false, describe: 'everything as JSON on stdout' })
      .option('resamples', {
        type: 'number',
        requiresArg: true,
        default: 4000,
        describe: 'of the bootstrap over the jobs of a single process on each side',
      })
      .option('seed', {
        type: 'number',
        requiresArg: true,
        default: 1,
        describe: 'of the bootstrap',
      })
      .option('fail-above', {
        type: 'string',
        requiresArg: true,
        describe: 'exit code 5 where it is shown to be slower than the baseline by more: 2%',
      })
      .example('$0 compare fp32.csv uint8.csv', 'uint8 relative to fp32')
      .option('baseline', {
        type: 'string',
        requiresArg: true,
        describe: 'compare with what --save has kept under this name',
      })
      .option('save', {
        ...SAVE_OPTION,
        describe: 'keep a copy of one result as a baseline of this name, and compare nothing',
      })
      .option('export-markdown', MARKDOWN_OPTION)
      .example('$0 compare results/ --by xnnpack', 'with XNNPACK relative to without')
      .example('$0 compare results/ --baseline main --fail-above 2%', 'with results of --save main')
      .example('$0 compare old/ new/ --export-markdown change.md', 'for a pull request'),
  handler: async (argv) => {
    if (argv.save !== undefined) return save(argv, argv.save);
    const { by, resamples, seed, baseline } = argv;
    if (baseline !== undefined && (argv.b !== undefined || by !== undefined))
      throw new UsageError(
        `--baseline is compared with one result, so ${by === undefined ? `${argv.b} is one too many` : 'it takes no --by'}.`,
        `Leave one of them out: isochron compare ${argv.a} --baseline ${baseline}.`,
      );
    const failAbove = shareOf(argv['fail-above']);
    const { compareResults, requireDecided } = await import('../analysis/compare-results.js');
    // B is what is new, whatever A is
    const [a, b] =
      baseline === undefined
        ? [argv.a, argv.b]
        : [await (await import('../analysis/baselines.js')).baselineResults(baseline), argv.a];
    const { openMarkdown } = await import('./export-markdown.js');
    const markdown = await openMarkdown(argv['export-markdown'], {
      others: [],
      taken: argv.json ? '--json' : null,
    });
    const options = { with: b, by, resamples, seed, failAbove };
    const { gate, ...compared } = await compareResults(a, options);
    if (argv.json) {
      const { above, results, lost } = gate ?? {};
      const gates = gate === null ? {} : { gate: { above, results, lost } };
      process.stdout.write(`${JSON.stringify({ ...compared, ...gates }, null, 2)}\n`);
    }
    if (!argv.json || markdown !== null) {
      const { comparisonParts, gateLines } = await import('./compare-table.js');
      const { renderParts } = await import('../terminal/parts.js');
      const gated =
        gate === null ? [] : gateLines(gate.results, argv['fail-above'] as string, gate.lost);
      const parts = comparisonParts(compared, gated);
      const out = markdown?.toStdout ? process.stderr : process.stdout;
      const text = parts.map((group) => renderParts(group)).join('\n\n');
      if (!argv.json) out.write(`${printableColoured(text)}\n`);
      await markdown?.write(parts.flat());
    }
    if (gate !== null) process.exitCode = requireDecided(gate) ? EXIT.regression : EXIT.done;
  },
};

async function save({ a, b, by, baseline }: CompareArgv, name: string): Promise<void> {
  if (b !== undefined || by !== undefined || baseline !== undefined)
    throw new UsageError(
      '--save keeps one result and compares nothing.',
      `Compare first, then keep it: isochron compare ${a} --save ${name}.`,
    );
  const { keepAs } = await import('./save-baseline.js');
  await keepAs(name, a, false);
}

/** `2%` → 0.02. */
function shareOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  if (percent === undefined || Number(percent) > 1000)
    throw new UsageError(`--fail-above takes a percentage such as 2%, not "${text}".`);
  return Number(percent) / 100;
}
