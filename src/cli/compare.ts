import type { CommandModule } from 'yargs';
import { UsageError } from '../kernel/errors.js';
import { printableColoured } from '../kernel/printable.js';
import { EXIT } from './exit.js';

interface CompareArgv {
  a: string;
  b: string | undefined;
  by: string | undefined;
  json: boolean;
  resamples: number;
  seed: number;
  'fail-above': string | undefined;
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
        describe: 'the baseline: a run (CSV or JSON) or a folder of runs',
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
      .example('$0 compare results/ --by xnnpack', 'with XNNPACK relative to without'),
  handler: async (argv) => {
    const { a, b, by, resamples, seed } = argv;
    if (!Number.isInteger(resamples) || resamples < 100 || resamples > 1e6)
      throw new UsageError(`--resamples is a whole number from 100 to 1000000, not ${resamples}.`);
    // the generator behind it has a state of 32 bits
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
      throw new UsageError(`--seed is a whole number from 0 to 4294967295, not ${seed}.`);
    const above = shareOf(argv['fail-above']);
    if (b !== undefined && by !== undefined)
      throw new UsageError('--by compares within one folder, and two paths are given.');
    const { loadResults } = await import('../analysis/load-results.js');
    const { differencesBetween, sharedRuns } = await import('../analysis/mixtures.js');
    const { contestsBy, labelOf, matchResults, onlyTwo } = await import('../analysis/select.js');
    const { compareSides, conclude } = await import('../analysis/compare.js');
    const left = await loadResults(a);
    const right = b === undefined ? null : await loadResults(b);
    const selection =
      right !== null
        ? matchResults(left, right)
        : by === undefined
          ? onlyTwo(left)
          : contestsBy(left, by);
    const cache = new Map();
    const open = [];
    for (const { a, b, lost = [] } of selection.contests) {
      const compared = await compareSides(a, b, { resamples, seed, cache });
      open.push({ ...compared, lost: [...lost, ...compared.lost] });
    }
    const comparisons = conclude(open);
    const { gate, isShut } = await import('../analysis/gate.js');
    const gated = above === null ? null : gate(open, above);
    const shared = right === null ? [] : sharedRuns(left, right);
    const lost = [
      ...shared,
      ...selection.lost,
      ...open.flatMap((comparison) => comparison.lost),
      ...[left, right].flatMap((side) => side?.missing ?? []).map(missing),
    ];
    // of two results each says of which it speaks
    const own =
      right === null
        ? left.notes
        : [
            ...left.notes.map((note) => `${labelOf(left, right)}: ${note}`),
            ...right.notes.map((note) => `${labelOf(right, left)}: ${note}`),
          ];
    const notes = [...own, ...shared, ...selection.notes];
    if (right !== null) notes.push(...differencesBetween(left, right));
    notes.push(...[...left.missing, ...(right?.missing ?? [])].map(missing));
    if (argv.json) {
      const results = { by: by ?? null, comparisons, notes };
      const gates = gated === null ? {} : { gate: { above, results: gated, lost } };
      process.stdout.write(`${JSON.stringify({ ...results, ...gates }, null, 2)}\n`);
    } else {
      const { factName } = await import('../analysis/identity.js');
      const { renderComparisons, renderGate } = await import('./compare-table.js');
      const runs = [...left.runs, ...(right?.runs ?? [])];
      const fact = by === undefined ? null : factName(by);
      const parts = [renderComparisons({ comparisons, by: fact, runs, notes })];
      if (gated !== null) parts.push(renderGate(gated, argv['fail-above'] as string, lost));
      process.stdout.write(`${printableColoured(parts.join('\n\n'))}\n`);
    }
    if (gated !== null)
      process.exitCode = isShut(gated, argv['fail-above'] as string, lost)
        ? EXIT.regression
        : EXIT.done;
  },
};

const missing = ({ name, reason }: { name: string; reason: string }): string =>
  `${name} has no rows: ${reason}.`.replace(/\.\.$/, '.');

/** `2%` → 0.02. */
function shareOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  if (percent === undefined || Number(percent) > 1000)
    throw new UsageError(`--fail-above takes a percentage such as 2%, not "${text}".`);
  return Number(percent) / 100;
}
