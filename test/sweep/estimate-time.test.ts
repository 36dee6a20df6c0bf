import { describe, expect, test } from 'vitest';
import { expandSuite, type Point } from '../../src/benchmark/expand.js';
import type { Assignment } from '../../src/benchmark/suite.js';
import type { Calibration } from '../../src/formats/manifest.js';
import { autoPeriodNs, calibrationKey } from '../../src/sweep/calibrate-period.js';
import { estimateSeconds, KnownTimes, totalSeconds } from '../../src/sweep/estimate-time.js';

const AUTO = { factor: 2, jobs: 100, durationNs: 30e9 };
const point = (options: Assignment): Point =>
  expandSuite({ name: 's', include: [options], auto: { factor: 2 } }).points[0] as Point;
const seconds = (options: Assignment, times = new KnownTimes(), calibrations: Calibration[] = []) =>
  estimateSeconds(point(options), AUTO, calibrations, times);
const calibration = (of: Point, p99Ns: number | null): Calibration => ({
  key: calibrationKey(of, AUTO),
  name: of.name,
  jobs: 100,
  medianNs: 9e6,
  p99Ns,
  maxNs: 12e6,
  at: '',
  content: null,
  machine: null,
});

describe('the estimate of a point', () => {
  test('is its jobs at its period, warm-up included', () => {
    const plain = seconds({ workload: 'm.tflite', period: '100ms', jobs: 500 }) as number;
    const warm = seconds({
      workload: 'm.tflite',
      period: '100ms',
      jobs: 500,
      warmup: 50,
    }) as number;
    expect(plain).toBeGreaterThan(50);
    expect(plain).toBeLessThan(52);
    expect(warm - plain).toBeCloseTo(5, 6);
  });

  test('is no longer than its duration', () => {
    expect(
      seconds({ workload: 'm.tflite', period: '100ms', jobs: 500, duration: '3s' }),
    ).toBeLessThan(5);
    expect(seconds({ workload: 'm.tflite', duration: '3s' })).toBeGreaterThanOrEqual(3);
  });

  test('is unknown for continuous jobs of unknown length, and known once they were timed', () => {
    const options = { workload: 'm.tflite', jobs: 1000 };
    expect(seconds(options)).toBeNull();
    const times = new KnownTimes();
    times.learn(point({ ...options, jobs: 3 }), 20e6);
    expect(seconds(options, times)).toBeGreaterThan(20);
    // XNNPACK makes other jobs of them
    expect(seconds({ ...options, xnnpack: true }, times)).toBeNull();
  });

  test('knows how long the jobs of spin and noop take, and what calibrating them takes', () => {
    const spin = seconds({ workload: 'spin', us: 20_000, jobs: 1000 }) as number;
    expect(spin).toBeGreaterThan(20);
    expect(spin).toBeLessThan(22);
    expect(seconds({ workload: 'noop', jobs: 1000 })).toBeLessThan(2);
    // 1,000 jobs at twice 20 ms, after 100 at the same distance
    const auto = seconds({ workload: 'spin', us: 20_000, jobs: 1000, period: 'auto' }) as number;
    expect(auto).toBeGreaterThan(44);
    expect(auto).toBeLessThan(48);
  });

  test('takes an automatic period from its calibration', () => {
    const options: Assignment = { workload: 'm.tflite', period: 'auto', jobs: 1000 };
    expect(seconds(options)).toBeNull();
    const known = seconds(options, undefined, [calibration(point(options), 10e6)]) as number;
    expect(known).toBeGreaterThan(20); // 1,000 × 2 × 10 ms
    expect(known).toBeLessThan(22);
  });
});

describe('an automatic period', () => {
  const any = point({ workload: 'noop', period: 'auto' });
  test('is a multiple of the p99, and of the maximum where the jobs are too few for a p99', () => {
    expect(autoPeriodNs(calibration(any, 10e6), 2)).toBe(20e6);
    expect(autoPeriodNs(calibration(any, null), 2)).toBe(24e6);
  });
  test('is shared by points whose jobs take the same time, not by others', () => {
    const key = (options: Assignment) =>
      calibrationKey(point({ workload: 'm.tflite', period: 'auto', ...options }), AUTO);
    expect(key({ jobs: 5 })).toBe(key({ jobs: 9, deadline: '1ms', events: 'none', warmup: 3 }));
    expect(key({})).not.toBe(key({ threads: 2 }));
    expect(key({})).not.toBe(key({ cores: [1] }));
    const one = point({ workload: 'm.tflite', period: 'auto' });
    for (const other of [{ jobs: 7 }, { durationNs: 7 }])
      expect(calibrationKey(one, { ...AUTO, ...other })).not.toBe(calibrationKey(one, AUTO));
    // the factor is applied to what was measured
    expect(calibrationKey(one, { ...AUTO, factor: 9 })).toBe(calibrationKey(one, AUTO));
  });
});

describe('the sum', () => {
  test('takes unknown points at the mean of the known ones', () => {
    expect(totalSeconds([1, null, 3])).toBe(6);
    expect(totalSeconds([null])).toBeNull();
    expect(totalSeconds([])).toBe(0);
  });
});
