/** How well the median of a run is known, and whether that is as well as was asked for (`untilCi`). */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';
import { medianInterval } from '../statistics/median-interval.js';

export const precisionSchema = open({
  /** ± this share of the median. */
  goal: z.number(),
  /** The median was known as well as that when the run ended. */
  reached: z.boolean(),
  /** Jobs in the statistics when it was found to be reached, before the last ones came; null where the run ended otherwise. */
  stoppedAt: z.number().nullable(),
  /** Jobs in the statistics that the interval is of. */
  jobs: z.number(),
  /** Independent jobs that they weigh as much as, by how alike neighbours are; a goal needs 100. Null where there is no interval. */
  independent: z.number().nullable(),
  /** Of elapsed times: the farther end of the interval over the median; null where there is none. */
  share: z.number().nullable(),
  /** Lower end of the 95 % interval of the median, ns; null where there is none. */
  low: z.number().nullable(),
  /** Its upper end, ns; null where there is none. */
  high: z.number().nullable(),
});
export type Precision = z.output<typeof precisionSchema>;

/** Independent jobs that an interval is as good as before it ends a run: of few, too many are narrow by chance. */
export const FEWEST_JOBS = 100;
/** From one look to the next there are so many times as many jobs: the fewer looks, the fewer that are narrow by chance. */
const GROWTH = 1.25;
/** 8 MiB; what comes after them is in no interval. */
const MOST_JOBS = 1 << 20;

/**
 * Takes the elapsed times of the jobs in the statistics, in their order, and looks at them now and then. It works where records are
 * read, never on the thread or the core of the jobs.
 */
export class PrecisionGoal {
  readonly #goal: number;
  #values = new Float64Array(256);
  #n = 0;
  #next = FEWEST_JOBS;
  #stoppedAt: number | null = null;
  #share: number | null = null;

  constructor(goal: number) {
    this.#goal = goal;
  }

  /** At the latest look. */
  get share(): number | null {
    return this.#share;
  }

  add(elapsedNs: number): void {
    if (this.#n === MOST_JOBS) return;
    if (this.#n === this.#values.length) {
      const grown = new Float64Array(2 * this.#n);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#n++] = elapsedNs;
  }

  /** Whether the run has enough jobs: looked at where there are a quarter more than the last time. */
  enough(): boolean {
    if (this.#stoppedAt !== null) return true;
    if (this.#n < this.#next) return false;
    this.#next = Math.ceil(this.#n * GROWTH);
    const { share, met } = this.#look();
    this.#share = share;
    if (met) this.#stoppedAt = this.#n;
    return met;
  }

  finish(): Precision {
    const { met, ...known } = this.#look();
    const [goal, stoppedAt] = [this.#goal, this.#stoppedAt];
    return { goal, reached: met || stoppedAt !== null, stoppedAt, jobs: this.#n, ...known };
  }

  #look() {
    const interval = medianInterval(this.#values.subarray(0, this.#n));
    const { share = null, low = null, high = null, effective = 0 } = interval ?? {};
    const met = share !== null && share <= this.#goal && effective >= FEWEST_JOBS;
    const independent = share === null ? null : Math.round(effective);
    return { share, low, high, independent, met };
  }
}
