import { PERF_TYPE } from './perf.js';

/**
 * Whether 0 over a whole run is an ordinary result. Of software events it is (a job without faults or switches). A
 * hardware event that never once counted is dead, whatever opening it said: the summary reports it as opened but never
 * counted, and its cells stay empty.
 * @param event the perf type of an opened event
 */
export function zeroIsOrdinary(event: { type: number }): boolean {
  return event.type === PERF_TYPE.software;
}

/**
 * Rows can't wait for the end of the run to learn which counters are dead: they leave a counter's cell empty until it has
 * moved for the first time.
 */
export class AliveCounters {
  readonly #alive: boolean[];

  /** @param zeroIsOrdinary by event: a 0 counts from the start */
  constructor(zeroIsOrdinary: readonly boolean[]) {
    this.#alive = [...zeroIsOrdinary];
  }

  /** The counts with null for those that have never moved; the very same array where there are none. */
  only(counts: readonly (number | null)[]): readonly (number | null)[] {
    let dead = false;
    const masked = counts.map((count, i) => {
      if (count !== null && count !== 0) this.#alive[i] = true;
      if (count === null || this.#alive[i]) return count;
      dead = true;
      return null;
    });
    return dead ? masked : counts;
  }
}
