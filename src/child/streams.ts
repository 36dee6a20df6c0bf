/**
 * The streams of records of a run. Each has a ring in the addon and a pipe of its own, from the process of the engine to the
 * parent, where `run-session.ts` has a taker for each.
 */
import { JOB_LAYOUT } from '../addon/job-record.js';
import type { NativePlan } from '../addon/native.js';
import { SAMPLE_LAYOUT } from '../addon/sample-record.js';

export const STREAMS = {
  /** One record a job. */
  jobs: {
    title: 'records',
    fd: 4,
    frameKind: 2,
    recordBytes: JOB_LAYOUT.bytes,
    asked: (_plan: NativePlan) => true,
  },
  /** The sampler's readings of the counters. */
  samples: {
    title: 'samples',
    fd: 5,
    frameKind: 3,
    recordBytes: SAMPLE_LAYOUT.bytes,
    asked: (plan: NativePlan) => plan.sampler !== null,
  },
} as const;

export type StreamName = keyof typeof STREAMS;

export const STREAM_NAMES = Object.keys(STREAMS) as StreamName[];

/** A value for each stream. */
export const forEachStream = <T>(make: (name: StreamName) => T): Record<StreamName, T> =>
  Object.fromEntries(STREAM_NAMES.map((name) => [name, make(name)])) as Record<StreamName, T>;

/** Records of one frame: few, so that a process that is killed takes little along. */
export const FRAME_RECORDS = 256;
