/** What may stand next on a command line, for the shells' completion. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { BOTH } from '../benchmark/run-options.js';
import { BOTH_OPTION } from './words.js';

/** Stands among the candidates where files may stand, too. */
export const FILES = '::files';

export interface Candidate {
  value: string;
  /** In a few words; empty for a name that says it. */
  text: string;
}

/** Of yargs' own state, which its types leave out. */
interface CommandHandler {
  builder: ((yargs: Argv) => unknown) | Record<string, never>;
  description: string | false;
  demanded: { cmd: string[] }[];
  optional: { cmd: string[] }[];
}
interface Inside {
  getOptions(): {
    key: Record<string, unknown>;
    boolean: string[];
    alias: Record<string, string[]>;
    choices: Record<string, string[]>;
    hiddenOptions: string[];
    default: Record<string, unknown>;
  };
  getInternalMethods(): {
    getCommandInstance(): {
      getCommands(): string[];
      getCommandHandlers(): Record<string, CommandHandler>;
    };
    getUsageInstance(): { getDescriptions(): Record<string, string | undefined> };
  };
}
const inside = (parser: Argv) => parser as unknown as Inside;

/** Where the words have led: a command with its options, and how many of its own words it has. */
interface Place {
  parser: Argv;
  /** Its positionals, by name. */
  takes: string[];
  taken: number;
}

const plain = (names: readonly string[]): Candidate[] =>
  names.map((value) => ({ value, text: '' }));

/** What is known by name, for an option or a positional, by what that is called. */
const NAMES: Readonly<Record<string, () => Promise<Candidate[]>>> = {
  events: async () => {
    const { CATALOGUE, EVENT_SETS } = await import('../events/catalogue.js');
    return [
      ...Object.keys(EVENT_SETS).map((value) => ({ value, text: 'a set' })),
      ...CATALOGUE.map(({ name, description }) => ({ value: name, text: description })),
    ];
  },
  engine: async () => {
    const { listEngines } = await import('../engine/engine-folder.js');
    return plain([...new Set((await listEngines()).map(({ name }) => name))]);
  },
  baseline: baselines,
  save: baselines,
  suite: async () => plain((await import('../sweep/load-suite.js')).readySuites()),
  workload: async () => [
    ...(await networks()),
    { value: 'noop', text: 'does nothing' },
    { value: 'spin', text: 'keeps the core busy' },
    { value: 'bandwidth', text: 'streams through memory' },
    { value: 'latency', text: 'chases pointers through memory' },
  ],
  model: async () => networks(),
  name: async () => networks(),
  names: async () => networks(),
};

async function baselines(): Promise<Candidate[]> {
  const { listBaselines } = await import('../analysis/baselines.js');
  return plain(await listBaselines());
}

async function networks(): Promise<Candidate[]> {
  const { ARCHITECTURES } = await import('../models/zoo/networks.js');
  return plain(ARCHITECTURES.map(({ name }) => name));
}

/** Options and positionals that take a file or a folder. */
const TAKE_FILES = new Set([
  ...['workload', 'model', 'suite', 'engine', 'inputs', 'args', 'output', 'dump-output', 'svg'],
  ...['configuration-file', 'calibrate', 'ranges', 'a', 'b', 'results', 'run', 'from', 'path'],
  'command',
]);

/**
 * What may stand in the place of the last word, which begins like it.
 *
 * @param commands of the first word
 * @param words after the program's name, the one that is being written last; bash hands a `=` over as a word of its own
 */
export async function complete(
  commands: readonly CommandModule[],
  words: readonly string[],
): Promise<Candidate[]> {
  // what stands behind two dashes is no option of ours
  if (words.slice(0, -1).includes('--')) return [{ value: FILES, text: '' }];
  const parser = yargs([]);
  for (const command of commands) parser.command(command);
  let place: Place = { parser, takes: [], taken: 0 };
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1).filter((word, i) => word !== 'help' || i > 0);
  let open: string | null = null;
  for (const word of before) {
    if (word === '=') continue;
    if (open !== null) open = null;
    else if (/^--?[A-Za-z]/.test(word)) open = word.includes('=') ? null : valued(place, word);
    else place = within(place, word);
  }
  // bash: `--events`, `=`, and perhaps what comes behind it
  if (current === '=' || words.at(-2) === '=')
    return begins(current === '=' ? '' : current, await values(place, open ?? lastOption(before)));
  if (open !== null) return begins(current, await values(place, open));
  const [, option, given] = /^(--[A-Za-z][^=]*)=(.*)$/s.exec(current) ?? [];
  if (option !== undefined) {
    const found = begins(given as string, await values(place, option.slice(2)));
    return found.map(({ value, text }) => ({
      value: value === FILES ? value : `${option}=${value}`,
      text,
    }));
  }
  if (current.startsWith('-')) return begins(current, options(place));
  const inner = inside(place.parser).getInternalMethods().getCommandInstance();
  if (place.taken === 0 && inner.getCommands().length > 0) {
    const handlers = inner.getCommandHandlers();
    return begins(
      current,
      Object.entries(handlers).map(([value, { description }]) => ({
        value,
        text: description || '',
      })),
    );
  }
  const name = place.takes[Math.min(place.taken, place.takes.length - 1)];
  const last = before.at(-1)?.replace(/^--/, '') ?? '';
  const both = takesBoth(place, last) ? BOTH_VALUE : [];
  return name === undefined ? [] : begins(current, [...both, ...(await values(place, name))]);
}

const BOTH_VALUE: readonly Candidate[] = [
  { value: 'both', text: 'off and on: a sweep of the two' },
];

/** A switch of a command that runs both. */
const takesBoth = ({ parser }: Place, name: string): boolean =>
  BOTH.has(name) && Object.hasOwn(inside(parser).getOptions().key, BOTH_OPTION);

const lastOption = (words: readonly string[]): string =>
  (words.findLast((word) => word.startsWith('-')) ?? '').replace(/^-+/, '');

/** Into a subcommand, or one positional on. */
function within(place: Place, word: string): Place {
  const { parser, taken } = place;
  const handlers = inside(parser).getInternalMethods().getCommandInstance().getCommandHandlers();
  const handler = taken === 0 && Object.hasOwn(handlers, word) ? handlers[word] : undefined;
  if (handler === undefined) return { ...place, taken: taken + 1 };
  const inner = yargs([]);
  if (typeof handler.builder === 'function') handler.builder(inner);
  const takes = [...handler.demanded, ...handler.optional].map(({ cmd }) => cmd[0] as string);
  return { parser: inner, takes, taken: 0 };
}

/** The name of an option that takes a value, which is the next word; null for a switch and for none. */
function valued({ parser }: Place, word: string): string | null {
  const { alias, boolean } = inside(parser).getOptions();
  const given = word.replace(/^-+/, '');
  const name = Object.keys(alias).find((own) => own === given || alias[own]?.includes(given));
  if (['help', 'version', 'h', 'v'].includes(given) || boolean.includes(given)) return null;
  return name === undefined && !Object.hasOwn(inside(parser).getOptions().key, given)
    ? null
    : (name ?? given);
}

/** What an option or a positional takes; for a list behind commas the names are those of its last part. */
async function values(place: Place, name: string): Promise<Candidate[]> {
  const { choices, alias, boolean } = inside(place.parser).getOptions();
  if (boolean.includes(name))
    return [...plain(['true', 'false']), ...(takesBoth(place, name) ? BOTH_VALUE : [])];
  const own = Object.keys(alias).find((key) => key === name || alias[key]?.includes(name)) ?? name;
  const words = choices[own] ?? choices[name];
  if (words !== undefined) return plain(words);
  const named = Object.hasOwn(NAMES, own) ? await NAMES[own]?.() : undefined;
  const files = TAKE_FILES.has(own) ? [{ value: FILES, text: '' }] : [];
  return [...(named ?? []), ...files];
}

function options({ parser, takes }: Place): Candidate[] {
  const { key, boolean, alias, hiddenOptions, default: defaults } = inside(parser).getOptions();
  const descriptions = inside(parser).getInternalMethods().getUsageInstance().getDescriptions();
  const other = new Set(Object.values(alias).flat());
  const text = (name: string) => (descriptions[name] ?? '').replace('__yargsString__:', '');
  return Object.keys({ ...key, help: true })
    .filter((name) => name.length > 1 && !other.has(name) && !hiddenOptions.includes(name))
    .filter((name) => name !== 'version' && !takes.includes(name) && !/[A-Z]/.test(name))
    .flatMap((name) =>
      // a switch that is on of its own accord is there to be put off
      boolean.includes(name) && (defaults[name] === true || /\(default true\)/.test(text(name)))
        ? [{ value: `--no-${name}`, text: `not: ${text(name)}` }]
        : [{ value: `--${name}`, text: text(name) }],
    );
}

/** Those that begin with what is written; of a list behind commas its last part is completed. */
function begins(written: string, candidates: readonly Candidate[]): Candidate[] {
  const comma = written.lastIndexOf(',') + 1;
  const [kept, rest] = [written.slice(0, comma), written.slice(comma)];
  return candidates.flatMap(({ value, text }) => {
    if (value === FILES) return comma > 0 ? [] : [{ value, text }];
    return value.startsWith(rest) ? [{ value: `${kept}${value}`, text }] : [];
  });
}
