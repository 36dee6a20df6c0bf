/** Labels as pictures hold them: in lines, and told apart by colours. */
import { compareFacts, type Fact } from '../analysis/identity.js';
import { type Labelled, partInWords } from '../analysis/labels.js';

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
