import { IsochronError, UsageError } from '../errors.js';

/** The documented exit codes. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  deadlineMiss: 3,
  invalid: 4,
  interrupted: 130,
} as const;

/**
 * Prints an error for people on stderr, message and hint, and returns the exit code. Only a mistake of isochron itself
 * shows a stack trace.
 */
export function reportError(error: unknown): number {
  if (error instanceof IsochronError) {
    process.stderr.write(`isochron: ${error.message}\n`);
    if (error.hint) process.stderr.write(`  ${error.hint}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`isochron: unexpected error, please report it: ${text}\n`);
  return EXIT.failed;
}
