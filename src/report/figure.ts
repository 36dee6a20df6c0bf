/** What a figure of the report is, apart from how it is drawn. */

type Open = { [key: string]: unknown };
type Param = Open & { name: string; bind?: string | (Open & { input?: string }) };

/** A Vega-Lite specification without theme and width. */
export type Spec = {
  [key: string]: unknown;
  /** The page looks for those that are bound to an input. */
  params?: readonly Param[];
};
export type Datum = { [column: string]: string | number | boolean | null };

/** How much room a picture has: `narrow` is a phone, a half of a page, a column of two. */
export type Layout = 'wide' | 'narrow';

/** Width below which the narrow specification is drawn, px. */
export const NARROW = 560;

export interface Figure {
  /** Part of file names and links, so a slug: small letters, digits, hyphens. */
  id: string;
  section: Section;
  title: string;
  /** What its data say, in a sentence or two: above the picture, and its alternative text. Empty without a picture. */
  message: string;
  /** How to read it. */
  caption: string;
  /** Null: there is nothing to draw, and `notes` says why. */
  specs: Record<Layout, Spec> | null;
  /** The figures behind the picture, as its CSV has them; also the spec's data set `rows`. */
  rows: Datum[];
  /** Further data sets of the spec, by name. */
  datasets?: Record<string, unknown[]>;
  /** The scale that the reader may switch to logarithmic: it stands in the spec as `SWITCHED_SCALE`. */
  log?: { label: string; on: boolean };
  /** What is absent, and why. */
  notes: string[];
}

export const SECTIONS = [
  'Time and deadlines',
  'Differences',
  'Trade-offs',
  'Over the axes',
  'Job by job',
  'Release latency',
  'Counters and sizes',
] as const;
export type Section = (typeof SECTIONS)[number];

/** Both specifications of a figure. */
export const inBoth = (build: (layout: Layout) => Spec): Record<Layout, Spec> => ({
  wide: build('wide'),
  narrow: build('narrow'),
});

/** Stands in a spec for the scale that the reader may switch. */
export const SWITCHED_SCALE = { type: '@switched', zero: false, nice: true };
export const SWITCHED = {
  mark: '"type":"@switched","zero":false,"nice":true',
  // round ends of a logarithmic scale are powers of ten, which may leave most of it empty
  log: '"type":"log","nice":false,"padding":10',
  linear: '"type":"linear","zero":false,"nice":true',
};

/** The spec with its switchable scale fixed. */
export function withScale(spec: Spec, log: boolean): Spec {
  const text = JSON.stringify(spec);
  return JSON.parse(text.replaceAll(SWITCHED.mark, log ? SWITCHED.log : SWITCHED.linear)) as Spec;
}

/** A name as part of an id that no other name in `taken` has got; it is added there. */
export function slug(name: string, taken: Set<string>): string {
  const plain =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'x';
  let id = plain;
  for (let n = 2; taken.has(id); n++) id = `${plain}-${n}`;
  taken.add(id);
  return id;
}

/** A figure without a picture. */
export function missing(figure: Pick<Figure, 'id' | 'section' | 'title'>, why: string): Figure {
  return { ...figure, message: '', caption: '', specs: null, rows: [], notes: [why] };
}

export interface Unit {
  /** As it stands in the title of an axis; empty for a bare number. */
  unit: string;
  /** Divides what is measured in ns, bytes or single events. */
  factor: number;
}

/** The largest unit in which the greatest of these values is at least 1 (or the first). */
function unitOf(values: Iterable<number>, units: readonly (readonly [number, string])[]): Unit {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  const [factor, unit] = units.findLast(([f]) => most >= f) ?? (units[0] as [number, string]);
  return { factor, unit };
}

/** The unit in which the greatest of these times reads well; seconds begin at two. */
export const timeUnit = (ns: Iterable<number>): Unit => {
  const found = unitOf(ns, [
    [1, 'ns'],
    [1e3, 'µs'],
    [1e6, 'ms'],
    [2e9, 's'],
  ]);
  return found.unit === 's' ? { unit: 's', factor: 1e9 } : found;
};

export const sizeUnit = (bytes: Iterable<number>): Unit =>
  unitOf(bytes, [
    [1, 'bytes'],
    [1e3, 'kB'],
    [1e6, 'MB'],
    [1e9, 'GB'],
  ]);

export const countUnit = (counts: Iterable<number>): Unit =>
  unitOf(counts, [
    [1, ''],
    [1e3, 'thousands'],
    [1e6, 'millions'],
    [1e9, 'billions'],
  ]);

/** `inference time (ms)`. */
export const titled = (label: string, { unit }: Unit): string =>
  unit === '' ? label : `${label} (${unit})`;

/** Six significant digits: what a picture and its CSV need. */
export const round = (value: number): number => Number(value.toPrecision(6));

/** Ticks of a number as people write it: no powers in letters (Vega's own would say "700m" of 0.7). */
export const PLAIN = {
  labelExpr: "abs(datum.value) >= 1000 ? format(datum.value, ',.0f') : format(datum.value, '.4~r')",
  labelOverlap: 'greedy',
  labelSeparation: 6,
};

/** An axis of the titles and ticks that a layout has room for. */
export const plainAxis = (layout: Layout): object => ({
  ...PLAIN,
  tickCount: layout === 'wide' ? 7 : 4,
});

/** Ticks at 1, 2 and 5 times powers of ten within a logarithmic frame, fewer where they would be many. */
export function logTicks(low: number, high: number, most: number): number[] {
  const within = (steps: readonly number[]) => {
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const step of steps) {
        const tick = Number((step * 10 ** power).toPrecision(3));
        if (tick >= low && tick <= high) found.push(tick);
      }
    return found;
  };
  for (const steps of [
    [1, 1.5, 2, 3, 5, 7],
    [1, 2, 5],
    [1, 3],
  ]) {
    const ticks = within(steps);
    if (ticks.length <= most) return ticks;
  }
  const powers = within([1]);
  const every = Math.ceil(powers.length / most);
  return powers.filter((_, i) => i % every === 0);
}
