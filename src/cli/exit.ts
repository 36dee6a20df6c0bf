import { IsochronError, UsageError } from '../kernel/errors.js';
import { WRITE_REASONS } from '../kernel/files/write-reasons.js';
import { say, sayError } from '../terminal/say.js';

/** The documented exit codes. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  deadlineMiss: 3,
  invalid: 4,
  interrupted: 130,
} as const;

/** Prints an error, message and hint, and returns the exit code. Only a mistake of isochron itself shows a stack trace. */
export function reportError(error: unknown): number {
  if (error instanceof IsochronError) {
    sayError(error);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
  // any file can be the one too many, those of the program itself included
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  const words = code === 'EMFILE' || code === 'ENFILE' ? WRITE_REASONS[code] : undefined;
  if (words) {
    sayError({ message: `No further file can be opened: ${words[0]}.`, hint: words[1] });
    return EXIT.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`unexpected error, please report it: ${text}`);
  return EXIT.failed;
}
