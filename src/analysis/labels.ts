/** What a configuration is called beside the others: what varies, and nothing else. */
import { basename } from 'node:path';
import type { Comparison, Side } from './comparison.js';
import { type Fact, factInWords, INCIDENTAL } from './identity.js';
import type { Run } from './results.js';
import { configurations } from './select.js';

/** Facts of a run that may tell it from others: of the model what its name tells, then the axes of the suite in their order. */
function factsOf(run: Run): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  const put = (name: string) => {
    const value = run.identity[name];
    if (value !== undefined && name !== 'repetition') facts.set(name, value);
  };
  for (const name of ['network', 'precision']) put(name);
  const axes = Object.keys(run.parameters);
  for (const name of axes) put(name);
  for (const name of Object.keys(run.identity)) if (!INCIDENTAL.includes(name)) put(name);
  for (const name of INCIDENTAL) put(name);
  return facts;
}

export interface Labelled {
  /** Distinct among the labels, and short: no fact that all share, none that follows from the others. */
  label: string;
  /** The parts of the label: what varies, by name. */
  facts: ReadonlyMap<string, Fact>;
}

/**
 * Labels for one run of each configuration, in their order. A single one gets its own name.
 *
 * A fact stays in where it tells apart what those before it do not: what is constant, and what follows from an axis, goes.
 */
export function labelsOf(runs: readonly Run[], names: readonly string[]): Labelled[] {
  const all = runs.map(factsOf);
  const kept: string[] = [];
  const keys = (facts: readonly string[]) =>
    all.map((of) => JSON.stringify(facts.map((name) => of.get(name) ?? null)));
  const distinct = (facts: readonly string[]) => new Set(keys(facts)).size;
  const order = [...new Set(all.flatMap((of) => [...of.keys()]))];
  for (const name of order) {
    const incidental = INCIDENTAL.includes(name) && runs[0]?.parameters[name] === undefined;
    // a period that is calibrated for each point tells nothing that the rest does not
    if (incidental && distinct(kept) === runs.length) continue;
    if (distinct([...kept, name]) > distinct(kept)) kept.push(name);
  }
  const labels = all.map((of, i) =>
    kept
      .flatMap((name) => {
        const value = of.get(name);
        return value === undefined ? [] : [partInWords(name, value, runs[i] as Run)];
      })
      .join(', '),
  );
  const seen = new Map<string, number>();
  for (const label of labels) seen.set(label, (seen.get(label) ?? 0) + 1);
  const taken = new Set<string>();
  return labels.map((label, i) => {
    const name = names[i] as string;
    const told = label !== '' && (seen.get(label) as number) === 1 ? label : name;
    let unique = told;
    for (let n = 2; taken.has(unique); n++) unique = `${told} (${n})`;
    taken.add(unique);
    const facts = new Map(
      kept.flatMap((fact) => {
        const value = (all[i] as Map<string, Fact>).get(fact);
        return value === undefined ? [] : [[fact, value] as const];
      }),
    );
    return { label: unique, facts };
  });
}

/** A part of a label: `XNNPACK`, `2 threads`, `uint8`. */
export function partInWords(name: string, value: Fact, run: Run | null = null): string {
  // a workload that is a model's file is called by its name
  if (name === 'workload' && String(value).endsWith('.tflite'))
    return basename(String(value), '.tflite');
  if (name !== 'xnnpack') return factInWords(name, value);
  const refused = value === true && run?.file?.xnnpackApplied === 'no';
  return value === false ? 'no XNNPACK' : `XNNPACK${refused ? ' (asked for, not applied)' : ''}`;
}

/** Comparisons by one fact. */
export interface FactComparisons {
  fact: string;
  comparisons: readonly Comparison[];
}

/** What a comparison is called beside the others by the same fact. */
export interface ComparisonName {
  /** What both sides share: `resnet8, 2 threads`; empty where that is nothing. */
  common: string;
  /** The baseline's value of what is compared: `no XNNPACK`. */
  a: string;
  /** The other's value of it: `XNNPACK`. */
  b: string;
  /** Distinct among the comparisons: what both share, with the values where the others compare different ones. */
  name: string;
}

/** A comparison with its name. */
export interface NamedComparison extends ComparisonName {
  comparison: Comparison;
}

/** `XNNPACK / no XNNPACK`. */
export const valuesOf = ({ a, b }: Pick<ComparisonName, 'a' | 'b'>): string => `${b} / ${a}`;

/**
 * Names of the comparisons by a fact.
 *
 * @param runs of the results that they are of
 */
export function namesOf(
  { fact, comparisons }: FactComparisons,
  runs: readonly Run[],
): NamedComparison[] {
  const sides = configurations(runs);
  const firsts = sides.map((side) => side.runs[0] as Run);
  const labels = labelsOf(
    firsts,
    sides.map(({ name }) => name),
  );
  const byRun = new Map(
    sides.flatMap(({ runs: own }, i) =>
      own.map(({ id }) => [id, { run: firsts[i] as Run, facts: (labels[i] as Labelled).facts }]),
    ),
  );
  const found = comparisons.map((comparison) => {
    const [a, b] = [comparison.a, comparison.b].map((side) => byRun.get(side.runs[0]?.id ?? ''));
    const sideInWords = (of: typeof a, side: Pick<Side, 'name'>): string => {
      const value: Fact | undefined = of?.run.identity[fact];
      return value === undefined ? side.name : partInWords(fact, value, of?.run);
    };
    const common = [...(a?.facts ?? [])]
      .filter(([name, value]) => name !== fact && b?.facts.get(name) === value)
      .map(([name, value]) => partInWords(name, value, a?.run))
      .join(', ');
    return {
      comparison,
      common,
      a: sideInWords(a, comparison.a),
      b: sideInWords(b, comparison.b),
    };
  });
  const several = new Set(found.map(valuesOf)).size > 1;
  const taken = new Set<string>();
  return found.map((one) => {
    const { comparison, common } = one;
    const parts = [common, several || common === '' ? valuesOf(one) : ''];
    let name = parts.filter((p) => p !== '').join(': ');
    if (taken.has(name)) name = `${comparison.b.name} / ${comparison.a.name}`;
    const base = name;
    for (let n = 2; taken.has(name); n++) name = `${base} (${n})`;
    taken.add(name);
    return { ...one, name };
  });
}
