/** Sweeps with runs that are over at once: whoever imports this mocks `run-benchmark.js` by `fake-run.js`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, vi } from 'vitest';
import type { Suite } from '../../src/benchmark/suite.js';
import type { Manifest, ManifestPoint } from '../../src/formats/manifest.js';
import { loadSuite } from '../../src/sweep/load-suite.js';
import { planSweep } from '../../src/sweep/plan-sweep.js';
import { runSweep, type SweepOptions } from '../../src/sweep/run-sweep.js';
import { scratch } from '../cli/helpers.js';
import { forgetRuns, runs } from './fake-run.js';

vi.mock('../../src/run/run-benchmark.js', () => import('./fake-run.js'));

/** Where the suite and its files are, anew in each test, and its results. */
export let folder: string;
export let out: string;
beforeEach(() => {
  forgetRuns();
  folder = scratch();
  out = join(folder, 'results');
  writeFileSync(join(folder, 'engine.so'), 'engine');
  vi.stubEnv('ISOCHRON_ENGINE', join(folder, 'engine.so'));
});

export const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
export const points = (include: object[], more: object = {}) =>
  ({ name: 's', base: { events: 'none' }, include, ...more }) as unknown as Suite;
/** A sweep of a suite in a file of the folder; what was run in it, by name of point, and what was said. */
export async function sweep(suite: Suite, options: SweepOptions = {}, from = folder) {
  const path = join(from, 'suite.json');
  writeFileSync(path, JSON.stringify(suite));
  const before = runs.ran.length;
  const notes: string[] = [];
  const loaded = await loadSuite(path);
  const { resume, quick, only, again } = options;
  const choice = { output: out, measure: false, resume, quick, only, again };
  const planned = await planSweep(loaded, choice).catch(() => null);
  const result = await runSweep(loaded, {
    output: out,
    onNote: (note) => notes.push(note),
    ...options,
  });
  const ran = runs.ran.slice(before).map(({ name }) => name);
  // --dry-run says what is then done
  const due = planned?.points.filter(({ run }) => run).map(({ point }) => point.name);
  if (options.signal === undefined && !ran.some((name) => name?.startsWith('timing')))
    expect(due).toEqual(result.outcomes.filter(({ kept }) => !kept).map(({ name }) => name));
  return { ...result, ran, notes, planned };
}
export const resume = (suite: Suite, options: SweepOptions = {}, from = folder) =>
  sweep(suite, { resume: true, ...options }, from);
export const manifest = (): Manifest =>
  JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
export const entry = (name: string) =>
  manifest().points.find((point) => point.name === name) as ManifestPoint;
export const edit = (change: (content: Manifest) => void) => {
  const content = manifest();
  change(content);
  writeFileSync(join(out, 'manifest.json'), JSON.stringify(content));
};
/** A further pass of a fake run. */
export const passOf = (output: string, more: object = {}) => ({
  plan: { output },
  status: 'done',
  error: null,
  verdict: { valid: true },
  files: [output],
  ...more,
});
export const one = points([
  { workload: './m.tflite', name: 'one' },
  { workload: 'noop', name: 'two' },
]);
