/** Text that was written by others (names in files, what an engine said), made fit for a terminal. */

/**
 * What a terminal acts upon instead of showing it: control characters (C0, DEL, C1), marks that turn the order of what
 * follows, invisible marks, separators of lines, and halves of surrogate pairs.
 */
const UNFIT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour is one
const COLOUR = /(\u001b\[[0-9;]*m)/;

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function shown(character: string): string {
  const code = character.charCodeAt(0);
  return (
    NAMED[character] ??
    (code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`)
  );
}

/**
 * One line of foreign text with its control characters shown (`\x1b`, `\n`, `\u202e`), so that it can neither move the
 * cursor, colour, hide or reorder what stands around it, nor begin a line that looks like one of ours.
 */
export const printable = (text: string): string => text.replace(UNFIT, shown);

/** The same for text of several lines: what an engine printed, a sentence with a list below it. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** The same for lines that were laid out here and may hold our own colours. */
export const printableColoured = (text: string): string =>
  text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : printableLines(part)))
    .join('');

/** The same without our colours, for what is no terminal. */
export const withoutColours = (text: string): string =>
  printableLines(
    text
      .split(COLOUR)
      .filter((_, i) => i % 2 === 0)
      .join(''),
  );
