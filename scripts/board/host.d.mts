/** Anything that keeps the board from running, in a sentence, with what to do about it where that is known. */
export class BoardError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
}

/** The Debian packages of those of these commands that are missing here. */
export function missingPackages(commands: string[]): string[];
