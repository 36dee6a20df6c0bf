import { describe, expect, it as test } from 'vitest';
import type { JobRecord } from '../../src/addon/job-record.js';
import { Distribution } from '../../src/metrics/distribution.js';
import { SummaryBuilder } from '../../src/metrics/summary.js';
import { percentile } from '../../src/statistics/percentiles.js';
import { facts, type JobSketch, jobs, MS, makeRecord, summarise } from './records.js';

test('jobs that used more CPU time than SCHED_DEADLINE gives them are counted, where it does', () => {
  const records = jobs(5, (job) => makeRecord({ job }, { warmup: job === 0, cpuTimeNs: job }));
  expect(summarise(records).runtimeExceeded).toBeNull();
  expect(summarise(records, { runtimeNs: 4 }).runtimeExceeded).toBe(0);
  expect(summarise(records, { runtimeNs: 2 }).runtimeExceeded).toBe(2);
  // the CPU time of a job holds the tool's readings around it, which are none of its own
  const read = jobs(5, (job) => makeRecord({ job, elapsed: 900 }, { cpuTimeNs: 1200 }));
  expect(summarise(read, { runtimeNs: 1000 }).runtimeExceeded).toBe(0);
});

describe('jobs that nothing explains', () => {
  const lateWakeups = (sketch: (job: number) => Partial<JobSketch>, lost: number[] = []) => {
    const builder = new SummaryBuilder(facts);
    for (let job = 0; job <= 100; job++)
      if (!lost.includes(job)) builder.add(makeRecord({ job, ...sketch(job) }));
    return builder.finish().lateWakeups;
  };

  test('late wake-ups are those that no job before them explains', () => {
    const late = (job: number) => (job === 5 || job === 9 ? { latency: job * MS } : {});
    expect(lateWakeups(() => ({}))).toBeNull();
    expect(lateWakeups(late)).toEqual({
      jobs: 2,
      atLeast: false,
      worst: { job: 9, latencyNs: 9 * MS },
    });
    // the job before ended after the release, or nobody knows when it did
    expect(
      lateWakeups((job) => (job === 4 ? { elapsed: 14 * MS } : job === 5 ? late(5) : {})),
    ).toBeNull();
    expect(lateWakeups(late, [4, 8])).toBeNull();
    // not waited for; the first job; 20 times a median that is long itself
    expect(lateWakeups(() => ({ latency: null }))).toBeNull();
    expect(lateWakeups((job) => (job === 0 ? { latency: 9 * MS } : {}))).toBeNull();
    expect(lateWakeups((job) => ({ latency: job === 9 ? 3.9 * MS : 0.2 * MS }))).toBeNull();
  });

  const unexplained = (
    long: Partial<Record<number, number>>,
    rest: (job: number) => Partial<JobRecord> = () => ({}),
    n = 200,
  ) =>
    summarise(jobs(n, (job) => makeRecord({ job, elapsed: long[job] ?? 1000 }, rest(job))))
      .unexplained;

  test('are those beyond twice the median and 1 µs, the first and what was disturbed left out', () => {
    expect(unexplained({})).toBeNull();
    expect(unexplained({ 0: 9000, 5: 2000 })).toBeNull(); // not beyond
    expect(unexplained({ 5: 2001, 9: 3000, 7: 2500 })).toEqual({
      jobs: 3,
      atLeast: false,
      worst: { job: 9, elapsedNs: 3000 },
    });
    for (const cause of ['minorFaults', 'majorFaults', 'involuntarySwitches', 'voluntarySwitches'])
      expect(unexplained({ 5: 9000 }, (job) => (job === 5 ? { [cause]: 1 } : {}))).toBeNull();
    expect(unexplained({ 5: 9000 }, (job) => (job === 5 ? { core: 2 } : {}))).toBeNull();
  });

  test('are those with a wait, too, where most jobs do not wait', () => {
    const waiting = (of: (job: number) => boolean) =>
      summarise(
        jobs(200, (job) =>
          makeRecord(
            { job, elapsed: job === 5 ? 9000 : 1000 },
            { voluntarySwitches: of(job) ? 1 : 0 },
          ),
        ),
      ).longWaits;
    expect(waiting((job) => job === 5)).toEqual({
      jobs: 1,
      atLeast: false,
      worst: { job: 5, elapsedNs: 9000 },
    });
    expect(waiting((job) => job === 6)).toBeNull();
    expect(waiting((job) => job % 5 !== 1)).toBeNull();
  });

  test('of many the longest are kept, and it is said that there are more', () => {
    const long = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [i + 10, 5000 + i]));
    expect(unexplained(long, undefined, 400)).toEqual({
      jobs: 100,
      atLeast: true,
      worst: { job: 159, elapsedNs: 5149 },
    });
  });
});

describe('how alike neighbouring jobs are', () => {
  const correlation = (elapsed: (job: number) => number, n = 400) =>
    summarise(jobs(n, (job) => makeRecord({ job, elapsed: elapsed(job) }))).neighbourCorrelation;

  test('is near 1 for jobs in two long regimes, also where one of them is a thousand times as long', () => {
    const regime = (job: number) => (job < 200 ? 1000 : 1100) + (job % 2);
    expect(correlation(regime)).toBeGreaterThan(0.95);
    expect(
      correlation((job) => (job === 77 ? 1_000_000 : regime(job) * (job < 200 ? 1 : 3))),
    ).toBeGreaterThan(0.5);
  });

  test('is negative for jobs that alternate, and not known for equal ones or two', () => {
    expect(correlation((job) => 1000 + (job % 2))).toBeLessThan(-0.9);
    expect(correlation(() => 1000)).toBeNull();
    expect(correlation((job) => 1000 + job, 3)).toBeNull();
  });
});

describe('which jobs a summary counts', () => {
  test('reports the first job apart and leaves it out of the statistics', () => {
    const summary = summarise(
      jobs(4, (job) =>
        makeRecord(
          { job, elapsed: job === 0 ? 9 * MS : 2 * MS },
          { minorFaults: job === 0 ? 50 : 0 },
        ),
      ),
    );
    expect(summary.counts).toEqual({ executed: 4, warmup: 0, measured: 4, inStatistics: 3 });
    expect(summary.elapsed).toMatchObject({ count: 3, mean: 2 * MS, max: 2 * MS, sd: 0 });
    expect(summary.minorFaults).toBe(0);
    expect(summary.first).toMatchObject({
      elapsedNs: 9 * MS,
      elapsedToMedian: 4.5,
      minorFaults: 50,
      warmup: false,
    });
  });

  test('has latencies of the jobs that were waited for, and what the tool did before each', () => {
    const summary = summarise([
      makeRecord({ job: 1, latency: 8000, dispatch: 100 }),
      makeRecord({ job: 2, latency: null, dispatch: 300 }),
    ]);
    expect(summary.releaseLatency).toMatchObject({ count: 1, mean: 8000 });
    expect(summary.dispatch).toMatchObject({ count: 2, mean: 200, max: 300 });
  });

  test('leaves warm-up jobs out of everything but the counts, and still reports the first', () => {
    const summary = summarise(
      jobs(5, (job) =>
        makeRecord(
          { job, elapsed: job < 2 ? 20 * MS : 3 * MS },
          { warmup: job < 2, skippedReleases: job < 2 ? 1 : 0, majorFaults: job < 2 ? 1 : 0 },
        ),
      ),
    );
    expect(summary.counts).toEqual({ executed: 5, warmup: 2, measured: 3, inStatistics: 3 });
    expect(summary.deadlineMisses).toBe(0);
    expect(summary.skippedReleases).toBe(0);
    expect(summary.majorFaults).toBe(0);
    expect(summary.elapsed.max).toBe(3 * MS);
    expect(summary.first?.warmup).toBe(true);
    expect(summary.first?.deadlineMet).toBe(false);
    expect(summary.busyNs).toBe(49 * MS);
  });

  test('counts a deadline that the measured first job missed, its skipped releases and its lateness', () => {
    const summary = summarise(
      jobs(3, (job) =>
        makeRecord(
          { job, elapsed: job === 0 ? 25 * MS : MS },
          { skippedReleases: job === 0 ? 2 : 0 },
        ),
      ),
    );
    expect(summary.deadlineMisses).toBe(1);
    expect(summary.skippedReleases).toBe(2);
    expect(summary.worstLateness).toEqual({ job: 0, latenessNs: 15 * MS + 5_000 });
  });

  test('names the job of the worst lateness even when every job is early', () => {
    const summary = summarise(
      jobs(5, (job) => makeRecord({ job, elapsed: job === 3 ? 8 * MS : MS })),
    );
    expect(summary.worstLateness).toEqual({ job: 3, latenessNs: -2 * MS + 5_000 });
  });

  test('has no deadline figures without a deadline', () => {
    const summary = summarise(
      jobs(3, (job) => makeRecord({ job, deadline: null })),
      { deadlineNs: null },
    );
    expect(summary.deadlineMisses).toBeNull();
    expect(summary.worstLateness).toBeNull();
  });

  test('has no first job when its record was lost', () => {
    expect(summarise([makeRecord({ job: 7 })]).first).toBeNull();
  });

  test('has nothing to say of one job but that it was the first', () => {
    const summary = summarise([makeRecord({ job: 0 })]);
    expect(summary.elapsed).toEqual({
      count: 0,
      mean: null,
      sd: null,
      min: null,
      p1: null,
      median: null,
      p90: null,
      p99: null,
      p999: null,
      max: null,
      bounds: { p1: null, p90: null, p99: null, p999: null },
    });
    expect(summary.first?.elapsedNs).toBe(2 * MS);
    expect(summary.first?.elapsedToMedian).toBeNull();
  });
});

describe('sums over the jobs in the statistics', () => {
  test('add each quantity to its own sum', () => {
    const summary = summarise(
      jobs(4, (job) =>
        makeRecord(
          { job, elapsed: 1000 + job },
          {
            cpuTimeNs: 10 + job,
            minorFaults: 20 + job,
            majorFaults: 30 + job,
            voluntarySwitches: 40 + job,
            involuntarySwitches: 50 + job,
          },
        ),
      ),
    );
    // jobs 1 to 3; the first job is told apart
    expect(summary).toMatchObject({
      elapsedNs: 3006,
      cpuTimeNs: 36,
      minorFaults: 66,
      majorFaults: 96,
      voluntarySwitches: 126,
      involuntarySwitches: 156,
      busyNs: 4006,
      busyCpuNs: 46,
    });
    expect(summary.first).toMatchObject({
      cpuTimeNs: 10,
      minorFaults: 20,
      majorFaults: 30,
      voluntarySwitches: 40,
      involuntarySwitches: 50,
    });
  });

  test('name the first of two jobs that were equally late', () => {
    const late = (job: number, elapsed: number) => makeRecord({ job, elapsed });
    expect(
      summarise([late(0, 1), late(1, 5000), late(2, 5000), late(3, 2)]).worstLateness?.job,
    ).toBe(1);
  });
});

describe('percentiles', () => {
  const of = (n: number) =>
    summarise(jobs(n + 1, (job) => makeRecord({ job, elapsed: 1000 + job }))).elapsed;

  test('are null below the sample that supports them', () => {
    expect(of(1)).toMatchObject({ median: 1001, p90: null, p1: null, p99: null, p999: null });
    expect(of(28).p90).toBeNull();
    expect(of(29).p90).toBeCloseTo(1001 + 25.2, 9);
    expect(of(298)).toMatchObject({ p1: null, p99: null, bounds: { p1: null, p99: null } });
    expect(of(299).p1).toBeCloseTo(1001 + 2.98, 9);
    expect(of(299).p99).toBeCloseTo(1001 + 295.02, 9);
    expect(of(2994).p999).toBeNull();
    expect(of(2995).p999).toBeCloseTo(1001 + 2991.006, 9);
  });

  test('stand with the job that bounds them', () => {
    const { bounds } = of(1000); // the ranks 996 and 5, and 910 of binomial tables
    expect(bounds.p99).toBeCloseTo(1001 + 995, 9);
    expect(bounds.p1).toBeCloseTo(1001 + 4, 9);
    expect(bounds.p90).toBeGreaterThan(1001 + 900);
    expect(bounds.p999).toBeNull();
    const long = new Distribution(10); // from a histogram
    for (let i = 0; i < 1000; i++) long.add(1001 + i);
    expect(percentile(1000, 'p99', long.inOrder())?.bound).toBeCloseTo(1996, -1);
  });

  test('are bounded by a job that was observed, to the last digit', () => {
    for (const n of [299, 300, 400, 1000, 5001]) {
      const elapsed = (job: number) => 1000 + ((job * 7919) % 104_729) * 1000;
      const { bounds } = summarise(
        jobs(n + 1, (job) => makeRecord({ job, elapsed: elapsed(job) })),
      ).elapsed;
      const observed = new Set(Array.from({ length: n }, (_, i) => elapsed(i + 1)));
      for (const name of ['p1', 'p90', 'p99'] as const) expect(observed).toContain(bounds[name]);
    }
  });

  test('say how they were taken, and of how many jobs each is stated', () => {
    expect(summarise([makeRecord({ job: 1 })]).quantiles).toMatchObject({
      exact: true,
      relativeError: 0,
      jobsNeeded: { p1: 299, p90: 29, p99: 299, p999: 2995 },
    });
  });
});

describe('counts of an empty job', () => {
  const counted = (emptyJob: (number | null)[], values: (number | null)[]) => {
    const builder = new SummaryBuilder({
      ...facts,
      events: ['inst_retired'],
      zeroIsOrdinary: [false],
      extras: [],
    });
    values.forEach((value, i) => {
      builder.add(makeRecord({ job: i + 1 }, { counters: [value] }));
    });
    return builder.finish(emptyJob).events[0];
  };

  test('are taken off beside the raw counts', () => {
    expect(counted([541], [1541, 2541, 5541])).toMatchObject({
      total: 9623,
      median: 2541,
      emptyJob: 541,
      calibrated: { total: 8000, median: 2000, mean: expect.closeTo(8000 / 3, 6) },
    });
  });

  test('never leave less than nothing', () => {
    expect(counted([1057], [1000, 1000])?.calibrated).toEqual({ total: 0, mean: 0, median: 0 });
  });

  test('are absent, not 0, where they or the counts are not known', () => {
    expect(counted([], [9])).toMatchObject({ median: 9, emptyJob: null, calibrated: null });
    expect(counted([null], [9])).toMatchObject({ median: 9, emptyJob: null, calibrated: null });
    expect(counted([5], [null])).toMatchObject({ median: null, emptyJob: 5, calibrated: null });
    expect(counted([0], [9])).toMatchObject({ emptyJob: 0, calibrated: { total: 9, median: 9 } });
  });
});

describe('migrations', () => {
  test('are jobs that ended or started on another core', () => {
    const on = (job: number, startCore: number, core: number) =>
      makeRecord({ job }, { startCore, core });
    expect(summarise([on(0, 1, 1), on(1, 1, 1), on(2, 1, 1)]).migrations).toBe(0);
    expect(summarise([on(0, 1, 1), on(1, 1, 2), on(2, 2, 2)]).migrations).toBe(1);
    expect(summarise([on(0, 1, 1), on(1, 1, 1), on(2, 3, 3), on(3, 3, 3)]).migrations).toBe(1);
    // the tool's own move after the first job
    expect(summarise([on(0, 2, 2), on(1, 1, 1), on(2, 1, 1)]).migrations).toBe(0);
  });

  test('are not inferred from a core that the kernel did not tell', () => {
    const unknown = makeRecord({ job: 2 }, { startCore: -1, core: -1 });
    expect(summarise([makeRecord({ job: 1 }), unknown, makeRecord({ job: 3 })]).migrations).toBe(0);
  });
});

describe('counters', () => {
  const events = ['inst_retired', 'cpu_cycles', 'l2d_cache_refill', 'l2d_cache_wb', 'page_faults'];
  const zeroIsOrdinary = [false, false, false, false, true];

  test('are summed, and their ratios are ratios of sums', () => {
    const summary = summarise(
      [
        makeRecord({ job: 1, elapsed: 1000 }, { counters: [100, 100, 10, 1, 0], counterScale: 1 }),
        makeRecord({ job: 2, elapsed: 3000 }, { counters: [900, 300, 30, 3, 0], counterScale: 1 }),
      ],
      { events, zeroIsOrdinary },
    );
    expect(summary.events[0]).toEqual({
      name: 'inst_retired',
      count: 2,
      total: 1000,
      mean: 500,
      median: 500,
      emptyJob: null,
      calibrated: null,
      neverCounted: false,
    });
    expect(summary.ipc).toBe(2.5); // not (1 + 3) / 2
    expect(summary.readBandwidthMbS).toBe((40 * 64 * 1000) / 4000);
    expect(summary.writeBandwidthMbS).toBe((4 * 64 * 1000) / 4000);
    expect(summary.multiplexedJobs).toBe(0);
    expect(summary.minCounterScale).toBe(1);
  });

  test('enter a ratio only with jobs in which both were counted', () => {
    const summary = summarise(
      [
        makeRecord({ job: 1 }, { counters: [100, 50, null, 0, 0] }),
        makeRecord({ job: 2 }, { counters: [1000, null, null, 0, 0] }),
      ],
      { events, zeroIsOrdinary },
    );
    expect(summary.ipc).toBe(2);
    expect(summary.events[1]).toMatchObject({ count: 1, total: 50 });
    expect(summary.events[2]).toMatchObject({
      count: 0,
      total: null,
      mean: null,
      neverCounted: false,
    });
    expect(summary.readBandwidthMbS).toBeNull();
  });

  test('that stay 0 over work are reported as never counted, not as 0', () => {
    const summary = summarise(
      jobs(5, (job) => makeRecord({ job, elapsed: MS }, { counters: [0, 5000, 0, 7, 0] })),
      { events, zeroIsOrdinary },
    );
    expect(summary.events.map((e) => e.neverCounted)).toEqual([true, false, true, false, false]);
    expect(summary.events[0]).toMatchObject({ total: null, mean: null, median: null });
    expect(summary.ipc).toBeNull();
    expect(summary.readBandwidthMbS).toBeNull();
    expect(summary.first?.counters).toEqual({
      inst_retired: null,
      cpu_cycles: 5000,
      l2d_cache_refill: null,
      l2d_cache_wb: 7,
      page_faults: 0,
    });
    expect(summary.first?.ipc).toBeNull();
  });

  test.each([
    ['l1d_cache', 'l1dMissRatio'],
    ['l1d_cache_refill', 'l1dMissRatio'],
    ['l2d_cache', 'l2dMissRatio'],
    ['l2d_cache_refill', 'l2dMissRatio'],
    ['inst_retired', 'ipc'],
    ['cpu_cycles', 'ipc'],
  ] as const)(
    'when %s never counted, the first job has no %s, and keeps the other ratios',
    (dead, of) => {
      const all = [
        'l1d_cache',
        'l1d_cache_refill',
        'l2d_cache',
        'l2d_cache_refill',
        'inst_retired',
        'cpu_cycles',
      ];
      const counters = all.map((name) => (name === dead ? 0 : name.endsWith('refill') ? 10 : 100));
      const { first } = summarise(
        jobs(3, (job) => makeRecord({ job }, { counters })),
        { events: all, zeroIsOrdinary: [] },
      );
      for (const ratio of ['l1dMissRatio', 'l2dMissRatio', 'ipc'] as const)
        expect(first?.[ratio] === null, ratio).toBe(ratio === of);
    },
  );

  test('may stay 0 when the jobs did next to nothing', () => {
    const summary = summarise(
      jobs(5, (job) => makeRecord({ job, elapsed: 100 }, { counters: [0, 0, 0, 0, 0] })),
      { events, zeroIsOrdinary },
    );
    expect(summary.events.every((e) => !e.neverCounted && e.total === 0)).toBe(true);
  });

  test('count as work from one millisecond of CPU time on, warm-up and first job included', () => {
    const of = (lastNs: number) =>
      summarise(
        jobs(3, (job) =>
          makeRecord(
            { job },
            { warmup: job < 2, cpuTimeNs: job < 2 ? 400_000 : lastNs, counters: [0] },
          ),
        ),
        { events: ['cpu_cycles'], zeroIsOrdinary: [false] },
      ).events[0]?.neverCounted;
    expect(of(199_999)).toBe(false);
    expect(of(200_000)).toBe(true);
  });

  test('count multiplexed jobs and keep the smallest scale', () => {
    const scaled = (job: number, counterScale: number | null) =>
      makeRecord({ job }, { counterScale });
    const summary = summarise([scaled(1, 1), scaled(2, 0.25), scaled(3, 0.5), scaled(4, null)]);
    expect(summary.multiplexedJobs).toBe(2);
    expect(summary.minCounterScale).toBe(0.25);
  });
});

describe('extra metrics', () => {
  test('skip absent values', () => {
    const summary = summarise(
      [
        makeRecord({ job: 1 }, { extras: [10] }),
        makeRecord({ job: 2 }, { extras: [null] }),
        makeRecord({ job: 3 }, { extras: [20] }),
      ],
      { extras: ['mb_s'] },
    );
    expect(summary.extras).toEqual([
      { name: 'mb_s', count: 2, mean: 15, median: 15, min: 10, max: 20 },
    ]);
  });
});

describe('a long run', () => {
  test('goes over to a histogram, says so, and stays within its error', () => {
    const builder = new SummaryBuilder({ ...facts, deadlineNs: null });
    const n = (1 << 20) + 1000;
    const record = makeRecord({ job: 1, deadline: null });
    for (let i = 1; i <= n; i++) {
      record.job = i;
      record.endNs = record.startNs + BigInt(1_000_000 + i);
      builder.add(record);
    }
    const summary = builder.finish();
    expect(summary.quantiles.exact).toBe(false);
    expect(summary.quantiles.relativeError).toBe(2 ** -12);
    const median = 1_000_000 + (n + 1) / 2;
    expect(Math.abs((summary.elapsed.median as number) - median) / median).toBeLessThanOrEqual(
      2 ** -12,
    );
    expect(summary.elapsed.max).toBe(1_000_000 + n);
  });
});
