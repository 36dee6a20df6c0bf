/** The published experiments in their quick variants: what a user tries first. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ManifestPoint } from '../../src/formats/manifest.js';
import { isochron, json, scratch } from '../cli/helpers.js';

const bench = join(import.meta.dirname, '..', '..', 'bench');
const suites = readdirSync(bench).filter((file) => file.endsWith('.js'));

test.each(suites)('%s --quick runs every point', async (suite) => {
  const results = join(scratch(), 'results');
  const { status, stderr } = await isochron([
    ...['sweep', join(bench, suite), '--quick', '-o', results],
    ...['--only', '.r1'], // a further repetition is the same definition again
  ]);
  expect(status, stderr).toBe(0);
  const { points } = json(join(results, 'manifest.json')) as { points: ManifestPoint[] };
  expect(points.length).toBeGreaterThan(0);
  const done = points.filter(({ repetition }) => repetition === 0);
  expect(new Set(done.map(({ name }) => name))).toEqual(new Set(points.map(({ name }) => name)));
  for (const point of done)
    expect(point.status, `${point.id}: ${point.error?.message}`).toBe('done');
});
