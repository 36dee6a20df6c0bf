/** Aligned columns for the terminal, without borders, so that they read well and paste well. */
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';
import { printableColoured, printableLines } from '../kernel/printable.js';

export interface TableOptions {
  /** Alignment by column; the default is left for the first and right for the others, as figures want it. */
  align?: readonly ('left' | 'right' | 'center')[];
  /** Whether to use colour; by default what the terminal and NO_COLOR say. */
  color?: boolean;
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/**
 * A table as text, without a newline at its end and without trailing blanks. Cells may hold colour codes and several lines;
 * other control characters, which can only come from somebody's file, are shown. Empty `head` leaves the head out.
 */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const colors = pc.createColors(options.color ?? pc.isColorSupported);
  const width = Math.max(head.length, ...rows.map((row) => row.length));
  const align =
    options.align ?? Array.from({ length: width }, (_, i) => (i === 0 ? 'left' : 'right'));
  const clean = colors.isColorSupported ? printableColoured : printableLines;
  const table = new Table({
    head: head.map((text) => colors.bold(clean(text))),
    chars: NO_BORDERS,
    colAligns: [...align],
    // cli-table3 would colour the head red and the borders grey of its own accord.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const row of rows) table.push(row.map(clean));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Columns that the widest line of `text` takes, colour codes left out. */
function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).length));
}

export interface NarrowOptions extends TableOptions {
  /** Columns that may be left out, the first one first, by their heads. */
  dispensable?: readonly string[];
}

/**
 * The same table where a terminal of `columns` columns would wrap its rows: turned by a quarter, so that all of it is there (a
 * column for each row, whose first cell heads it); or, where that is too wide as well, without columns that may be left
 * out, which a last line names. As it is where nothing of it is narrower.
 */
export function renderTableWithin(
  columns: number,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: NarrowOptions = {},
): string {
  const table = renderTable(head, rows, options);
  if (widthOf(table) <= columns) return table;
  const [corner = '', ...names] = head;
  const turned = renderTable(
    [corner, ...rows.map((row) => row[0] ?? '')],
    names.map((name, i) => [name, ...rows.map((row) => row[i + 1] ?? '')]),
    options,
  );
  if (widthOf(turned) <= columns) return turned;
  const dropped: string[] = [];
  let least = widthOf(turned) < widthOf(table) ? turned : table;
  for (const name of options.dispensable ?? []) {
    if (!head.includes(name)) continue;
    dropped.push(name);
    const kept = [...head.keys()].filter((i) => !dropped.includes(head[i] as string));
    const narrow = renderTable(
      kept.map((i) => head[i] as string),
      rows.map((row) => kept.map((i) => row[i] ?? '')),
      options,
    );
    if (widthOf(narrow) >= widthOf(least)) continue;
    const colors = pc.createColors(options.color ?? pc.isColorSupported);
    least = `${narrow}\n${colors.dim(`no room for: ${dropped.join(', ')}`)}`;
    if (widthOf(narrow) <= columns) return least;
  }
  return least;
}

/** Names and values in two columns, both to the left: for facts rather than figures. */
export function renderFacts(
  facts: readonly (readonly [name: string, value: string])[],
  options: TableOptions = {},
): string {
  const colors = pc.createColors(options.color ?? pc.isColorSupported);
  return renderTable(
    [],
    facts.map(([name, value]) => [colors.dim(name), value]),
    { align: ['left', 'left'], ...options },
  );
}
