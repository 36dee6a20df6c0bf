/** From a sweep to its comparison and its report: the way that the published study went in notebooks. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isochron, scratch } from './helpers.js';

describe('a sweep of a network at two precisions', () => {
  let results = '';
  beforeAll(async () => {
    const folder = scratch();
    const suite = join(folder, 'suite.json');
    writeFileSync(
      suite,
      JSON.stringify({
        name: 'precisions',
        repetitions: 2,
        base: { jobs: 40, warmup: 1, period: '5ms', events: 'none' },
        matrix: { model: ['mobilenet_v1_0.25_128'], precision: ['fp32', 'uint8'] },
      }),
    );
    results = join(folder, 'results');
    const { status, stderr } = await isochron(['sweep', suite, '-o', results]);
    expect(status, stderr).toBe(0);
  });

  test('is compared by quantization, repetitions as pairs', async () => {
    const told = await isochron(['compare', results, '--by', 'quantization']);
    expect(told.status, told.stderr).toBe(0);
    const { stdout, stderr } = await isochron([
      'compare',
      results,
      '--by',
      'quantization',
      '--json',
    ]);
    const { comparisons } = JSON.parse(stdout);
    expect(comparisons, stderr).toHaveLength(1);
    const [comparison] = comparisons;
    expect(comparison).toMatchObject({ paired: true, a: { jobs: 80 }, b: { jobs: 80 } });
    for (const side of [comparison.a, comparison.b]) expect(side.runs).toHaveLength(2);
    // which is faster depends on what else this machine does; that it is said, and the same in both forms, does not
    expect(told.stdout).toContain(comparison.sentence);
    expect(told.stdout).toContain('uint8');
    const time = comparison.metrics.find(({ key }: { key: string }) => key === 'time');
    expect(time).toMatchObject({ interval: null, p: null, shown: null, more: 4 });
    expect(told.stdout).toContain(
      "2 processes a side can't show a difference at 5 %: 4 more pairs would.",
    );
  });

  test('becomes a report of one file', async () => {
    const html = join(results, 'report.html');
    const { status, stderr } = await isochron([
      'report',
      results,
      '-o',
      html,
      '--svg',
      join(results, 'svg'),
    ]);
    expect(status, stderr).toBe(0);
    expect(statSync(html).size).toBeGreaterThan(100_000);
    expect(readFileSync(html, 'utf8')).toContain('mobilenet_v1_0.25_128');
    expect(existsSync(join(results, 'svg'))).toBe(true);
  });
});
