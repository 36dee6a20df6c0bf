/** What parent and child of a run say to each other, as frames (frames.ts) over pipes of their own. */

import { RECORD_BYTES } from '../addon/job-record.js';
import type { Finished, NativePlan, Prepared } from '../addon/native.js';
import { SAMPLE_BYTES } from '../addon/sample-record.js';
import type { Unfinished } from '../formats/unfinished.js';
import type { ErrorInfo } from '../kernel/errors.js';
import type { FrameLimits } from './frames.js';

/** Messages are structured clones (v8.serialize), so that BigInt passes. */
export type ToChild =
  | { type: 'plan'; plan: NativePlan; housekeeping: number[] }
  | { type: 'start'; unfinished?: Unfinished | null }
  | { type: 'stop' };

/** What the child has written into the pipes: the parent must have as many. */
export interface Sent {
  records: number;
  samples: number;
}

export type FromChild =
  | { type: 'prepared'; prepared: Prepared }
  | { type: 'finished'; finished: Finished; sent: Sent }
  | { type: 'failed'; error: ErrorInfo };

/**
 * Descriptors of a child beyond stdin, stdout and stderr; an evaluation's has no records and samples. Not Node's own IPC:
 * garbage on it ends the parent. One for each direction: what can't be told to a child that is gone must not cut off its
 * last words.
 */
export const COMMANDS_FD = 3;
export const RECORDS_FD = 4;
export const SAMPLES_FD = 5;
export const MESSAGES_FD = 6;

/** Records of one frame: few, so that a process that is killed takes little along. */
export const FRAME_RECORDS = 256;

export const LIMITS = {
  control: { maxBytes: 64 * 2 ** 20 },
  /** Messages of an evaluation hold all inputs or outputs of a model. */
  values: { maxBytes: 2 ** 31 },
  records: { maxBytes: FRAME_RECORDS * RECORD_BYTES, unitBytes: RECORD_BYTES },
  samples: { maxBytes: FRAME_RECORDS * SAMPLE_BYTES, unitBytes: SAMPLE_BYTES },
} satisfies Record<string, FrameLimits>;
