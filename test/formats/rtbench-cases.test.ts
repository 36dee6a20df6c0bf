/** What logs of RT-Bench hold besides whole rows, and what an import makes of it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { importRtbench } from '../../src/analysis/import-rtbench.js';
import { readExtended } from '../../src/formats/columns.js';
import { RTBENCH_COLUMNS } from '../../src/formats/rtbench.js';
import {
  isRtbench,
  isRtbenchSamples,
  parseSeconds,
  readRtbenchLog,
} from '../../src/formats/rtbench-log.js';
import { scratch } from '../analysis/helpers.js';
import { HEADER, log, row, skipped } from './rtbench-rows.js';

/** A row with some of its cells replaced, by column. */
function changed(line: string, cells: Partial<Record<(typeof RTBENCH_COLUMNS)[number], string>>) {
  const all = line.split(',');
  for (const [name, text] of Object.entries(cells))
    all[RTBENCH_COLUMNS.indexOf(name as (typeof RTBENCH_COLUMNS)[number])] = text;
  return all.join(',');
}
const lines = (...all: string[]) => `${all.join('\n')}\n`;
async function only(text: string) {
  const runs = await readRtbenchLog(log(text));
  expect(runs).toHaveLength(1);
  return runs[0] as NonNullable<(typeof runs)[number]>;
}
const column = ({ columns }: Awaited<ReturnType<typeof only>>, name: string) => [
  ...(columns.column(name) ?? []),
];

test('a log is known by its columns, whatever blanks stand around them', () => {
  const names = [...RTBENCH_COLUMNS];
  expect(isRtbench(names.map((name) => ` ${name} `))).toBe(true);
  for (const needed of ['period_start(seconds)', 'job_end(seconds)', 'job_elapsed(seconds)'])
    expect(isRtbench(names.filter((name) => name !== needed))).toBe(false);
  expect(isRtbenchSamples(['samples', 'l1_refills'])).toBe(true);
  expect(isRtbenchSamples(['samples', 'l2_refills'])).toBe(false);
  expect(isRtbenchSamples(['l1_refills', 'samples'])).toBe(false);
});

test.each<[string, bigint | null]>([
  [' 1.5 ', 1_500_000_000n],
  ['0.000000001', 1n],
  ['0.0000000019', 1n], // the clock's own digits end at ns
  ['12', 12_000_000_000n],
  ['.5', null],
  ['-1.0', null],
  ['1e3', null],
  ['', null],
])('%s seconds are %s ns', (text, ns) => {
  expect(parseSeconds(text)).toBe(ns);
});

describe('a line of a log', () => {
  const ok = (k: number) => row(k, 10_000_000);
  test.each<[why: string, text: string[], rows: number, notes: RegExp[]]>([
    [
      'that is no job is left out, by its number',
      [ok(0), 'rubbish', ok(1)],
      2,
      [/^1 line is no job and was left out \(first on line 3\)/],
    ],
    [
      'is named only the first time',
      ['x', ok(0), 'y', 'z'],
      1,
      [/^3 lines are no job and were left out \(first on line 2\)/],
    ],
    ['may end with a comma', [`${ok(0)},`, `${ok(1)}, `], 2, []],
    ['may not end with another cell', [ok(0), `${ok(1)},7`], 1, [/^1 line/]],
    ['may not lack one', [ok(0), ok(1).slice(0, ok(1).lastIndexOf(','))], 1, [/^1 line/]],
    [
      'without its release is none',
      [ok(0), changed(ok(1), { 'period_start(seconds)': 'nan' })],
      1,
      [/^1 line/],
    ],
    [
      'without its end is none',
      [ok(0), changed(ok(1), { 'job_end(seconds)': 'nan' })],
      1,
      [/^1 line/],
    ],
    [
      'without its time is none',
      [ok(0), changed(ok(1), { 'job_elapsed(seconds)': 'nan' })],
      1,
      [/^1 line/],
    ],
    ['may be empty', ['', ok(0), '  ', ok(1)], 2, []],
    [
      'of a release that was skipped before any job is not counted',
      [skipped(0), ok(1)],
      1,
      [/^1 skipped release precedes the first job and is not counted/],
    ],
    [
      'of several',
      [skipped(0), skipped(1), ok(2)],
      1,
      [/^2 skipped releases precede the first job and are not counted/],
    ],
  ])('%s', async (_why, text, rows, notes) => {
    const run = await only(lines(HEADER, ...text));
    expect(run.columns.rows).toBe(rows);
    expect(run.columns.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
    expect(column(run, 'skipped_releases').every((n) => n === 0)).toBe(true);
  });

  test.each<[number, boolean]>([
    [1000, true],
    [-1000, true],
    [1001, false],
    [-1001, false],
  ])('whose end is off by %d ns is accepted: %j', async (ns, accepted) => {
    const end = (5_010_000_000 + ns) / 1e9;
    const text = lines(HEADER, changed(ok(0), { 'job_end(seconds)': end.toFixed(9) }));
    if (accepted) expect((await only(text)).columns.rows).toBe(1);
    else await expect(readRtbenchLog(log(text))).rejects.toMatchObject({ code: 'E_RESULTS' });
  });

  test('has no deadline, no period and no counter where the cells tell none', async () => {
    const bare = changed(ok(0), {
      'job_deadline(seconds)': '',
      'period_end(seconds)': '',
      cpu_clock_count: 'inf',
      job_l1_references: '',
    });
    const run = await only(lines(HEADER, bare));
    expect(run).toMatchObject({ periodNs: null, deadlineNs: null, neverCounted: [] });
    for (const name of ['deadline_ns', 'lateness_ns', 'deadline_met', 'cpu_cycles', 'l1d_cache'])
      expect(column(run, name), name).toEqual([Number.NaN]);
    expect(column(run, 'warmup')).toEqual([0]);
    // ends and deadlines that lie before the release say nothing of how long they are
    const odd = changed(ok(0), {
      'job_deadline(seconds)': '4.0',
      'deadline_status(1=met)': '0',
      'period_end(seconds)': '5.0',
    });
    expect(await only(lines(HEADER, odd))).toMatchObject({ periodNs: null, deadlineNs: null });
  });

  test('period and deadline are medians over the rows, in whole ns', async () => {
    const of = (k: number, period: string) => changed(ok(k), { 'period_end(seconds)': period });
    const run = await only(lines(HEADER, of(0, '5.000000100'), of(1, '5.100000103')));
    expect(run.periodNs).toBe(102); // 101.5
  });

  const at = (release: number, period: number) => {
    const text = (ns: number) => (ns / 1e9).toFixed(9);
    return changed(ok(0), {
      'period_start(seconds)': text(release),
      'period_end(seconds)': text(release + period),
      'job_end(seconds)': text(release + 10_000_000),
      'job_deadline(seconds)': text(release + period),
      'job_elapsed(seconds)': text(10_000_000),
    });
  };
  /** Released one after the other from an instant on. */
  const released = (from: number, period: number, n: number) =>
    Array.from({ length: n }, (_, k) => at(from + k * period, period));

  test('may begin another run, by its period or by how late it comes: that is noted once', async () => {
    const [a, b] = [released(5e9, 100e6, 4), released(3600e9, 50e6, 4)];
    const joined = await only(lines(HEADER, ...a, ...b, ...released(7200e9, 50e6, 2)));
    expect(joined.columns.notes).toEqual([
      'Line 6 may begin another run: its period is 50.00 ms, that of the row above it 100.0 ms. All rows are taken for one run; a line NEW RUN goes between two.',
    ]);
    const alike = await only(lines(HEADER, ...a, ...released(3600e9, 100e6, 4)));
    expect(alike.columns.notes).toEqual([
      expect.stringMatching(
        /^Line 6 may begin another run: it was released 3595 s after the row above it\. /,
      ),
    ]);
    const told = await readRtbenchLog(log(lines(HEADER, ...a, 'NEW RUN', ...b)));
    expect(told.map(({ columns }) => columns.notes)).toEqual([[], []]);
  });

  test('with a period of its own leaves the run none, where as many have another', async () => {
    const [a, b] = [released(5e9, 100e6, 4), released(3600e9, 50e6, 4)];
    const half = await only(lines(HEADER, ...a, ...b));
    expect(half).toMatchObject({ periodNs: null, deadlineNs: null });
    const most = await only(lines(HEADER, ...a, ...b.slice(0, 1)));
    expect(most).toMatchObject({ periodNs: 100e6, deadlineNs: 100e6 });
  });

  test('comes as late as the releases that were skipped before it, and begins no other run', async () => {
    const zeros = Array.from({ length: 40 }, (_, k) => skipped(k));
    const text = lines(HEADER, at(5e9, 100e6), ...zeros, at(5e9 + 41 * 100e6, 100e6));
    expect((await only(text)).columns.notes).toEqual([]);
  });

  test('of another table before the log: it is no log', async () => {
    await expect(readRtbenchLog(log(lines('a,b', HEADER, ok(0))))).rejects.toThrow(
      'not a timing log',
    );
    expect((await only(lines('"sep=,"', HEADER, ok(0)))).columns.rows).toBe(1);
  });

  test('without its newline keeps a last number of six decimals, or of the usual length', async () => {
    const extra = `${HEADER},loss`;
    const last = async (...cells: string[]) => {
      const rows = cells.map((cell, k) => `${ok(k)},${cell}`);
      const run = await only([extra, ...rows].join('\n'));
      return [column(run, 'loss').at(-1), run.columns.notes.length];
    };
    expect(await last('123.000000', '4.000000')).toEqual([4, 0]);
    expect(await last('123.000000', '456.000')).toEqual([Number.NaN, 1]);
    expect(await last('99', '1000')).toEqual([1000, 0]);
    expect(await last('99', '100', '7')).toEqual([Number.NaN, 1]);
    expect(await last('100', '99', '12')).toEqual([12, 0]); // the shortest of the whole rows
  });

  test('the ratio that older versions misspell is no metric', async () => {
    const run = await only(lines(HEADER.replace('job_l1_miss_', 'ob_l1_miss_'), ok(0)));
    expect(run.extras).toEqual([]);
    expect(column(run, 'l1d_cache_refill')).toEqual([90]);
  });

  test('columns without a name are none', async () => {
    const run = await only(lines(`${HEADER},,loss`, `${ok(0)},5,6`));
    expect(run.extras).toEqual(['loss']);
    expect(column(run, 'loss')).toEqual([6]);
  });

  test('counters that were counted once were counted', async () => {
    const run = await only(lines(HEADER, row(0, 10, [0, 0, 0, 0, 0, 0]), row(1, 10)));
    expect(run.neverCounted).toEqual([]);
    expect(column(run, 'l1d_cache')).toEqual([0, 900]);
  });
});

describe('an import', () => {
  const VERSION = { version: '1' };
  const imported = async (text: string, options = {}) => {
    const into = scratch();
    const from = log(text);
    const report = await importRtbench(from, into, { ...VERSION, ...options });
    const [first] = report.imported;
    const json = JSON.parse(readFileSync(join(into, 'log.json'), 'utf8'));
    const columns = await readExtended(join(into, 'log.csv'));
    return { first, json, columns, from, at: (name: string) => [...(columns.column(name) ?? [])] };
  };

  test('has what follows from the counters, and nothing where they were not counted', async () => {
    const { at, json } = await imported(
      lines(HEADER, row(0, 1_000_000), row(1, 2_000_000, [900, 9, 0, 8, 10, 0])),
    );
    expect(at('l1d_miss_ratio')).toEqual([0.1, 0.01]);
    expect(at('l2d_miss_ratio')).toEqual([0.1, Number.NaN]); // of no access
    expect(at('ipc')).toEqual([0.5, Number.NaN]);
    // 8 lines of 64 bytes in 1 ms
    expect(at('read_bandwidth_mb_s')).toEqual([0.512, 0.256]);
    expect(at('write_bandwidth_mb_s')).toEqual([Number.NaN, Number.NaN]);
    expect(json).toMatchObject({
      format: 'isochron-import',
      lineBytes: 64,
      plan: { name: 'log', periodNs: 100_000_000, deadlineNs: 80_000_000, warmup: 0 },
      run: { index: 0, of: 1 },
    });
    expect(json.events.every(({ reason }: { reason: string | null }) => reason === null)).toBe(
      true,
    );
    expect(json.notes).toHaveLength(2);
    const none = await imported(lines(HEADER, row(0, 1_000_000, [900, 9, 0, 0, 10, 0])));
    expect(none.at('read_bandwidth_mb_s')).toEqual([Number.NaN]);
    expect(
      none.json.events.map(({ reason }: { reason: string | null }) => reason !== null),
    ).toEqual([false, false, true, true, false, true]);
    expect(none.json.notes[2]).toMatch(
      /0 in every row: l2d_cache, l2d_cache_refill, cpu_cycles\.$/,
    );
  });

  test('with lines of another size', async () => {
    const { at, json } = await imported(lines(HEADER, row(0, 1_000_000)), { lineBytes: 32 });
    expect(at('read_bandwidth_mb_s')).toEqual([0.256]);
    expect(json.notes[1]).toContain('× 32 bytes');
  });

  test('says how many jobs and skipped releases there were, what was odd, and whose they are', async () => {
    const { first, json, from } = await imported(
      lines(HEADER, row(0, 10), skipped(1), 'x', row(2, 10)),
    );
    const notes = ['1 line is no job and was left out (first on line 4).'];
    expect(first).toMatchObject({ name: 'log', jobs: 2, skippedReleases: 1, notes });
    expect(json.notes).toEqual(expect.arrayContaining(notes));
    expect(json.source).toMatchObject({ path: 'log_timing.csv', bytes: statSync(from).size });
    expect(json.source.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('keeps absolute times, and has none where the log has none', async () => {
    const { columns, at, json } = await imported(
      lines(
        HEADER,
        changed(row(3, 10), { 'job_deadline(seconds)': '', 'period_end(seconds)': '' }),
      ),
    );
    expect(columns.originNs).toBe(5_300_000_000n);
    expect(at('deadline_ns')).toEqual([Number.NaN]);
    expect(json.plan).toMatchObject({ periodNs: null, deadlineNs: null });
  });

  test('holds every row of a long log, and metrics below names that a CSV can hold', async () => {
    const rows = Array.from({ length: 1001 }, (_, k) => `${row(k, 10)},${k},${k + 1},${k + 2}`);
    const { at, columns } = await imported(lines(`${HEADER},"a""b",=c,constructor`, ...rows));
    expect(columns.rows).toBe(1001);
    expect(columns.names.slice(-3)).toEqual(['a_b', "'=c", 'constructor']);
    for (const [i, name] of ['a_b', "'=c", 'constructor'].entries())
      expect(
        at(name).every((value, k) => value === k + i),
        name,
      ).toBe(true);
  });

  test('of a folder takes its logs in the order of their numbers, and passes over what is damaged', async () => {
    const folder = scratch();
    for (const name of ['r10_timing.csv', 'r2.CSV'])
      writeFileSync(join(folder, name), lines(HEADER, row(0, 10)));
    writeFileSync(join(folder, 'empty.csv'), lines(HEADER));
    writeFileSync(join(folder, 'mine.csv'), 'a,b\n');
    writeFileSync(join(folder, 'log.txt'), lines(HEADER, row(0, 10)));
    const { imported: all, passedOver } = await importRtbench(folder, scratch(), VERSION);
    expect(all.map(({ name }) => name)).toEqual(['r2', 'r10']);
    expect(passedOver.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/holds no job/),
      'its columns are not those of RT-Bench',
    ]);
  });

  test('of one file that is none says what is wrong with it', async () => {
    await expect(importRtbench(log('a,b\n'), scratch(), VERSION)).rejects.toThrow(
      'not a timing log',
    );
    await expect(importRtbench(log(lines(HEADER)), scratch(), VERSION)).rejects.toThrow(
      'holds no job',
    );
  });

  test('replaces an empty CSV, but none beside a JSON of somebody else’s', async () => {
    const into = scratch();
    const from = log(lines(HEADER, row(0, 10)));
    writeFileSync(join(into, 'log.csv'), '');
    await importRtbench(from, into, VERSION);
    expect(statSync(join(into, 'log.csv')).size).toBeGreaterThan(0);
    writeFileSync(join(into, 'log.csv'), '');
    writeFileSync(join(into, 'log.json'), '{"mine": true}');
    await expect(importRtbench(from, into, VERSION)).rejects.toMatchObject({ code: 'E_OUTPUT' });
    expect(existsSync(join(into, 'log.csv'))).toBe(true);
  });
});
