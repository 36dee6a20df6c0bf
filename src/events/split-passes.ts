/** Lists of events that a core can't count at once: splitting them over several runs. */
import { IsochronError } from '../kernel/errors.js';
import { armCoreFacts } from './arm-cores.js';

/**
 * Splits a list into parts that each fit, keeping the order, so that neighbours (a cache's accesses and its refills) stay
 * together. An event that does not fit even alone gets a part of its own.
 * @param fits whether these events run at once on this core (measured, or counted)
 */
export function splitIntoPasses<T>(
  events: readonly T[],
  fits: (subset: readonly T[]) => boolean,
): T[][] {
  const passes: T[][] = [];
  let pass: T[] = [];
  for (const event of events) {
    if (pass.length > 0 && !fits([...pass, event])) {
      passes.push(pass);
      pass = [];
    }
    pass = [...pass, event];
  }
  if (pass.length > 0) passes.push(pass);
  return passes;
}

/**
 * Why a run with these events is refused, with the list split for the user.
 * @param passes what `splitIntoPasses` made of the list, by name
 * @param part main id register part of the job's core (`0xd03`), or null
 */
export function tooManyEvents(
  passes: readonly (readonly string[])[],
  part: string | null,
): IsochronError {
  const count = passes.reduce((sum, pass) => sum + pass.length, 0);
  const facts = armCoreFacts(part);
  const room = facts
    ? `this core (${facts.name}) has ${facts.counters} counters and one more for cycles`
    : 'this core has fewer counters free';
  const lists = passes.map((pass) => `--events ${pass.join(',')}`).join(', then ');
  return new IsochronError(
    'E_EVENTS_DONT_FIT',
    `The ${count} events do not fit at once: ${room}, and counters are never multiplexed.`,
    `Use --event-passes, or run: ${lists}.`,
  );
}
