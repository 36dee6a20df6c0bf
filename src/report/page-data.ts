/** What the page of a report carries as JSON: page.ts writes it, and browser/page-script.ts reads it there. */
import type { Figure, Layout, Spec, SWITCHED } from './figure.js';
import type { Theme } from './themes.js';

/** A figure that has a picture. */
export interface PageFigure extends Pick<Figure, 'id' | 'rows' | 'datasets' | 'log'> {
  specs: Record<Layout, Spec>;
}

export interface PageData {
  themes: readonly Theme[];
  /** The scale that the reader may switch: as it stands in a spec, and what takes its place. */
  switched: typeof SWITCHED;
  /** Width below which the narrow specifications are drawn, px. */
  narrow: number;
  figures: PageFigure[];
}
