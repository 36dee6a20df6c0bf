/** Records become rows: decoded, checked, counted, and with the cells of dead counters empty. */
import { describe, expect, test } from 'vitest';
import { OFFSETS, RECORD_BYTES } from '../../src/addon/job-record.js';
import type { JobRow } from '../../src/formats/row-format.js';
import { SampleCheck } from '../../src/run/record-check.js';
import { Recorder, type RecorderFacts } from '../../src/run/recorder.js';
import {
  DEADLINE_MET,
  HAS_DEADLINE,
  MS,
  type RecordSketch,
  recordBytes,
  sampleBytes,
  WARMUP,
} from '../child/fake-child.js';

const facts = (rest: Partial<RecorderFacts> = {}): RecorderFacts => ({
  periodNs: 10_000_000,
  deadlineNs: 10_000_000,
  warmup: 0,
  jobs: 0,
  nativeEvents: 0,
  events: [],
  extras: [],
  lineBytes: 64,
  slots: [],
  zeroIsOrdinary: [],
  ...rest,
});
function take(recorder: Recorder, ...records: Buffer[]): JobRow[] {
  const rows: JobRow[] = [];
  recorder.take(Buffer.concat(records), (row) => rows.push(row));
  return rows;
}
const LATE = { endNs: 5_020_000_000n, flags: HAS_DEADLINE };

describe('a recorder', () => {
  test('hands on a row for every record, also from the middle of a buffer', () => {
    const recorder = new Recorder(facts());
    const bytes = Buffer.concat([Buffer.from('head'), recordBytes(0), recordBytes(1)]);
    const rows: JobRow[] = [];
    recorder.take(bytes.subarray(4), (row) => rows.push(row));
    expect(rows.map(({ record }) => record.job)).toEqual([0, 1]);
    expect(rows[1]).toMatchObject({
      record: { releaseNs: 5_010_000_000n, deadlineMet: true },
      derived: { elapsedNs: 2e6, releaseLatencyNs: 1000, utilisation: 0.2 },
    });
    expect(recorder.lastElapsedNs).toBe(2e6);
  });

  test('counts jobs, measured jobs and misses; warm-up jobs are neither measured nor missed', () => {
    const recorder = new Recorder(facts({ warmup: 1 }));
    take(
      recorder,
      recordBytes(0, { ...LATE, flags: HAS_DEADLINE | WARMUP, skipped: 1n }),
      recordBytes(1, { releaseNs: 5_020_000_000n }),
      recordBytes(2, {
        releaseNs: 5_030_000_000n,
        endNs: 5_045_000_000n,
        flags: HAS_DEADLINE,
        skipped: 1n,
      }),
    );
    expect(recorder).toMatchObject({ jobs: 3, measured: 2, misses: 1 });
    expect(recorder.summary.finish().counts).toMatchObject({ executed: 3, measured: 2 });
  });

  test('puts counts under the events that were asked for, and leaves out those that were not opened', () => {
    const recorder = new Recorder(
      facts({
        nativeEvents: 2,
        events: ['a', 'b', 'c'],
        slots: [1, null, 0],
        zeroIsOrdinary: [false, false, false],
      }),
    );
    const counters = { counters: [11n, 22n], flags: 0b1110, timeEnabledNs: 4n, timeRunningNs: 2n };
    const [row] = take(recorder, recordBytes(0, counters));
    expect(row?.record.counters).toEqual([22, null, 11]);
    expect(row?.record.counterScale).toBe(0.5);
  });

  test('leaves the cells of a hardware counter empty until it moves, those of a software event never', () => {
    const recorder = new Recorder(
      facts({
        nativeEvents: 2,
        events: ['inst_retired', 'page_faults'],
        slots: [0, 1],
        zeroIsOrdinary: [false, true],
      }),
    );
    const of = (k: number, a: bigint, b: bigint) =>
      recordBytes(k, { counters: [a, b], flags: 0b1110, timeEnabledNs: 1n, timeRunningNs: 1n });
    const rows = take(recorder, of(0, 0n, 0n), of(1, 5n, 0n), of(2, 0n, 1n));
    expect(rows.map(({ record }) => record.counters)).toEqual([
      [null, 0],
      [5, 0],
      [0, 1],
    ]);
    // the summary knows at the end which were dead, and sees every count
    expect(recorder.summary.finish().events.map(({ total }) => total)).toEqual([5, 1]);
  });

  test('derives nothing from a count that it leaves out', () => {
    const recorder = new Recorder(
      facts({
        nativeEvents: 2,
        events: ['inst_retired', 'cpu_cycles'],
        slots: [0, 1],
        zeroIsOrdinary: [false, false],
      }),
    );
    const counters = { counters: [0n, 9n], flags: 0b1110, timeEnabledNs: 1n, timeRunningNs: 1n };
    expect(take(recorder, recordBytes(0, counters))[0]?.derived.ipc).toBeNull();
  });

  test('reads the workload’s own metrics', () => {
    const recorder = new Recorder(facts({ extras: ['x', 'y'] }));
    const bytes = recordBytes(0);
    bytes.writeDoubleLE(2.5, OFFSETS.extras);
    bytes.writeDoubleLE(Number.NaN, OFFSETS.extras + 8);
    expect(take(recorder, bytes)[0]?.record.extras).toEqual([2.5, null]);
  });
});

describe('a record that can’t be', () => {
  const T0 = 5_000_000_000n;
  const refuse = (shape: Partial<RecorderFacts>, ...records: Buffer[]) => {
    const recorder = new Recorder(facts(shape));
    const last = records.pop() as Buffer;
    expect(take(recorder, ...records)).toHaveLength(records.length);
    expect(() => take(recorder, last)).toThrow(expect.objectContaining({ code: 'E_PROTOCOL' }));
    expect(recorder.jobs).toBe(records.length);
  };
  const first = recordBytes(0);

  test.each<[string, RecordSketch]>([
    ['starts before its release', { startNs: T0 - 1n }],
    ['ends before it starts', { endNs: T0 }],
    ['has no deadline', { flags: 0 }],
    ['has another deadline', { deadlineNs: T0 + 9n * MS }],
    ['met a deadline that it missed', { endNs: T0 + 11n * MS, flags: HAS_DEADLINE | DEADLINE_MET }],
    ['missed a deadline that it met', { flags: HAS_DEADLINE }],
    [
      'met a deadline by a nanosecond that it did not',
      { endNs: T0 + 10n * MS, flags: HAS_DEADLINE },
    ],
    ['wakes up before its release', { wokenNs: T0 - 1n }],
    ['wakes up after its start', { wokenNs: T0 + 1001n }],
    ['was not waited for in a run with a period', { wokenNs: null }],
    ['is warm-up in a run without', { flags: WARMUP | HAS_DEADLINE | DEADLINE_MET }],
    ['has unknown flags', { flags: HAS_DEADLINE | DEADLINE_MET | 64 }],
    ['has counts nobody asked for', { counterMask: 1 }],
  ])('%s', (_what, sketch) => refuse({}, recordBytes(0, sketch)));

  test('is the job after the last one', () => {
    refuse(
      { jobs: 2, warmup: 1 },
      ...[0, 1, 2, 3].map((k) => recordBytes(k, { flags: k === 0 ? 7 : 6 })),
    );
  });
  test('is no warm-up job where it should be', () => refuse({ warmup: 1 }, recordBytes(0)));
  test('has a deadline in a run without', () =>
    refuse({ periodNs: 0, deadlineNs: null }, recordBytes(0)));
  test('skips releases in a continuous run', () =>
    refuse({ periodNs: 0 }, recordBytes(0, { skipped: 1n })));
  test('withholds releases in a continuous run', () =>
    refuse({ periodNs: 0 }, recordBytes(0, { withheld: 1n })));
  test('withholds releases after another than the first', () =>
    refuse({}, first, recordBytes(1, { withheld: 1n })));
  test('has not the release that is left after skipped and withheld ones', () => {
    const [late, before] = [
      recordBytes(0, { skipped: 1n, withheld: 2n }),
      recordBytes(1, { releaseNs: T0 + 40n * MS }),
    ];
    expect(take(new Recorder(facts({})), late, before)).toHaveLength(2);
    refuse({}, late, recordBytes(1, { releaseNs: T0 + 20n * MS }));
  });
  test('has a job number beyond all numbers', () => {
    const bytes = recordBytes(0);
    bytes.writeBigUInt64LE(2n ** 63n, OFFSETS.job);
    refuse({}, bytes);
  });

  test.each<[string, Buffer]>([
    ['comes twice', recordBytes(0, { releaseNs: T0 + 10n * MS })],
    ['is released when the last one was', recordBytes(1, { releaseNs: T0, startNs: T0 + 3n * MS })],
    ['is released between the periods', recordBytes(1, { releaseNs: T0 + 10n * MS + 1n })],
    ['skips a release that nobody skipped', recordBytes(1, { releaseNs: T0 + 20n * MS })],
    [
      'is released when an earlier one was, after lost ones',
      recordBytes(2, { releaseNs: T0, startNs: T0 + 3n * MS }),
    ],
    ['starts before the last one ended', recordBytes(1, { releaseNs: T0 + 1000n })],
  ])('%s', (_what, second) => refuse({}, first, second));

  test('starts, on the grid, before the last one ended', () =>
    refuse({}, recordBytes(0, { endNs: T0 + 15n * MS, flags: HAS_DEADLINE }), recordBytes(1)));
  test('is released during another, in a continuous run', () =>
    refuse({ periodNs: 0 }, first, recordBytes(1, { releaseNs: T0 + MS, startNs: T0 + 5n * MS })));

  test('but a job after lost ones, a late one of a queue and one right at an end are records', () => {
    const recorder = new Recorder(facts());
    const rows = take(
      recorder,
      recordBytes(0),
      recordBytes(4),
      recordBytes(5, { endNs: T0 + 75n * MS, flags: HAS_DEADLINE }),
      recordBytes(6, { startNs: T0 + 75n * MS }),
      recordBytes(7, { startNs: T0 + 77n * MS, endNs: T0 + 80n * MS }), // ends just at its deadline
    );
    expect(rows).toHaveLength(5);
    const continuous = new Recorder(facts({ periodNs: 0, deadlineNs: null }));
    const jobs = [0n, 2n, 9n].map((ms, k) =>
      recordBytes(k, { releaseNs: T0 + ms * MS, startNs: T0 + ms * MS, flags: 0 }),
    );
    expect(take(continuous, ...jobs)).toHaveLength(3);
  });

  test('a whole buffer of zeros or of text', () => {
    refuse({}, Buffer.alloc(RECORD_BYTES));
    refuse({}, Buffer.alloc(RECORD_BYTES, 'Segmentation fault (core dumped) '));
  });
});

describe('a sample that can’t be', () => {
  const check = (...samples: Buffer[]) => {
    const checks = new SampleCheck(1);
    for (const bytes of samples)
      checks.take(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  };
  const refused = expect.objectContaining({ code: 'E_PROTOCOL' });

  test.each<[string, Buffer[]]>([
    ['is older than the one before it', [sampleBytes(0), sampleBytes(0, { timeNs: 1n })]],
    ['is of an earlier job', [sampleBytes(1), sampleBytes(0, { timeNs: 6_000_000_000n })]],
    ['has unknown flags', [sampleBytes(0, { flags: 8 })]],
    ['has counts nobody asked for', [sampleBytes(0, { counters: [1n, 2n] })]],
  ])('%s', (_what, samples) => expect(() => check(...samples)).toThrow(refused));

  test('but two at one instant of one job are samples', () => {
    check(sampleBytes(0, { counters: [1n] }), sampleBytes(0, { counters: [1n] }), sampleBytes(3));
  });
});
