/** What somebody may have meant who wrote a name that is none. */
import { createRequire } from 'node:module';

/** Shorter ones are in too many. */
const LEAST = 3;

/**
 * The names that are nearest to a word, the nearest first: those that hold it, or that it holds (`tasks` for `tasks-number`), and
 * those that it is a slip of: one letter of three is another, missing or too many (Levenshtein's distance).
 */
export function nearest(word: string, names: readonly string[], most = 3): string[] {
  // for mistakes only, so that no start pays for it
  const { distance } = createRequire(import.meta.url)(
    'fastest-levenshtein',
  ) as typeof import('fastest-levenshtein');
  const plain = word.toLowerCase();
  const holds = (a: string, b: string) => b.length >= LEAST && a.includes(b);
  return names
    .map((name) => {
      const lower = name.toLowerCase();
      const near = holds(lower, plain) || holds(plain, lower);
      return { name, away: near ? 1 : distance(lower, plain) };
    })
    .filter(({ away }) => away <= Math.ceil(plain.length / 3))
    .sort((a, b) => a.away - b.away)
    .slice(0, most)
    .map(({ name }) => name);
}

/** `Did you mean run? `, or nothing. */
export function didYouMean(word: string, names: readonly string[], most?: number): string {
  const near = nearest(word, names, most);
  return near.length === 0 ? '' : `Did you mean ${near.join(', ')}? `;
}
