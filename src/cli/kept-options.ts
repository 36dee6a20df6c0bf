/** Options by which a command keeps what it found besides its results: light, for every start reads them. */
import type { Options } from 'yargs';

export const MARKDOWN_OPTION = {
  type: 'string',
  requiresArg: true,
  describe: 'tables, sentences and notes as GitHub’s Markdown, too: a file, or - for stdout',
} as const satisfies Options;

export const SAVE_OPTION = {
  type: 'string',
  requiresArg: true,
  describe: 'keep a copy of the results as a baseline of this name, for compare --baseline NAME',
} as const satisfies Options;
