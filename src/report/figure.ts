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

export interface Figure {
  /** Part of file names and links, so a slug: small letters, digits, hyphens. */
  id: string;
  section: Section;
  title: string;
  /** What to see in it and how to read it. */
  caption: string;
  /** Null: there is nothing to draw, and `notes` says why. */
  spec: Spec | null;
  /** The figures behind the picture, as its CSV has them; also the spec's data set `rows`. */
  rows: Datum[];
  /** Further data sets of the spec, by name. */
  datasets?: Record<string, unknown[]>;
  /** The scale that the reader may switch to logarithmic: it stands in the spec as `SWITCHED_SCALE`. */
  log?: { label: string; on: boolean };
  /** What the figure shows, in sentences. */
  findings?: string[];
  /** What is absent, and why. */
  notes: string[];
}

export const SECTIONS = [
  'Overview',
  'Ratios',
  'Trade-offs',
  'Distributions',
  'First run',
  'Axes of the sweep',
  'Real-time behaviour',
] as const;
export type Section = (typeof SECTIONS)[number];

/** Stands in a spec for the scale that the reader may switch; `zero` means nothing to a logarithmic one. */
export const SWITCHED_SCALE = { type: '@switched', zero: false };
export const SWITCHED = {
  mark: '"type":"@switched","zero":false',
  log: '"type":"log"',
  linear: '"type":"linear","zero":false',
};

/** Height of a horizontal chart with one band per run. */
export const bandHeight = (bands: number, each = 22) => Math.max(60, bands * each);

/** Names stay readable up to here; a tooltip has the whole. */
export const LABEL_LIMIT = 260;

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
  return { ...figure, caption: '', spec: null, rows: [], notes: [why] };
}

export interface TimeUnit {
  unit: 'ns' | 'µs' | 'ms' | 's';
  /** Divides ns. */
  ns: number;
}

/** The unit in which the largest of these times reads well. */
export function timeUnit(ns: Iterable<number>): TimeUnit {
  let most = 0;
  for (const value of ns) if (Number.isFinite(value)) most = Math.max(most, value);
  if (most >= 2e9) return { unit: 's', ns: 1e9 };
  if (most >= 1e6) return { unit: 'ms', ns: 1e6 };
  if (most >= 1e3) return { unit: 'µs', ns: 1e3 };
  return { unit: 'ns', ns: 1 };
}

/** Six significant digits: what a picture and its CSV need. */
export const round = (value: number): number => Number(value.toPrecision(6));
