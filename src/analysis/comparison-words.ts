/** A comparison in plain words. */
import type { Comparison, MetricComparison } from './comparison.js';

/** Enough digits to see the difference from 1: `1.52`, `1.004`, `12.3`. */
export function formatFactor(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const away = Math.abs(value - 1);
  if (away > 0 && away < 0.01) return value.toFixed(Math.min(6, 1 - Math.floor(Math.log10(away))));
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.max(0, 2 - Math.max(size, -9)));
}

/** `95 % CI 1.49–1.55`; the ends get the digits that tell them apart. */
export function formatInterval(
  interval: { low: number; high: number },
  confidence: number,
): string {
  return `${Math.round(100 * confidence)} % CI ${formatRange(interval)}`;
}

/** `1.49–1.55`. */
export function formatRange({ low, high }: { low: number; high: number }): string {
  const width = high - low;
  const telling = width > 0 ? 1 - Math.floor(Math.log10(width)) : 2;
  // three significant digits at least, and no more than six decimals
  const usual = high > 0 ? 2 - Math.floor(Math.log10(high)) : 2;
  const digits = Math.min(6, Math.max(0, telling, usual));
  return `${low.toFixed(digits)}–${high.toFixed(digits)}`;
}

/** `0.030`, `< 0.001`. */
export function formatP(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** The result on inference time: who is faster, by how much, and how sure that is. */
export function compareInWords(comparison: Pick<Comparison, 'a' | 'b' | 'metrics'>): string {
  const { a, b } = comparison;
  const time = comparison.metrics.find((m) => m.key === 'time') as MetricComparison;
  const { ratio, interval, confidence, p, shown } = time;
  if (ratio === null)
    return `${b.name} and ${a.name} can't be compared: ${a.jobs === 0 ? a.name : b.name} has no job to compare.`;
  if (shown === null || (shown && ratio === 1))
    return `${b.name} takes ${percent(ratio)} of ${a.name}'s time, but there are too few jobs to say whether that is a difference.`;
  if (!shown)
    return interval === null
      ? `No difference shown between ${a.name} and ${b.name}: every job took the same time.`
      : `No difference shown between ${a.name} and ${b.name}: time ratio ${formatFactor(ratio)}, ${formatInterval(interval, confidence)}${p === null ? '' : `, p ${p < 0.001 ? formatP(p) : `= ${formatP(p)}`}`}.`;
  const ci = interval as { low: number; high: number };
  const faster = ratio < 1;
  const [winner, loser] = faster ? [b.name, a.name] : [a.name, b.name];
  const share = faster ? ratio : 1 / ratio;
  const speedup = faster ? { low: 1 / ci.high, high: 1 / ci.low } : ci;
  return `${winner} takes ${percent(share)} of ${loser}'s inference time: ${formatFactor(1 / share)}× faster, ${formatInterval(speedup, confidence)}.`;
}

const percent = (share: number) =>
  `${share > 0.99 && share < 1.01 && share !== 1 ? (100 * share).toFixed(2) : (100 * share).toPrecision(3)} %`;
