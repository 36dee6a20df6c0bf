/** What a configuration is called beside the others: what varies, and nothing else. */
import { compareFacts, type Fact, factInWords, INCIDENTAL } from '../analysis/identity.js';
import type { Run } from '../analysis/results.js';

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
  if (name !== 'xnnpack') return factInWords(name, value);
  const refused = value === true && run?.file?.xnnpackApplied === 'no';
  return value === false ? 'no XNNPACK' : `XNNPACK${refused ? ' (asked for, not applied)' : ''}`;
}

/** Values that a colour can tell apart. */
const COLOURS = 8;

/** A fact by which marks are coloured, with its values in order; null where no fact has two to eight. */
export interface Colouring {
  fact: string;
  of: (labelled: Labelled) => string;
  values: string[];
}

/** The last of the facts that varies in few values: the first is mostly the network, which the rows tell already. */
export function colouringOf(all: readonly Labelled[]): Colouring | null {
  const names = [...new Set(all.flatMap(({ facts }) => [...facts.keys()]))];
  const usable = names.flatMap((fact) => {
    const values = [...new Set(all.map(({ facts }) => facts.get(fact)))].sort((a, b) =>
      compareFacts(a, b),
    );
    return values.length >= 2 && values.length <= COLOURS && values.length < all.length
      ? [{ fact, values }]
      : [];
  });
  const preferred = ['xnnpack', 'precision', 'threads'];
  const chosen =
    preferred.map((fact) => usable.find((one) => one.fact === fact)).find((one) => one) ??
    usable.at(-1);
  if (chosen === undefined) return null;
  const { fact } = chosen;
  const inWords = (value: Fact | undefined) =>
    value === undefined ? `no ${fact}` : partInWords(fact, value);
  return {
    fact,
    of: ({ facts }) => inWords(facts.get(fact)),
    values: chosen.values.map(inWords),
  };
}

/** Width of a character of a label, px: of the usual sans-serif fonts at 12 px, the wide ones included. */
export const CHARACTER = 6.7;

/** A label in lines of at most so many characters, broken between its parts where it can be and within a word where it must. */
export function wrap(label: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  const flush = () => {
    if (line !== '') lines.push(line);
    line = '';
  };
  for (const word of label.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > most) flush();
    let rest = word;
    while (rest.length > most) {
      lines.push(rest.slice(0, most));
      rest = rest.slice(most);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  flush();
  return lines.length === 0 ? [label] : lines;
}
