/** Processes of a first run, made for tests. */
import type { FirstRunSample, JobFigures } from '../../src/analysis/explain-first-run.js';

export const COST = { anonymousNs: 1500, fileNs: 2500 };

export const job = (elapsedNs: number, more: Partial<JobFigures> = {}): JobFigures => ({
  elapsedNs,
  cpuNs: elapsedNs,
  minorFaults: 0,
  majorFaults: 0,
  voluntarySwitches: 0,
  involuntarySwitches: 0,
  counters: {},
  ...more,
});

/** Half of them at 10 ms, and the 90th percentile at 10.2. */
const LATER = Array.from({ length: 30 }, (_, i) => (i < 20 ? 10e6 : 10.2e6));

export function sample(
  treatment: string,
  repetition: number,
  first: JobFigures,
  more: Partial<FirstRunSample> = {},
): FirstRunSample {
  return {
    xnnpack: false,
    treatment,
    repetition,
    cold: treatment === 'untreated' || treatment === 'recommended',
    first,
    later: job(10e6),
    laterNs: LATER,
    lacked: [],
    stages: {},
    frequency: null,
    ...more,
  };
}

/** Processes whose first run takes so many ms, after which jobs take 10. */
export const processes = (treatment: string, ...ms: number[]): FirstRunSample[] =>
  ms.map((each, r) => sample(treatment, r, job(each * 1e6)));

/** Five processes of each: 1,000 faults of 2 µs, of which prefaulting takes 800 away and warm-up all. */
export const faulting = (noise = [0, 0, 0, 0, 0]): FirstRunSample[] =>
  noise.flatMap((extra, r) => [
    sample('untreated', r, job(12e6 + extra, { minorFaults: 1000 })),
    sample('warm', r, job(12e6 + extra, { minorFaults: 1000 })),
    sample('prefaulted', r, job(10.4e6, { minorFaults: 200 })),
    sample('locked', r, job(10.4e6, { minorFaults: 200 })),
    sample('warmed up', r, job(10e6)),
    sample('recommended', r, job(10e6)),
  ]);
