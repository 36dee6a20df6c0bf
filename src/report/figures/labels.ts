/** Names beside the points of a scatter plot, only where they can be read. */

/** The drawing that positions are estimated for; the page's is wider or narrower by a third at most. */
const WIDTH = 900;
const HEIGHT = 340;
const CHARACTER = 6.4;
const LINE = 13;
/** Names are cut here. */
const NAME_LIMIT = 230;

export interface Placed {
  label: string;
  /** On which side of the point. */
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
 */
export function placeNames(
  points: readonly { name: string; x: number; y: number }[],
): (Placed | null)[] {
  const at = points.map(({ x, y }) => ({ x: x * WIDTH, y: (1 - y) * HEIGHT }));
  const dots = at.map(({ x, y }) => ({ x0: x - 5, x1: x + 5, y0: y - 5, y1: y + 5 }));
  const taken: Box[] = [];
  return points.map(({ name }, i) => {
    const { x, y } = at[i] as { x: number; y: number };
    const width = Math.min(NAME_LIMIT, name.length * CHARACTER);
    for (const side of ['right', 'left'] as const) {
      const x0 = side === 'right' ? x + 9 : x - 9 - width;
      const box = { x0, x1: x0 + width, y0: y - LINE / 2, y1: y + LINE / 2 };
      if (box.x0 < 0 || box.x1 > WIDTH) continue;
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
      dx: side === 'right' ? 9 : -9,
      baseline: 'middle',
      limit: NAME_LIMIT,
    },
    encoding: { x, y, text: { field: 'label' } },
  }));
}
