/**
 * What holds in every row that isochron has written, and no longer does once a spreadsheet has rounded the time stamps or an
 * editor has changed a figure. The times are whole nanoseconds, so the identities hold exactly.
 */
import { IsochronError } from '../kernel/errors.js';
import { printable } from '../kernel/printable.js';
import { JOB_COLUMNS, REQUIRED_COLUMNS } from './extended.js';

/** A difference in the columns of one file; the subtrahend is the first of `less` that is there. */
interface Difference {
  name: string;
  of: string;
  less: readonly string[];
  at: { given: number; of: number; less: readonly number[] };
}

function differencesIn(header: readonly string[]): Difference[] {
  const at = (name: string) => header.indexOf(name);
  return JOB_COLUMNS.flatMap(({ name, minus, formerly }) => {
    const rule = minus !== undefined && at(minus[0]) < 0 ? formerly : minus;
    if (rule === undefined || at(name) < 0) return [];
    const [of, ...less] = rule;
    const named = less.filter((one) => one !== undefined);
    return [{ name, of, less: named, at: { given: at(name), of: at(of), less: named.map(at) } }];
  });
}

const AS_WRITTEN = 'Use the file as isochron wrote it.';

/**
 * A renamed or doubled column would be taken for one that was not measured, or hide the true one.
 *
 * @throws IsochronError E_RESULTS_CHANGED
 */
export function requireColumns(path: string, header: readonly string[]): void {
  const missing = REQUIRED_COLUMNS.find((name) => !header.includes(name));
  const doubled = header.find((name, i) => header.indexOf(name) !== i);
  if (missing === undefined && doubled === undefined) return;
  throw new IsochronError(
    'E_RESULTS_CHANGED',
    missing === undefined
      ? `${printable(path)} has two columns ${doubled}.`
      : `${printable(path)} has no column ${missing}, which isochron always writes.`,
    AS_WRITTEN,
  );
}

/** An imported log gives its response in a column of its own, to the digits that RT-Bench writes. */
const IMPORT_TOLERANCE_NS = 1_000;

const words = (value: number) => (Number.isNaN(value) ? 'absent' : String(value));

/** Takes the rows one by one, in their order. */
export class RowCheck {
  readonly #path: string;
  readonly #differences: Difference[];
  readonly #at: Record<'job' | 'start' | 'end' | 'deadline' | 'met', number>;
  #lastJob = Number.NEGATIVE_INFINITY;

  constructor(path: string, header: readonly string[]) {
    const at = (name: string) => header.indexOf(name);
    this.#path = path;
    this.#differences = differencesIn(header);
    this.#at = {
      job: at('job'),
      start: at('start_ns'),
      end: at('end_ns'),
      deadline: at('deadline_ns'),
      met: at('deadline_met'),
    };
  }

  /**
   * @param value of a column of this row; NaN = absent
   * @throws IsochronError E_RESULTS_CHANGED
   */
  take(value: (column: number) => number, line: number): void {
    const { job, start, end, deadline, met } = this.#at;
    const tolerance = Number.isNaN(value(start)) ? IMPORT_TOLERANCE_NS : 0;
    for (const { name, of, less, at } of this.#differences) {
      const given = value(at.given);
      let which = 0;
      while (which < at.less.length - 1 && Number.isNaN(value(at.less[which] as number))) which++;
      const difference = value(at.of) - value(at.less[which] as number);
      // NaN where one of them is absent, as the difference then has to be
      const agrees = Number.isNaN(difference)
        ? Number.isNaN(given)
        : Math.abs(difference - given) <= tolerance;
      if (!agrees)
        throw this.#changed(
          line,
          `${of} - ${less[which]} is ${words(difference)}, but ${name} is ${words(given)}`,
        );
    }
    if (Number.isNaN(value(end))) throw this.#changed(line, 'end_ns is absent');
    if (tolerance === 0) {
      const [said, late] = [value(met), value(end) - value(deadline)];
      const is = Number.isNaN(late) ? Number.NaN : Number(late <= 0);
      if (!Object.is(said, is))
        throw this.#changed(
          line,
          `deadline_met is ${words(said)}, but end_ns - deadline_ns is ${words(late)}`,
        );
    }
    const number = value(job);
    if (number <= this.#lastJob)
      throw this.#changed(line, `job ${number} comes after job ${this.#lastJob}`);
    if (!Number.isNaN(number)) this.#lastJob = number;
  }

  #changed(line: number, what: string): IsochronError {
    return new IsochronError(
      'E_RESULTS_CHANGED',
      `${printable(this.#path)}, line ${line}: ${what}, so these are not the rows that isochron wrote.`,
      'A spreadsheet rounds time stamps when it saves the file, and two runs in one file mix: use the file as it was written.',
    );
  }
}
