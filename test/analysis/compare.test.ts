import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { compare, isShown } from '../../src/analysis/compare.js';
import type { Comparison, Side } from '../../src/analysis/comparison.js';
import { loadResults } from '../../src/analysis/load-results.js';
import { contestsBy, matchResults, onlyTwo } from '../../src/analysis/select.js';
import { mannWhitney } from '../../src/statistics/rank-tests.js';
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

test.each<[low: number, high: number, p: number, shown: boolean, why: string]>([
  [1.1, 1.2, 0.04, true, 'slower, by both'],
  [0.8, 0.9, 0.04, true, 'faster, by both'],
  [1.1, 1.2, 0.05, false, 'the test does not reject at 5 %'],
  [0.8, 0.9, 0.3, false, 'the test does not reject'],
  [0.9, 1.1, 0.001, false, 'the interval holds 1'],
  [1, 1.2, 0.001, false, 'the interval begins at 1'],
  [0.8, 1, 0.001, false, 'the interval ends at 1'],
])('an interval of %d to %d with p = %d shows a difference: %s (%s)', (low, high, p, shown) => {
  expect(isShown({ low, high }, p)).toBe(shown);
});

describe('a comparison of two runs', () => {
  test('says who is faster and by how much, with an interval on the ratio of medians', async () => {
    const result = await compareRuns(
      { elapsed: jobs(200, 3 * MS, 1), bytes: 4_000_000 },
      { elapsed: jobs(200, 2 * MS, 2), bytes: 1_000_000 },
    );
    const time = metric(result, 'time');
    expect(time.ratio).toBeCloseTo(2 / 3, 2);
    expect(time.interval?.low).toBeLessThan(time.ratio as number);
    expect(time.interval?.high).toBeGreaterThan(time.ratio as number);
    expect(time.shown).toBe(true);
    expect(time.p).toBeLessThan(1e-6);
    expect(result.sentence).toMatch(
      /^b takes 66\.\d % of a's inference time: 1\.5\d?× faster, 95 % CI 1\.\d+–1\.5\d*\.$/,
    );
    expect(metric(result, 'size')).toMatchObject({ ratio: 0.25, interval: null, p: null });
    expect(metric(result, 'instructions').ratio).toBeCloseTo(2 / 3, 2);
    expect(metric(result, 'ipc').ratio).toBeCloseTo(1, 3);
    expect(metric(result, 'accuracy').ratio).toBeNull();
  });

  test('has the faster one as its subject in either order', async () => {
    const slow = { elapsed: jobs(100, 3 * MS, 1) };
    const fast = { elapsed: jobs(100, 2 * MS, 2) };
    const [one, other] = [await compareRuns(slow, fast), await compareRuns(fast, slow)];
    expect(one.sentence).toContain('b takes 66.');
    expect(other.sentence).toContain('a takes 66.');
    expect(metric(one, 'time').ratio).toBeCloseTo(1 / (metric(other, 'time').ratio as number), 9);
  });

  test('shows no difference where there is none', async () => {
    const result = await compareRuns({ elapsed: jobs(300, MS, 3) }, { elapsed: jobs(300, MS, 4) });
    expect(metric(result, 'time').shown).toBe(false);
    expect(result.sentence).toMatch(/^No difference shown between a and b: time ratio /);
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

  test('says that too few jobs say nothing, instead of inventing an interval', async () => {
    const result = await compareRuns({ elapsed: jobs(5, 3 * MS) }, { elapsed: jobs(5, 2 * MS) });
    expect(metric(result, 'time')).toMatchObject({ interval: null, shown: null });
    expect(result.sentence).toContain('too few jobs');
  });

  test('leaves out a run with one job only, with the reason', async () => {
    const result = await compareRuns({ elapsed: [MS] }, { elapsed: jobs(50, MS) });
    expect(metric(result, 'time').ratio).toBeNull();
    expect(result.sentence).toBe("b and a can't be compared: a has no job to compare.");
    expect(result.notes.join()).toContain('no job besides the first run');
  });

  test('finds no difference in constant data and shows one between two constants', async () => {
    const same = await compareRuns(
      { elapsed: Array(40).fill(MS) },
      { elapsed: Array(40).fill(MS) },
    );
    expect(metric(same, 'time')).toMatchObject({ ratio: 1, shown: false });
    const other = await compareRuns(
      { elapsed: Array(40).fill(MS) },
      { elapsed: Array(40).fill(2 * MS) },
    );
    expect(metric(other, 'time')).toMatchObject({
      ratio: 2,
      shown: true,
      interval: { low: 2, high: 2 },
    });
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
    expect(notes).toMatch(/a: its time drifts by \+39\.\d % /);
    expect(notes).toContain('a: neighbouring jobs are correlated');
    expect(notes).toContain('a has the verdict INVALID: The governor is ondemand.');
    expect(notes).toContain('one run on each side');
    // the other run's jobs are draws from one population, and nothing is said of it
    expect(result.notes.filter((note) => note.startsWith('b'))).toEqual([]);
    expect(notes).not.toContain('not interleaved');
  });

  test('says which way a time drifts, and nothing of a drift below one percent', async () => {
    const drifting = (step: number) => Array.from({ length: 100 }, (_, i) => 2 * MS + i * step);
    const { notes } = await compareRuns(
      { elapsed: drifting(-1000) },
      { elapsed: drifting(190) }, // 0.94 % from the first to the last
    );
    const drifts = notes.filter((note) => note.includes('drifts'));
    expect(drifts).toEqual([expect.stringMatching(/^a: its time drifts by -5\.\d % /)]);
  });

  test('draws its interval anew from another seed, and from as many resamples as it is told', async () => {
    const folder = scratch();
    writeRun(join(folder, 'a'), { elapsed: jobs(60, 3 * MS, 1) });
    writeRun(join(folder, 'b'), { elapsed: jobs(60, 2 * MS, 2) });
    const [contest] = onlyTwo(await loadResults(folder)).contests;
    const interval = async (options?: { seed?: number; resamples?: number }) =>
      metric(await compare(contest?.a as Side, contest?.b as Side, options), 'time').interval;
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
    const { contests } = contestsBy(await sweep(3, 'interleaved'), 'precision');
    const { a, b } = contests[0] as (typeof contests)[number];
    const result = await compare(a, b);
    expect(result.paired).toBe(true);
    expect(metric(result, 'time')).toMatchObject({ test: 'rank-sum within pairs', shown: true });
    expect(metric(result, 'time').ratio).toBeCloseTo(0.6, 2);
    const unpaired = contestsBy(await sweep(3, 'sequential'), 'precision')
      .contests[0] as (typeof contests)[number];
    const loose = await compare(unpaired.a, unpaired.b);
    expect(loose.paired).toBe(false);
    // each says how its repetitions stand to each other, and neither that there is one of each
    expect(loose.notes.join()).toContain('The runs were not interleaved');
    expect(result.notes.join()).not.toContain('interleaved');
    for (const { notes } of [result, loose])
      expect(notes.join()).not.toContain('one run on each side');
    const width = (c: Comparison) => {
      const { low, high } = metric(c, 'time').interval as { low: number; high: number };
      return high - low;
    };
    expect(width(result)).toBeLessThan(width(loose) / 10);
  });

  test('puts the jobs of all repetitions together for the test where they are no pairs', async () => {
    const folder = scratch();
    const elapsed = [2, 3, 5, 7].map((seed) => jobs(20, (1 + seed / 100) * MS, seed));
    const points = elapsed.map((times, i) => {
      const xnnpack = i % 2 === 0;
      writeRun(join(folder, `p${i}`), { elapsed: times, xnnpack });
      return { id: `p${i}`, name: `net ${xnnpack}`, parameters: { xnnpack }, repetition: i >> 1 };
    });
    writeManifest(folder, { suite: 's', order: 'sequential', points });
    const [contest] = contestsBy(await loadResults(folder), 'xnnpack').contests;
    const result = await compare(contest?.a as Side, contest?.b as Side);
    const all = (of: number[]) =>
      Float64Array.from(of.flatMap((i) => (elapsed[i] as number[]).slice(1))).sort();
    expect(metric(result, 'time')).toMatchObject({
      test: 'mann-whitney',
      p: mannWhitney(all([1, 3]), all([0, 2])).p,
    });
  });

  test('takes the signed-rank test from six pairs on', async () => {
    const { contests } = contestsBy(await sweep(6, 'interleaved'), 'precision');
    const { a, b } = contests[0] as (typeof contests)[number];
    const result = await compare(a, b);
    expect(metric(result, 'time')).toMatchObject({
      test: 'signed-rank of pairs',
      p: 0.03125,
      shown: true,
    });
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
