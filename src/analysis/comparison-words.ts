/** A comparison in plain words. */
import { formatNs, plural } from '../kernel/quantities.js';
import { ALPHA } from './compare-processes.js';
import type { Comparison, MetricComparison } from './comparison.js';
import { countsInvalid } from './mixtures.js';

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

/** In the note that the times of a run drift. */
export const DRIFT_NOTE = 'its time drifts: ';

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

/** Below this a factor gets the digits that tell it from 1; `1.52×`. */
export const formatTimes = (factor: number | null): string =>
  factor === null ? '–' : `${formatFactor(factor)}×`;

/**
 * The result on inference time, always as the factor of B against the baseline A: below 1 is faster. What is no more than
 * observed is said as that.
 */
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
  const quotient = otherQuotient(time);
  const beside =
    quotient === null ? '' : `, whose quotient is ${formatTimes(quotient)}: ${WHY_OTHER}`;
  const took = `${b.name} took ${formatTimes(ratio)} the time of ${a.name} (medians ${formatNs(time.b)} against ${formatNs(time.a)}${beside})`;
  if (shown === null || interval === null) return `${took}${tooFew(time, comparison)}`;
  const p = time.pCorrected ?? time.p;
  const sure = `p ${p !== null && p < 0.001 ? formatP(p) : `= ${formatP(p)}`}${family > 1 ? ` among ${family} comparisons` : ''}`;
  const what = shown ? `shown to be ${ratio < 1 ? 'faster' : 'slower'}` : 'no difference is shown';
  return `${took}: ${what}, ${formatInterval(interval, confidence)}×, ${sure}.`;
}

/** Apart by more than this, the ratio and the quotient of the medians want a word. */
const OTHER = 1.1;

/** Why a ratio of the test is not that of the medians beside it. */
export const WHY_OTHER =
  'the ratio is that of pairs of processes, in which what changes from one repetition to the next cancels';

/** The quotient of the two medians, where it is another than the ratio that belongs to the test: outside of its interval, or 10 % away. */
export function otherQuotient({
  a,
  b,
  ratio,
  interval,
}: Pick<MetricComparison, 'a' | 'b' | 'ratio' | 'interval'>): number | null {
  if (a === null || b === null || ratio === null || a <= 0 || b <= 0 || ratio <= 0) return null;
  const quotient = b / a;
  const away = Math.max(quotient / ratio, ratio / quotient);
  const outside = interval !== null && (quotient < interval.low || quotient > interval.high);
  return away > OTHER || (outside && away > 1.001) ? quotient : null;
}

/** Why nothing can be shown, what would be needed, and what the jobs say of their own two processes. */
function tooFew(time: MetricComparison, comparison: Pick<Comparison, 'paired' | 'family'>): string {
  if (time.more === null) return ', and a median of 0 lets nothing be tested.';
  const alone =
    time.within === null
      ? ''
      : ` Over the jobs of these two processes alone the ratio is ${formatRange(time.within)}, which says nothing of another process.`;
  return `, but ${needInWords(time, comparison)}.${alone}`;
}

/** `3 processes a side can't show a difference at 5 % among 4 comparisons: 5 more pairs would`. */
export function needInWords(
  { processes: { a, b }, more }: MetricComparison,
  { paired, family }: Pick<Comparison, 'paired' | 'family'>,
): string {
  const have = a === b ? `${plural(a, 'process', 'processes')} a side` : `${a} and ${b} processes`;
  const among = family > 1 ? ` among ${family} comparisons` : '';
  const need = paired ? `${more} more ${more === 1 ? 'pair' : 'pairs'}` : `${more} more a side`;
  return `${have} can't show a difference at 5 %${among}: ${need} would`;
}

/** The rule by which a difference counts as shown, for the comparisons of one table. */
export function ruleInWords(
  comparisons: readonly Pick<Comparison, 'family' | 'metrics'>[],
): string {
  const tests = new Set(
    comparisons.flatMap(({ metrics }) => metrics.find((m) => m.key === 'time')?.test ?? []),
  );
  const family = comparisons[0]?.family ?? 1;
  const by = tests.size === 0 ? '' : ` (${[...tests].join(', ')})`;
  return `A difference is shown where an exact test over the medians of the processes${by} rejects equal times at 5 %${family > 1 ? `, corrected for the ${family} comparisons (Holm)` : ''}; the interval holds the ratios that it does not reject, and the ratio is the estimate in its middle (Hodges-Lehmann), not the quotient of the medians.`;
}

/** Kinds of notes that a table with many runs has for nearly each of them. */
const KINDS = [DRIFT_NOTE, INVALID_NOTE];

/** The notes with those of a kind said once, in the words of the first, and how many more there are; none that a count of all covers. */
export function condensed(notes: readonly string[]): string[] {
  const counted = notes.some(countsInvalid);
  const distinct = [...new Set(notes)].filter(
    (note) => !counted || countsInvalid(note) || !note.includes(INVALID_NOTE),
  );
  return distinct.flatMap((note, i) => {
    const kind = KINDS.find((words) => note.includes(words));
    if (kind === undefined || countsInvalid(note)) return [note];
    const same = distinct.filter((other) => other.includes(kind));
    if (distinct.indexOf(same[0] as string) < i) return [];
    return [
      same.length === 1 ? note : `${note} And so of ${same.length - 1} more (--json has each).`,
    ];
  });
}
