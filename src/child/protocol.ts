/** What parent and child of a run say to each other, as frames (frames.ts) over pipes of their own. */

import type { Finished, NativePlan, Prepared } from '../addon/native.js';
import type { Unfinished } from '../formats/unfinished.js';
import type { ErrorInfo } from '../kernel/errors.js';
import type { FrameLimits } from './frames.js';
import { FRAME_RECORDS, forEachStream, STREAMS, type StreamName } from './streams.js';

/** Messages are structured clones (v8.serialize), so that BigInt passes. */
export type ToChild =
  | { type: 'plan'; plan: NativePlan; housekeeping: number[] }
  | { type: 'start'; unfinished?: Unfinished | null }
  | { type: 'stop' };

/** What the child has written into the pipes: the parent must have as many. */
export type Sent = Record<StreamName, number>;

export type FromChild =
  | { type: 'prepared'; prepared: Prepared }
  | { type: 'finished'; finished: Finished; sent: Sent }
  | { type: 'failed'; error: ErrorInfo };

/**
 * Descriptors of a child beyond stdin, stdout and stderr; an evaluation's has no streams of records (streams.ts). Not Node's own IPC:
 * garbage on it ends the parent. One for each direction: what can't be told to a child that is gone must not cut off its
 * last words.
 */
export const COMMANDS_FD = 3;
export const MESSAGES_FD = 6;

export const LIMITS = {
  control: { maxBytes: 64 * 2 ** 20 },
  /** Messages of an evaluation hold all inputs or outputs of a model. */
  values: { maxBytes: 2 ** 31 },
  ...forEachStream((name) => {
    const { recordBytes } = STREAMS[name];
    return { maxBytes: FRAME_RECORDS * recordBytes, unitBytes: recordBytes };
  }),
} satisfies Record<string, FrameLimits>;
