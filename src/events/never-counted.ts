/** Events that open and then stay 0: a dead counter is not a count of 0. */
import { PERF_TYPE } from './perf.js';

export const NEVER_COUNTED = 'opened but never counted: it was 0 in every job of the run';

/**
 * Whether 0 over a whole run is an ordinary result. Of software events it is (a job without faults or switches); a
 * hardware event that never once counted is not there, whatever opening it said.
 */
export function zeroIsOrdinary(event: { type: number }): boolean {
  return event.type === PERF_TYPE.software;
}

/**
 * Which events never counted.
 * @param events the opened events
 * @param totals per event, its sum over all jobs of the run, warm-up included; null where it was never read
 * @param jobs how many jobs that were; without any, nothing is known
 * @returns per event the reason for its absence, or null
 */
export function neverCounted(
  events: readonly { type: number }[],
  totals: readonly (number | null)[],
  jobs: number,
): (string | null)[] {
  return events.map((event, i) =>
    jobs > 0 && totals[i] === 0 && !zeroIsOrdinary(event) ? NEVER_COUNTED : null,
  );
}
