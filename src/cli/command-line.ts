/** The command line: every command, and what becomes of its errors. */
import yargs, { type MiddlewareFunction } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { IsochronError, ReaderGone, UsageError } from '../kernel/errors.js';
import { toolVersion } from '../kernel/package.js';
import { ignoresHangup } from '../kernel/signals.js';
import { COMMANDS } from './commands.js';
import { EXIT, guardEnd, reportError } from './exit.js';
import { watchStreams } from './output-gone.js';
import {
  asYargsReads,
  checkNumbers,
  checkSwitches,
  END_OF_OPTIONS,
  helpOfNone,
  PARSER,
  withoutValueHint,
  wrongWord,
} from './words.js';

/** Of yargs' own state, which its types leave out. */
interface ParserState {
  getOptions(): {
    key: Record<string, unknown>;
    boolean: string[];
    number: string[];
    alias: Record<string, string[]>;
  };
  getInternalMethods(): {
    getUsageInstance(): { cacheHelpMessage: () => void };
    /** Of the command that is being carried out, or all where none is. */
    getCommandInstance(): { getCommands: () => string[] };
    /** The commands that are being carried out with their positionals, the outer one first. */
    getContext(): { fullCommands: string[] };
  };
}

const words = asYargsReads(hideBin(process.argv));

function checkWords(_argv: unknown, parser: ParserState): void {
  // yargs lays out the help of each command that it carries out, for a showHelp() that never comes: a sixth of the time of a
  // short run, and seconds on a small core
  parser.getInternalMethods().getUsageInstance().cacheHelpMessage = () => {};
  const { key, boolean, number, alias } = parser.getOptions();
  const named = (names: readonly string[]) =>
    new Set(names.flatMap((name) => [name, ...(alias[name] ?? [])]));
  checkSwitches(words, { all: named(Object.keys(key)), switches: named(boolean) });
  checkNumbers(words, named(number));
}

/** `models inspect <model>`, or null outside of every command. */
function usageOf(commands: readonly string[]): string | null {
  const outer = commands.slice(0, -1).map((words) => words.split(' ')[0]);
  const inner = commands.at(-1);
  return inner === undefined ? null : [...outer, inner].join(' ');
}

const cli = yargs(words)
  .scriptName('isochron')
  .usage(
    '$0 COMMAND\n\nRuns neural-network inference as a real-time task and tells the truth about how it behaved.',
  )
  .command([...COMMANDS])
  .option(END_OF_OPTIONS, { type: 'boolean', hidden: true })
  .demandCommand(1, 'Name a command.')
  .strictCommands()
  .strict()
  .parserConfiguration(PARSER)
  .middleware(checkWords as unknown as MiddlewareFunction, true)
  .version(toolVersion)
  .alias('help', 'h')
  .alias('version', 'v')
  .epilogue(
    'Exit codes: 0 done, 1 it or a part of it failed, 2 wrong usage, 3 stopped at a deadline miss, 4 verdict INVALID under --strict, 5 slower than --fail-above allows (first-run: than its limit, under --strict), 130 interrupted.',
  )
  .wrap(Math.min(120, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message: string | undefined, error: Error | undefined) => {
    if (error instanceof IsochronError || (error && !message)) throw error;
    const parser = cli as unknown as ParserState;
    const { key, alias } = parser.getOptions();
    const names = {
      commands: parser.getInternalMethods().getCommandInstance().getCommands(),
      options: [...Object.keys(key), ...Object.values(alias).flat()],
      ownNames: new Map(
        Object.entries(alias).flatMap(([name, others]) =>
          Object.hasOwn(key, name) ? others.map((other) => [other, name] as const) : [],
        ),
      ),
      usage: usageOf(parser.getInternalMethods().getContext().fullCommands),
    };
    throw (
      wrongWord(message ?? '', names) ??
      new UsageError(
        message ?? error?.message ?? 'wrong usage',
        withoutValueHint(message ?? '', hideBin(process.argv)) ?? 'See isochron --help.',
      )
    );
  });

watchStreams();
if (ignoresHangup()) process.on('SIGHUP', () => {});

/** Names of all commands, or of those that stand below one. */
function subcommands(command: string | null): string[] {
  const first = ({ command }: (typeof COMMANDS)[number]) => String(command).split(' ')[0] as string;
  if (command === null) return COMMANDS.map(first);
  const builder = COMMANDS.find((one) => first(one) === command)?.builder;
  if (typeof builder !== 'function') return [];
  const inner = yargs([]);
  builder(inner);
  return (inner as unknown as ParserState).getInternalMethods().getCommandInstance().getCommands();
}

const end = guardEnd();
try {
  const none = helpOfNone(words, subcommands);
  if (none !== null) throw none;
  await cli.parseAsync();
} catch (error) {
  // its reader had what it wanted
  process.exitCode = error instanceof ReaderGone ? EXIT.done : reportError(error);
}
await end();
