import { UsageError } from '../errors.js';

const TIME_UNITS: Record<string, number> = { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };
const SIZE_UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** The longest time that a definition accepts: 30 days, far below 2^53 ns. */
export const MAX_TIME_NS = 30 * 86_400 * 1e9;

/**
 * A time as users write it, in whole nanoseconds: a number of seconds (`0.5`), or with a unit (`500ms`, `500us`, `20ns`, `1.5s`).
 *
 * @param what name of the quantity, for the message
 * @throws UsageError for anything else, negative times, times that round to 0 ns, and times beyond 30 days
 */
export function parseTime(value: string | number, what: string): number {
  const text = String(value).trim();
  const match = /^(\d+(?:\.\d*)?|\.\d+)(?:e([+-]?\d+))?\s*(s|ms|us|µs|ns)?$/i.exec(text);
  if (!match)
    throw new UsageError(
      `${what} "${text}" is not a time.`,
      'Write seconds (0.05) or a number with a unit (50ms, 500us, 2s).',
    );
  const seconds = Number(match[2] === undefined ? match[1] : `${match[1]}e${match[2]}`);
  const ns = Math.round(seconds * (TIME_UNITS[(match[3] ?? 's').toLowerCase()] ?? 1e9));
  if (ns === 0 && seconds > 0) throw new UsageError(`${what} "${text}" is less than a nanosecond.`);
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
