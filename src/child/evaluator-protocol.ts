/**
 * What a caller and its evaluator process say to each other, as frames over the pipes of a run's messages (protocol.ts).
 * Each question but the last has one answer.
 */

import type { WorkloadInfo } from '../addon/native.js';
import type { ErrorInfo } from '../kernel/errors.js';

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
