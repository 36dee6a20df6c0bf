import { parse } from 'csv-parse/sync';
import { describe, expect, it as test } from 'vitest';
import { encodeRows } from '../../src/formats/csv-file.js';
import { extendedFormat, REQUIRED_COLUMNS } from '../../src/formats/extended.js';
import { MS, makeRecord } from '../metrics/records.js';
import { byName, rowOf } from './row.js';

const run = {
  periodNs: 10 * MS,
  deadlineNs: 8 * MS,
  lineBytes: 64,
  events: ['l2d_cache', 'l2d_cache_refill', 'cpu_cycles', 'inst_retired'],
  extras: ['mb_s', 'weird, "name"'],
};
const format = extendedFormat(run);
const only = (rows: Iterable<unknown[]>) => {
  const all = [...rows];
  expect(all).toHaveLength(1);
  return all[0] as never[];
};

describe('the extended CSV', () => {
  test('has the columns of the design in their order, counters and extra metrics in place', () => {
    expect(format.header.join(',')).toBe(
      'job,warmup,release_ns,woken_ns,start_ns,end_ns,deadline_ns,release_latency_ns,dispatch_ns,elapsed_ns,' +
        'response_ns,lateness_ns,deadline_met,skipped_releases,withheld_releases,slept,' +
        'utilisation,density,cpu_time_ns,minor_faults,major_faults,' +
        'voluntary_switches,involuntary_switches,core,l2d_cache,l2d_cache_refill,cpu_cycles,inst_retired,' +
        'l1d_miss_ratio,l2d_miss_ratio,ipc,read_bandwidth_mb_s,write_bandwidth_mb_s,counter_scale,mb_s,' +
        'weird, "name"',
    );
  });

  test('puts no name above two columns, whatever the workload calls its metrics', () => {
    const { header } = extendedFormat({
      events: ['task_clock'],
      extras: ['ipc', 'task_clock', 'mine'],
    });
    expect(header.slice(-3)).toEqual(['extra_ipc', 'extra_task_clock', 'mine']);
    expect(new Set(header).size).toBe(header.length);
  });

  test('writes a job worked by hand', () => {
    const record = makeRecord(
      {
        job: 3,
        at: 30 * MS,
        latency: 19_000,
        dispatch: 1000,
        elapsed: 2 * MS,
        deadline: 8 * MS,
      },
      {
        warmup: true,
        counters: [1000, 250, 4_000_000, 3_000_000],
        counterScale: 0.9999999,
        extras: [12.25, null],
        minorFaults: 1,
        majorFaults: 2,
        voluntarySwitches: 3,
        involuntarySwitches: 4,
        skippedReleases: 5,
        cpuTimeNs: 1_900_000,
        core: 2,
      },
    );
    expect(byName(format.header, only(format.rows(rowOf(run, record))))).toEqual({
      job: 3,
      warmup: 1,
      release_ns: 30_000_000n,
      start_ns: 30_020_000n,
      end_ns: 32_020_000n,
      deadline_ns: 38_000_000n,
      woken_ns: 30_019_000n,
      release_latency_ns: 19_000,
      dispatch_ns: 1000,
      slept: 1,
      elapsed_ns: 2_000_000,
      response_ns: 2_020_000,
      lateness_ns: -5_980_000,
      deadline_met: 1,
      skipped_releases: 5,
      withheld_releases: 0,
      utilisation: 0.2,
      density: 0.25,
      cpu_time_ns: 1_900_000,
      minor_faults: 1,
      major_faults: 2,
      voluntary_switches: 3,
      involuntary_switches: 4,
      core: 2,
      l2d_cache: 1000,
      l2d_cache_refill: 250,
      cpu_cycles: 4_000_000,
      inst_retired: 3_000_000,
      l1d_miss_ratio: null,
      l2d_miss_ratio: 0.25,
      ipc: 0.75,
      read_bandwidth_mb_s: 8,
      write_bandwidth_mb_s: null,
      counter_scale: 0.9999999,
      mb_s: 12.25,
      'weird, "name"': null,
    });
  });

  test('leaves what is absent empty, in a file that parses back', () => {
    const continuous = { ...run, periodNs: 0, deadlineNs: null };
    const record = makeRecord(
      { job: 1, deadline: null },
      {
        releaseNs: 2n ** 60n,
        startNs: 2n ** 60n + 5n,
        endNs: 2n ** 60n + 105n,
        counters: [null, 0, null, 5],
      },
    );
    const text = encodeRows([format.header, ...format.rows(rowOf(continuous, record))]);
    const [row] = parse(text, { columns: true }) as Record<string, string>[];
    expect(row).toMatchObject({
      release_ns: '1152921504606846976',
      end_ns: '1152921504606847081',
      elapsed_ns: '100',
      warmup: '0',
      deadline_ns: '',
      lateness_ns: '',
      deadline_met: '',
      utilisation: '',
      density: '',
      l2d_cache: '',
      l2d_cache_refill: '0',
      ipc: '',
      read_bandwidth_mb_s: '0',
      counter_scale: '',
      mb_s: '',
      'weird, "name"': '',
    });
  });
});

test('what readers demand of a file are the columns of version 1, which every file has', () => {
  const { header } = extendedFormat({ events: [], extras: [] });
  expect(REQUIRED_COLUMNS.filter((name) => !header.includes(name))).toEqual([]);
  // a column that is added later must not make older files unreadable
  expect(REQUIRED_COLUMNS).toHaveLength(20);
});
