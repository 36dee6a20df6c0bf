/** Which runs to compare with which. */
import { UsageError } from '../kernel/errors.js';
import type { Side } from './comparison.js';
import { compareFacts, type Fact, factInWords, factName, matchKey, sameKey } from './identity.js';
import type { Results, Run } from './results.js';

export interface Contest {
  a: Side;
  b: Side;
}

export interface Selection {
  contests: Contest[];
  notes: string[];
  /** Measurements of the baseline that the other side lacks: a sentence each. */
  lost: string[];
}

/** Runs that are repetitions of one measurement, in the order in which they were found. */
export function configurations(runs: readonly Run[]): Side[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.suite} ${sameKey(run.identity)} ${run.repetition === null ? run.id : ''}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((same) => ({ name: commonName(same), runs: same }));
}

/** `name #1`, `name #2` → `name`. */
function commonName(runs: readonly Run[]): string {
  const first = (runs[0] as Run).name;
  return runs.length === 1 ? first : first.replace(/ (?:#\d+|\([^)]*\))$/, '');
}

/**
 * Pairs the measurements of two results: the only one of each, or those that are the same but for where they were made.
 *
 * @throws UsageError when nothing fits together
 */
export function matchResults(a: Results, b: Results): Selection {
  const [left, right] = [configurations(a.runs), configurations(b.runs)];
  if (left.length === 1 && right.length === 1)
    return { contests: [distinct(left[0] as Side, right[0] as Side, a, b)], notes: [], lost: [] };
  const keys: ((side: Side) => string)[] = [
    (side) => matchKey((side.runs[0] as Run).identity),
    (side) => side.name,
    (side) => matchKey((side.runs[0] as Run).identity, ['engine', 'cores', 'scheduling']),
  ];
  for (const key of keys) {
    const byKey = new Map(right.map((side) => [key(side), side]));
    const contests = left.flatMap((side) => {
      const partner = byKey.get(key(side));
      return partner === undefined ? [] : [distinct(side, partner, a, b)];
    });
    if (contests.length === 0) continue;
    const unmatched = left.length + right.length - 2 * contests.length;
    return {
      contests,
      lost: left
        .filter((side) => !byKey.has(key(side)))
        .map(({ name }) => `${name} was measured in ${a.path} only.`),
      notes:
        unmatched > 0
          ? [
              `${unmatched} ${unmatched === 1 ? 'measurement has' : 'measurements have'} no partner on the other side and ${unmatched === 1 ? 'is' : 'are'} left out.`,
            ]
          : [],
    };
  }
  throw new UsageError(
    `${a.path} and ${b.path} have no measurement in common.`,
    'Name one run of each, or compare within one folder with --by.',
  );
}

/** Two sides that would bear the same name get that of their results in front. */
function distinct(a: Side, b: Side, from: Results, to: Results): Contest {
  if (a.name !== b.name) return { a, b };
  const label = (results: Results, other: Results) =>
    results.name === other.name ? results.path : results.name;
  return {
    a: { ...a, name: `${label(from, to)}: ${a.name}` },
    b: { ...b, name: `${label(to, from)}: ${b.name}` },
  };
}

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
 * XNNPACK, one thread).
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
  const except = [name, ...inLockstep(results.runs, name, [...varied.keys()])];
  const groups = new Map<string, Map<Fact, Side>>();
  let without = 0;
  for (const side of configurations(results.runs)) {
    const run = side.runs[0] as Run;
    const value = run.identity[name];
    if (value === undefined) {
      without++;
      continue;
    }
    const key = `${run.suite} ${matchKey(run.identity, except)}`;
    const group = groups.get(key) ?? new Map<Fact, Side>();
    const rival = group.get(value);
    if (rival !== undefined)
      notes.push(
        `${side.name} and ${rival.name} differ in nothing but period or deadline; only the latter is used.`,
      );
    else group.set(value, side);
    groups.set(key, group);
  }
  if (without > 0)
    notes.push(
      `${without} ${without === 1 ? 'measurement tells' : 'measurements tell'} no ${by} and ${without === 1 ? 'is' : 'are'} left out.`,
    );
  let alone = 0;
  const contests: Contest[] = [];
  for (const group of groups.values()) {
    const [base, ...others] = [...group].sort(([x], [y]) => compareFacts(x, y));
    if (base === undefined || others.length === 0) alone++;
    else for (const other of others) contests.push({ a: named(base, name), b: named(other, name) });
  }
  if (alone > 0)
    notes.push(
      `${alone} ${alone === 1 ? 'measurement has' : 'measurements have'} no counterpart that differs in ${by} only.`,
    );
  if (contests.length === 0)
    throw new UsageError(
      `no two runs in ${results.path} differ in ${by} only.`,
      `What varies there: ${[...varied.keys()].join(', ')}.`,
    );
  return { contests, notes, lost: [] };
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
  return others.filter((other) => {
    if (other === name || (SUBJECTS.has(name) && SUBJECTS.has(other))) return false;
    const there = new Map<Fact, Fact>();
    const back = new Map<Fact, Fact>();
    return runs.every(({ identity }) => {
      const [a, b] = [identity[name], identity[other]];
      if (a === undefined || b === undefined) return false;
      if ((there.get(a) ?? b) !== b || (back.get(b) ?? a) !== a) return false;
      there.set(a, b);
      back.set(b, a);
      return true;
    });
  });
}

/** A side by its own name, with the fact added where the name does not tell it. */
function named([value, side]: readonly [Fact, Side], name: string): Side {
  const words = factInWords(name, value);
  return side.name.toLowerCase().includes(words.toLowerCase())
    ? side
    : { ...side, name: `${side.name} (${words})` };
}

/**
 * The two sides of results that hold just two measurements.
 *
 * @throws UsageError for any other number
 */
export function onlyTwo(results: Results): Selection {
  const sides = configurations(results.runs);
  if (sides.length === 2)
    return { contests: [{ a: sides[0] as Side, b: sides[1] as Side }], notes: [], lost: [] };
  const varied = [...variedFacts(results.runs).keys()].filter((n) => n !== 'repetition');
  if (sides.length > 2 && varied.length === 0)
    throw new UsageError(
      `${results.path} holds ${sides.length} measurements of the same, which differ in nothing that is known.`,
      'Name two of them: isochron compare A B.',
    );
  throw new UsageError(
    sides.length < 2
      ? `${results.path} holds one measurement, and a comparison needs two.`
      : `${results.path} holds ${sides.length} measurements: say what to compare them by.`,
    sides.length < 2
      ? 'Name a second run: isochron compare A B.'
      : `Add --by ${varied[0]} (what varies: ${varied.join(', ')}), or name two runs.`,
  );
}
