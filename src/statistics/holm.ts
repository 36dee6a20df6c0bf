/** Several tests at once: how sure each must be, so that all of them together err no more often than one. */

export interface Corrected {
  /** The corrected p: at most alpha just where the test rejects. */
  p: number;
  /** The level that the uncorrected p was held against. */
  level: number;
}

/**
 * Holm's step-down correction (Scand. J. Stat. 6, 1979): the smallest p is held against alpha / m, the next one against
 * alpha / (m - 1), and so on up to the first that does not reject; it and all after it are held against that one's level.
 *
 * @param members of the family; more than there are p where some can't be tested
 */
export function holm(ps: readonly number[], alpha: number, members = ps.length): Corrected[] {
  const order = [...ps.keys()].sort((i, j) => (ps[i] as number) - (ps[j] as number));
  const corrected = new Array<Corrected>(ps.length);
  let largest = 0;
  let against = members;
  let rejecting = true;
  for (const [step, i] of order.entries()) {
    const p = ps[i] as number;
    largest = Math.max(largest, Math.min(1, p * (members - step)));
    if (rejecting) against = members - step;
    rejecting &&= p <= alpha / against;
    corrected[i] = { p: largest, level: alpha / against };
  }
  return corrected;
}
