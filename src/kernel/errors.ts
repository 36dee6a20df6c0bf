import { type ErrorCode, isErrorCode } from './error-codes.js';

/** The one error type that users see: a stable code, one sentence, and what to do about it. */
export class IsochronError extends Error {
  /** Stable identifier, e.g. `E_FIFO_DENIED`. */
  readonly code: ErrorCode;
  /** What to do about it, or undefined where the message says it all. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string) {
    super(message);
    this.name = 'IsochronError';
    this.code = code;
    this.hint = hint;
  }
}

/** Wrong use of a command or of a definition: the command line exits with 2, everything else with 1. */
export class UsageError extends IsochronError {
  constructor(message: string, hint?: string, code: ErrorCode = 'E_USAGE') {
    super(code, message, hint);
    this.name = 'UsageError';
  }
}

/**
 * Whoever reads this process's standard output has gone away while a file was written there (`-o /dev/stdout | head`). For
 * the command line the end of a command, and no error.
 */
export class ReaderGone extends IsochronError {}

/** The plain form in which an error crosses a process boundary or lands in a file. */
export interface ErrorInfo {
  /** An `ErrorCode`, or a foreign error's own. */
  code: string;
  /** One sentence. */
  message: string;
  /** What to do about it, where anything can be done. */
  hint?: string;
}

/** Any thrown value as plain data; the code of a foreign error is its `code` property or `E_UNEXPECTED`. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof Error) {
    const { code, hint } = error as { code?: unknown; hint?: unknown };
    return {
      code: typeof code === 'string' ? code : 'E_UNEXPECTED',
      message: error.message,
      ...(typeof hint === 'string' && hint !== '' ? { hint } : {}),
    };
  }
  return { code: 'E_UNEXPECTED', message: String(error) };
}

/** What crossed a process boundary, as an error again. A foreign one's code says nothing here. */
export const fromErrorInfo = ({ code, message, hint }: ErrorInfo): IsochronError =>
  new IsochronError(isErrorCode(code) ? code : 'E_UNEXPECTED', message, hint);
