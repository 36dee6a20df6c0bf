import { describe, expect, test } from 'vitest';
import {
  decodeRecord,
  MAX_COUNTERS,
  MAX_EXTRAS,
  OFFSETS,
  RECORD_BYTES,
} from '../../src/addon/job-record.js';

const BIG = 2n ** 60n; // beyond what a double holds exactly

/** A record whose every field has a value of its own, `at` bytes into the view. */
function record({ flags = 0, mask = 0, at = 0 } = {}): DataView {
  const view = new DataView(new ArrayBuffer(at + RECORD_BYTES));
  const u64 = (offset: number, value: bigint) => view.setBigUint64(at + offset, value, true);
  const u32 = (offset: number, value: number) => view.setUint32(at + offset, value, true);
  u64(OFFSETS.job, 7n);
  u64(OFFSETS.release_ns, BIG + 1n);
  u64(OFFSETS.start_ns, BIG + 2n);
  u64(OFFSETS.woken_ns, BIG + 9n);
  u64(OFFSETS.end_ns, BIG + 3n);
  u64(OFFSETS.deadline_ns, BIG + 4n);
  u64(OFFSETS.start_ticks, BIG + 5n);
  u64(OFFSETS.end_ticks, BIG + 6n);
  u64(OFFSETS.skipped_releases, 8n);
  u64(OFFSETS.withheld_releases, 17n);
  u64(OFFSETS.cpu_time_ns, 9n);
  u64(OFFSETS.time_enabled_ns, 400n);
  u64(OFFSETS.time_running_ns, 100n);
  for (let i = 0; i < MAX_COUNTERS; i++) u64(OFFSETS.counters + 8 * i, BigInt(1000 + i));
  for (let i = 0; i < MAX_EXTRAS; i++)
    view.setFloat64(
      at + OFFSETS.extras + 8 * i,
      [0.5, Number.NaN, 2.5, -Infinity][i] ?? i + 0.5,
      true,
    );
  u32(OFFSETS.minor_faults, 10);
  u32(OFFSETS.major_faults, 11);
  u32(OFFSETS.voluntary_switches, 12);
  u32(OFFSETS.involuntary_switches, 13);
  view.setInt32(at + OFFSETS.core, 14, true);
  u32(OFFSETS.flags, flags);
  u32(OFFSETS.counter_mask, mask);
  u32(OFFSETS.start_core, 15);
  return view;
}

describe('decodeRecord', () => {
  test('every field is read from its place, times exactly, wherever the record begins', () => {
    const view = record({ flags: 0b11_1111, mask: 0b101, at: 24 });
    expect(decodeRecord(view, 24, { counters: 3, extras: 4 })).toEqual({
      job: 7,
      warmup: true,
      releaseNs: BIG + 1n,
      wokenNs: BIG + 9n,
      slept: true,
      startNs: BIG + 2n,
      endNs: BIG + 3n,
      deadlineNs: BIG + 4n,
      deadlineMet: true,
      startTicks: BIG + 5n,
      endTicks: BIG + 6n,
      skippedReleases: 8,
      withheldReleases: 17,
      cpuTimeNs: 9,
      minorFaults: 10,
      majorFaults: 11,
      voluntarySwitches: 12,
      involuntarySwitches: 13,
      core: 14,
      startCore: 15,
      counters: [1000, null, 1002],
      counterScale: 0.25,
      // what is no finite figure is none
      extras: [0.5, null, 2.5, null],
    });
  });

  test('what the flags do not announce is absent, not 0', () => {
    const decoded = decodeRecord(record(), 0, { counters: 2, extras: 0 });
    expect(decoded).toMatchObject({
      warmup: false,
      deadlineNs: null,
      deadlineMet: null,
      counters: [null, null],
      counterScale: null,
      extras: [],
    });
  });

  test('a missed deadline is one that is there and was not met', () => {
    expect(decodeRecord(record({ flags: 0b10 }), 0, { counters: 0, extras: 0 })).toMatchObject({
      wokenNs: null,
      slept: false,
    });
    expect(decodeRecord(record({ flags: 0b10 }), 0, { counters: 0, extras: 0 }).deadlineMet).toBe(
      false,
    );
  });
});
