/** What the results show and what they do not, in sentences that the statistics allow. */
import type { MetricComparison } from '../analysis/comparison.js';
import { condensed, formatFactor, INVALID_NOTE } from '../analysis/comparison-words.js';
import {
  type FactComparisons,
  type NamedComparison,
  namesOf,
  valuesOf,
} from '../analysis/labels.js';
import { countsInvalid } from '../analysis/mixtures.js';
import type { Results } from '../analysis/results.js';
import { inSuiteWords } from '../benchmark/hint-words.js';
import { groupBy } from '../kernel/group-by.js';
import { plural } from '../kernel/quantities.js';
import { jobsFor } from '../statistics/percentiles.js';
import { type Configuration, processName } from './configurations.js';
import type { Figure } from './figure.js';
import { ratioIds } from './figures/ratios.js';

export interface Statement {
  text: string;
  /** Id of the figure that shows it; null where none does. */
  figure: string | null;
}

export interface Headline {
  /** Whether all of it was measured as it was meant to be. */
  verdict: { text: string; good: boolean };
  shows: Statement[];
  /** What is in doubt, what can't be shown, what has failed. */
  lacks: string[];
  /** What else is to be known, which is long and of less weight. */
  notes: string[];
}

/** Names in a sentence: the first of them, and how many more there are. */
function listOf(names: readonly string[], most = 3): string {
  const distinct = [...new Set(names)];
  const more = distinct.length - most;
  return more <= 0 ? distinct.join('; ') : `${distinct.slice(0, most).join('; ')} and ${more} more`;
}

const ended = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

export function headlineOf(
  configurations: readonly Configuration[],
  ratios: readonly FactComparisons[],
  figures: readonly Figure[],
  results: Pick<Results, 'missing' | 'notes' | 'suites'>,
): Headline {
  const said = (id: string): Statement[] =>
    figures.flatMap((f) =>
      f.id === id && f.message !== '' ? [{ text: f.message, figure: id }] : [],
    );
  const ids = ratioIds(ratios);
  // the reader's options are those of a suite's file where there is one
  const inFile = results.suites.some(({ file }) => file !== null);
  const hintIn = (hint: string) => (inFile ? inSuiteWords(hint) : hint);
  return {
    verdict: verdictOn(configurations),
    shows: [
      ...said('time'),
      ...said('deadline'),
      ...ratios.flatMap((one) => factSentence(one, configurations, ids.get(one.fact) as string)),
      ...said('release-latency'),
      ...said('first-run'),
    ],
    lacks: [
      ...missingPoints(results.missing),
      ...unfinished(configurations),
      ...remarks(configurations, 'reasons', hintIn),
      ...untested(ratios),
      ...withoutPercentile(configurations),
      // the verdict above says as much
      ...results.notes.filter((note) => !countsInvalid(note)),
    ],
    notes: [
      ...remarks(configurations, 'notes', hintIn),
      ...condensed(
        ratios
          .flatMap(({ comparisons }) => comparisons.flatMap((c) => c.notes))
          .filter((note) => !note.includes(INVALID_NOTE)),
      ),
    ],
  };
}

const processes = (configurations: readonly Configuration[]) =>
  configurations.flatMap((c) =>
    c.digests.map((digest, i) => ({ digest, name: processName(c, i) })),
  );

function verdictOn(configurations: readonly Configuration[]): Headline['verdict'] {
  const count = (key: keyof Configuration['verdicts']) =>
    configurations.reduce((n, c) => n + c.verdicts[key], 0);
  const [valid, invalid, none] = [count('valid'), count('invalid'), count('none')];
  const all = valid + invalid + none;
  if (invalid > 0)
    return {
      text: `${invalid === all ? (all === 1 ? 'The run is' : `All ${all} runs are`) : `${invalid} of ${plural(all, 'run')} ${invalid === 1 ? 'is' : 'are'}`} INVALID: something disturbed the measurement, or it is not of what was asked for. What is said of ${all === 1 ? 'it' : 'them'} holds only as far as that allows; the reasons are below.`,
      good: false,
    };
  if (valid === 0)
    return {
      text: `${all === 1 ? 'The run has' : `The ${all} runs have`} no verdict: nothing says whether something disturbed the measurement.`,
      good: false,
    };
  return {
    text: `${all === 1 ? 'The run is' : none > 0 ? `${valid} of ${all} runs are` : `All ${all} runs are`} VALID: nothing was found that makes ${all === 1 ? 'it' : 'them'} unfit; smaller things are among the further notes${none > 0 ? `; ${none} ${none === 1 ? 'has' : 'have'} no verdict` : ''}.`,
    good: none === 0,
  };
}

/** Comparisons that are named one by one. */
const NAMED = 3;

function factSentence(
  one: FactComparisons,
  configurations: readonly Configuration[],
  figure: string,
): Statement[] {
  const runs = configurations.flatMap((c) => c.digests.map((d) => d.run));
  const compared = namesOf(one, runs).flatMap((named) => {
    const time = named.comparison.metrics.find((m) => m.key === 'time');
    return time?.ratio ? [{ ...named, time, ratio: time.ratio }] : [];
  });
  if (compared.length === 0) return [];
  const values = new Set(compared.map(valuesOf));
  const fact = one.fact === 'xnnpack' ? 'XNNPACK' : one.fact;
  const what = `Time by ${fact}${values.size === 1 ? ` (${[...values][0]})` : ''}`;
  const groups: [string, typeof compared][] = [
    ['shown to be shorter', compared.filter((c) => c.time.shown === true && c.ratio < 1)],
    ['shown to be longer', compared.filter((c) => c.time.shown === true && c.ratio >= 1)],
    ['no difference shown', compared.filter((c) => c.time.shown === false)],
    ['observed, not tested', compared.filter((c) => c.time.shown === null)],
  ];
  const parts = groups
    .filter(([, group]) => group.length > 0)
    .map(
      ([words, group]) =>
        `${words}${group.length < compared.length || compared.length > 1 ? ` in ${group.length} of ${compared.length}` : ''}: ${ratiosOf(group)}`,
    );
  return [{ text: `${what}: ${parts.join('; ')}.`, figure }];
}

type Ratio = NamedComparison & { time: MetricComparison; ratio: number };

function ratiosOf(group: readonly Ratio[]): string {
  const sorted = [...group].sort((a, b) => a.ratio - b.ratio);
  const said = ({ name, ratio }: Ratio) => `${formatFactor(ratio)}× (${name})`;
  if (sorted.length <= NAMED) return sorted.map(said).join(', ');
  return `from ${said(sorted[0] as Ratio)} to ${said(sorted.at(-1) as Ratio)}`;
}

/** What nothing can be shown of, and what would be needed. */
function untested(ratios: readonly FactComparisons[]): string[] {
  const all = ratios.flatMap((r) => r.comparisons);
  const open = all.flatMap((comparison) => {
    const time = comparison.metrics.find((m) => m.key === 'time');
    return time?.shown === null && time.more !== null
      ? [{ comparison, time, more: time.more }]
      : [];
  });
  const [first] = open;
  if (first === undefined) return [];
  const have = ({ time }: (typeof open)[number]) => Math.min(time.processes.a, time.processes.b);
  const fewest = Math.min(...open.map(have));
  const needed = Math.max(...open.map((o) => have(o) + o.more));
  const which =
    open.length < all.length
      ? `${open.length} of ${all.length} comparisons can’t`
      : all.length === 1
        ? 'The comparison can’t'
        : `None of the ${all.length} comparisons can`;
  return [
    `${which} show a difference of the inference time: ${plural(fewest, 'process', 'processes')} a side ${fewest === 1 ? 'says' : 'say'} nothing of how the next one would be. With ${needed} a side ${open.length === 1 ? 'it' : 'each'} could (repetitions: ${needed} in the suite).`,
  ];
}

function withoutPercentile(configurations: readonly Configuration[]): string[] {
  const without = configurations.filter((c) => c.time !== null && c.time.p99 === null);
  if (without.length === 0) return [];
  const fewest = Math.min(...without.flatMap((c) => c.digests.map((d) => d.time?.jobs ?? 0)));
  return [
    `No 99th percentile is stated of ${without.length === configurations.length ? (configurations.length === 1 ? 'the run' : 'any configuration') : `${without.length} of ${configurations.length} configurations`}: one needs ${jobsFor('p99')} jobs of a process besides the first and the warm-up, and there are ${fewest}${without.length > 1 ? ' in the shortest' : ''}.`,
  ];
}

/** Reasons or notes of the verdicts, one sentence for each kind, in the words of the first run that has it. */
function remarks(
  configurations: readonly Configuration[],
  kind: 'reasons' | 'notes',
  hintIn: (hint: string) => string,
): string[] {
  const all = processes(configurations);
  const found = all.flatMap(({ digest, name }) =>
    (digest.run.file?.verdict?.[kind] ?? []).map((remark) => ({ ...remark, name })),
  );
  // one kind may have two messages that say opposite things
  const kindOf = ({ code, message }: { code: string; message: string }) =>
    `${code} ${message.split(' ').slice(0, 2).join(' ').replace(/\d/g, '')}`;
  return [...groupBy(found, kindOf).values()].map((same) => {
    const [first] = same as [(typeof same)[number], ...typeof same];
    const n = new Set(same.map(({ name }) => name)).size;
    const count =
      all.length === 1 ? '' : n === all.length ? `All ${n} runs` : `${n} of ${all.length} runs`;
    const invalid = kind === 'reasons' ? ` ${n === 1 ? 'is' : 'are'} INVALID` : '';
    const where = new Set(same.map(({ message }) => message)).size > 1 ? `, as ${first.name}` : '';
    const one = n === 1 ? ` (${first.name})` : where;
    const opening = all.length === 1 ? '' : `${count}${invalid}${one}: `;
    return `${opening}${ended(first.message)} ${hintIn(first.hint)}`.trim();
  });
}

function missingPoints(missing: Results['missing']): string[] {
  return [...groupBy(missing, ({ reason }) => reason)].map(
    ([reason, points]) =>
      `${plural(points.length, 'point')} without a result: ${listOf(points.map((p) => p.name))}. The reason: ${ended(reason)}`,
  );
}

const ENDS: Partial<Record<string, string>> = {
  failed: 'failed',
  interrupted: 'was interrupted',
  running: 'is still running, or was killed',
  deadline_miss: 'ended at its first missed deadline',
};

/** Runs that have fewer jobs than they were to have. */
function unfinished(configurations: readonly Configuration[]): string[] {
  const all = processes(configurations).filter(({ digest }) => ENDS[digest.run.status]);
  return [...groupBy(all, ({ digest }) => digest.run.status)].map(([status, same]) => {
    const error = same.map(({ digest }) => digest.run.error).find((e) => e !== null);
    return `${listOf(same.map(({ name }) => name))} ${same.length === 1 ? ENDS[status] : `(${same.length} runs): each ${ENDS[status]}`}${error ? `: ${ended(error)}` : ', so what stands here is of the jobs before that.'}`;
  });
}
