/**
 * A chart with a band per configuration: where each lies, its name beside it (above it where the picture is narrow) and a value in
 * words at the other end. Positions are px from the top, so that a band can hold anything, and no name is ever cut.
 */
import type { Datum, Layout } from './figure.js';
import { wrap } from './label-lines.js';

const LINE = 14;
/** Characters of a name beside and above its band. */
const BESIDE = 36;
const ABOVE = 44;
/** Px between bands. */
const GAP = 6;

export interface Bands {
  height: number;
  /** Centre of the marks of a band, px. */
  at: (label: string) => number;
  /** Layers that write the names and values, with their data. */
  layers: object[];
  /** Encoding of a y that is in px. */
  y: (field: string) => object;
}

export interface BandOptions {
  /** px for the marks of each band (default 20). */
  room?: number;
  /** What stands at the right end of each band, as the labels are ordered. */
  values?: readonly string[];
}

export function bandsOf(
  labels: readonly string[],
  layout: Layout,
  { room = 20, values }: BandOptions = {},
): Bands {
  const wide = layout === 'wide';
  const wrapped = labels.map((label) => wrap(label, wide ? BESIDE : ABOVE));
  // above its band a value stands on the last line of the name, or on one of its own
  const onLine = wrapped.map((lines, i) => {
    const together = (lines.at(-1) as string).length + (values?.[i]?.length ?? 0) + 2;
    return lines.length - (values === undefined || together <= ABOVE ? 1 : 0);
  });
  const lines = wide ? wrapped.map((w) => w.length) : onLine.map((line) => line + 1);
  const text = LINE * Math.max(1, ...lines);
  const step = GAP + (wide ? Math.max(room, text) : room + text);
  const centre = (i: number) => i * step + (wide ? step / 2 : text + GAP / 2 + room / 2);
  const firstLine = (i: number, lines: number) =>
    wide ? centre(i) - ((lines - 1) / 2) * LINE : i * step + GAP / 2 + LINE / 2;
  const height = Math.max(1, labels.length) * step;
  const index = new Map(labels.map((label, i) => [label, i]));
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: null,
    axis: null,
    scale: { domain: [0, height], reverse: true, nice: false, zero: false },
  });
  const layer = (data: Datum[], x: unknown, mark: object) => ({
    data: { values: data },
    mark: { type: 'text', baseline: 'middle', ...mark },
    encoding: { x: { value: x }, y: y('y'), text: { field: 'text' } },
  });
  const names = wrapped.flatMap((lines, i) =>
    lines.map((line, k): Datum => ({ text: line, y: firstLine(i, lines.length) + k * LINE })),
  );
  const layers = [
    wide
      ? layer(names, -8, { align: 'right', style: 'name' })
      : layer(names, 0, { align: 'left', style: 'name' }),
  ];
  if (values !== undefined) {
    const said = values.map(
      (value, i): Datum => ({
        text: value,
        y: wide ? centre(i) : firstLine(i, 1) + (onLine[i] as number) * LINE,
      }),
    );
    layers.push(
      wide
        ? layer(said, 'width', { align: 'left', dx: 8, style: 'value' })
        : layer(said, 'width', { align: 'right', style: 'value' }),
    );
  }
  return { height, at: (label) => centre(index.get(label) as number), y, layers };
}
