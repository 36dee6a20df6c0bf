/** The streams of records of a run. native/src/record/streams.h has the same list, and the two are held equal on loading. */
import { JOB_LAYOUT } from './job-record.js';
import type { RecordLayout } from './record-layout.js';
import { SAMPLE_LAYOUT } from './sample-record.js';

interface Stream {
  /** What its records are called, many of them. */
  title: string;
  layout: RecordLayout;
  /** The field of `Finished` that says how many were lost. */
  lost: string;
}

export const STREAMS = {
  /** One record a job. */
  jobs: { title: 'records', layout: JOB_LAYOUT, lost: 'lostRecords' },
  /** The sampler's readings of the counters. */
  samples: { title: 'samples', layout: SAMPLE_LAYOUT, lost: 'lostSamples' },
} as const satisfies Record<string, Stream>;

export type StreamName = keyof typeof STREAMS;
/** The streams besides that of the jobs: each goes to a file beside the CSV, if it goes to one. */
export type SeriesName = Exclude<StreamName, 'jobs'>;

export const STREAM_NAMES = Object.keys(STREAMS) as StreamName[];
export const SERIES_NAMES = STREAM_NAMES.filter((name): name is SeriesName => name !== 'jobs');

const forEach = <Name extends string, T>(names: readonly Name[], make: (name: Name) => T) =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;

/** A value for each stream. */
export const forEachStream = <T>(make: (name: StreamName) => T): Record<StreamName, T> =>
  forEach(STREAM_NAMES, make);

type EachSeries<T> = {
  -readonly [Name in keyof typeof STREAMS as Name extends 'jobs' ? never : Name]: T;
};

/** What each stream lost. */
interface Losses<T> {
  /** Records of jobs that found no room. */
  lostRecords: T;
  /** Readings of the sampler that found no room. */
  lostSamples: T;
}

/** A value for each of the others than the jobs'. */
export const forEachSeries = <T>(make: (name: SeriesName) => T): EachSeries<T> =>
  forEach(SERIES_NAMES, make);

/** A value for each field of `Finished` that counts losses. */
export const forEachLoss = <T>(make: () => T): Losses<T> =>
  forEach(
    STREAM_NAMES.map((name) => STREAMS[name].lost),
    make,
  );
