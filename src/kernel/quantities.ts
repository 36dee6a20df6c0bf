/** Figures for people: four significant digits at most, a unit that fits, and a dash for what is absent. */

/** What stands for an absent value in tables. */
export const ABSENT = '–';

/** A number with `digits` significant digits and no exponent; the digits before the point are all kept. */
function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 10 ** digits) return value.toFixed(0);
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded.toFixed(Math.min(decimals, 12));
}

/** Picks the largest unit in which the value, as it will be printed, is at least 1. */
function scaled(
  value: number,
  units: readonly (readonly [number, string])[],
  digits: number,
): string {
  let [factor, unit] = units[0] as readonly [number, string];
  for (const [f, u] of units)
    if (Number((Math.abs(value) / f).toPrecision(digits)) >= 1) [factor, unit] = [f, u];
  return `${significant(value / factor, digits)}${unit === '' ? '' : ` ${unit}`}`;
}

const TIME = [
  [1, 'ns'],
  [1e3, 'µs'],
  [1e6, 'ms'],
  [1e9, 's'],
] as const;

/** `12.34 ms`; null is a dash. Below a µs the figure is in whole ns, as the clock is. */
export function formatNs(ns: number | null): string {
  if (ns === null) return ABSENT;
  const whole = Math.round(ns);
  return Math.abs(whole) < 1000 ? `${whole} ns` : scaled(whole, TIME, 4);
}

/** A percentile and the observed value that bounds it: `12.20 ms ≤ 12.94 ms`. */
export const formatPercentile = (ns: number | null, bound: number | null | undefined): string =>
  ns === null || bound == null ? formatNs(ns) : `${formatNs(ns)} ≤ ${formatNs(bound)}`;

const BYTES = [
  [1, 'B'],
  [1e3, 'kB'],
  [1e6, 'MB'],
  [1e9, 'GB'],
] as const;

/** `16.9 MB`; powers of 1000, as for bandwidths. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return ABSENT;
  return Math.abs(bytes) < 1000 ? `${Math.round(bytes)} B` : scaled(bytes, BYTES, 3);
}

const COUNT = [
  [1, ''],
  [1e3, 'k'],
  [1e6, 'M'],
  [1e9, 'G'],
  [1e12, 'T'],
] as const;

/** `1.234 M`; below 10,000 the number itself. */
export function formatCount(count: number | null): string {
  if (count === null) return ABSENT;
  if (Math.abs(count) < 10_000)
    return Number.isInteger(count) ? String(count) : significant(count, 4);
  return scaled(count, COUNT, 4);
}

/** `0.1234` as `12.34 %`. */
export function formatPercent(ratio: number | null): string {
  return ratio === null ? ABSENT : `${significant(ratio * 100, 3)} %`;
}

/** A share of a whole, `0.4567` as `45.7 %`: never rounded to all or nothing where some is left. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.001) return 'less than 0.1 %';
  if (share < 1 && share > 0.999) return 'more than 99.9 %';
  return `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;
}

/** A ratio such as IPC, with three significant digits. */
export function formatRatio(ratio: number | null): string {
  return ratio === null ? ABSENT : significant(ratio, 3);
}

/** `253 MB/s` (10^6 bytes per second), `25.6 GB/s`. */
export function formatBandwidth(mbS: number | null): string {
  if (mbS === null) return ABSENT;
  return mbS >= 1e4 ? `${significant(mbS / 1000, 3)} GB/s` : `${significant(mbS, 3)} MB/s`;
}

/** `1 job`, `2 jobs`. */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${n} ${n === 1 ? one : many}`;
