/** Choosing points of a suite by patterns. */
import { UsageError } from '../errors.js';
import type { Point } from './expand.js';

/**
 * The points that match every pattern. A pattern is a part of a point's id or name, with `*` for anything, or
 * `AXIS=VALUE`; alternatives are separated by commas.
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
    if (name !== undefined && !points.some((point) => name in point.parameters))
      throw new UsageError(
        `no point has an axis called ${name}.`,
        `Axes: ${[...new Set(points.flatMap((p) => Object.keys(p.parameters)))].join(', ') || 'none'}.`,
      );
    const alternatives = (axis?.[2] ?? pattern).split(',').map((text) => text.trim());
    left = left.filter((point) =>
      name === undefined
        ? alternatives.some(
            (text) => matches(point.id, text, true) || matches(point.name, text, true),
          )
        : alternatives.some((text) => matches(String(point.parameters[name]), text, false)),
    );
    if (left.length === 0)
      throw new UsageError(
        `no point matches --only ${pattern}${patterns.length > 1 ? ' and the others' : ''}.`,
        'See the points with --dry-run.',
      );
  }
  return left;
}

/** `part`: the text may stand anywhere in it. */
function matches(text: string, pattern: string, part: boolean): boolean {
  const source = pattern
    .split('*')
    .map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(part ? source : `^${source}$`, 'i').test(text);
}
