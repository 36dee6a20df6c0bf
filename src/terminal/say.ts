import { printableLines } from '../kernel/printable.js';

/** A message for people on stderr. It may hold names from files, so control characters are shown. */
export function say(text: string): void {
  process.stderr.write(`isochron: ${printableLines(text)}\n`);
}

/** What went wrong and what to do about it, on stderr. */
export function sayError({ message, hint }: { message: string; hint?: string | undefined }): void {
  say(message);
  if (hint) process.stderr.write(`  ${printableLines(hint)}\n`);
}
