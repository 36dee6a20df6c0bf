/** A comparison in plain words. */
import { formatNs, formatPercent } from '../kernel/quantities.js';
import { ALPHA } from './compare-processes.js';
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

/** `95 %`, `97.5 %`, `99.962 %`: with two digits of what it lacks. */
export function formatConfidence(confidence: number): string {
  const rest = 100 * (1 - confidence);
  const digits = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(rest) + 1e-9)));
  return `${Number((100 - rest).toFixed(digits))} %`;
}

/** `95 % CI 1.49–1.55`; the ends get the digits that tell them apart. */
export function formatInterval(
  interval: { low: number; high: number },
  confidence: number,
): string {
  return `${formatConfidence(confidence)} CI ${formatRange(interval)}`;
}

/** In the note of a comparison that one of its runs is INVALID; who lists verdicts anyway says it there. */
export const INVALID_NOTE = 'has the verdict INVALID: ';

/** `1.49–1.55`; where an end is close to `one`, no change, it gets the digits that tell it from there. */
export function formatRange({ low, high }: { low: number; high: number }, one = 1): string {
  const width = high - low;
  const telling = width > 0 ? 1 - Math.floor(Math.log10(width)) : 2;
  // three significant digits at least, and no more than six decimals
  const usual = high > 0 ? 2 - Math.floor(Math.log10(high)) : 2;
  const digits = Math.min(6, Math.max(0, telling, usual));
  const apart = (end: number) => {
    const away = Math.abs(end - one);
    const rounded = Number(end.toFixed(digits)) === one && away > 0;
    return end.toFixed(rounded ? Math.min(9, Math.ceil(-Math.log10(away))) : digits);
  };
  return `${apart(low)}–${apart(high)}`;
}

/** `0.030`, `< 0.001`. */
export function formatP(p: number | null): string {
  if (p === null) return '–';
  if (p < 0.001) return '< 0.001';
  // what is not the level is not printed as the level
  const digits = [3, 4, 5].find((n) => Number(p.toFixed(n)) !== ALPHA || p === ALPHA) ?? 6;
  return p.toFixed(digits);
}

/** The result on inference time: who is faster, by how much, and how sure that is. */
export function compareInWords(
  comparison: Pick<Comparison, 'a' | 'b' | 'metrics' | 'paired' | 'family'>,
): string {
  const { a, b, family } = comparison;
  const time = comparison.metrics.find((m) => m.key === 'time') as MetricComparison;
  const { ratio, interval, confidence, shown } = time;
  if (ratio === null)
    return a.jobs > 0 && b.jobs > 0
      ? `${b.name} and ${a.name} can't be compared: a median of 0 has no ratio.`
      : `${b.name} and ${a.name} can't be compared: ${a.jobs === 0 ? a.name : b.name} has no job to compare.`;
  if (shown === null || interval === null)
    return `${b.name} took ${percent(ratio)} of ${a.name}'s time (${medians(time.b, time.a)})${tooFew(time, comparison)}`;
  const p = time.pCorrected ?? time.p;
  const sure = `p ${p !== null && p < 0.001 ? formatP(p) : `= ${formatP(p)}`}${family > 1 ? ` among ${family} comparisons` : ''}`;
  if (!shown)
    return `No difference shown between ${a.name} and ${b.name} (${medians(time.a, time.b)}): time ratio ${formatFactor(ratio)}, ${formatInterval(interval, confidence)}, ${sure}.`;
  const faster = ratio < 1;
  const [winner, loser] = faster ? [b.name, a.name] : [a.name, b.name];
  const [best, other] = faster ? [time.b, time.a] : [time.a, time.b];
  const share = faster ? ratio : 1 / ratio;
  const speedup = faster ? { low: 1 / interval.high, high: 1 / interval.low } : interval;
  return `${winner} takes ${percent(share)} of ${loser}'s inference time (${medians(best, other)}): ${formatFactor(1 / share)}× faster, ${formatInterval(speedup, confidence)}, ${sure}.`;
}

const medians = (one: number | null, other: number | null) =>
  `medians ${formatNs(one)} and ${formatNs(other)}`;

/** Why nothing can be shown, what would be needed, and what the jobs say of their own two processes. */
function tooFew(
  { processes, more, within }: MetricComparison,
  { paired, family }: Pick<Comparison, 'paired' | 'family'>,
): string {
  if (more === null) return ', and a median of 0 lets nothing be tested.';
  const { a, b } = processes;
  const have =
    a === b ? `${a} ${a === 1 ? 'process' : 'processes'} a side` : `${a} and ${b} processes`;
  const among = family > 1 ? ` among ${family} comparisons` : '';
  const need = paired ? `${more} more ${more === 1 ? 'pair' : 'pairs'}` : `${more} more a side`;
  const alone =
    within === null
      ? ''
      : ` Over the jobs of these two processes alone the ratio is ${formatRange(within)}, which says nothing of another process.`;
  return `, but ${have} can't show a difference at 5 %${among}: ${need} would.${alone}`;
}

const percent = (share: number) =>
  share > 0.99 && share < 1.01 && share !== 1
    ? `${(100 * share).toFixed(2)} %`
    : formatPercent(share);
