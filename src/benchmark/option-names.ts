/** Other names of a definition's fields. */
import { UsageError } from '../kernel/errors.js';

/** What fields were called in 0.1.0: definitions and suites that say so still load. */
export const FORMER_NAMES: ReadonlyMap<string, string> = new Map([['tasks', 'jobs']]);

/**
 * The same options by the names that they have in the definition.
 *
 * @throws UsageError where one is given by two of its names
 */
export function byOwnNames<T extends object>(options: T, names: ReadonlyMap<string, string>): T {
  const own: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const name = names.get(given) ?? given;
    if (Object.hasOwn(own, name))
      throw new UsageError(`${name} is given twice, by two of its names.`, 'Give it once.');
    own[name] = value;
  }
  return own as T;
}
