/** How a command ends. */
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
  regression: 5,
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

/** Node's exit code where a module awaits what never comes. */
const UNSETTLED = 13;

/**
 * A suite is a module of somebody's, and can do with the process what it likes: from now on an end of it that looks like
 * success is a failure.
 *
 * @returns to be called when the command is done: what others have left open (a timer, a connection) keeps nobody waiting
 */
export function guardEnd(): () => Promise<never> {
  const tooEarly = (code: number) => {
    if (code !== EXIT.done && code !== UNSETTLED) return;
    say(
      'the command ended before it was done: a module that it read, such as a suite, called process.exit or awaits what never comes.',
    );
    process.exitCode = EXIT.failed;
  };
  process.once('exit', tooEarly);
  return async () => {
    process.off('exit', tooEarly);
    for (const stream of [process.stdout, process.stderr])
      await new Promise((written) => stream.write('', written));
    process.exit();
  };
}
