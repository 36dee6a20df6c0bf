/** Which cores a job has: one core that whoever started isochron left to it (taskset, a service) is a pin like one of -c. */

interface Granted {
  cores?: readonly number[] | null | undefined;
  denied?: readonly { what: string }[] | null | undefined;
}

/**
 * The cores that a job was pinned to; empty: not pinned.
 *
 * @param asked the plan's
 * @param granted what its thread got: all of the plan's, or the first where it makes threads; null, or without cores: not known
 */
export function jobCores(
  asked: readonly number[],
  granted: Granted | null | undefined,
): readonly number[] {
  const got = granted?.cores ?? [];
  if (got.length === 0) return asked;
  const among = asked.length > 0 && got.every((core) => asked.includes(core));
  // of a list that was denied the thread may have a part, as its cpuset has
  const whole = granted?.denied?.some(({ what }) => what === 'affinity') !== true;
  if (among && whole) return asked;
  return got.length === 1 ? got : [];
}

/**
 * The same before there is a thread.
 *
 * @param allowed the cores of this thread, which a job inherits that is told none
 * @param isReachable whether a thread of this process may be put there
 */
export function coresAhead(
  asked: readonly number[],
  allowed: readonly number[],
  isReachable: (core: number) => boolean,
): readonly number[] {
  const left = asked.filter(isReachable);
  return left.length > 0 ? left : jobCores([], { cores: allowed });
}
