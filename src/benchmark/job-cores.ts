/** Which cores a job has: one core that whoever started isochron left to it (taskset, a service) is a pin like one of -c. */

/**
 * The cores that a job was pinned to; empty: not pinned.
 *
 * @param asked the plan's
 * @param granted those of its thread, the first of the plan's or all of them where it got what was asked; null or empty: not
 *   known
 */
export function jobCores(
  asked: readonly number[],
  granted: readonly number[] | null | undefined,
): readonly number[] {
  if (!granted || granted.length === 0) return asked;
  if (asked.length > 0 && granted.every((core) => asked.includes(core))) return asked;
  return granted.length === 1 ? granted : [];
}

/**
 * The same before there is a thread.
 *
 * @param allowed the cores of this thread, which a job inherits that is told none
 */
export const coresAhead = (
  asked: readonly number[],
  allowed: readonly number[],
): readonly number[] => (asked.length > 0 ? asked : jobCores([], allowed));
