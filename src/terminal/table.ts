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

/**
 * The same table turned by a quarter where a terminal of `columns` columns would wrap its rows: a column for each row,
 * whose first cell heads it. As it is where that is no narrower.
 */
export function renderTableWithin(
  columns: number,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const table = renderTable(head, rows, options);
  if (widthOf(table) <= columns) return table;
  const [corner = '', ...names] = head;
  const turned = renderTable(
    [corner, ...rows.map((row) => row[0] ?? '')],
    names.map((name, i) => [name, ...rows.map((row) => row[i + 1] ?? '')]),
    options,
  );
  return widthOf(turned) < widthOf(table) ? turned : table;
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
