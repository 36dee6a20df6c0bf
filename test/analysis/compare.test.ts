import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { compare, compareSides, conclude } from '../../src/analysis/compare.js';
import type { Comparison, Side } from '../../src/analysis/comparison.js';
import { loadResults } from '../../src/analysis/load-results.js';
import { contestsBy, matchResults, onlyTwo } from '../../src/analysis/select.js';
import { jobs, type RunSketch, scratch, writeManifest, writeRun } from './helpers.js';

const MS = 1_000_000;

async function compareRuns(a: RunSketch, b: RunSketch): Promise<Comparison> {
  const folder = scratch();
  writeRun(join(folder, 'a'), a);
  writeRun(join(folder, 'b'), b);
  const [contest] = onlyTwo(await loadResults(folder)).contests;
  if (contest === undefined) throw new Error('no contest');
  return compare(contest.a, contest.b);
}
const metric = (comparison: Comparison, key: string) => {
  const found = comparison.metrics.find((m) => m.key === key);
  if (found === undefined) throw new Error(`no metric ${key}`);
  return found;
};

describe('a comparison of two runs', () => {
  test('describes the two processes, and concludes nothing', async () => {
    const result = await compareRuns(
      { elapsed: jobs(200, 3 * MS, 1), bytes: 4_000_000 },
      { elapsed: jobs(200, 2 * MS, 2), bytes: 1_000_000 },
    );
    const time = metric(result, 'time');
    expect(time.ratio).toBeCloseTo(2 / 3, 2);
    expect(time.within?.low).toBeLessThan(time.ratio as number);
    expect(time.within?.high).toBeGreaterThan(time.ratio as number);
    expect(time).toMatchObject({ interval: null, p: null, shown: null, more: 3, role: 'primary' });
    expect(result.sentence).toMatch(
      /^b took 0\.66\d× the time of a \(medians 2\.\d+ ms against 3\.\d+ ms\), but 1 process a side can't/,
    );
    expect(metric(result, 'size')).toMatchObject({ ratio: 0.25, interval: null, p: null });
    expect(metric(result, 'instructions')).toMatchObject({ role: 'exploratory', shown: null });
    expect(metric(result, 'instructions').ratio).toBeCloseTo(2 / 3, 2);
    expect(metric(result, 'ipc').ratio).toBeCloseTo(1, 3);
    expect(metric(result, 'accuracy').ratio).toBeNull();
  });

  test('keeps the first run and the warm-up out, and reports the first run apart', async () => {
    const tail = jobs(60, MS, 5).slice(1);
    const result = await compareRuns(
      { elapsed: [50 * MS, ...tail] },
      { elapsed: [90 * MS, 80 * MS, 70 * MS, ...tail], warmup: 3 },
    );
    expect(metric(result, 'time').ratio).toBe(1);
    expect(result.b.jobs).toBe(tail.length);
    expect(result.a.firstRunRatio).toBeGreaterThan(49);
    expect(result.b.firstRunRatio).toBeGreaterThan(88);
  });

  test('has no interval over too few jobs', async () => {
    const result = await compareRuns({ elapsed: jobs(5, 3 * MS) }, { elapsed: jobs(5, 2 * MS) });
    expect(metric(result, 'time')).toMatchObject({ interval: null, within: null, shown: null });
  });

  test('leaves out a run with one job only, with the reason', async () => {
    const result = await compareRuns({ elapsed: [MS] }, { elapsed: jobs(50, MS) });
    expect(metric(result, 'time').ratio).toBeNull();
    expect(result.sentence).toBe("b and a can't be compared: a has no job to compare.");
    expect(result.notes.join()).toContain('no job besides the first run');
  });

  test('compares what both have when a metric is absent in one', async () => {
    const result = await compareRuns(
      { elapsed: jobs(50, MS), counters: null },
      { elapsed: jobs(50, MS, 2) },
    );
    expect(metric(result, 'l2_misses')).toMatchObject({ a: null, ratio: null, shown: null });
    expect(metric(result, 'l2_misses').b).not.toBeNull();
    expect(metric(result, 'time').ratio).not.toBeNull();
  });

  test('notes drift, correlated jobs, and an INVALID verdict', async () => {
    const drifting = Array.from({ length: 100 }, (_, i) => MS + i * 5000);
    const result = await compareRuns(
      { elapsed: drifting, valid: false },
      { elapsed: jobs(100, MS) },
    );
    const notes = result.notes.join('\n');
    expect(notes).toMatch(/a: its time drifts: .*\(\+30\.\d %\)/);
    expect(notes).toContain('a: neighbouring jobs are correlated');
    expect(notes).toContain('a has the verdict INVALID: The governor is ondemand.');
    // the other run's jobs are draws from one population, and nothing is said of it
    expect(result.notes.filter((note) => note.startsWith('b'))).toEqual([]);
    expect(notes).not.toContain('not interleaved');
  });

  test('says which way a time drifts, and nothing of a drift below one percent', async () => {
    const drifting = (step: number) => Array.from({ length: 100 }, (_, i) => 2 * MS + i * step);
    const { notes } = await compareRuns(
      { elapsed: drifting(-1000) },
      { elapsed: drifting(290) }, // 0.96 % from the first third to the last
    );
    const drifts = notes.filter((note) => note.includes('drifts'));
    expect(drifts).toEqual([expect.stringMatching(/^a: its time drifts: .*\(-3\.\d %\)/)]);
  });

  test('draws its interval anew from another seed, and from as many resamples as it is told', async () => {
    const folder = scratch();
    writeRun(join(folder, 'a'), { elapsed: jobs(60, 3 * MS, 1) });
    writeRun(join(folder, 'b'), { elapsed: jobs(60, 2 * MS, 2) });
    const [contest] = onlyTwo(await loadResults(folder)).contests;
    const interval = async (options?: { seed?: number; resamples?: number }) =>
      metric(await compare(contest?.a as Side, contest?.b as Side, options), 'time').within;
    const usual = await interval();
    expect(await interval({})).toEqual(usual);
    expect(await interval({ seed: 99 })).not.toEqual(usual);
    expect(await interval({ resamples: 50 })).not.toEqual(usual);
  });

  test('gives no ratio where one of them was never counted, in whichever order', async () => {
    const [counted, not] = [
      { elapsed: jobs(50, MS) },
      { elapsed: jobs(50, MS, 2), counters: null },
    ];
    for (const result of [await compareRuns(counted, not), await compareRuns(not, counted)])
      expect(metric(result, 'l2_misses')).toMatchObject({
        ratio: null,
        inverse: null,
        interval: null,
        p: null,
      });
  });
});

/** A sweep over fp32/int8 × XNNPACK with `repetitions` each. */
async function sweep(repetitions: number, order: string) {
  const folder = scratch();
  const points = [];
  for (let r = 0; r < repetitions; r++)
    for (const precision of ['int8', 'fp32'])
      for (const xnnpack of [true, false]) {
        const id = `${precision}-${xnnpack}-${r}`;
        const median = (precision === 'int8' ? 0.6 : 1) * (xnnpack ? 0.5 : 1) * (1 + r) * MS;
        writeRun(join(folder, id), {
          elapsed: jobs(40, median, r * 7 + points.length + 1),
          model: `net_${precision}`,
          xnnpack,
          period: Math.round(3 * median),
        });
        points.push({
          id,
          name: `net ${precision}${xnnpack ? ' xnnpack' : ''}`,
          parameters: { model: `net_${precision}`, xnnpack, period: 'auto' },
          repetition: r,
        });
      }
  writeManifest(folder, { suite: 'combined', order, points });
  return loadResults(folder);
}

describe('a comparison within a sweep', () => {
  test('varies one fact at a time, with the plainest value as the baseline', async () => {
    const { contests } = contestsBy(await sweep(1, 'sequential'), 'quantization');
    expect(contests.map(({ a, b }) => `${b.name} / ${a.name}`).sort()).toEqual([
      'net int8 / net fp32',
      'net int8 xnnpack / net fp32 xnnpack',
    ]);
    const byXnnpack = contestsBy(await sweep(1, 'sequential'), 'xnnpack').contests;
    expect(byXnnpack.map(({ a, b }) => `${b.name} / ${a.name}`).sort()).toEqual([
      'net fp32 xnnpack / net fp32 (no xnnpack)',
      'net int8 xnnpack / net int8 (no xnnpack)',
    ]);
  });

  test('uses interleaved repetitions as pairs, which sees through a drift of the machine', async () => {
    const of = async (order: string) => {
      const { contests } = contestsBy(await sweep(6, order), 'precision');
      const { a, b } = contests[0] as (typeof contests)[number];
      return compare(a, b);
    };
    const result = await of('interleaved');
    expect(result.paired).toBe(true);
    expect(metric(result, 'time')).toMatchObject({
      test: 'signed-rank of pairs',
      p: 0.03125,
      pCorrected: 0.03125,
      shown: true,
      within: null,
    });
    expect(metric(result, 'time').ratio).toBeCloseTo(0.6, 2);
    const loose = await of('sequential');
    expect(loose.paired).toBe(false);
    expect(metric(loose, 'time')).toMatchObject({ test: 'rank-sum', shown: false });
    // each says how its repetitions stand to each other
    expect(loose.notes.join()).toContain('The runs were not interleaved');
    expect(result.notes.join()).not.toContain('interleaved');
    const width = (c: Comparison) => {
      const { low, high } = metric(c, 'time').interval as { low: number; high: number };
      return high - low;
    };
    expect(width(result)).toBeLessThan(width(loose) / 10);
  });

  test('corrects the time for what is compared with it, and says how many more pairs that takes', async () => {
    const together = async (repetitions: number) => {
      const open = [];
      const results = await sweep(repetitions, 'interleaved');
      for (const by of ['precision', 'xnnpack'])
        for (const { a, b } of contestsBy(results, by).contests)
          open.push(await compareSides(a, b));
      return conclude(open);
    };
    // four comparisons: 2 / 2^7 is more than 5 % / 4, and 2 / 2^8 less
    for (const comparison of await together(7)) {
      expect(comparison.family).toBe(4);
      expect(metric(comparison, 'time')).toMatchObject({
        shown: null,
        p: null,
        interval: null,
        more: 1,
      });
      expect(comparison.sentence).toContain(
        "7 processes a side can't show a difference at 5 % among 4 comparisons: 1 more pair would.",
      );
      // by itself each metric beside it says what it said
      expect(metric(comparison, 'instructions')).toMatchObject({
        role: 'exploratory',
        pCorrected: null,
        shown: true,
        confidence: 0.95,
      });
    }
    for (const [i, comparison] of (await together(8)).entries()) {
      const time = metric(comparison, 'time');
      expect(time).toMatchObject({ shown: true, p: 2 / 256, pCorrected: 8 / 256 });
      // the first is held against 5 % / 4, the last against 5 %
      expect(time.confidence).toBeCloseTo(1 - 0.05 / (4 - i), 12);
      expect(time.interval?.high).toBeLessThan(1);
    }
  });

  test('is not stopped by another name of the same axis', async () => {
    const folder = scratch();
    const points = ['000', '100', '200'].map((depth) => {
      writeRun(join(folder, depth), { elapsed: jobs(20, MS), model: `yolo_${depth}` });
      return { id: depth, name: `yolo ${depth}`, parameters: { depth } };
    });
    writeManifest(folder, { suite: 'depth', points });
    const results = await loadResults(folder);
    for (const by of ['network', 'depth'])
      expect(contestsBy(results, by).contests.map(({ a, b }) => [a.name, b.name])).toEqual([
        [expect.stringContaining('yolo 000'), expect.stringContaining('yolo 100')],
        [expect.stringContaining('yolo 000'), expect.stringContaining('yolo 200')],
      ]);
  });

  test('does not take two networks for two precisions of one', async () => {
    const folder = scratch();
    writeRun(join(folder, 'a'), { elapsed: jobs(20, MS), model: 'a_fp32' });
    writeRun(join(folder, 'b'), { elapsed: jobs(20, MS), model: 'b_int8' });
    const results = await loadResults(folder);
    expect(() => contestsBy(results, 'precision')).toThrow('no two runs');
  });

  test('says what varies when asked for what does not', async () => {
    const results = await sweep(1, 'interleaved');
    expect(() => contestsBy(results, 'threads')).toThrow('nothing in');
    try {
      contestsBy(results, 'threads');
    } catch (error) {
      expect((error as { hint: string }).hint).toMatch(/precision, xnnpack|xnnpack, precision/);
    }
    expect(() => onlyTwo(results)).toThrow('4 measurements');
  });
});

test('matches the measurements of two folders', async () => {
  const [x, y] = [await sweep(1, 'sequential'), await sweep(1, 'sequential')];
  const { contests, notes } = matchResults(x, y);
  expect(contests).toHaveLength(4);
  expect(contests[0]?.a.name).not.toBe(contests[0]?.b.name);
  expect(notes).toEqual([]);
  const alone = scratch();
  writeRun(join(alone, 'other'), { elapsed: jobs(9, 1), model: 'unlike' });
  expect(() => matchResults(x, { ...x, runs: [] })).toThrow('no measurement in common');
  expect(matchResults(await loadResults(alone), await loadResults(alone)).contests).toHaveLength(1);
});
