/** The lines of other people's text files: any usual encoding and separator, in bounded memory and one pass. */
import { StringDecoder } from 'node:string_decoder';
import { IsochronError } from '../kernel/errors.js';
import { NO_FILE, openRegular } from '../kernel/files/regular-file.js';

/** Characters; a row of ours has some hundred, and a file without a newline should not be held as a whole. */
export const LONGEST_LINE = 1 << 20;

/** Between the cells of a CSV: the comma is the standard's (RFC 4180), spreadsheets write the others as well. */
const SEPARATORS = [',', ';', '\t'] as const;
export type Separator = (typeof SEPARATORS)[number];

/** In words, for a message. */
export const separatorName = (separator: Separator) =>
  separator === '\t' ? 'tabs' : `“${separator}”`;

/**
 * Calls `each` for every line; `terminated` is false for a last line without a newline. UTF-8, and UTF-16 by its byte
 * order mark or by the NULs that it puts between plain characters. The mark and carriage returns are dropped. Returning false ends the reading.
 *
 * @throws IsochronError E_RESULTS when the file can't be read, or has a line of more than `LONGEST_LINE`
 */
export async function forEachLine(
  path: string,
  each: (text: string, number: number, terminated: boolean) => boolean | undefined,
): Promise<void> {
  let rest = '';
  let number = 0;
  const take = (text: string, terminated: boolean) => {
    number++;
    if (text.length > LONGEST_LINE) throw tooLong(path, number);
    return each(text.endsWith('\r') ? text.slice(0, -1) : text, number, terminated);
  };
  try {
    for await (const chunk of textOf(path)) {
      const lines = chunk.split('\n');
      lines[0] = rest + (lines[0] as string);
      rest = lines.pop() as string;
      for (const line of lines) if (take(line, true) === false) return;
      if (rest.length > LONGEST_LINE) throw tooLong(path, number + 1);
    }
  } catch (error) {
    throw error instanceof IsochronError ? error : unreadable(path, error);
  }
  if (rest !== '') take(rest, false);
}

async function* textOf(path: string): AsyncGenerator<string> {
  let decoder: { write(bytes: Buffer): string; end(): string } | null = null;
  let first = true;
  const plain = (text: string) => {
    if (!first || text === '') return text;
    first = false;
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  };
  const file = await openRegular(path);
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 18 })) {
    decoder ??= decoderFor(chunk as Buffer);
    yield plain(decoder.write(chunk as Buffer));
  }
  if (decoder !== null) yield plain(decoder.end());
}

function decoderFor(start: Buffer): { write(bytes: Buffer): string; end(): string } {
  const [a, b] = start;
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0)) return new StringDecoder('utf16le');
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0)) {
    const decoder = new TextDecoder('utf-16be', { ignoreBOM: true });
    return {
      write: (bytes) => decoder.decode(bytes, { stream: true }),
      end: () => decoder.decode(),
    };
  }
  return new StringDecoder('utf8');
}

function tooLong(path: string, line: number): IsochronError {
  return new IsochronError(
    'E_RESULTS',
    `${path} is no table: line ${line} has more than ${LONGEST_LINE.toLocaleString('en')} characters.`,
  );
}

function unreadable(path: string, error: unknown): IsochronError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT'
      ? 'it does not exist'
      : code === 'EACCES'
        ? 'permission denied'
        : code === 'EISDIR'
          ? 'it is a folder'
          : message;
  const hint = code === NO_FILE ? 'Write what comes from it into a file first.' : undefined;
  return new IsochronError('E_RESULTS', `${path} can't be read: ${why}.`, hint);
}

/** Cells of one line; quotes are understood, line breaks within them are not (no writer of ours makes any). */
export function splitCells(line: string, separator: Separator = ','): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i] as string;
    if (c === '"' && quoted && line[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (c === '"') quoted = !quoted;
    else if (c === separator && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += c;
  }
  return [...cells, cell];
}

/** A number as written by whoever separates cells otherwise because the comma is their decimal sign: `0,5` is `0.5`. */
export const decimal = (cell: string, separator: Separator): string =>
  separator === ',' ? cell : cell.replace(/^(\s*[-+]?\d+),(\d+\s*)$/, '$1.$2');

/** The cells of a first line, with the separator that makes most of it. */
export function splitHeader(line: string): { cells: string[]; separator: Separator } {
  return SEPARATORS.map((separator) => ({ cells: splitCells(line, separator), separator })).reduce(
    (best, other) => (other.cells.length > best.cells.length ? other : best),
  );
}

/** The column names of a table and what separates them; no names for an empty file. */
export async function readHeader(path: string): Promise<{ cells: string[]; separator: Separator }> {
  let header: { cells: string[]; separator: Separator } = { cells: [], separator: ',' };
  await forEachLine(path, (text) => {
    if (text !== '') header = splitHeader(text);
    return false;
  });
  return header;
}
