/** The rows of a run as columns of numbers, read from its CSV without holding the text. */
import { IsochronError } from '../kernel/errors.js';
import { JOB_COLUMNS } from './extended.js';
import { forEachLine, type Separator, separatorName, splitCells, splitHeader } from './lines.js';
import { RowCheck, requireColumns } from './row-check.js';

/** Columns whose values are absolute times; they are held relative to `originNs`, which a double can't keep exactly. */
const ABSOLUTE = new Set(
  JOB_COLUMNS.filter(({ kind }) => kind === 'instant').map(({ name }) => name),
);

/** Rows by column name, in the names and units of the extended CSV (`3-semantics`). */
export interface Columns {
  /** How many there are: one a job. */
  readonly rows: number;
  /** CLOCK_MONOTONIC ns of offset 0 in release_ns, start_ns, end_ns and deadline_ns: the first release of the file. */
  readonly originNs: bigint | null;
  /** Of the columns, in the file's order. */
  readonly names: readonly string[];
  /** Values of a column, NaN = absent; null when the file has no such column. */
  column(name: string): Float64Array | null;
  /** What was found wrong with the file, in sentences. */
  readonly notes: readonly string[];
}

/** Positions of the jobs in the statistics: measured, and not the first of the process. */
export function statisticRows(columns: Columns): Uint32Array {
  const job = columns.column('job');
  const warmup = columns.column('warmup');
  const rows: number[] = [];
  for (let i = 0; i < columns.rows; i++) if (warmup?.[i] !== 1 && job?.[i] !== 0) rows.push(i);
  return Uint32Array.from(rows);
}

/** Collects rows that arrive one by one. */
export class ColumnsBuilder {
  readonly #names: string[];
  #values: Float64Array[];
  #rows = 0;
  originNs: bigint | null = null;
  readonly notes: string[] = [];

  constructor(names: readonly string[]) {
    this.#names = [...names];
    this.#values = names.map(() => new Float64Array(256));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Takes the next row; `at(i)` gives the value of the i-th column. */
  add(at: (column: number) => number): void {
    if (this.#rows === (this.#values[0]?.length ?? 0)) this.#grow();
    for (let i = 0; i < this.#values.length; i++)
      (this.#values[i] as Float64Array)[this.#rows] = at(i);
    this.#rows++;
  }

  /** Adds to a value of the last row. */
  increase(name: string, by: number): void {
    const column = this.#values[this.#names.indexOf(name)];
    if (column === undefined || this.#rows === 0) return;
    column[this.#rows - 1] = (column[this.#rows - 1] as number) + by;
  }

  /** A time as an offset from the first one seen. */
  offset(ns: bigint): number {
    this.originNs ??= ns;
    return Number(ns - this.originNs);
  }

  finish(): Columns {
    const rows = this.#rows;
    const byName = new Map<string, Float64Array>();
    this.#names.forEach((name, i) => {
      if (!byName.has(name)) byName.set(name, (this.#values[i] as Float64Array).subarray(0, rows));
    });
    return {
      rows,
      originNs: this.originNs,
      names: [...byName.keys()],
      column: (name) => byName.get(name) ?? null,
      notes: this.notes,
    };
  }

  #grow(): void {
    this.#values = this.#values.map((values) => {
      const grown = new Float64Array(2 * values.length);
      grown.set(values);
      return grown;
    });
  }
}

/** What isochron writes into a cell. */
const isNumberOrAbsent = (cell: string) => cell === '' || Number.isFinite(Number(cell));

/** Whether these are the columns of the extended CSV. */
export function isExtended(header: readonly string[]): boolean {
  return ['job', 'warmup', 'release_ns', 'end_ns', 'response_ns'].every((name) =>
    header.includes(name),
  );
}

/**
 * Reads an extended CSV. A file that is cut short or damaged in places gives what is whole in it, and notes.
 *
 * @throws IsochronError E_RESULTS when the file can't be read or is no extended CSV, E_RESULTS_CHANGED when a row is not as it
 *   was written
 */
export async function readExtended(path: string): Promise<Columns> {
  let header: string[] = [];
  let separator: Separator = ',';
  let builder = new ColumnsBuilder([]);
  let absolute: boolean[] = [];
  let check = new RowCheck(path, []);
  let row = new Float64Array();
  let cells: string[] = [];
  let damaged = 0;
  let firstDamaged = 0;
  const value = (i: number): number => {
    const cell = cells[i] as string;
    if (cell === '') return Number.NaN;
    return absolute[i] && /^\d+$/.test(cell) ? builder.offset(BigInt(cell)) : Number(cell);
  };
  await forEachLine(path, (text, number, terminated) => {
    if (number === 1) {
      ({ cells: header, separator } = splitHeader(text));
      if (!isExtended(header) || separator !== ',') return false;
      requireColumns(path, header);
      builder = new ColumnsBuilder(header);
      absolute = header.map((name) => ABSOLUTE.has(name));
      check = new RowCheck(path, header);
      row = new Float64Array(header.length);
      return true;
    }
    if (text === '') return true;
    cells = splitCells(text);
    if (!terminated) {
      // the writer ends every row, so this one was cut and its last number can't be trusted
      builder.notes.push('The last row is unfinished and was left out.');
    } else if (cells.length !== header.length || !cells.every(isNumberOrAbsent)) {
      damaged++;
      firstDamaged ||= number;
    } else {
      for (let i = 0; i < row.length; i++) row[i] = value(i);
      const at = (i: number) => row[i] as number;
      check.take(at, number);
      builder.add(at);
    }
    return true;
  });
  if (isExtended(header) && separator !== ',')
    throw new IsochronError(
      'E_RESULTS',
      `${path} separates its columns by ${separatorName(separator)}: it was saved anew by another program, as a spreadsheet does, which also rounds time stamps.`,
      'Use the file as isochron wrote it.',
    );
  if (!isExtended(header))
    throw new IsochronError(
      'E_RESULTS',
      header.length === 0
        ? `${path} is empty.`
        : `${path} is not a CSV of isochron: its first line names other columns.`,
      'For logs of RT-Bench, see `isochron import rtbench`.',
    );
  if (damaged > 0)
    builder.notes.push(
      damaged === 1
        ? `The row on line ${firstDamaged} is damaged and was left out.`
        : `${damaged} rows are damaged and were left out (first on line ${firstDamaged}).`,
    );
  return builder.finish();
}
