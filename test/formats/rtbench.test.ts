import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it as test } from 'vitest';
import { samplesFormat } from '../../src/formats/counter-samples.js';
import { encodeRows } from '../../src/formats/csv-file.js';
import { type RtbenchFacts, rtbenchFormat } from '../../src/formats/rtbench.js';
import { MS, makeRecord } from '../metrics/records.js';
import { byName, rowOf } from './row.js';

const EVENTS = [
  'l1d_cache',
  'l1d_cache_refill',
  'l2d_cache',
  'l2d_cache_refill',
  'inst_retired',
  'cpu_cycles',
];

const facts: RtbenchFacts & { lineBytes: number } = {
  periodNs: 10 * MS,
  deadlineNs: 8 * MS,
  events: EVENTS,
  extras: [],
  ticksPerSecond: 1e9, // a tick is a ns
  lineBytes: 64,
};

const lines = (f: typeof facts, record: ReturnType<typeof makeRecord>) => [
  ...rtbenchFormat(f).rows(rowOf(f, record)),
];

describe('the RT-Bench CSV', () => {
  test('counts elapsed from the release and keeps to the grid of releases', () => {
    const record = makeRecord(
      { job: 2, at: 20 * MS, latency: MS, elapsed: 4 * MS, deadline: 8 * MS },
      {
        startTicks: 21n * 1_000_000n + 7n,
        endTicks: 25n * 1_000_000n + 7n,
        counters: [100, 10, 10, 1, 50, 60],
      },
    );
    expect(encodeRows(lines(facts, record))).toBe(
      '20000007,30000007,25000007,28000007,5000000,' +
        '0.020000000,0.030000000,0.025000000,0.028000000,0.005000000,' +
        '1,0.5,0.625,100,10,0.100000,10,1,0.100000,50,60\n',
    );
  });

  test('writes a skipped release as zeros except for its deadline, in the way of RT-Bench', () => {
    const record = makeRecord(
      { job: 0, at: 10 * MS, latency: 0, elapsed: 25 * MS, deadline: 8 * MS },
      { skippedReleases: 2, counters: [1, 1, 1, 1, 1, 1], extras: [7] },
    );
    const rows = encodeRows(lines({ ...facts, extras: ['x'] }, record))
      .trimEnd()
      .split('\n');
    expect(rows).toHaveLength(3);
    expect(byName(rtbenchFormat(facts).header, rows[0]?.split(','))).toMatchObject({
      'deadline_status(1=met)': '0',
      job_utilization: '2.5',
      job_density: '3.12', // 3.125: printf takes a tie to the even digit
    });
    const zeros = ',0,0,0,0,0,0.000000,0,0,0.000000,0,0,0.000000';
    expect(rows[1]).toBe(
      `0,0,0,28000000,0,0.000000000,0.000000000,0.000000000,0.028000000,0.000000000${zeros}`,
    );
    expect(rows[2]).toBe(
      `0,0,0,38000000,0,0.000000000,0.000000000,0.000000000,0.038000000,0.000000000${zeros}`,
    );
  });

  test('leaves counters that were not counted empty, in skipped rows too', () => {
    const record = makeRecord(
      { job: 1, elapsed: 15 * MS },
      { skippedReleases: 1, counters: [5, null] },
    );
    const f = { ...facts, events: ['l1d_cache', 'l1d_cache_refill'], extras: ['x'] };
    const header = rtbenchFormat(f).header;
    const [job, skipped] = lines(f, record).map((row) => byName(header, row));
    expect(job).toMatchObject({
      job_l1_references: 5,
      job_l1_misses: null,
      'job_l1_miss_ratio(%%)': null,
      job_l2_references: null,
      instructions_retired: null,
      x: null,
    });
    expect(skipped).toMatchObject({
      job_l1_references: '0',
      job_l1_misses: null,
      cpu_clock_count: null,
      x: null,
    });
  });

  test('shows no period and no deadline in a continuous run', () => {
    const f = { ...facts, periodNs: 0, deadlineNs: null };
    const record = makeRecord({ job: 1, deadline: null, elapsed: MS }, { skippedReleases: 0 });
    expect(byName(rtbenchFormat(f).header, lines(f, record)[0])).toMatchObject({
      'period_end(clock_cycles)': null,
      'period_end(seconds)': null,
      'job_deadline(clock_cycles)': null,
      'job_deadline(seconds)': null,
      'deadline_status(1=met)': null,
      job_utilization: null,
      job_density: null,
      'job_elapsed(seconds)': '0.001005000',
    });
  });
});

const shared = process.env.ISOCHRON_SHARED;

describe.skipIf(shared === undefined)(
  'beside real logs of RT-Bench (needs ISOCHRON_SHARED)',
  () => {
    const read = (name: string) => readFileSync(join(shared as string, 'rtbench', name), 'utf8');
    const logs: [file: string, extras: string[], periodNs: number][] = [
      ['mobilenet_v1_1.0_224_fp32_timing.csv', [], 500 * MS],
      ['mobilenet_v1_1.0_224_uint8_timing.csv', [], 400 * MS],
      ['yolov3-tiny_00000_timing.csv', ['num_detections'], 2600 * MS],
    ];

    test.each(logs)('the header is that of %s, byte for byte', (file, extras) => {
      const header = rtbenchFormat({ ...facts, extras }).header;
      expect(encodeRows([header])).toBe(`${read(file).split('\n')[0]}\n`);
    });

    /** The record that a job of the log was, had our runtime recorded it. Its releases are those that RT-Bench logged. */
    const recordOf = (row: Record<string, string>, extras: string[]) => {
      const ns = (column: string) => BigInt((row[`${column}(seconds)`] as string).replace('.', ''));
      const ticks = (column: string) => BigInt(row[`${column}(clock_cycles)`] as string);
      return makeRecord(
        { job: 1 },
        {
          releaseNs: ns('period_start'),
          startNs: ns('period_start'),
          endNs: ns('job_end'),
          deadlineNs: ns('job_deadline'),
          deadlineMet: row['deadline_status(1=met)'] === '1',
          startTicks: ticks('period_start'),
          endTicks: ticks('job_end'),
          counters: [
            'job_l1_references',
            'job_l1_misses',
            'job_l2_references',
            'job_l2_misses',
            'instructions_retired',
            'cpu_clock_count',
          ].map((column) => Number(row[column])),
          extras: extras.map((column) => Number(row[column])),
        },
      );
    };

    test.each(logs)('the jobs of %s come out as RT-Bench wrote them', (file, extras, periodNs) => {
      const text = read(file).trimEnd();
      const theirs = text
        .split('\n')
        .slice(1)
        .map((line) => line.split(','));
      const rows = parse(text, { columns: true }) as Record<string, string>[];
      expect(rows.length).toBeGreaterThan(9);
      rows.forEach((row, i) => {
        // RT-Bench logs when its timers fired, a little off the period: take the period that this row had.
        const seconds = (column: string) =>
          Number((row[`${column}(seconds)`] as string).replace('.', ''));
        const actual = seconds('period_end') - seconds('period_start');
        expect(Math.abs(actual - periodNs)).toBeLessThan(2 * MS);
        const ticks =
          Number(row['period_end(clock_cycles)']) - Number(row['period_start(clock_cycles)']);
        const f = {
          ...facts,
          extras,
          periodNs: actual,
          deadlineNs: actual,
          ticksPerSecond: (ticks * 1e9) / actual,
        };
        const ours = encodeRows(lines(f, recordOf(row, extras)))
          .trimEnd()
          .split(',');
        // The log's seconds went through a double of C's, so that the last of nine decimals may be one off.
        const loose = [9];
        theirs[i]?.forEach((cell, column) => {
          if (loose.includes(column)) {
            expect(ours[column]).toMatch(/^\d+\.\d{9}$/);
            expect(Math.abs(Number(ours[column]) - Number(cell))).toBeLessThan(2e-9);
          } else expect(ours[column]).toBe(cell);
        });
        expect(ours).toHaveLength(theirs[i]?.length as number);
      });
    });

    test("the sampler's columns begin with those of RT-Bench", () => {
      const theirs = read('perf_profile_sample.csv').split('\n')[0] as string;
      expect(samplesFormat(EVENTS).header.join(',')).toBe(`${theirs},time_ns,job`);
    });
  },
);

describe('the samples CSV', () => {
  test('maps the counters by name, adds time and job, and leaves the absent empty', () => {
    const format = samplesFormat(['inst_retired', 'l1d_cache', 'cpu_cycles', 'l2d_cache_refill']);
    const row = format.row({ timeNs: 2n ** 60n, job: 4, counters: [10, 20, 30, null] });
    expect(encodeRows([row])).toBe('1,20,,,,10,1152921504606846976,4\n');
  });
});
