/** The words of a command line, where yargs would take them for something else without saying so. */
import { BOTH } from '../benchmark/run-options.js';
import { UsageError } from '../kernel/errors.js';
import { didYouMean, nearest } from '../kernel/suggest.js';

/**
 * How every command is parsed. No groups of letters, for no letter stands for a switch: `-oout.csv` would be five options
 * and a file named `.csv`. No dots: `--output.x` is no option.
 */
export const PARSER = {
  'duplicate-arguments-array': false,
  'boolean-negation': true,
  'short-option-groups': false,
  'dot-notation': false,
} as const;

/**
 * Of a command that keeps all that is given for one name: yargs makes options of positionals, too, so of `NAME..` it would
 * leave the last word alone.
 */
export const KEEPING_ALL = { ...PARSER, 'duplicate-arguments-array': true } as const;

/** What stands behind the two dashes of `isolate` is another command's. */
const ownWords = (words: readonly string[]) =>
  words.slice(0, words.includes('--') ? words.indexOf('--') : words.length);

/** A switch in the place of the two dashes: it ends the values of an option before it, as they do, and nothing else. */
export const END_OF_OPTIONS = 'end-of-options';

/** `--xnnpack both` as yargs is to have it, for whom a switch has two values: `--both=xnnpack`. */
export const BOTH_OPTION = 'both';

/** Of a switch that is given again, the last one counts. */
function withBoth(words: readonly string[]): string[] {
  const left: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const [, given, value] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const name = given?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) ?? '';
    const own = name.replace(/^no-/, '');
    const meant = `--${BOTH_OPTION}=${own}`;
    if (BOTH.has(own) && left.includes(meant)) left.splice(left.indexOf(meant), 1);
    if (!BOTH.has(name) || (value ?? words[i + 1]) !== 'both') left.push(word);
    else {
      left.push(meant);
      if (value === undefined) i++;
    }
  }
  return left;
}

/**
 * The words as yargs is to have them.
 *
 * - `-p50ms`: what follows the letter is its value, as getopt(3) has it and RT-Bench's scripts.
 * - What follows two dashes is no option, where yargs makes nothing of it at all. Every command but `isolate` takes files and
 *   names there, so one that begins with a dash is a file here: `./-x`.
 * - `help run` is `run --help`, as of git and cargo.
 * - `--xnnpack both` of `run` is no switch and a word.
 * - The command of `isolate` is handed on from its first word, as by nice(1) and sudo(8), with the dashes or without them.
 */
export function asYargsReads(words: readonly string[]): string[] {
  const own = ownWords(words);
  const [command, first] = operands(own);
  if (command !== undefined && own[command] === 'help')
    return [...own.slice(0, command), ...own.slice(command + 1), '--help'];
  if (command !== undefined && own[command] === 'isolate' && own[first ?? -1] === 'help')
    return [...own.slice(0, first), '--help'];
  if (command !== undefined && own[command] === 'isolate') {
    const options = own.slice(0, first).map(separated);
    return first === undefined
      ? [...options, ...words.slice(own.length)]
      : [...options, '--', ...words.slice(first)];
  }
  const rest = words.slice(own.length + 1).map((word) => (/^-./.test(word) ? `./${word}` : word));
  const end = own.length < words.length ? [`--${END_OF_OPTIONS}`] : [];
  const several = command !== undefined && own[command] === 'run' ? withBoth(own) : own;
  return [...several.map(separated), ...end, ...rest];
}

const separated = (word: string) =>
  /^-[A-Za-z][^=]/.test(word) ? `${word.slice(0, 2)}=${word.slice(2)}` : word;

/** Where the words stand that are neither an option nor the value of one: `-c 1 isolate`. Every letter takes a value. */
const operands = (words: readonly string[]) =>
  [...words.keys()].filter(
    (i) =>
      !/^-./.test(words[i] as string) &&
      !/^(-[A-Za-z]|--cores|--core-?[aA]ffinity)$/.test(words[i - 1] ?? ''),
  );

/**
 * A word behind `help`, or before `--help`, that is no command, where yargs shows the help of all without a word.
 *
 * @param words as yargs reads them
 * @param subcommands the names of the commands, or of those of one
 */
export function helpOfNone(
  words: readonly string[],
  subcommands: (command: string | null) => readonly string[],
): UsageError | null {
  const own = ownWords(words);
  if (!own.includes('--help') && !own.includes('-h')) return null;
  const [first, second] = operands(own).map((i) => own[i] as string);
  const none = (word: string, outer: string, names: readonly string[]) =>
    new UsageError(
      `there is no command ${outer}${word}.`,
      `${didYouMean(word, names, 1)}See isochron ${outer}--help.`,
    );
  if (first === undefined) return null;
  const commands = subcommands(null);
  if (!commands.includes(first)) return none(first, '', commands);
  const inner = second === undefined ? [] : subcommands(first);
  return inner.length === 0 || inner.includes(second as string)
    ? null
    : none(second as string, `${first} `, inner);
}

/**
 * A word that means nothing to a command, or is missing, as a mistake that names what may have been meant.
 *
 * @param message of yargs
 * @param names of commands, of the options of the one that is carried out, and what that takes (`sweep <suite>`)
 * @returns null for any other message
 */
export function wrongWord(
  message: string,
  names: {
    commands: readonly string[];
    options: readonly string[];
    usage: string | null;
    /** Of an alias the name that the help gives the option. */
    ownNames?: ReadonlyMap<string, string>;
  },
): UsageError | null {
  if (names.usage !== null && message.startsWith('Not enough non-option arguments'))
    return new UsageError(
      `it takes more words: isochron ${names.usage}.`,
      `See isochron ${names.usage.replace(/ *[<[].*/, '')} --help.`,
    );
  const [, kind, list] = /^Unknown (command|argument)s?: (.+)$/s.exec(message) ?? [];
  const [word, ...more] = list?.split(', ') ?? [];
  if (word === undefined) return null;
  if (kind === 'argument') {
    const dashes = word.length === 1 ? '-' : '--';
    const long = names.options.filter((name) => name.length > 1 && !/[A-Z]/.test(name));
    const [near] = nearest(word.replace(/^no-/, ''), long, 1);
    const meant = near === undefined ? undefined : (names.ownNames?.get(near) ?? near);
    return new UsageError(
      `there is no option ${dashes}${word}.`,
      `${meant === undefined ? '' : `Did you mean --${meant}? `}See the --help of the command.`,
    );
  }
  if (names.commands.length > 0)
    return new UsageError(
      `there is no command ${word}.`,
      `${didYouMean(word, names.commands, 1)}See isochron --help.`,
    );
  return new UsageError(
    `${more.length === 0 ? `${word} is one word` : `${list} are words`} too many${names.usage === null ? '' : `: isochron ${names.usage}`}.`,
    'Quote a value with spaces, and give an option of several values several times (--input A --input B).',
  );
}

/**
 * What to do about an option that yargs finds no value for: one that begins with a dash it takes for the next option.
 *
 * @param message of yargs
 */
export function withoutValueHint(message: string, words: readonly string[]): string | null {
  const [, name] = /^Not enough arguments following: (\S+)$/.exec(message) ?? [];
  if (name === undefined) return null;
  const at = words.findIndex((word) => word === `-${name}` || word === `--${name}`);
  const next = words[at + 1];
  if (at < 0 || next === undefined || !/^-[^-]/.test(next)) return null;
  return `If ${next} is its value, write ${words[at]}=${next}.`;
}

/**
 * A switch takes no value but true and false, where yargs makes false of any other (`--xnnpack=on`); and only a switch has
 * a negation, where yargs makes false, and that 0, of any option's (`--no-tasks-number`).
 *
 * @param options names of all options, and of those that are switches
 * @throws UsageError
 */
export function checkSwitches(
  words: readonly string[],
  options: { all: ReadonlySet<string>; switches: ReadonlySet<string> },
): void {
  for (const word of ownWords(words)) {
    const [, given, value] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (given === undefined) continue;
    const name = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (value !== undefined && options.switches.has(name) && !/^(true|false)$/.test(value))
      throw new UsageError(
        `--${given} is a switch and takes no value, so "${value}" means nothing.`,
        `Write --${given} or --no-${given}.`,
      );
    const negated = name.replace(/^no-/, '');
    if (negated !== name && options.all.has(negated) && !options.switches.has(negated))
      throw new UsageError(
        `--${negated} is no switch, so there is no --${given}.`,
        `Leave --${negated} out, or give it a value.`,
      );
  }
}

/**
 * An option that takes a number has one, where yargs makes 0 of what is empty or blank (`--seed "$SEED"`).
 *
 * @param numbers names and letters of the options that take one
 * @throws UsageError
 */
export function checkNumbers(words: readonly string[], numbers: ReadonlySet<string>): void {
  const own = ownWords(words);
  for (const [i, word] of own.entries()) {
    const [, name, given] = /^--?([A-Za-z][^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const value = given ?? own[i + 1];
    if (name === undefined || !numbers.has(name) || value === undefined) continue;
    if (value.trim() === '' || Number.isNaN(Number(value)))
      throw new UsageError(
        `${word.replace(/=[\s\S]*/, '')} takes a number, and "${value}" is none.`,
        'Leave the option out for its default.',
      );
  }
}
