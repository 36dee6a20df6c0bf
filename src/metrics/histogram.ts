/** How often a time came: bins of one width where most jobs are, and ever wider ones from there to the shortest and the longest. */
import type { Distribution } from './distribution.js';

/** A range of times, and how many jobs took as long. */
export interface Bin {
  /** Jobs that took longer than this (the first bin: or as long), ns. */
  from: number;
  /** … and no longer than this, ns. */
  to: number;
  /** How many did. */
  jobs: number;
}

/** How often which time came in a run. */
export interface Histogram {
  /** end − release where a deadline judges it, else end − start. */
  of: 'response' | 'elapsed';
  /** Those in the statistics. */
  jobs: number;
  /** An end of bins where it lies among them. */
  deadlineNs: number | null;
  /** Ascending, without gaps; what is empty next to what is empty is one bin. */
  bins: Bin[];
  /** False where the run outgrew the exact sample, so that a job near an end may stand in the next bin. */
  exact: boolean;
}

/** Bins of one width, about as many: from one of Tukey's fences to the other. */
const BINS = 12;
const FENCE = 1.5;
/** The width of a bin by the median, where three quarters of the jobs took equally long. */
const LEAST_WIDTH = 0.001;

/** @returns null of no jobs */
export function histogramOf(
  times: Distribution,
  of: Histogram['of'],
  deadlineNs: number | null,
): Histogram | null {
  const { min, max, count, exact } = times;
  const [q1, median, q3] = times.quantiles([0.25, 0.5, 0.75]);
  if (min === null || max === null || q1 == null || median == null || q3 == null) return null;
  const low = Math.max(min, q1 - FENCE * (q3 - q1));
  const high = Math.min(max, q3 + FENCE * (q3 - q1));
  const width = roundWidth(high > low ? (high - low) / BINS : median * LEAST_WIDTH);
  const edges = edgesOf(width, { min, low, high, max });
  if (deadlineNs !== null && deadlineNs > min && deadlineNs < max && !edges.includes(deadlineNs)) {
    edges.push(deadlineNs);
    edges.sort((a, b) => a - b);
  }
  const upTo = times.upTo(edges);
  const bins: Bin[] = [];
  for (let i = 1; i < edges.length; i++) {
    const [from, to] = [edges[i - 1] as number, edges[i] as number];
    const jobs = (upTo[i] as number) - (i === 1 ? 0 : (upTo[i - 1] as number));
    const before = bins.at(-1);
    if (jobs === 0 && before?.jobs === 0 && from !== deadlineNs) before.to = to;
    else bins.push({ from, to, jobs });
  }
  return { of, jobs: count, deadlineNs, bins, exact };
}

/** From the shortest to the longest, both included; whole widths, for sums of them lose their digits. */
function edgesOf(
  width: number,
  { min, low, high, max }: Record<'min' | 'low' | 'high' | 'max', number>,
): number[] {
  const [least, most] = [Math.floor(min / width), Math.ceil(max / width)];
  const [first, last] = [Math.floor(low / width), Math.ceil(high / width)];
  const at = Array.from({ length: Math.max(1, last - first) + 1 }, (_, i) => first + i);
  for (let step = 2; (at.at(-1) as number) < most; step *= 2)
    at.push(Math.min(most, (at.at(-1) as number) + step));
  for (let step = 2; (at[0] as number) > least; step *= 2)
    at.unshift(Math.max(least, (at[0] as number) - step));
  return at.map((n) => n * width);
}

/** 1, 2 or 5 of a power of ten: at least that much, and a nanosecond. */
function roundWidth(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((n) => n * power).find((width) => width >= least) ?? 10 * power;
}
