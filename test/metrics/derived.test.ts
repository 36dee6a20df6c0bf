import { describe, expect, it as test } from 'vitest';
import { bandwidthMbS } from '../../src/metrics/counted-metrics.js';
import { deriver, type RunFacts } from '../../src/metrics/derived.js';
import { MS, makeRecord } from './records.js';

const facts: RunFacts = {
  periodNs: 10 * MS,
  deadlineNs: 8 * MS,
  events: [
    'l1d_cache',
    'l1d_cache_refill',
    'l2d_cache',
    'l2d_cache_refill',
    'inst_retired',
    'cpu_cycles',
    'l2d_cache_wb',
  ],
  lineBytes: 64,
};

describe('times of a job', () => {
  test('are those of a job worked by hand', () => {
    // Released at 100 ms, woken 19 µs later, started 1 µs after that, ran 5 ms, was due at 108 ms.
    const record = makeRecord({
      job: 10,
      latency: 19_000,
      dispatch: 1000,
      elapsed: 5 * MS,
      deadline: 8 * MS,
    });
    expect(deriver({ ...facts, events: [] })(record)).toMatchObject({
      releaseLatencyNs: 19_000,
      dispatchNs: 1000,
      elapsedNs: 5_000_000,
      responseNs: 5_020_000,
      latenessNs: -2_980_000,
      utilisation: 0.5,
      density: 0.625,
    });
  });

  test('stay exact at uptimes beyond 2^53 ns', () => {
    const far = 2n ** 60n;
    const record = makeRecord(
      { job: 1 },
      {
        releaseNs: far,
        wokenNs: far + 1n,
        startNs: far + 1n,
        endNs: far + 4n,
        deadlineNs: far + 6n,
      },
    );
    const derived = deriver(facts)(record);
    expect(derived.releaseLatencyNs).toBe(1);
    expect(derived.elapsedNs).toBe(3);
    expect(derived.latenessNs).toBe(-2);
  });

  test('are not those of a wake-up where nothing was waited for', () => {
    const record = makeRecord({ job: 1, latency: null, dispatch: 700, elapsed: 5 });
    expect(deriver({ ...facts, events: [] })(record)).toMatchObject({
      releaseLatencyNs: null,
      dispatchNs: 700,
      responseNs: 705,
    });
  });

  test('have no lateness, utilisation or density in a continuous run without a deadline', () => {
    const derived = deriver({ ...facts, periodNs: 0, deadlineNs: null })(
      makeRecord({ job: 1, deadline: null }),
    );
    expect(derived.latenessNs).toBeNull();
    expect(derived.utilisation).toBeNull();
    expect(derived.density).toBeNull();
    expect(derived.elapsedNs).toBe(2 * MS);
  });
});

describe('ratios of counters', () => {
  test('are those of the first job of a real A53 log', () => {
    // mobilenet v1 fp32 on a Coral board: the log says 0.015302 and 0.072138; the bandwidth is refills · 64 B / time.
    const record = makeRecord(
      { job: 1, latency: 0, elapsed: 357_581_901 },
      { counters: [155412340, 2378081, 19586369, 1412919, 410208050, 493439805, 1000] },
    );
    const derived = deriver(facts)(record);
    expect(derived.l1dMissRatio).toBeCloseTo(0.015302, 6);
    expect(derived.l2dMissRatio).toBeCloseTo(0.072138, 6);
    expect(derived.ipc).toBeCloseTo(0.831323, 6);
    expect(derived.readBandwidthMbS).toBeCloseTo(252.884, 3);
    expect(derived.writeBandwidthMbS).toBeCloseTo(0.17898, 6);
  });

  test('are null where a count is absent, and only there', () => {
    const derived = deriver(facts)(
      makeRecord({ job: 1 }, { counters: [100, null, 50, 5, 300, 200, null] }),
    );
    expect(derived.l1dMissRatio).toBeNull();
    expect(derived.writeBandwidthMbS).toBeNull();
    expect(derived.l2dMissRatio).toBe(0.1);
    expect(derived.ipc).toBe(1.5);
  });

  test('are null where the divisor is 0', () => {
    const derived = deriver(facts)(makeRecord({ job: 1 }, { counters: [0, 0, 0, 7, 5, 0, 0] }));
    expect(derived.l1dMissRatio).toBeNull();
    expect(derived.l2dMissRatio).toBeNull();
    expect(derived.ipc).toBeNull();
  });

  test('are null when the event was not asked for or the line size is unknown', () => {
    const without = deriver({ ...facts, events: ['cpu_cycles'] })(
      makeRecord({ job: 1 }, { counters: [5] }),
    );
    expect(without.ipc).toBeNull();
    expect(without.readBandwidthMbS).toBeNull();
    const unknownLine = deriver({ ...facts, lineBytes: null })(
      makeRecord({ job: 1 }, { counters: [1, 1, 1, 1, 1, 1, 1] }),
    );
    expect(unknownLine.readBandwidthMbS).toBeNull();
    expect(unknownLine.l2dMissRatio).toBe(1);
  });

  test('count a megabyte as 10^6 bytes', () => {
    // 15625 lines of 64 bytes = 1,000,000 bytes, in one second.
    expect(bandwidthMbS(15625, 64, 1e9)).toBe(1);
    expect(bandwidthMbS(15625, 64, 0)).toBeNull();
  });
});
