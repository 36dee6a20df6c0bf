/** The command line of `isochron run`, made of the options that a run has (benchmark/run-options.ts). */
import type { Argv, Options } from 'yargs';
import { FLAGS, type Kind, takesSeveral } from '../benchmark/run-options.js';
import { MARKDOWN_OPTION, SAVE_OPTION } from './kept-options.js';
import { BOTH_OPTION } from './words.js';

/** Of an option that is given again, the last one counts, so that a script can append to a command. */
const last = <T>(given: T | T[]): T => (Array.isArray(given) ? (given.at(-1) as T) : given);

/** What is empty or negated (`-b "noop --no-jobs"`) is no number, rather than JavaScript's 0, which runs until stopped. */
function number(given: string | number | boolean): number {
  const none = typeof given === 'boolean' || (typeof given === 'string' && given.trim() === '');
  return none ? Number.NaN : Number(given);
}

/** That an option has no value is a mistake, unless it is a switch. */
const KINDS = {
  text: { type: 'string', requiresArg: true, coerce: last<string> },
  texts: { type: 'string', array: true, nargs: 1 },
  quantity: { type: 'string', requiresArg: true, coerce: last<string> },
  number: {
    requiresArg: true,
    coerce: (given: Parameters<typeof number>[0] | Parameters<typeof number>[0][]) =>
      number(last(given)),
  },
  switch: { type: 'boolean' },
} as const satisfies Record<Exclude<Kind, readonly string[]>, Options>;

const yargsOf = (kind: Kind): Options =>
  typeof kind === 'string' ? KINDS[kind] : { choices: kind, requiresArg: true, coerce: last };

/** One value as it is, several behind commas as a list; what is empty between two of them is told as any value that is none. */
function severalOf(kind: Kind): Options {
  if (kind === 'switch' || !takesSeveral(kind)) return yargsOf(kind);
  const one = (text: string) => (kind === 'number' ? number(text) : text.trim());
  return {
    ...yargsOf(kind),
    coerce: (given: string | number | boolean | (string | number | boolean)[]) => {
      const value = last(given);
      if (typeof value === 'string' && value.includes(',')) return value.split(',').map(one);
      return kind === 'number' ? number(value) : value;
    },
  };
}

/** What the command itself acts on. */
interface CommandArgv {
  /** As many as are named. */
  workload?: string[];
  repetitions?: number;
  resume?: boolean;
  /** Switches that are to be off and on, by their names (words.ts). */
  both?: string[];
  'log-level'?: number;
  json?: boolean;
  quiet?: boolean;
  histogram?: boolean;
  strict?: boolean;
  'configuration-file'?: string;
  'export-markdown'?: string;
  save?: string;
  /** One of the run's, but taken apart here: it may hold the others. */
  args?: string | undefined;
}

/** With the run's own, by the names of their flags. */
export type RunArgv = CommandArgv & { readonly [flag: string]: unknown };

/** RT-Bench's letters and names keep their meaning, the rest is isochron's own. */
export function withRunFlags(yargs: Argv): Argv<RunArgv> {
  for (const [name, { kind, letter, alias, help, group }] of FLAGS) {
    // the run's name stands between the command's own
    if (name === 'name')
      yargs.option('log-level', {
        alias: 'l',
        ...KINDS.number,
        describe: '1 errors, 2 summary, 3 rows on stdout, 4 details, 5 debug (default 2)',
        group: 'Output:',
      });
    yargs.option(name, {
      alias: [letter, alias].filter((other) => other !== undefined),
      ...severalOf(kind),
      describe: help,
      group: `${group}:`,
    });
  }
  return yargs
    .option('repetitions', {
      alias: 'reps',
      ...KINDS.number,
      describe: 'runs of each in a process of its own, interleaved; more than one make a sweep',
      group: 'Several runs:',
    })
    .option('resume', {
      ...KINDS.switch,
      describe: 'go on with the sweep that the same command has begun in the folder',
      group: 'Several runs:',
    })
    .option(BOTH_OPTION, { ...KINDS.texts, hidden: true })
    .option('json', {
      ...KINDS.switch,
      describe:
        'all that is known of the run as JSON on stdout, as beside the CSV; of several their points',
      group: 'Output:',
    })
    .option('histogram', {
      ...KINDS.switch,
      describe: 'how often which time came, below the table: response where there is a deadline',
      group: 'Output:',
    })
    .option('save', { ...SAVE_OPTION, coerce: last<string>, group: 'Output:' })
    .option('export-markdown', { ...MARKDOWN_OPTION, coerce: last<string>, group: 'Output:' })
    .option('quiet', { ...KINDS.switch, describe: 'no progress, no table', group: 'Output:' })
    .option('strict', {
      ...KINDS.switch,
      describe: 'exit with 4 when the verdict is INVALID',
      group: 'Output:',
    })
    .option('configuration-file', {
      alias: 'g',
      ...KINDS.text,
      describe: 'definition in a JSON file; options given here win',
      group: 'Output:',
    }) as unknown as Argv<RunArgv>;
}
