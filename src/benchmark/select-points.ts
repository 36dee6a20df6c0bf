/** Choosing points of a suite by patterns. */
import { UsageError } from '../kernel/errors.js';
import type { Point } from './expand.js';

/**
 * The points that match every pattern. A pattern is a part of a point's id or name, with `*` for anything, or
 * `AXIS=VALUE`; alternatives are separated by commas. Capitals and small letters are the same.
 *
 * @example selectPoints(points, ['mobilenet_v*', 'xnnpack=true'])
 * @throws UsageError when nothing matches, or an axis is named that no point has
 */
export function selectPoints<T extends Point>(
  points: readonly T[],
  patterns: readonly string[],
): T[] {
  let left = [...points];
  for (const pattern of patterns) {
    const axis = /^([\w-]+)=(.*)$/.exec(pattern);
    const name = axis?.[1];
    if (name !== undefined && !points.some((point) => Object.hasOwn(point.parameters, name)))
      throw new UsageError(
        `no point has an axis called ${name}.`,
        `Axes: ${[...new Set(points.flatMap((p) => Object.keys(p.parameters)))].join(', ') || 'none'}.`,
      );
    const wanted = axis?.[2] ?? pattern;
    // a value may hold commas itself: cores=0,1
    const alternatives = [wanted, ...wanted.split(',')].map((text) => text.trim());
    if (name === undefined && alternatives.some((text) => text === ''))
      throw new UsageError(
        `--only "${pattern}" has nothing to look for.`,
        'Give a part of a name, or AXIS=VALUE.',
      );
    left = left.filter((point) =>
      name === undefined
        ? alternatives.some(
            (text) => matches(point.id, text, true) || matches(point.name, text, true),
          )
        : Object.hasOwn(point.parameters, name) &&
          alternatives.some((text) => matches(String(point.parameters[name]), text, false)),
    );
    if (left.length === 0)
      throw new UsageError(
        `no point matches --only ${pattern}${patterns.length > 1 ? ' and the others' : ''}.`,
        'See the points with --dry-run.',
      );
  }
  return left;
}

/** `part`: the text may stand anywhere in it. Piece after piece, for a pattern of many stars must not take for ever. */
function matches(text: string, pattern: string, part: boolean): boolean {
  const pieces = pattern.toLowerCase().split('*');
  let left = text.toLowerCase();
  if (!part) {
    const first = pieces.shift() as string;
    if (!left.startsWith(first)) return false;
    if (pieces.length === 0) return left === first;
    left = left.slice(first.length);
    const last = pieces.pop() as string;
    if (!left.endsWith(last)) return false;
    left = left.slice(0, left.length - last.length);
  }
  for (const piece of pieces) {
    const at = left.indexOf(piece);
    if (at < 0) return false;
    left = left.slice(at + piece.length);
  }
  return true;
}
