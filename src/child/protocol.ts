/** What parent and child of a run or an evaluation say to each other, as frames (frames.ts) over pipes of their own. */
import type { Finished, NativePlan, Prepared, WorkloadInfo } from '../addon/native.js';
import { forEachStream, type StreamName } from '../addon/streams.js';
import type { ProcessMemory } from '../formats/machine-facts.js';
import type { Unfinished } from '../formats/unfinished.js';
import type { ErrorInfo } from '../kernel/errors.js';
import type { FrameLimits } from './frames.js';
import { FRAME_RECORDS, PIPES } from './pipes.js';

/** Messages are structured clones (v8.serialize), so that BigInt passes. */
export type ToChild =
  | { type: 'plan'; plan: NativePlan; housekeeping: number[] }
  | { type: 'start'; unfinished?: Unfinished | null }
  | { type: 'stop' };

/** What the child has written into the pipes: the parent must have as many. */
export type Sent = Record<StreamName, number>;

export type FromChild =
  | { type: 'prepared'; prepared: Prepared }
  /** `stops`: how often the process was stopped and went on. */
  | {
      type: 'finished';
      finished: Finished;
      sent: Sent;
      stops: number;
      memory?: ProcessMemory | null;
    }
  | { type: 'failed'; error: ErrorInfo };

export const LIMITS = {
  control: { maxBytes: 64 * 2 ** 20 },
  /** Messages of an evaluation hold all inputs or outputs of a model. */
  values: { maxBytes: 2 ** 31 },
  ...forEachStream((name) => {
    const { recordBytes } = PIPES[name];
    return { maxBytes: FRAME_RECORDS * recordBytes, unitBytes: recordBytes };
  }),
} satisfies Record<string, FrameLimits>;

/** Each question but the last has one answer. */
export type ToEvaluator =
  | { type: 'load'; library: string; model: string; threads: number; xnnpack: boolean }
  | { type: 'invoke'; inputs: Uint8Array[] }
  | { type: 'watch'; inputs: Uint8Array[]; tails: boolean }
  | { type: 'ranges'; percent: number }
  | { type: 'end' };

/** Of one float output over everything that was watched. */
export interface WatchedRange {
  /** null where no value was finite. */
  range: [min: number, max: number] | null;
  /** How many values were NaN or infinite. */
  nonFinite: number;
}

export type FromEvaluator =
  | { type: 'loaded'; info: NonNullable<WorkloadInfo['tflite']> }
  | { type: 'outputs'; outputs: Uint8Array[] }
  | { type: 'watched' }
  | { type: 'ranges'; ranges: (WatchedRange | null)[] }
  | { type: 'failed'; error: ErrorInfo };
