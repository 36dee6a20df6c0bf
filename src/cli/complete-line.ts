/** `isochron --complete WORDS`: a candidate per line, with what it is behind a tab. A shell shows no errors here, so there are none. */
import { COMMANDS } from './commands.js';
import { complete } from './complete.js';

const found = await complete(COMMANDS, process.argv.slice(3)).catch(() => []);
process.stdout.write(
  found.map(({ value, text }) => `${value}\t${text.replace(/\s+/g, ' ')}\n`).join(''),
);
