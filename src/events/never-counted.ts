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
