import { IsochronError, UsageError } from '../errors.js';
import { printableLines } from '../output/printable.js';
import { WRITE_REASONS } from '../output/write-reasons.js';

/** The documented exit codes. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  deadlineMiss: 3,
  invalid: 4,
  interrupted: 130,
} as const;

/** A message for people on stderr. It may hold names from files, so control characters are shown. */
export function say(text: string): void {
  process.stderr.write(`isochron: ${printableLines(text)}\n`);
}

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

/** What went wrong and what to do about it, on stderr. */
export function sayError({ message, hint }: { message: string; hint?: string | undefined }): void {
  say(message);
  if (hint) process.stderr.write(`  ${printableLines(hint)}\n`);
}
