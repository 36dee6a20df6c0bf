/** Names beside the points of a scatter plot, only where they can be read. */

import type { Layout } from '../figure.js';
import { CHARACTER } from '../label-lines.js';

/** The drawing that positions are estimated for; a page's is wider or narrower by a quarter at most. */
const WIDTH: Record<Layout, number> = { wide: 640, narrow: 260 };
const HEIGHT = 320;
const LINE = 16;
/** Px from a point up to its name, so that no whisker runs through it. */
const ABOVE = 6;

export interface Placed {
  label: string;
  /** To which side it goes from above the point. */
  side: 'left' | 'right';
}

interface Box {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

const overlap = (a: Box, b: Box) => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;

/**
 * Gives a point its name if that covers neither another point nor a name given before; earlier points have precedence.
 *
 * @param points positions as shares (0 … 1) of the frame, y upwards
 * @param written what else is written in the picture, each ending at its position
 */
export function placeNames(
  points: readonly { name: string; x: number; y: number }[],
  layout: Layout,
  written: readonly { name: string; x: number; y: number }[] = [],
): (Placed | null)[] {
  const frame = WIDTH[layout];
  const at = points.map(({ x, y }) => ({ x: x * frame, y: (1 - y) * HEIGHT }));
  const dots = at.map(({ x, y }) => ({ x0: x - 5, x1: x + 5, y0: y - 5, y1: y + 5 }));
  // right-aligned, above where they stand
  const taken: Box[] = written.map(({ name, x, y }) => {
    const [right, bottom] = [x * frame, (1 - y) * HEIGHT];
    return {
      x0: right - name.length * CHARACTER - 8,
      x1: right,
      y0: bottom - 2 * LINE,
      y1: bottom,
    };
  });
  return points.map(({ name }, i) => {
    const { x, y } = at[i] as { x: number; y: number };
    const width = 1.15 * name.length * CHARACTER;
    for (const side of ['right', 'left'] as const) {
      const x0 = side === 'right' ? x - 4 : x + 4 - width;
      const box = { x0, x1: x0 + width, y0: y - ABOVE - LINE, y1: y - ABOVE };
      if (box.x0 < 0 || box.x1 > frame) continue;
      if (taken.some((other) => overlap(box, other))) continue;
      if (dots.some((dot, j) => j !== i && overlap(box, dot))) continue;
      taken.push(box);
      return { label: name, side };
    }
    return null;
  });
}

/** Layers that write the names: the data has `label` and `side`. */
export function nameLayers(x: object, y: object): object[] {
  return (['right', 'left'] as const).map((side) => ({
    transform: [{ filter: `datum.side === '${side}'` }],
    mark: {
      type: 'text',
      align: side === 'right' ? 'left' : 'right',
      dx: side === 'right' ? -4 : 4,
      dy: -ABOVE,
      baseline: 'bottom',
    },
    encoding: { x, y, text: { field: 'label' } },
  }));
}
