import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { loadResults } from '../../src/analysis/load-results.js';
import type { Run } from '../../src/analysis/results.js';
import { readExtended } from '../../src/formats/columns.js';
import { configurationsOf } from '../../src/report/configurations.js';
import { type Digest, digestOf } from '../../src/report/digest.js';
import { configurationTable } from '../../src/report/report-tables.js';
import { density, exceedance, latencyHistogram, mergedBins } from '../../src/report/shapes.js';
import { timeline } from '../../src/report/timeline.js';
import { extendedCsv, jobs, type RunSketch, scratch, writeRun } from '../analysis/helpers.js';

async function digest(sketch: RunSketch): Promise<Digest> {
  const path = join(scratch(), 'run');
  writeRun(path, sketch);
  const [run] = (await loadResults(`${path}.csv`)).runs;
  if (run === undefined) throw new Error('no run');
  return digestOf(run, await run.columns());
}

describe('the digest of a run', () => {
  test('keeps the first job and the warm-up out of the statistics and reports the first against them', async () => {
    const d = await digest({ elapsed: [900, 500, ...Array(20).fill(300), 600], warmup: 2 });
    expect(d.jobs).toBe(21);
    expect(d.time).toMatchObject({ min: 300, median: 300, max: 600, outliers: 1, p99: null });
    expect(d.firstRatios.time).toBe(3);
    expect(d.firstRatios.instructions).toBe(3);
    expect(d.medians).toMatchObject({ instructions: 1500, accuracy: null, size: 1_000_000 });
  });

  test('has quantiles only where the sample supports them', async () => {
    const few = await digest({ elapsed: jobs(299, 1e6) }); // 298 besides the first
    expect(few.time).toMatchObject({ p99: null, p99Upper: null });
    expect(few.latency).toMatchObject({ p99: null, p99Upper: null });
    const { time, latency } = await digest({ elapsed: jobs(300, 1e6) });
    expect(time?.p99).not.toBeNull();
    expect(time?.p99Upper).toBe(time?.max);
    expect(latency?.p99).not.toBeNull();
    expect(latency?.p99Upper).toBe(latency?.max);
  });

  test('has no statistics for one job only, and says what it can', async () => {
    const d = await digest({ elapsed: [1000] });
    expect(d).toMatchObject({ jobs: 0, rows: 1, time: null, latency: null });
    expect(d.firstRatios.time).toBeNull();
    const [only, more] = d.timeline.stretches;
    expect(more).toBeUndefined();
    expect(only).toMatchObject({ job: 0, jobs: 1, response: only?.median });
    expect((only?.response as number) - (only?.latency as number)).toBe(1000);
  });

  test('stands in the table with its skipped releases, where any run has some', async () => {
    const d = await digest({ elapsed: jobs(40, 1e6) });
    expect(configurationTable(configurationsOf([d]))).not.toContain('skipped');
    const other = await digest({ elapsed: jobs(40, 1e6), threads: 2 });
    const late = { ...other, skippedReleases: 161 };
    expect(configurationTable(configurationsOf([d, late]))).toMatch(/skipped.*>161</s);
  });

  test('holds its responses against the deadline, the first job included, the warm-up not', async () => {
    const elapsed = [12e6, 30e6, ...Array(20).fill(3e6), 11e6];
    const first = await digest({ elapsed: [12e6, ...Array(20).fill(3e6)], period: 10e6 });
    expect(first.deadline).toMatchObject({ ns: 10e6, jobs: 21, missed: 1, worstIsFirst: true });
    const warm = await digest({ elapsed, warmup: 2, period: 10e6 });
    expect(warm.deadline).toMatchObject({ jobs: 21, missed: 1, worstIsFirst: false });
    expect(warm.deadline?.worst).toBeGreaterThanOrEqual(11e6);
    expect(warm.deadline?.worst).toBeLessThan(12e6);
  });

  test('says of an older file that its release latency is another one', async () => {
    const path = join(scratch(), 'run');
    writeRun(path, { elapsed: jobs(40, 1e6) });
    const run = (await loadResults(`${path}.csv`)).runs[0] as Run;
    const columns = await run.columns();
    expect(digestOf(run, columns).notes).toEqual([]);
    const older = digestOf(run, {
      ...columns,
      column: (name) => (name === 'woken_ns' ? null : columns.column(name)),
    });
    expect(older.latency).not.toBeNull();
    expect(older.notes.join()).toContain('An older file, without woken_ns');
  });

  test('has nothing where nothing was counted', async () => {
    const d = await digest({ elapsed: jobs(30, 1e6), counters: null });
    expect(d.medians).toMatchObject({
      instructions: null,
      l2_misses: null,
      bandwidth: null,
      ipc: null,
    });
    expect(d.firstRatios).toMatchObject({ instructions: null, l1_misses: null });
  });
});

describe('a density', () => {
  test('has the area 1 within its window and its top where the values crowd', () => {
    const values = Float64Array.from(
      { length: 4000 },
      (_, i) => 10 + Math.tan(((i + 0.5) / 4000 - 0.5) * 2.2),
    ).sort();
    const curve = density(values);
    const step = (curve[1]?.at as number) - (curve[0]?.at as number);
    const area = curve.reduce((sum, p) => sum + p.density * step, 0);
    expect(area).toBeGreaterThan(0.95);
    expect(curve[0]?.at).toBeGreaterThanOrEqual(values[0] as number);
    expect(curve.at(-1)?.at).toBeLessThanOrEqual(values.at(-1) as number);
    expect(area).toBeLessThan(1.02);
    const top = curve.reduce((best, p) => (p.density > best.density ? p : best));
    expect(Math.abs(top.at - 10)).toBeLessThan(0.3);
  });

  test('is a spike for constant data, and finite when more than half are equal', () => {
    expect(density(new Float64Array(20).fill(3))).toEqual([{ at: 3, density: 1 }]);
    const mostly = Float64Array.from([...Array(30).fill(1), 2, 3]);
    expect(density(mostly).every((p) => Number.isFinite(p.density) && p.density >= 0)).toBe(true);
    expect(density(new Float64Array(5))).toEqual([]);
  });
});

describe('a histogram of latencies', () => {
  test('counts every latency once, in a bin that holds it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -50, max: 1e9, noNaN: true })), (values) => {
        const bins = latencyHistogram(values);
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(values.length);
        for (const value of values)
          expect(
            bins.some(
              (bin) =>
                value <= 100 || (value >= bin.from * (1 - 1e-9) && value <= bin.to * (1 + 1e-9)),
            ),
          ).toBe(true);
        bins.slice(1).forEach((bin, i) => {
          expect(bin.from).toBeGreaterThanOrEqual((bins[i]?.to as number) * (1 - 1e-9));
        });
      }),
    );
  });
});

describe('the share of latencies beyond a value', () => {
  test('is exact at every bound of the bins, and falls to one job at the longest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 101, max: 1e8, noNaN: true }), { minLength: 1 }),
        fc.array(fc.double({ min: 101, max: 1e8, noNaN: true }), { minLength: 1 }),
        (some, others) => {
          const all = [...some, ...others];
          const max = Math.max(...all);
          const bins = mergedBins([latencyHistogram(some), latencyHistogram(others)]);
          const points = exceedance(bins, max);
          for (const { ns, share } of points.filter((p) => p.ns < max)) {
            const counted = all.filter((v) => v > ns).length / all.length;
            // a value on the very bound may fall to either side
            const near = all.filter((v) => Math.abs(v / ns - 1) < 1e-6).length / all.length;
            expect(Math.abs(share - counted)).toBeLessThanOrEqual(near + 1e-9);
          }
          points.slice(1).forEach((p, i) => {
            expect(p.share).toBeLessThanOrEqual(points[i]?.share as number);
          });
        },
      ),
    );
  });
});

describe('a run over time', () => {
  const columnsOf = async (sketch: RunSketch) => {
    const path = join(scratch(), 'run.csv');
    writeFileSync(path, extendedCsv(sketch));
    return readExtended(path);
  };

  test('is thinned without losing the longest job or any job', async () => {
    const elapsed = jobs(5000, 1_000_000);
    elapsed[3333] = 7_000_000;
    const { stretches } = timeline(await columnsOf({ elapsed }));
    expect(stretches.length).toBeLessThanOrEqual(240);
    expect(stretches.reduce((n, s) => n + s.jobs, 0)).toBe(5000);
    const worst = stretches.reduce((a, b) => (b.response > a.response ? b : a));
    expect(worst.job).toBe(3333);
    expect(worst.response - (worst.latency as number)).toBe(7_000_000);
  });

  test('counts every miss and draws the worst of too many', async () => {
    const elapsed = Array.from({ length: 1000 }, (_, i) =>
      i % 2 === 1 ? 11_000_000 + i : 1_000_000,
    );
    const { missed, misses } = timeline(await columnsOf({ elapsed }));
    expect(missed).toBe(500);
    expect(misses).toHaveLength(400);
    expect(misses[0]?.job).toBe(999);
    expect(misses[0]?.response).toBeGreaterThanOrEqual(11_000_999);
  });
});
