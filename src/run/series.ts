/** What becomes of the streams of records besides the jobs': when a run has them, and the rows of their files. */
import { decodeSample } from '../addon/sample-record.js';
import { SERIES_NAMES, type SeriesName } from '../addon/streams.js';
import type { Plan } from '../benchmark/plan.js';
import { AliveCounters } from '../events/never-counted.js';
import { SAMPLE_COLUMNS, samplesFormat } from '../formats/counter-samples.js';
import type { Cell } from '../formats/row-format.js';
import { SampleCheck } from './record-check.js';

export interface SeriesFacts {
  events: readonly string[];
  /** For each requested event its position in the native record, or null. */
  slots: readonly (number | null)[];
  /** Requested events (by position) for which a 0 is ordinary, such as software events. */
  zeroIsOrdinary: readonly boolean[];
  /** Events that the addon was asked to count. */
  nativeEvents: number;
}

interface Series {
  asked(plan: Plan): boolean;
  columns: readonly string[];
  /**
   * Takes the records of one run in the order in which they come: the row of each, null for one that has none. Throws
   * IsochronError E_PROTOCOL for one that no run can have recorded.
   */
  reader(facts: SeriesFacts): (view: DataView, offset: number) => Cell[] | null;
}

export const SERIES: Readonly<Record<SeriesName, Series>> = {
  samples: {
    asked: (plan) => plan.sampler !== null,
    columns: SAMPLE_COLUMNS,
    reader({ events, slots, zeroIsOrdinary, nativeEvents }) {
      const { row } = samplesFormat(events);
      const counters = Math.max(0, ...slots.map((slot) => (slot ?? -1) + 1));
      const alive = new AliveCounters(zeroIsOrdinary);
      const check = new SampleCheck(nativeEvents);
      return (view, offset) => {
        check.take(view, offset);
        const sample = decodeSample(view, offset, counters);
        if (!sample.running) return null; // as in RT-Bench's file: between jobs there is nothing to count
        const counts = slots.map((slot) =>
          slot === null ? null : (sample.counters[slot] ?? null),
        );
        return row({ ...sample, counters: alive.only(counts) });
      };
    },
  },
};

/** Those that a run of this plan has. */
export const seriesOf = (plan: Plan): SeriesName[] =>
  SERIES_NAMES.filter((name) => SERIES[name].asked(plan));
