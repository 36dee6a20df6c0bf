/** Which runs to compare with which. */
import { IsochronError, UsageError } from '../kernel/errors.js';
import { groupBy } from '../kernel/group-by.js';
import { plural } from '../kernel/quantities.js';
import { sweepFolderOf } from '../sweep/sweep-folder.js';
import type { Side } from './comparison.js';
import {
  compareFacts,
  type Fact,
  factInWords,
  factName,
  INCIDENTAL,
  matchKey,
  sameKey,
} from './identity.js';
import type { Results, Run } from './results.js';

export interface Contest {
  a: Side;
  b: Side;
  /** What it leaves out of the measurements that its sides are of, a sentence each; none: absent. */
  lost?: string[];
}

export interface Selection {
  contests: Contest[];
  notes: string[];
  /** What was measured of a baseline, or within one folder, and is compared with nothing: a sentence each. */
  lost: string[];
}

/** Runs that are repetitions of one measurement, in the order in which they were found: of the same files, too. */
export function configurations(runs: readonly Run[]): Side[] {
  const groups = groupBy(
    runs,
    (run) =>
      `${run.suite} ${sameKey(run.identity)} ${run.content} ${run.repetition === null ? run.id : ''}`,
  );
  return [...groups.values()].map((same) => ({ name: commonName(same), runs: same }));
}

/** `name #1`, `name #2` → `name`. */
function commonName(runs: readonly Run[]): string {
  const first = (runs[0] as Run).name;
  return runs.length === 1 ? first : first.replace(/ (?:#\d+|\([^)]*\))$/, '');
}

const identityOf = (side: Side) => (side.runs[0] as Run).identity;

/**
 * Ways to tell which measurements of two results belong together, from the surest on; those of a later stage are tried where
 * the ones before it find nothing.
 */
const STAGES: ((side: Side) => string)[][] = [
  [
    (side) => sameKey(identityOf(side)),
    // of a sweep, what is otherwise incidental is known only where it is an axis
    (side) => (side.runs[0]?.suite ? sameKey : matchKey)(identityOf(side)),
  ],
  [(side) => side.name],
  [(side) => matchKey(identityOf(side), ['engine', 'cores', 'scheduling'])],
];

/**
 * Pairs the measurements of two results: the only one of each, or those that are the same but for where they were made. One
 * that fits several is paired with none of them.
 *
 * @throws UsageError when nothing fits together
 */
export function matchResults(a: Results, b: Results): Selection {
  const [left, right] = [configurations(a.runs), configurations(b.runs)];
  if (left.length === 1 && right.length === 1)
    return { contests: [distinct(left[0] as Side, right[0] as Side, a, b)], notes: [], lost: [] };
  for (const keys of STAGES) {
    const partners = new Map<Side, Side>();
    for (const key of keys) pairUp(left, right, key, partners);
    if (partners.size === 0) continue;
    const taken = new Set(partners.values());
    const ours = left.filter((side) => !partners.has(side));
    const alone = [
      ...ours.map(({ name }) => ({ name, path: a.path })),
      ...right.filter((side) => !taken.has(side)).map(({ name }) => ({ name, path: b.path })),
    ];
    const [one] = alone;
    return {
      contests: left.flatMap((side) => {
        const partner = partners.get(side);
        return partner === undefined ? [] : [distinct(side, partner, a, b)];
      }),
      // what is new has no baseline to be slower than
      lost: ours.map(({ name }) => `${name} of ${a.path} has no partner on the other side.`),
      notes:
        one === undefined
          ? []
          : [
              `${alone.length} ${alone.length === 1 ? 'measurement has' : 'measurements have'} no partner on the other side, or more than one, and ${alone.length === 1 ? 'is' : 'are'} left out: ${one.name} of ${one.path}${alone.length === 1 ? '' : ', …'}.`,
            ],
    };
  }
  throw new UsageError(
    `${a.path} and ${b.path} have no measurement in common.`,
    'Name one run of each, or compare within one folder with --by.',
  );
}

/** Adds those that have no partner yet and are the only ones of their key on both sides. */
function pairUp(
  left: readonly Side[],
  right: readonly Side[],
  key: (side: Side) => string,
  partners: Map<Side, Side>,
): void {
  const taken = new Set(partners.values());
  const open = right.filter((side) => !taken.has(side));
  const theirs = groupBy(open, key);
  const ours = groupBy(
    left.filter((side) => !partners.has(side)),
    key,
  );
  for (const [text, [side, ...more]] of ours) {
    const [partner, ...further] = theirs.get(text) ?? [];
    if (side && partner && more.length === 0 && further.length === 0) partners.set(side, partner);
  }
}

/** Two sides that would bear the same name get that of their results in front. */
function distinct(a: Side, b: Side, from: Results, to: Results): Contest {
  if (a.name !== b.name) return { a, b };
  const labelled = ({ name, runs }: Side, label: string): Side => ({
    name: `${label}: ${name}`,
    runs: runs.map((run) => ({ ...run, name: `${label}: ${run.name}` })),
  });
  return { a: labelled(a, labelOf(from, to)), b: labelled(b, labelOf(to, from)) };
}

/** What one of two results is called beside the other. */
export const labelOf = (results: Results, other: Results): string =>
  results.name === other.name ? results.path : results.name;

/** Facts that take more than one value in the results, with the values. */
export function variedFacts(runs: readonly Run[]): Map<string, Fact[]> {
  const values = new Map<string, Set<Fact>>();
  for (const run of runs)
    for (const [name, value] of Object.entries(run.identity))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  return new Map(
    [...values]
      .filter(([, set]) => set.size > 1)
      .map(([name, set]) => [name, [...set].sort(compareFacts)]),
  );
}

/**
 * Within one results folder: measurements that differ in one fact only, each compared with the plainest value (fp32, no
 * XNNPACK, one thread), or with the first that the suite names where no value is plainer.
 *
 * @param by a fact: quantization (= precision), xnnpack, threads, network, cores, engine, or any axis of the sweep
 * @throws UsageError when the fact does not vary
 */
export function contestsBy(results: Results, by: string): Selection {
  const name = factName(by);
  const varied = variedFacts(results.runs);
  if (!varied.has(name)) {
    const known = [...varied.keys()].filter((n) => n !== 'repetition');
    throw new UsageError(
      `nothing in ${results.path} varies in ${by}.`,
      known.length > 0 ? `What varies there: ${known.join(', ')}.` : 'All of its runs are alike.',
    );
  }
  const notes: string[] = [];
  const lost: string[] = [];
  // that some do not tell a fact tells them apart, too
  const told = new Set(results.runs.flatMap(({ identity }) => Object.keys(identity)));
  const others = [...told].filter((other) => other !== name && other !== 'repetition');
  const lockstep = [name, ...inLockstep(results.runs, name, others)];
  const follow = followers(results.runs, name, others);
  const sides = configurations(results.runs);
  const telling = sides.filter((side) => identityOf(side)[name] !== undefined);
  const without = sides.length - telling.length;
  if (without > 0)
    notes.push(
      `${without} ${without === 1 ? 'measurement tells' : 'measurements tell'} no ${by} and ${without === 1 ? 'is' : 'are'} left out.`,
    );
  // an incidental fact tells measurements apart just where it is the only thing that does
  const keyed = (key: typeof sameKey) => (side: Side) => {
    const { suite, identity, parameters } = side.runs[0] as Run;
    // what follows from the axes is told apart by them
    return follow === null
      ? `${suite} ${key(identity, lockstep)}`
      : `${suite} ${key(identity, [...lockstep, ...follow])} ${key(parameters, lockstep)}`;
  };
  const groups = [...groupBy(telling, keyed(matchKey)).values()].flatMap((group) =>
    rivals(group, name) ? [...groupBy(group, keyed(sameKey)).values()] : [group],
  );
  const alone: Side[] = [];
  const contests: Contest[] = [];
  for (const group of groups) {
    const doubts: string[] = [];
    const home = mainFolder(group, name);
    const values = [...groupBy(group, (side) => identityOf(side)[name] as Fact)]
      .map(([value, same]) => [value, largest(same, home)] as const)
      .sort(([x, a], [y, b]) => compareFacts(x, y, [placeOf(a, name), placeOf(b, name)]));
    const [base, ...others] = values;
    for (const side of group.filter((one) => !values.some(([, used]) => used === one))) {
      const used = values.find(([value]) => value === identityOf(side)[name])?.[1] as Side;
      const why =
        side.runs[0]?.content === used.runs[0]?.content
          ? 'more than once, and nothing says that these are repetitions'
          : 'with several files or definitions under one name, or some of its runs do not tell with which';
      const count = plural(side.runs.length, 'run');
      const words = `${named([identityOf(side)[name] as Fact, side], name).name} was measured ${why}: ${count} of it ${side.runs.length === 1 ? 'is' : 'are'} left out (${side.runs[0]?.id}).`;
      notes.push(words);
      doubts.push(words);
    }
    if (base === undefined || others.length === 0) alone.push(...values.map(([, side]) => side));
    else
      for (const other of others) {
        const sides = { a: named(base, name), b: named(other, name) };
        const doubt = otherFiles(sides);
        notes.push(...doubt);
        contests.push({ ...sides, lost: [...doubts, ...doubt] });
      }
    if (others.length === 0) lost.push(...doubts);
  }
  if (alone.length > 0)
    notes.push(
      `${alone.length} ${alone.length === 1 ? 'measurement has' : 'measurements have'} no counterpart that differs in ${by} only.`,
    );
  lost.push(...alone.map((side) => `${side.name} has no counterpart that differs in ${by} only.`));
  if (contests.length === 0)
    throw new UsageError(
      `no two runs in ${results.path} differ in ${by} only.`,
      `What varies there: ${[...varied.keys()].join(', ')}.`,
    );
  return { contests, notes, lost };
}

const placeOf = (side: Side, name: string) => side.runs[0]?.places[name];

/** What is to be said of sides that ran a file of one name which was another file each time. */
function otherFiles({ a, b }: Contest): string[] {
  const [x, y] = [a.runs[0]?.file, b.runs[0]?.file];
  return (['model', 'plugin'] as const).flatMap((kind) => {
    const [of, and] = [x?.[kind], y?.[kind]];
    return of && and && of.path === and.path && of.sha256 !== and.sha256
      ? [`${b.name} ran another ${kind} than ${a.name}, under the same name: ${of.path}.`]
      : [];
  });
}

/** Whether two of them have the same value of the fact and yet are not the same. */
function rivals(group: readonly Side[], name: string): boolean {
  const keys = new Map<Fact, string>();
  return group.some((side) => {
    const identity = identityOf(side);
    const [value, key] = [identity[name] as Fact, sameKey(identity)];
    if ((keys.get(value) ?? key) !== key) return true;
    keys.set(value, key);
    return false;
  });
}

const folderOf = (side: Side): string => sweepFolderOf((side.runs[0] as Run).csvPath);

/** The folder that has most of the values, and of these most runs: what lies together was asked for together. */
function mainFolder(group: readonly Side[], name: string): string {
  const size = (sides: readonly Side[]) => {
    const values = new Set(sides.map((side) => identityOf(side)[name])).size;
    return values * 1e9 + sides.reduce((sum, side) => sum + side.runs.length, 0);
  };
  const folders = [...groupBy(group, folderOf)];
  const [home] = folders.reduce((most, one) => (size(one[1]) > size(most[1]) ? one : most));
  return home;
}

/** That of the folder, or of all where it has none, with most runs. */
function largest(sides: readonly Side[], home: string): Side {
  const there = sides.filter((side) => folderOf(side) === home);
  return (there.length > 0 ? there : sides).reduce((most, side) =>
    side.runs.length > most.runs.length ? side : most,
  );
}

/** Facts that are the subject of a comparison in their own right, whatever else varies with them. */
const SUBJECTS = new Set([
  'network',
  'precision',
  'xnnpack',
  'threads',
  'engine',
  'cores',
  'scheduling',
]);

/**
 * Other names of the same axis: a sweep over depth varies `depth` and the network together, value by value, and a
 * comparison by one must not be stopped by the other.
 */
function inLockstep(runs: readonly Run[], name: string, others: readonly string[]): string[] {
  const telling = runs.filter(({ identity }) => identity[name] !== undefined);
  return others.filter((other) => {
    if (SUBJECTS.has(name) && SUBJECTS.has(other)) return false;
    // that a run does not tell is a value as well
    const there = new Map<Fact, Fact | null>();
    const back = new Map<Fact | null, Fact>();
    return telling.every(({ identity }) => {
      const [a, b] = [identity[name] as Fact, identity[other] ?? null];
      if ((there.has(a) && there.get(a) !== b) || (back.get(b) ?? a) !== a) return false;
      there.set(a, b);
      back.set(b, a);
      return true;
    });
  });
}

/**
 * What follows from the axes of the suite, and is none: of an axis that a suite made up each value is a definition, and a built
 * network is called by all that it was built with. Null where `name` is a subject of its own, or not everywhere such an axis.
 */
export function followers(
  runs: readonly Run[],
  name: string,
  others: readonly string[],
): string[] | null {
  const telling = runs.filter(({ identity }) => identity[name] !== undefined);
  if (SUBJECTS.has(name) || INCIDENTAL.includes(name)) return null;
  if (telling.some(({ parameters }) => parameters[name] === undefined)) return null;
  const points = groupBy(telling, ({ suite, parameters }) => `${suite} ${sameKey(parameters)}`);
  return others.filter(
    (other) =>
      telling.every(
        ({ parameters, identity }) =>
          parameters[other] === undefined || parameters[other] !== identity[other],
      ) &&
      [...points.values()].every(
        (point) => new Set(point.map(({ identity }) => identity[other] ?? null)).size === 1,
      ),
  );
}

/** A side by its own name, with the fact added where the name does not tell it. */
function named([value, side]: readonly [Fact, Side], name: string): Side {
  const words = factInWords(name, value);
  const told = side.name.toLowerCase();
  const byItself = typeof value === 'string' && told.split(/[\s,]+/).includes(value.toLowerCase());
  return byItself || told.includes(words.toLowerCase())
    ? side
    : { ...side, name: `${side.name} (${words})` };
}

/**
 * The two sides of results that hold just two measurements.
 *
 * @throws UsageError for any other number; IsochronError E_RESULTS where others were to be measured
 */
export function onlyTwo(results: Results): Selection {
  const sides = configurations(results.runs);
  if (sides.length === 2) {
    const [a, b] = inOrder(sides[0] as Side, sides[1] as Side);
    const doubt = otherFiles({ a, b });
    return { contests: [{ a, b, lost: doubt }], notes: doubt, lost: [] };
  }
  const [missing] = results.missing;
  if (sides.length < 2 && missing !== undefined)
    throw new IsochronError(
      'E_RESULTS',
      `${results.path} holds one measurement with rows, and a comparison needs two: ${missing.name} has none (${missing.reason.replace(/\.$/, '')}).`,
      'Measure what is missing (in a sweep: --resume), or name a second run.',
    );
  const varied = [...variedFacts(results.runs).keys()].filter((n) => n !== 'repetition');
  if (sides.length > 2 && varied.length === 0)
    throw new UsageError(
      `${results.path} holds ${sides.length} measurements of the same, which differ in nothing that is known.`,
      'Name two of them: isochron compare A B.',
    );
  throw new UsageError(
    sides.length < 2
      ? `${results.path} holds one measurement, and a comparison needs two${results.notes[0] === undefined ? '.' : `: ${results.notes[0]}`}`
      : `${results.path} holds ${sides.length} measurements: say what to compare them by.`,
    sides.length < 2
      ? 'Name a second run: isochron compare A B.'
      : `Add --by ${varied[0]} (what varies: ${varied.join(', ')}), or name two runs.`,
  );
}

/** Two points of a sweep have the order of the fact in which they differ, as with --by; other runs that in which they were found. */
function inOrder(a: Side, b: Side): [Side, Side] {
  const [x, y] = [identityOf(a), identityOf(b)];
  const differing = Object.keys({ ...x, ...y }).filter(
    (fact) => fact !== 'repetition' && x[fact] !== y[fact],
  );
  // an axis of the suite before what follows from it
  const name = differing.find((fact) => placeOf(a, fact) !== undefined) ?? differing[0];
  if (name === undefined || a.runs[0]?.suite == null || a.runs[0].suite !== b.runs[0]?.suite)
    return [a, b];
  return compareFacts(x[name], y[name], [placeOf(a, name), placeOf(b, name)]) > 0 ? [b, a] : [a, b];
}
