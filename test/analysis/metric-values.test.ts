/** The jobs that statistics rest on. */
import { describe, expect, it as test } from 'vitest';
import {
  factOf,
  hasElapsed,
  type MetricKey,
  metricColumn,
  sampleOf,
  type TimeBase,
  takeSample,
} from '../../src/analysis/metric-values.js';
import { statisticRows } from '../../src/formats/columns.js';
import { columnsOf, runOf } from './fabricated.js';

const NaN_ = Number.NaN;

describe('a metric of every job', () => {
  const full = {
    elapsed_ns: [1000, 2000],
    response_ns: [1500, 4000],
    inst_retired: [300, 600],
    cpu_cycles: [200, 0],
    l1d_cache_refill: [7, 8],
    l2d_cache_refill: [10, 20],
    read_bandwidth_mb_s: [1, 2],
  };
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(full).filter(([name]) => !names.includes(name)));

  test.each<[MetricKey, TimeBase, object, number | null, number[] | null, string]>([
    ['time', 'elapsed', full, 64, [1000, 2000], 'end - start'],
    ['time', 'response', full, 64, [1500, 4000], 'end - release'],
    ['time', 'elapsed', without('elapsed_ns'), 64, null, 'no start in the log'],
    ['instructions', 'elapsed', full, 64, [300, 600], ''],
    ['l1_misses', 'elapsed', full, 64, [7, 8], ''],
    ['l2_misses', 'elapsed', full, 64, [10, 20], ''],
    ['bandwidth', 'elapsed', full, 64, [640, 640], '10 lines of 64 bytes in a µs'],
    ['bandwidth', 'response', full, 32, [(10 * 32) / 1.5, 160], 'the same over the response'],
    ['bandwidth', 'elapsed', full, null, [1, 2], 'as written, where lines have no size'],
    ['bandwidth', 'elapsed', without('l2d_cache_refill'), 64, [1, 2], 'or refills are not known'],
    ['bandwidth', 'elapsed', without('elapsed_ns'), 64, [1, 2], 'or the time is not'],
    ['ipc', 'elapsed', full, 64, [1.5, NaN_], 'nothing per no cycle'],
    ['ipc', 'elapsed', without('cpu_cycles'), 64, null, ''],
    ['ipc', 'elapsed', without('inst_retired'), 64, null, ''],
    ['size', 'elapsed', full, 64, null, 'a fact, not a sample'],
    ['accuracy', 'elapsed', full, 64, null, 'a fact, not a sample'],
  ])('%s over %s', (key, base, values, lineBytes, expected) => {
    const column = metricColumn(key, columnsOf(values as typeof full), base, lineBytes);
    expect(column === null ? null : [...column]).toEqual(expected);
  });

  test('is a fact for size and accuracy, which are the run’s', () => {
    const run = runOf('r', [], { modelBytes: 5, accuracy: 0.5 });
    expect([factOf('size', run), factOf('accuracy', run), factOf('time', run)]).toEqual([
      5,
      0.5,
      null,
    ]);
  });
});

describe('a sample', () => {
  const rows = {
    job: [0, 1, 2, 3, 4],
    warmup: [1, 1, 0, 0, 0],
    elapsed_ns: [90, 80, 7, NaN_, 9],
    response_ns: [91, 81, 8, 9, 10],
    deadline_met: [0, 0, 1, 0, NaN_],
    skipped_releases: [5, 5, 2, NaN_, 1],
  };
  const of = (values: Partial<typeof rows>, base: TimeBase | null = null) =>
    sampleOf(runOf('r', []), columnsOf(values as typeof rows), base);

  test('is of measured jobs, warm-up and the first of the process left out, absent values dropped', () => {
    const sample = of(rows);
    expect(sample).toMatchObject({ base: 'elapsed', jobs: 3, rows: 5 });
    expect([...sample.values.time]).toEqual([7, 9]);
    expect([...sample.values.ipc]).toEqual([]);
    expect(sample.first?.time).toBe(90);
    expect(sample.first?.ipc).toBeNaN();
  });
  test('counts misses and skipped releases of measured jobs, the first included', () => {
    expect(of(rows)).toMatchObject({ deadlineMisses: 1, skippedReleases: 3 });
    expect(of({ ...rows, warmup: [0, 0, 0, 0, 0] })).toMatchObject({
      deadlineMisses: 3,
      skippedReleases: 13,
    });
  });
  test('knows none where there are no deadlines, and zero where all were met', () => {
    expect(of({ ...rows, deadline_met: Array(5).fill(NaN_) }).deadlineMisses).toBeNull();
    expect(of({ ...rows, deadline_met: Array(5).fill(1) }).deadlineMisses).toBe(0);
    const { deadline_met: _, skipped_releases: __, ...less } = rows;
    expect(of(less)).toMatchObject({ deadlineMisses: null, skippedReleases: 0 });
  });
  test('takes every row where nothing says which job it is, and then knows no first', () => {
    const { job: _, warmup: __, ...less } = rows;
    expect([...statisticRows(columnsOf(less))]).toEqual([0, 1, 2, 3, 4]);
    expect(of(less).first).toBeNull();
    // a file whose first rows were lost
    expect(of({ job: [3, 4], elapsed_ns: [7, 9] })).toMatchObject({ first: null, jobs: 2 });
  });
  test('is of response times where no start was logged, or where that is asked for', async () => {
    const { elapsed_ns: _, ...less } = rows;
    expect(hasElapsed(columnsOf(less))).toBe(false);
    expect(hasElapsed(columnsOf({ ...rows, elapsed_ns: Array(5).fill(NaN_) }))).toBe(false);
    expect(of(less)).toMatchObject({ base: 'response', jobs: 3 });
    expect([...of(less).values.time]).toEqual([8, 9, 10]);
    expect([...of(rows, 'response').values.time]).toEqual([8, 9, 10]);
    expect((await takeSample(runOf('r', [5, 6]))).base).toBe('elapsed');
    expect((await takeSample(runOf('r', [5, 6]), 'response')).base).toBe('response');
  });
  test('carries what was found wrong with its file', () => {
    const columns = { ...columnsOf(rows), notes: ['cut'] };
    expect(sampleOf(runOf('r', []), columns).notes).toEqual(['cut']);
  });
});
