/** Other names of a definition's fields. */
import { UsageError } from '../kernel/errors.js';

/**
 * What definitions and suites may call a field besides its name: `tasks` of version 0.1.0, `priority`, and `model` for a workload
 * that is one, which reads well as an axis. Nothing else knows these names.
 */
export const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['tasks', 'jobs'],
  ['priority', 'fifo'],
  ['model', 'workload'],
]);

/**
 * The same options by the names that they have in the definition.
 *
 * @throws UsageError where one is given by two of its names
 */
export function byOwnNames<T extends object>(options: T, names = OTHER_NAMES): T {
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
