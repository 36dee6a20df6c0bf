/** Parts that several figures draw alike. */
import type { Layout } from './figure.js';
import { type Colouring, wrap } from './label-lines.js';

/** A line across a chart at one value of x. */
export const line = (at: number, scale: object): object => ({
  data: { values: [{ at }] },
  mark: { type: 'rule', style: 'soft', strokeDash: [4, 3] },
  encoding: { x: { field: 'at', type: 'quantitative', scale }, y: null },
});

/** Characters of an entry of a legend that stands in a row of many, of one in a column of two, and of a line of any. */
const ROW = 14;
const PAIR = { bands: 20, axis: 13 };
const LINES: Record<Layout, number> = { wide: 60, narrow: 28 };

/**
 * Colour by a field of the data, with its legend: no entry of it is ever cut.
 *
 * @param left what the chart has at its left: names in bands, or an axis, which takes room from the legend
 */
export function colourOf(
  field: string,
  values: readonly string[],
  layout: Layout,
  left: keyof typeof PAIR = 'bands',
): object {
  const longest = Math.max(...values.map((v) => v.length));
  const lines = Object.fromEntries(values.map((v) => [v, wrap(v, LINES[layout])]));
  const wide = layout === 'wide';
  const columns =
    wide && longest <= ROW ? 6 : longest <= (wide ? LINES.narrow : PAIR[left]) ? 2 : 1;
  return {
    field,
    type: 'nominal',
    sort: null,
    title: null,
    scale: { domain: [...values] },
    legend:
      values.length < 2
        ? null
        : {
            labelLimit: 0,
            columns,
            ...(longest > LINES[layout]
              ? { labelExpr: `(${JSON.stringify(lines)})[datum.label]` }
              : {}),
          },
  };
}

/** Click an entry of the legend to see it alone. */
export const alone = (field: string) => ({
  name: 'shown',
  select: { type: 'point', fields: [field] },
  bind: 'legend',
});
export const faded = { condition: { param: 'shown', value: 1 }, value: 0.12 };

/** The colour of configurations: by what varies in few values, or one for all. */
export const groupColour = (
  colouring: Colouring | null,
  layout: Layout,
  left?: 'bands' | 'axis',
): object =>
  colouring === null ? {} : { color: colourOf('group', colouring.values, layout, left) };

/** `,.4~r` of a field, for a tooltip. */
export const number = (field: string, title: string): object => ({
  field,
  type: 'quantitative',
  title,
  format: ',.4~r',
});

export const named = { field: 'configuration', title: 'configuration' };

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What the least and the greatest of some values are, with the names of those that have them. */
export function extremes<T>(
  items: readonly T[],
  value: (item: T) => number,
): { least: T; most: T } | null {
  const [first] = items;
  if (first === undefined) return null;
  const pick = (better: (a: number, b: number) => boolean) =>
    items.reduce((a, b) => (better(value(b), value(a)) ? b : a), first);
  return { least: pick((a, b) => a < b), most: pick((a, b) => a > b) };
}

/** What a click on a legend does, where there is one. */
export const clickWords = (what: string, values: readonly string[]): string =>
  values.length > 1 ? ` Click ${what} in the legend to see it alone.` : '';

const LADDERS = [
  [1.01, 1.02, 1.05],
  [1.05, 1.1, 1.2],
  [1.1, 1.25, 1.5],
  [1.25, 1.5, 2],
  [1.5, 2, 3, 4],
  [2, 4, 8, 16],
  [4, 16, 64],
  [10, 100, 1000, 1e4],
  [100, 1e4, 1e6],
  [1e3, 1e6],
];

/** Ticks of an axis of ratios, alike on both sides of 1: the steps that fill most of it and are not too many. */
export function ratioTicks(low: number, high: number, layout: Layout): number[] {
  const most = layout === 'wide' ? 9 : 5;
  const ticksOf = (ladder: readonly number[]) =>
    [...ladder.map((step) => 1 / step).reverse(), 1, ...ladder].filter(
      (tick) => tick >= low * 0.9999 && tick <= high * 1.0001,
    );
  const spread = (ticks: readonly number[]) => Math.log((ticks.at(-1) ?? 1) / (ticks[0] ?? 1));
  return LADDERS.map(ticksOf)
    .filter((ticks) => ticks.length <= most)
    .reduce(
      (a, b) => {
        const more = spread(b) - spread(a);
        return more > 1e-9 || (more > -1e-9 && b.length > a.length) ? b : a;
      },
      [1],
    );
}

/** An axis of ratios: logarithmic, so that 0.25× and 4× are as far from 1×. */
export const ratioAxis = (low: number, high: number, layout: Layout): object => ({
  values: ratioTicks(low, high, layout),
  labelExpr: "format(datum.value, '.3~r') + '×'",
  labelOverlap: 'greedy',
});
