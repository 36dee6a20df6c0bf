/** A histogram for the terminal: a line for each bin, with its count, so that what is rare is not hidden by what is frequent. */
import pc from 'picocolors';
import { plural } from '../kernel/quantities.js';
import type { Histogram } from '../metrics/histogram.js';
import { utf8Locale } from './charset.js';

export interface HistogramLook {
  /** Of the terminal (default: that of stdout, or 80). */
  columns?: number | undefined;
  utf8?: boolean;
  color?: boolean;
}

/** A bar that is longer says no more. */
const LONGEST = 60;
/** A shorter one says nothing beside its count. */
const SHORTEST = 8;

const UNITS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
] as const;

/** Bars are as long as the logarithm of their counts; bins beyond the deadline, whose jobs missed it, are red. */
export function histogramText(
  { of, jobs, bins, deadlineNs, exact }: Histogram,
  look: HistogramLook = {},
): string {
  const { columns = process.stdout.columns ?? 80, utf8 = utf8Locale() } = look;
  const colors = pc.createColors(look.color ?? pc.isColorSupported);
  const plain = (text: string) => (utf8 ? text : text.replaceAll('µ', 'u').replaceAll('–', '-'));
  // one unit for all: that of where most jobs are
  const most = Math.max(...bins.map((bin) => bin.jobs));
  const { from, to } = bins.find((bin) => bin.jobs === most) ?? { from: 0, to: 1 };
  const [factor, unit] = UNITS.find(([size]) => to >= size) ?? UNITS[3];
  const decimals = Math.max(0, Math.ceil(-Math.log10((to - from) / factor) - 1e-9));
  const figure = (ns: number) => (ns / factor).toFixed(decimals);
  const width = Math.max(
    ...bins.flatMap((bin) => [figure(bin.from).length, figure(bin.to).length]),
  );
  const counts = Math.max(...bins.map((bin) => String(bin.jobs).length));
  const room = Math.min(LONGEST, columns - (2 * width + 3 + 2 + counts + 2) - 1);
  const length = (n: number) =>
    n === 0 || room < SHORTEST
      ? 0
      : Math.max(1, Math.round((room * Math.log1p(n)) / Math.log1p(most)));
  const lines = bins.map((bin) => {
    const bar = (utf8 ? '█' : '#').repeat(length(bin.jobs));
    const late = deadlineNs !== null && bin.from >= deadlineNs;
    const range = `${figure(bin.from).padStart(width)} – ${figure(bin.to).padStart(width)}`;
    const text = plain(`${range}  ${String(bin.jobs).padStart(counts)}  ${bar}`).trimEnd();
    return { bin, text: late && bin.jobs > 0 ? colors.red(text) : text };
  });
  const deadline = plain(`deadline ${Number(((deadlineNs ?? 0) / factor).toPrecision(9))} ${unit}`);
  const mark = `${'-'.repeat(2 * width + 3)}  ${deadline}`;
  const among = bins.some((bin) => bin.to === deadlineNs) && deadlineNs !== bins.at(-1)?.to;
  const beside =
    deadlineNs === null || among
      ? ''
      : deadlineNs < (bins[0]?.to ?? 0)
        ? `; the ${deadline} is before all`
        : `; the ${deadline} is after all`;
  const title = `${of} time of ${plural(jobs, 'job')} without the first and the warm-up, ${unit}${exact ? '' : ' (counted to within 0.02 %)'}${beside}`;
  return [
    colors.bold(plain(title)),
    ...lines.flatMap(({ bin, text }) => (among && bin.to === deadlineNs ? [text, mark] : [text])),
    colors.dim(
      plain(
        room < SHORTEST ? 'range, jobs' : 'range, jobs, and a bar of the logarithm of their number',
      ),
    ),
  ].join('\n');
}
