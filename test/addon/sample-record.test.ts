import { describe, expect, test } from 'vitest';
import { decodeSample, SAMPLE_BYTES, SAMPLE_OFFSETS } from '../../src/addon/sample-record.js';

function sample(fields: {
  flags: number;
  mask?: number;
  counters?: bigint[];
  enabled?: bigint;
  running?: bigint;
}): DataView {
  const view = new DataView(new ArrayBuffer(SAMPLE_BYTES));
  view.setBigUint64(SAMPLE_OFFSETS.time_ns, 2n ** 60n + 1n, true);
  view.setBigUint64(SAMPLE_OFFSETS.job, 7n, true);
  view.setBigUint64(SAMPLE_OFFSETS.time_enabled_ns, fields.enabled ?? 0n, true);
  view.setBigUint64(SAMPLE_OFFSETS.time_running_ns, fields.running ?? 0n, true);
  fields.counters?.forEach((value, i) => {
    view.setBigUint64(SAMPLE_OFFSETS.counters + 8 * i, value, true);
  });
  view.setUint32(SAMPLE_OFFSETS.flags, fields.flags, true);
  view.setUint32(SAMPLE_OFFSETS.counter_mask, fields.mask ?? 0, true);
  return view;
}

describe('decodeSample', () => {
  test('a sample within a job has its counts, and null for what was not counted', () => {
    const view = sample({
      flags: 7,
      mask: 0b101,
      counters: [5n, 6n, 0n],
      enabled: 200n,
      running: 100n,
    });
    expect(decodeSample(view, 0, 3)).toEqual({
      timeNs: 2n ** 60n + 1n,
      job: 7,
      running: true,
      counters: [5, null, 0],
      counterScale: 0.5,
    });
  });

  test('between jobs the last job is named and nothing is counted', () => {
    const decoded = decodeSample(sample({ flags: 2 }), 0, 2);
    expect(decoded).toMatchObject({
      job: 7,
      running: false,
      counters: [null, null],
      counterScale: null,
    });
  });

  test('a sample is read from where it begins', () => {
    const one = sample({ flags: 7, mask: 1, counters: [5n], enabled: 2n, running: 2n });
    const both = new Uint8Array(2 * SAMPLE_BYTES);
    both.set(new Uint8Array(one.buffer, one.byteOffset, SAMPLE_BYTES), SAMPLE_BYTES);
    expect(decodeSample(new DataView(both.buffer), SAMPLE_BYTES, 1)).toEqual(
      decodeSample(one, 0, 1),
    );
  });

  test('a share of the time is told with counters that were enabled only', () => {
    const scale = (flags: number, enabled: bigint) =>
      decodeSample(sample({ flags, enabled, running: 1n }), 0, 0).counterScale;
    expect(scale(7, 2n)).toBe(0.5);
    expect(scale(3, 2n)).toBeNull();
    expect(scale(7, 0n)).toBeNull();
  });

  test('before the first job there is no job', () => {
    expect(decodeSample(sample({ flags: 0 }), 0, 0).job).toBeNull();
  });
});
