import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { compare } from '../../src/analysis/compare.js';
import { importRtbench } from '../../src/analysis/import-rtbench.js';
import { loadResults } from '../../src/analysis/load-results.js';
import { contestsBy } from '../../src/analysis/select.js';
import { RTBENCH_COLUMNS } from '../../src/formats/rtbench.js';
import { parseSeconds, type RtbenchRun, readRtbenchLog } from '../../src/formats/rtbench-log.js';
import { scratch, writeRun } from '../analysis/helpers.js';
import { HEADER, log, row, skipped } from './rtbench-rows.js';

function values(run: RtbenchRun | undefined, name: string): number[] {
  const column = run?.columns.column(name);
  if (column == null) throw new Error(`no column ${name}`);
  return [...column];
}

describe('reading a log of RT-Bench', () => {
  test('takes job_elapsed as the response, and says nothing of the start', async () => {
    const [run] = await readRtbenchLog(
      log(`${HEADER}\n${row(0, 30_000_000)}\n${row(1, 20_000_001)}\n`),
    );
    const { columns, periodNs, deadlineNs } = run as NonNullable<typeof run>;
    expect([...(columns.column('response_ns') as Float64Array)]).toEqual([30_000_000, 20_000_001]);
    expect([...(columns.column('release_ns') as Float64Array)]).toEqual([0, 100_000_000]);
    expect([...(columns.column('lateness_ns') as Float64Array)]).toEqual([
      -50_000_000, -59_999_999,
    ]);
    expect([...(columns.column('l2d_cache_refill') as Float64Array)]).toEqual([8, 8]);
    expect(columns.column('elapsed_ns')).toBeNull();
    expect(columns.column('start_ns')).toBeNull();
    expect({ periodNs, deadlineNs }).toEqual({ periodNs: 100_000_000, deadlineNs: 80_000_000 });
  });

  test('counts rows of zeros as releases skipped by the job before them', async () => {
    const text = [
      HEADER,
      row(0, 10),
      row(1, 250_000_000),
      skipped(2),
      skipped(3),
      row(4, 20),
      '',
    ].join('\n');
    const [run] = await readRtbenchLog(log(text));
    expect(run?.columns.rows).toBe(3);
    expect(values(run, 'skipped_releases')).toEqual([0, 2, 0]);
    expect(values(run, 'deadline_met')).toEqual([1, 0, 1]);
  });

  test('begins another run, with its own first job, at NEW RUN and at a repeated header', async () => {
    const text = [
      HEADER,
      row(0, 10),
      row(1, 20),
      'NEW RUN',
      row(9, 30),
      HEADER,
      row(20, 40),
      '',
    ].join('\n');
    const runs = await readRtbenchLog(log(text));
    expect(runs.map(({ columns }) => [...(columns.column('job') as Float64Array)])).toEqual([
      [0, 1],
      [0],
      [0],
    ]);
    expect(runs.map(({ columns }) => columns.column('release_ns')?.[0])).toEqual([0, 0, 0]);
  });

  test('keeps extra columns by their names', async () => {
    const text = [
      `${HEADER},num_detections`,
      `${row(0, 10)},100.000000`,
      `${row(1, 10)},4.000000`,
      '',
    ].join('\n');
    const [run] = await readRtbenchLog(log(text));
    expect(run?.extras).toEqual(['num_detections']);
    expect(values(run, 'num_detections')).toEqual([100, 4]);
  });

  test('keeps an unterminated last line, but not a last number that may be cut', async () => {
    const rows = [row(0, 10), row(1, 20), row(2, 30)];
    const whole = await readRtbenchLog(log([HEADER, ...rows].join('\n')));
    expect(values(whole[0], 'cpu_cycles')).toEqual([2000, 2000, 2000]);
    const cut = await readRtbenchLog(log([HEADER, ...rows].join('\n').slice(0, -2)));
    expect(values(cut[0], 'cpu_cycles')).toEqual([2000, 2000, Number.NaN]);
    const shorter = await readRtbenchLog(log([HEADER, ...rows].join('\n').slice(0, -30)));
    expect(shorter[0]?.columns.rows).toBe(2);
    expect(shorter[0]?.columns.notes).toEqual(['The last line is unfinished and was left out.']);
  });

  test('takes a counter that is 0 in every row as not counted', async () => {
    const none = [0, 0, 0, 0, 5, 0];
    const [run] = await readRtbenchLog(
      log([HEADER, row(0, 10, none), row(1, 20, none), ''].join('\n')),
    );
    expect(run?.neverCounted).toEqual([
      'l1d_cache',
      'l1d_cache_refill',
      'l2d_cache',
      'l2d_cache_refill',
      'cpu_cycles',
    ]);
    expect(values(run, 'l2d_cache_refill')).toEqual([Number.NaN, Number.NaN]);
    expect(values(run, 'inst_retired')).toEqual([5, 5]);
  });

  const plain = [HEADER, row(0, 90_000_000), row(1, 70_000_000), ''].join('\n');
  const semicolons = plain
    .split('\n')
    .map((line, i) => (i === 0 ? line : line.replaceAll('.', '#')).replaceAll(',', ';'))
    .join('\n')
    .replaceAll('#', ',');
  test.each([
    ['separated by semicolons, with decimal commas', semicolons],
    ['separated by tabs', plain.replaceAll(',', '\t')],
    ['with the line that tells a spreadsheet the separator', `sep=;\n${semicolons}`],
    ['with a byte order mark', `\ufeff${plain}`],
    ['in UTF-16', Buffer.from(`\ufeff${plain.replaceAll(',', '\t')}`, 'utf16le')],
    ['with the lines of another system', plain.replaceAll('\n', '\r\n')],
    ['with every cell in quotes', plain.replace(/[^,\n]+/g, '"$&"')],
  ])('is the same %s', async (_how, content) => {
    const path = join(scratch(), 'log_timing.csv');
    writeFileSync(path, content);
    const [expected] = await readRtbenchLog(log(plain));
    const [run] = await readRtbenchLog(path);
    expect(run?.columns.names).toEqual(expected?.columns.names);
    for (const name of expected?.columns.names ?? [])
      expect(values(run, name), name).toEqual(values(expected, name));
    expect(values(run, 'response_ns')).toEqual([90_000_000, 70_000_000]);
    expect(values(run, 'deadline_met')).toEqual([0, 1]);
  });

  test('refuses time stamps that a spreadsheet rounded, by the line', async () => {
    const cells = row(1, 70_123_456).split(',');
    cells[7] = Number(cells[7]).toFixed(3);
    await expect(
      readRtbenchLog(log([HEADER, row(0, 90_000_000), cells.join(','), ''].join('\n'))),
    ).rejects.toMatchObject({
      code: 'E_RESULTS',
      message: expect.stringContaining('line 3: job_end less period_start is not job_elapsed'),
    });
  });

  /** A row with one of its cells replaced. */
  const edited = (line: string, column: (typeof RTBENCH_COLUMNS)[number], cell: string) =>
    line.split(',').with(RTBENCH_COLUMNS.indexOf(column), cell).join(',');
  test.each<[why: string, rows: string[], message: RegExp]>([
    [
      'in reverse order',
      [row(2, 10), row(1, 10), row(0, 10)],
      /line 3: .*released 0\.1 s before the row above/,
    ],
    [
      'twice',
      [row(0, 10), row(1, 10), row(1, 10)],
      /line 4: .*released at the same time as the row above/,
    ],
    [
      'all over again',
      [row(0, 10), row(1, 10), row(0, 10), row(1, 10)],
      /line 4: .*released 0\.1 s before the row above/,
    ],
    [
      'of a job that is called late and is early',
      [row(0, 10), edited(row(1, 10), 'deadline_status(1=met)', '0')],
      /line 3: deadline_status is 0, but the job ended 0\.07999999 s before its deadline/,
    ],
    [
      'of a job that is called early and is late',
      [edited(row(0, 90_000_000), 'deadline_status(1=met)', '1')],
      /line 2: deadline_status is 1, but the job ended 0\.01 s after its deadline/,
    ],
    [
      'with a status that is none',
      [edited(row(0, 10), 'deadline_status(1=met)', '7')],
      /line 2: deadline_status is 7/,
    ],
    [
      'with fewer instructions than none',
      [row(0, 10), edited(row(1, 10), 'instructions_retired', '-5')],
      /line 3: instructions_retired is -5/,
    ],
  ])('refuses rows that no run recorded: %s', async (_why, rows, message) => {
    await expect(readRtbenchLog(log([HEADER, ...rows, ''].join('\n')))).rejects.toMatchObject({
      code: 'E_RESULTS',
      message: expect.stringMatching(message),
    });
  });

  test('accepts a status that was judged by other readings of the clock than those in the row', async () => {
    const late = edited(row(0, 80_000_900), 'deadline_status(1=met)', '1');
    const [run] = await readRtbenchLog(log([HEADER, late, ''].join('\n')));
    expect(values(run, 'deadline_met')).toEqual([1]);
  });

  test('takes a deadline of 0 as one that was not observed', async () => {
    const text = edited(
      edited(row(0, 10), 'job_deadline(seconds)', '0.000000000'),
      'deadline_status(1=met)',
      '0',
    );
    const [run] = await readRtbenchLog(log([HEADER, text, ''].join('\n')));
    expect(values(run, 'deadline_met')).toEqual([Number.NaN]);
    expect(values(run, 'lateness_ns')).toEqual([Number.NaN]);
  });

  test('a later run of the log may begin earlier than the one before it ended', async () => {
    const text = [HEADER, row(5, 10), row(6, 10), 'NEW RUN', row(0, 10), row(1, 10), ''].join('\n');
    const runs = await readRtbenchLog(log(text));
    expect(runs.map(({ columns }) => columns.rows)).toEqual([2, 2]);
  });

  test('leaves out a run of skipped releases alone', async () => {
    const runs = await readRtbenchLog(
      log([HEADER, skipped(0), 'NEW RUN', row(5, 1_000_000), ''].join('\n')),
    );
    expect(runs).toHaveLength(1);
    expect(values(runs[0], 'response_ns')).toEqual([1_000_000]);
  });

  test('refuses what is no log, and a log without a job', async () => {
    await expect(readRtbenchLog(log('a,b\n1,2\n'))).rejects.toThrow('not a timing log');
    await expect(readRtbenchLog(log(''))).rejects.toThrow('not a timing log');
    await expect(readRtbenchLog(log(`${HEADER}\nNEW RUN\n`))).rejects.toThrow('holds no job');
  });

  test('reads seconds to the ns', () => {
    expect(parseSeconds('112527.362007086')).toBe(112_527_362_007_086n);
    expect(parseSeconds('3')).toBe(3_000_000_000n);
    expect(parseSeconds('nan')).toBeNull();
  });
});

describe('importing', () => {
  test('makes a result of every run in every log, and passes over other files', async () => {
    const [from, into] = [scratch(), join(scratch(), 'results')];
    writeFileSync(
      join(from, 'a_timing.csv'),
      [HEADER, row(0, 10), 'NEW RUN', row(1, 20), ''].join('\n'),
    );
    writeFileSync(join(from, 'b.csv'), 'samples,l1_references,l1_refills\n1, 0, 0\n');
    writeFileSync(join(from, 'c.csv'), '');
    const report = await importRtbench(from, into, { version: '1.2.3' });
    expect(report.imported.map(({ name, jobs }) => [name, jobs])).toEqual([
      ['a-run1', 1],
      ['a-run2', 1],
    ]);
    expect(report.passedOver.map(({ reason }) => reason)).toEqual([
      'it is a file of RT-Bench’s sampling thread, which has no jobs',
      'it is empty',
    ]);
    expect(readdirSync(into).sort()).toEqual([
      'a-run1.csv',
      'a-run1.json',
      'a-run2.csv',
      'a-run2.json',
    ]);
    expect(JSON.parse(readFileSync(join(into, 'a-run2.json'), 'utf8'))).toMatchObject({
      provenance: 'rtbench',
      tool: { version: '1.2.3' },
      source: { path: 'a_timing.csv' },
      run: { index: 1, of: 2 },
    });
  });

  test('keeps absolute times to the ns and leaves empty what the log does not tell', async () => {
    const into = join(scratch(), 'results');
    await importRtbench(log([HEADER, row(0, 10), row(1, 20), ''].join('\n')), into, {
      version: '1',
    });
    const [header, first] = readFileSync(join(into, 'log.csv'), 'utf8').split('\n') as [
      string,
      string,
    ];
    const cells = Object.fromEntries(
      header.split(',').map((name, i) => [name, first.split(',')[i]]),
    );
    expect(cells).toMatchObject({
      release_ns: '5000000000',
      end_ns: '5000000010',
      response_ns: '10',
      start_ns: '',
      elapsed_ns: '',
      release_latency_ns: '',
      minor_faults: '',
      core: '',
      ipc: '0.5',
      counter_scale: '',
    });
  });

  test('can be repeated, but does not overwrite a measured run', async () => {
    const into = scratch();
    const from = log([HEADER, row(0, 10), ''].join('\n'));
    await importRtbench(from, into, { version: '1' });
    await importRtbench(from, into, { version: '1' });
    writeRun(join(into, 'log'), { elapsed: [1, 2, 3] });
    const before = readFileSync(join(into, 'log.csv'), 'utf8');
    await expect(importRtbench(from, into, { version: '1' })).rejects.toThrow(
      'not made by an import',
    );
    expect(readFileSync(join(into, 'log.csv'), 'utf8')).toBe(before);
  });

  test('can be repeated after one that was killed at any time, but keeps a CSV of another program', async () => {
    const from = log([HEADER, row(0, 10), ''].join('\n'));
    const into = scratch();
    await importRtbench(from, into, { version: '1' });
    const whole = readFileSync(join(into, 'log.csv'), 'utf8');
    writeFileSync(join(into, 'log.csv'), whole.slice(0, 40)); // the JSON is there: it was an import's
    await importRtbench(from, into, { version: '1' });
    expect(readFileSync(join(into, 'log.csv'), 'utf8')).toBe(whole);

    const other = scratch();
    writeFileSync(join(other, 'log.csv'), 'my,own\n1,2\n');
    await expect(importRtbench(from, other, { version: '1' })).rejects.toMatchObject({
      code: 'E_OUTPUT',
    });
    expect(readFileSync(join(other, 'log.csv'), 'utf8')).toBe('my,own\n1,2\n');
    expect(readdirSync(other)).toEqual(['log.csv']);
  });

  test('refuses a folder without logs and a path that is not there', async () => {
    const empty = scratch();
    await expect(importRtbench(empty, scratch(), { version: '1' })).rejects.toThrow(
      'no timing log',
    );
    await expect(importRtbench(join(empty, 'x'), scratch(), { version: '1' })).rejects.toThrow(
      'does not exist',
    );
    const blocked = join(scratch(), 'file');
    writeFileSync(blocked, '');
    await expect(
      importRtbench(log([HEADER, row(0, 10), ''].join('\n')), join(blocked, 'sub'), {
        version: '1',
      }),
    ).rejects.toMatchObject({ code: 'E_OUTPUT' });
    mkdirSync(join(empty, 'sub'));
    expect(existsSync(join(empty, 'sub'))).toBe(true);
  });
});

const real = process.env.ISOCHRON_SHARED ? join(process.env.ISOCHRON_SHARED, 'rtbench') : '';

describe.skipIf(!existsSync(real))(
  'the study’s logs (skipped where ISOCHRON_SHARED names none)',
  () => {
    test('give its figures: uint8 takes 64.3 % of fp32’s time, 12.7 % of its L2 misses; fp32’s first run is 1.176 × its median', async () => {
      const into = join(scratch(), 'results');
      const report = await importRtbench(real, into, { version: '1' });
      expect(report.imported.map(({ name, jobs }) => [name, jobs])).toEqual([
        ['mobilenet_v1_1.0_224_fp32', 12],
        ['mobilenet_v1_1.0_224_uint8', 12],
        ['yolov3-tiny_00000', 10],
      ]);
      const [contest] = contestsBy(await loadResults(into), 'quantization').contests;
      const { a, b } = contest as NonNullable<typeof contest>;
      const result = await compare(a, b);
      const ratio = (key: string) => result.metrics.find((m) => m.key === key)?.ratio as number;
      expect(ratio('time')).toBeCloseTo(0.6433, 3);
      expect(ratio('l2_misses')).toBeCloseTo(0.1273, 2);
      expect(ratio('bandwidth')).toBeCloseTo(0.1979, 2);
      expect(result.a.firstRunRatio).toBeCloseTo(1.176, 3);
      expect(result.timeBase).toBe('response');
      expect(result.sentence).toContain('took 0.643× the time of mobilenet_v1_1.0_224_fp32');
      // one process of each: what they did is known, and no more
      expect(result.sentence).toContain("1 process a side can't show a difference at 5 %");
    });

    test('are the same whether imported or read as they are', async () => {
      const into = join(scratch(), 'results');
      await importRtbench(join(real, 'mobilenet_v1_1.0_224_fp32_timing.csv'), into, {
        version: '1',
      });
      const [imported, raw] = [
        (await loadResults(into)).runs[0],
        (await loadResults(join(real, 'mobilenet_v1_1.0_224_fp32_timing.csv'))).runs[0],
      ];
      const [x, y] = [await imported?.columns(), await raw?.columns()];
      for (const name of ['release_ns', 'end_ns', 'response_ns', 'cpu_cycles', 'l2d_cache_refill'])
        expect(x?.column(name)).toEqual(y?.column(name));
    });
  },
);

describe('a log with the JSON of a run beside it', () => {
  const json = {
    format: 'isochron-run',
    version: 1,
    status: 'done',
    plan: { warmup: 2 },
    summary: { counts: { executed: 4, warmup: 2, inStatistics: 2 } },
  };
  const beside = (about: object, rows = 4) => {
    const path = log(
      `${[HEADER, ...Array.from({ length: rows }, (_, k) => row(k, 10))].join('\n')}\n`,
    );
    writeFileSync(path.replace(/csv$/, 'json'), JSON.stringify(about));
    return path;
  };
  const warm = async (path: string) => [
    ...((await (await loadResults(path)).runs[0]?.columns())?.column('warmup') ?? []),
  ];
  const imported = async (path: string) => {
    const into = scratch();
    const report = await importRtbench(path, into, { version: '1' });
    const [csv] = report.imported.map((one) => one.csv) as [string];
    return { csv, json: JSON.parse(readFileSync(csv.replace(/csv$/, 'json'), 'utf8')) };
  };

  test('has warm-up jobs, which come first and its rows do not mark', async () => {
    expect(await warm(beside(json))).toEqual([1, 1, 0, 0]);
    // one that was killed has its plan alone
    expect(await warm(beside({ ...json, status: 'running', summary: null }))).toEqual([1, 1, 0, 0]);
    expect(await warm(beside({ format: 'mine', plan: { warmup: 2 } }))).toEqual([0, 0, 0, 0]);
  });

  test('is imported with them', async () => {
    const { csv, json: about } = await imported(beside(json));
    expect(await warm(csv)).toEqual([1, 1, 0, 0]);
    expect(about.plan.warmup).toBe(2);
    expect(about.notes).toContainEqual(
      'The first 2 jobs are warm-up, as the JSON beside the log says.',
    );
    const alone = await imported(beside({ format: 'mine' }));
    expect(await warm(alone.csv)).toEqual([0, 0, 0, 0]);
    expect(alone.json.plan.warmup).toBe(0);
  });

  test('is imported with its end and its verdict, of which a log alone tells nothing', async () => {
    const verdict = { valid: false, reasons: [{ code: 'x', message: 'X.', hint: '' }], notes: [] };
    const error = { code: 'E_CRASHED', message: 'It crashed.' };
    const { csv, json: about } = await imported(
      beside({ ...json, status: 'failed', error, verdict }),
    );
    expect(about).toMatchObject({ status: 'failed', error, verdict });
    expect((await loadResults(csv)).runs[0]).toMatchObject({ status: 'failed' });
    const alone = await imported(beside({ format: 'mine' }));
    expect(alone.json).toMatchObject({ status: null, verdict: null });
    expect((await loadResults(alone.csv)).runs[0]?.status).toBe('unknown');
  });

  test('is refused where its rows are of another run', async () => {
    for (const path of [
      beside(json, 3),
      beside({ ...json, summary: { counts: { executed: 4, warmup: 2, inStatistics: 3 } } }),
    ]) {
      const refusal = {
        code: 'E_RESULTS_CHANGED',
        message: expect.stringContaining('the two do not belong together'),
      };
      await expect(warm(path)).rejects.toMatchObject(refusal);
      await expect(imported(path)).rejects.toMatchObject(refusal);
    }
  });
});
