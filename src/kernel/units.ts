import { UsageError } from './errors.js';

/** The second `µs` begins with the Greek letter, which looks the same. */
const TIME_UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
  d: 86_400e9,
};
const TIME = new RegExp(
  `^(\\d+(?:\\.\\d*)?|\\.\\d+)(?:e([+-]?\\d+))?\\s*(${Object.keys(TIME_UNITS).join('|')})?$`,
  'i',
);
const SIZE_UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** The longest time that a definition accepts: 30 days, far below 2^53 ns. */
export const MAX_TIME_NS = 30 * 86_400e9;

/**
 * A time as users write it, in whole nanoseconds: a number of seconds (`0.5`), or with a unit (`20ns`, `500us`, `500ms`,
 * `1.5s`, `10m` or `10min`, `1h`, `30d`).
 *
 * @param what name of the quantity, for the message
 * @param bare what a number without a unit counts
 * @throws UsageError for anything else, negative times, times that round to 0 ns, and times beyond 30 days
 */
export function parseTime(value: string | number, what: string, bare: 's' | 'ns' = 's'): number {
  const text = String(value).trim();
  const match = TIME.exec(text);
  if (!match)
    throw new UsageError(
      `${what} "${text}" is not a time.`,
      `Write ${bare === 's' ? 'seconds (0.05)' : 'nanoseconds (50000000)'} or a number with a unit (500us, 50ms, 2s, 10m, 1h, 30d).`,
    );
  const seconds = Number(match[2] === undefined ? match[1] : `${match[1]}e${match[2]}`);
  if (bare === 'ns' && match[3] === undefined && !Number.isInteger(seconds))
    throw new UsageError(
      `${what} "${text}" is no whole number of nanoseconds.`,
      'Give a number of seconds or milliseconds its unit: 0.5s, 5ms.',
    );
  const ns = Math.round(seconds * (TIME_UNITS[(match[3] ?? bare).toLowerCase()] as number));
  if (ns === 0 && /[1-9]/.test(match[1] as string))
    throw new UsageError(`${what} "${text}" is less than a nanosecond.`);
  if (!Number.isFinite(ns) || ns > MAX_TIME_NS)
    throw new UsageError(`${what} "${text}" is longer than 30 days.`);
  return ns;
}

/**
 * A size as users write it, in bytes: `4096`, `16M`, `1G` (binary multiples, as RT-Bench reads them).
 *
 * @throws UsageError when it is not one, or zero
 */
export function parseSize(value: string | number, what: string): number {
  const match = /^(\d+)\s*([KMG]?)(?:i?B)?$/i.exec(String(value).trim());
  const bytes = match ? Number(match[1]) * (SIZE_UNITS[(match[2] ?? '').toUpperCase()] ?? 1) : 0;
  if (!match || bytes <= 0 || bytes > 2 ** 40)
    throw new UsageError(
      `${what} "${value}" is not a size.`,
      'Write a number of bytes with or without K, M or G: 16M.',
    );
  return bytes;
}

/**
 * A share as users write it: `1%`, `0.5 %`.
 *
 * @returns 0.01 for 1 %
 * @throws UsageError for anything else, for 0 and for more than 50 %
 */
export function parseShare(value: string, what: string): number {
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(value.trim()) ?? [];
  const share = Number(percent) / 100;
  if (percent === undefined || share <= 0 || share > 0.5)
    throw new UsageError(
      `${what} "${value}" is not a share.`,
      'Write a percentage above 0, and of at most 50: 1%.',
    );
  return share;
}

/**
 * A list of cores as users write it: `1`, `1,2`, `1-3`, `0,2-3`.
 *
 * @returns core numbers, ascending, without repetition
 * @throws UsageError when it is not one
 */
export function parseCores(value: string | number, what: string): number[] {
  const cores = new Set<number>();
  for (const part of String(value).split(',')) {
    const match = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || last < first)
      throw new UsageError(
        `${what} "${value}" is not a list of cores.`,
        'Write core numbers: 1 or 1,2 or 1-3.',
      );
    for (let core = first; core <= last; core++) cores.add(core);
  }
  return [...cores].sort((a, b) => a - b);
}
