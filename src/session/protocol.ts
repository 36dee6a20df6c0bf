/** What parent and child say to each other over IPC (structured clone, so BigInt passes). Records go over their own pipe. */

import type { ErrorInfo } from '../errors.js';
import type { Finished, NativePlan, Prepared } from '../native.js';

export type ToChild =
  | { type: 'plan'; plan: NativePlan; housekeeping: number[] }
  | { type: 'start' }
  | { type: 'stop' };

export type FromChild =
  | { type: 'prepared'; prepared: Prepared }
  | { type: 'finished'; finished: Finished }
  | { type: 'failed'; error: ErrorInfo };

/** Descriptors of the child beyond stdin, stdout, stderr and IPC. */
export const RECORDS_FD = 4;
export const SAMPLES_FD = 5;
