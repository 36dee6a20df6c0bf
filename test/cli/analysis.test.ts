/** import, compare, trace and report through the real command line. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it as test } from 'vitest';
import { sha256Of } from '../../src/kernel/sha256.js';
import { jobs, scratch, writeManifest, writeRun } from '../analysis/helpers.js';
import { isochron, json, shared, start } from './helpers.js';

/** Two runs of different speed in one folder. */
function twoRuns(): string {
  const folder = scratch();
  writeRun(join(folder, 'slow'), { elapsed: jobs(100, 3e6, 1), model: 'net_fp32' });
  writeRun(join(folder, 'fast'), { elapsed: jobs(100, 2e6, 2), model: 'net_int8' });
  return folder;
}

describe('a pipe in the place of results', () => {
  const pipe = (path: string) => {
    execFileSync('mkfifo', [path]);
    return path;
  };
  test.each<[command: string, args: (fifo: string, folder: string) => string[]]>([
    ['compare', (fifo, folder) => ['compare', join(folder, 'slow.csv'), fifo]],
    ['compare, twice', (fifo) => ['compare', fifo, fifo]],
    ['report', (fifo, folder) => ['report', fifo, '-o', join(folder, 'report.html')]],
    ['trace', (fifo, folder) => ['trace', fifo, '-o', join(folder, 'trace.json')]],
    ['import', (fifo, folder) => ['import', 'rtbench', fifo, '-o', join(folder, 'imported')]],
  ])('%s: is not waited for, since they are read more than once', async (_command, args) => {
    const folder = twoRuns();
    const fifo = pipe(join(folder, 'pipe'));
    const { status, stderr } = await isochron(args(fifo, folder));
    expect(stderr).toContain(`${fifo} can't be read: it is a pipe or a device, not a file.`);
    expect(stderr).toContain('Write what comes from it into a file first.');
    expect(status).toBe(1);
  });

  test('beside rows is as if no JSON were there', async () => {
    const folder = twoRuns();
    rmSync(join(folder, 'slow.json'));
    pipe(join(folder, 'slow.json'));
    const both = ['slow', 'fast'].map((name) => join(folder, `${name}.csv`));
    const { status, stdout } = await isochron(['compare', ...both]);
    expect(stdout).toContain('slow.json is not used: unreadable.');
    expect(status).toBe(0);
  });
});

const logs = shared('rtbench', 'README.md') === undefined ? undefined : shared('rtbench');

describe.skipIf(logs === undefined)(
  'the study’s logs (skipped where ISOCHRON_SHARED names none)',
  () => {
    test('are imported and give the study’s figures', async () => {
      const results = join(scratch(), 'results');
      const done = await isochron(['import', 'rtbench', logs as string, '-o', results]);
      expect(done).toMatchObject({ status: 0, stderr: '' });
      expect(done.stdout).toContain('mobilenet_v1_1.0_224_fp32: 12 jobs');
      expect(done.stdout).toContain('sampling thread');
      const compared = await isochron([
        'compare',
        join(results, 'mobilenet_v1_1.0_224_fp32.csv'),
        join(results, 'mobilenet_v1_1.0_224_uint8.csv'),
        '--json',
      ]);
      expect(compared.status).toBe(0);
      const [comparison] = JSON.parse(compared.stdout).comparisons;
      const time = comparison.metrics.find((m: { key: string }) => m.key === 'time');
      expect(time.ratio).toBeCloseTo(0.6433, 3);
      expect(comparison.a.firstRunRatio).toBeCloseTo(1.176, 3);
      const table = await isochron(['compare', results, '--by', 'quantization']);
      expect(table.stdout).toMatch(/inference time +304\.2 ms +195\.7 ms +0\.643×/);
      expect(table.stdout).toMatch(/first run \/ median +1\.18× /);
    });
  },
);

describe('isochron compare', () => {
  test('prints the result in words, then the table', async () => {
    const { status, stdout } = await isochron(['compare', twoRuns(), '--by', 'quantization']);
    expect(status).toBe(0);
    const [sentence, , head] = stdout.split('\n') as [string, string, string];
    expect(sentence).toMatch(
      /^fast \(int8\) took 0\.66\d× the time of slow \(fp32\) \(medians 2\.\d+ ms against 3\.\d+ ms\), but 1 process a side can't show a difference at 5 %: 3 more a side would\./,
    );
    expect(head).toMatch(/^median +A: slow \(fp32\) +B: fast \(int8\) +B \/ A +CI +p$/);
  });

  test('has a row for what the compared share and columns for what they differ in, with medians, and says notes once', async () => {
    const folder = scratch();
    const points = ['a', 'b'].flatMap((net, i) =>
      [1, 2, 4].flatMap((threads) =>
        [0, 1].map((repetition) => {
          const id = `${net}-${threads}.r${repetition}`;
          const elapsed = jobs(20, ((i + 1) * 4e6) / threads, threads + repetition);
          writeRun(join(folder, id), { elapsed, model: `${net}_fp32`, threads, valid: i === 0 });
          const parameters = { model: `${net}_fp32`, threads };
          return { id, name: `${net} ${threads}`, parameters, repetition };
        }),
      ),
    );
    writeManifest(folder, { suite: 's', order: 'interleaved', points });
    const { stdout, status } = await isochron(['compare', folder, '--by', 'threads']);
    expect(status).toBe(0);
    const [title, head, first, second] = stdout.split('\n') as [string, string, string, string];
    expect(title).toBe('Inference time, median (of 2 processes)');
    expect(head.trim().split(/ {2,}/)).toEqual([
      'A: 1 thread',
      '2 threads',
      '/ A',
      'p',
      '4 threads',
      '/ A',
      'p',
    ]);
    expect(first).toMatch(
      /^a +[34]\.\d+ ms +[12]\.\d+ ms +0\.(?:49|50)\d× \? +– +\S+ [mµ]s +0\.2[45]\d× \?/,
    );
    expect(second).toMatch(/^b +[78]\.\d+ ms /);
    expect(stdout).toContain(
      "? 2 processes a side can't show a difference at 5 % among 4 comparisons: 6 more pairs would",
    );
    expect(stdout.match(/verdict INVALID/g)).toHaveLength(1);
    expect(stdout).toContain('6 of 12 runs have the verdict INVALID: The governor is ondemand.');
  });

  test('is a gate with --fail-above: exit code 5 for what is shown to be slower, an error where nothing could be', async () => {
    const folder = scratch();
    const points = Array.from({ length: 12 }, (_, i) => {
      const xnnpack = i % 2 === 1;
      const id = `${xnnpack ? 'with' : 'without'}.r${(i >> 1) + 1}`;
      writeRun(join(folder, id), { elapsed: jobs(20, (xnnpack ? 1.1 : 1) * 3e6, i + 1), xnnpack });
      return { id, name: `net ${xnnpack}`, parameters: { xnnpack }, repetition: i >> 1 };
    });
    writeManifest(folder, { suite: 's', order: 'interleaved', points });
    const gate = (above: string) =>
      isochron(['compare', folder, '--by', 'xnnpack', '--fail-above', above]);
    const slower = await gate('2%');
    expect(slower.stdout).toMatch(/--fail-above 2%, .*: FAILED: shown to take more than 2% above/);
    expect(slower.status).toBe(5);
    const allowed = await gate('20%');
    expect(allowed.stdout).toContain('passed: shown to take less than 20% above');
    expect(allowed.status).toBe(0);
    const few = await isochron(['compare', twoRuns(), '--fail-above', '2%', '--json']);
    expect(few.stderr).toContain("can't be decided");
    expect(few.status).toBe(1);
    expect(JSON.parse(few.stdout).gate).toMatchObject({
      above: 0.02,
      results: [{ outcome: 'undecided', p: null }],
    });
  });

  test('is no gate for what was lost: a point without JSON, changed, failed, or without a partner', async () => {
    const made = (id: string, i: number, more: object = {}) =>
      writeRun(join(folder, id), { elapsed: jobs(20, 3e6, i + 1), xnnpack: i % 2 === 1, ...more });
    const folder = scratch();
    const points = Array.from({ length: 16 }, (_, i) => {
      const id = `${i % 2 === 1 ? 'with' : 'without'}.r${(i >> 1) + 1}`;
      made(id, i);
      const hashes = { [`${id}.csv`]: sha256Of(readFileSync(join(folder, `${id}.csv`))) };
      const parameters = { xnnpack: i % 2 === 1 };
      return { id, name: `net ${i % 2}`, status: 'done', hashes, parameters, repetition: i >> 1 };
    });
    writeManifest(folder, { suite: 's', order: 'interleaved', points });
    const gate = () => isochron(['compare', folder, '--by', 'xnnpack', '--fail-above', '2%']);
    expect((await gate()).status).toBe(0);
    const csv = join(folder, 'with.r1.csv');
    const json = join(folder, 'with.r1.json');
    const [rows, sidecar] = [readFileSync(csv), readFileSync(json)];

    writeFileSync(
      csv,
      rows.toString().replace(/(\d)(?=,)/, (digit) => String((Number(digit) + 1) % 10)),
    );
    const changed = await gate();
    expect(changed.stderr).toContain('is not as its sweep wrote it');
    expect(changed.status).toBe(1);
    writeFileSync(csv, rows);

    rmSync(json);
    expect((await gate()).stderr).toContain("can't be decided");
    writeFileSync(json, sidecar.toString().replace('"status": "done"', '"status": "failed"'));
    expect((await gate()).stderr).toContain('did not come to its end (failed)');
    rmSync(csv);
    const gone = await gate();
    expect(gone.stderr).toContain("can't be decided");
    expect(gone.status).toBe(1);
  });

  test('is no gate for a copy of what it is compared with, which passes by itself', async () => {
    const folder = scratch();
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    const points = Array.from({ length: 8 }, (_, i) => ({ id: `r${i}`, name: 'n', repetition: i }));
    for (const [i, { id }] of points.entries())
      writeRun(join(first, id), { elapsed: jobs(20, 3e6, i + 1), t0Ns: i + 1 });
    writeManifest(first, { suite: 's', points });
    cpSync(first, second, { recursive: true });
    const copied = await isochron(['compare', first, second, '--fail-above', '2%']);
    expect(copied.stderr).toMatch(
      /can't be decided: .* is a copy of .*: a run is compared with itself/,
    );
    expect(copied.status).toBe(1);
  });

  test('takes the first value that the suite names for the baseline, where none is plainer', async () => {
    const folder = scratch();
    const points = Array.from({ length: 12 }, (_, i) => {
      const variant = i % 2 === 1 ? 'new' : 'old';
      const id = `${variant}.r${(i >> 1) + 1}`;
      writeRun(join(folder, id), { elapsed: jobs(20, variant === 'new' ? 6e6 : 3e6, i + 1) });
      return { id, name: variant, parameters: { variant }, repetition: i >> 1 };
    });
    const axes = { variant: ['old', 'new'] };
    writeManifest(folder, { suite: { name: 's', axes }, order: 'interleaved', points });
    const gate = await isochron(['compare', folder, '--by', 'variant', '--fail-above', '2%']);
    expect(gate.stdout).toMatch(/new .*old.*: FAILED/);
    expect(gate.status).toBe(5);
  });

  test('takes two runs, two folders, or the only two runs of one folder', async () => {
    const folder = twoRuns();
    for (const args of [
      [join(folder, 'slow.csv'), join(folder, 'fast.json')],
      [folder],
      [folder, twoRuns()],
    ]) {
      const { status, stdout } = await isochron(['compare', ...args, '--json']);
      expect(status).toBe(0);
      expect(JSON.parse(stdout).comparisons.length).toBe(
        args.length === 2 && args[0] === folder ? 2 : 1,
      );
    }
  });

  test('takes what follows two dashes for files, as every command does', async () => {
    const folder = twoRuns();
    for (const ending of ['csv', 'json'])
      renameSync(join(folder, `slow.${ending}`), join(folder, `-o.${ending}`));
    for (const [args, output] of [
      [['compare', '--', 'fast.csv', '-o.csv'], /median +A: fast +B: slow /],
      [['compare', 'fast.csv', '--seed=2', '--', '-o.csv'], /median +A: fast +B: slow /],
      [['trace', '-o', 't.json', '--', '-o.csv'], /100 jobs → t\.json/],
      [['run', '--quiet', '-t3', '--log-level=3', '--', 'noop'], /^job,warmup,/],
    ] as const) {
      const { status, stdout } = await isochron([...args], { cwd: folder });
      expect(stdout).toMatch(output);
      expect(status).toBe(0);
    }
    const help = await isochron(['run', '--help', '--', 'noop']);
    expect(help.stdout).toMatch(/^isochron run \[workload\.\.\]/);
    expect(help.stdout).not.toContain('end-of-options');
  });

  test.each([
    [['compare'], 2, 'more words'],
    [['compare', 'RESULTS', '--by', 'colour'], 2, 'nothing in'],
    [['compare', 'RESULTS', 'RESULTS', '--by', 'xnnpack'], 2, 'two paths are given'],
    [['compare', 'RESULTS', '--resamples', '3'], 2, '--resamples'],
    [['compare', 'RESULTS', '--fail-above', '2'], 2, 'a percentage such as 2%, not "2"'],
    [['compare', 'RESULTS', '--seed=abc'], 2, '--seed takes a number, and "abc" is none.'],
    ...['1.5', '-3', '4294967296'].map((seed) => [
      ['compare', 'RESULTS', `--seed=${seed}`],
      2,
      '--seed is a whole number from 0 to 4294967295',
    ]),
    [['compare', 'RESULTS/slow.csv'], 2, 'a comparison needs two'],
    [['compare', 'RESULTS/none.csv', 'RESULTS/slow.csv'], 1, 'does not exist'],
    [['trace', 'RESULTS'], 2, 'holds 2 runs'],
    [['trace', 'RESULTS/none'], 1, 'does not exist'],
    [['report', 'RESULTS/none'], 1, 'does not exist'],
    [['import', 'rtbench', 'RESULTS'], 2, 'output'],
    [['import', 'rtbench', 'RESULTS', '-o', 'RESULTS/out'], 1, 'no timing log'],
    [['import', 'rtbench', 'RESULTS', '-o', 'RESULTS/out', '--line-bytes', '0'], 2, '--line-bytes'],
    [['import', 'csv', 'RESULTS'], 2, ''],
  ] as [string[], number, string][])(
    '%j ends with %i and one sentence',
    async (args, code, text) => {
      const folder = twoRuns();
      const { status, stderr } = await isochron(args.map((arg) => arg.replace('RESULTS', folder)));
      expect(status).toBe(code);
      expect(stderr).toContain(text);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
    },
  );
});

describe('the rows of one run beside the JSON of another', () => {
  test.each([['extended'], ['rtbench']])(
    'are refused by whatever reads them (%s)',
    async (format) => {
      const folder = scratch();
      const at = (name: string) => join(folder, name);
      for (const name of ['a', 'b'])
        await isochron([
          'run',
          'noop',
          '-p1ms',
          '-t9',
          '--warmup=3',
          '--format',
          format,
          '-o',
          at(`${name}.csv`),
        ]);
      expect(await isochron(['compare', at('a.csv'), at('b.csv')])).toMatchObject({ status: 0 });
      copyFileSync(at('b.json'), at('a.json'));
      for (const args of [
        ['compare', at('a.csv'), at('b.csv')],
        ['trace', at('a.csv')],
        ['report', at('a.csv'), '-o', at('page.html')],
      ]) {
        const { status, stderr } = await isochron(args);
        expect(stderr).toMatch(
          /a\.csv has its first release at \d+ ns, and the JSON beside it at \d+ ns/,
        );
        expect(status).toBe(1);
      }
    },
  );
});

describe('isochron trace', () => {
  test('writes a trace beside the CSV, or where it is told', async () => {
    const folder = twoRuns();
    const { status, stdout } = await isochron(['trace', join(folder, 'fast.csv')]);
    expect(status).toBe(0);
    expect(stdout).toContain('100 jobs → ');
    const trace = json(join(folder, 'fast.trace.json'));
    expect(trace.traceEvents.filter((e: { ph: string }) => e.ph === 'X')).toHaveLength(100);
    expect(trace.otherData.machine).toContain('Coral');
    const other = join(folder, 'other.json');
    expect((await isochron(['trace', join(folder, 'fast.json'), '-o', other])).status).toBe(0);
    expect(existsSync(other)).toBe(true);
  });
});

describe('isochron report', () => {
  test('writes the page, and on request each figure as SVG and CSV', async () => {
    const folder = twoRuns();
    const [page, svg] = [join(folder, 'out.html'), join(folder, 'svg')];
    const { status, stdout } = await isochron(['report', folder, '-o', page, '--svg', svg]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^2 runs, \d+ figures → /);
    expect(readFileSync(page, 'utf8')).toContain('By precision');
    expect(readdirSync(svg)).toEqual(expect.arrayContaining(['time.svg', 'time.csv']));
  });

  test('names what is compressed, and how it is unpacked', async () => {
    const folder = twoRuns();
    for (const name of ['fast', 'slow']) execFileSync('gzip', [join(folder, `${name}.csv`)]);
    for (const path of [folder, join(folder, 'fast.json')]) {
      const { status, stderr } = await isochron(['report', path]);
      expect(stderr).toMatch(/compressed.*fast\.csv\.gz.*gunzip \S+fast\.csv\.gz/s);
      expect(status).toBe(1);
    }
  });

  test.each(['x.csv', 'x.txt'])(
    'of %s without rows names why, and nobody else’s file',
    async (name) => {
      const folder = twoRuns();
      execFileSync('gzip', [join(folder, 'fast.csv')]);
      const file = join(folder, name);
      writeFileSync(file, 'a,b\n');
      for (const args of [
        ['report', file],
        ['compare', file, file],
      ]) {
        const { status, stderr } = await isochron(args);
        expect(stderr).toContain('its CSV has other columns than a run');
        expect(stderr).not.toMatch(/compressed|fast/);
        expect(status).toBe(1);
      }
      execFileSync('gzip', ['-k', file]);
      const { stderr } = await isochron(['report', file]);
      expect(stderr).toMatch(/other columns than a run\), but compressed ones: \S+\.gz\./);
      expect(stderr).toContain(`gunzip ${file}.gz.`);
    },
  );

  test('names a compressed file that is given itself, or without its ending', async () => {
    const folder = twoRuns();
    const csv = join(folder, 'fast.csv');
    execFileSync('gzip', [csv]);
    const given = await isochron(['report', `${csv}.gz`]);
    expect(given.stderr).toContain(`${csv}.gz is compressed.`);
    expect(given.stderr).toContain(`gunzip ${csv}.gz.`);
    const without = await isochron(['report', csv]);
    expect(without.stderr).toContain(`${csv} does not exist, but compressed: ${csv}.gz.`);
  });

  test.skipIf(process.geteuid?.() !== 0)(
    'names what is compressed beside a folder that may not be read (skipped unless root)',
    async () => {
      const folder = twoRuns();
      const barred = join(folder, 'barred');
      mkdirSync(barred, { mode: 0o700 });
      chmodSync(folder, 0o755);
      for (const name of ['fast', 'slow']) execFileSync('gzip', [join(folder, `${name}.csv`)]);
      const wrapper = [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '--inh-caps=-all',
      ];
      const beside = await isochron(['report', folder], { wrapper, cwd: '/' });
      expect(beside.stderr).toMatch(/barred can't be read.*but compressed ones: \S+fast\.csv\.gz/s);
      const alone = await isochron(['report', barred], { wrapper, cwd: '/' });
      expect(alone.stderr).toMatch(/holds no run with rows \(\S+barred can't be read: EACCES/);
    },
  );

  test('says what is wrong with an empty folder and goes on with a half-written one', async () => {
    const empty = await isochron(['report', scratch()]);
    expect(empty).toMatchObject({ status: 1 });
    expect(empty.stderr).toContain('holds no run with rows');
    const folder = twoRuns();
    writeFileSync(
      join(folder, 'fast.csv'),
      readFileSync(join(folder, 'fast.csv'), 'utf8').slice(0, -20),
    );
    writeFileSync(join(folder, 'slow.json'), '{"format":');
    writeManifest(folder, {
      suite: 's',
      points: [
        { id: 'fast' },
        { id: 'slow' },
        { id: 'gone', status: 'failed', error: 'no such model' },
      ],
    });
    const half = await isochron(['report', folder, '-o', join(folder, 'r.html'), '--json']);
    expect(half.status).toBe(0);
    expect(JSON.parse(half.stdout)).toMatchObject({ runs: 2 });
    const html = readFileSync(join(folder, 'r.html'), 'utf8');
    expect(html).toContain('1 point without a result: gone. The reason: no such model.');
    expect(html).toContain('The last row is unfinished');
    expect(html).toContain('slow.json is not used: not JSON.');
  });

  test('leaves the old page whole when it is killed', async () => {
    const folder = twoRuns();
    const page = join(folder, 'report.html');
    for (const wait of [50, 250, 500, 800]) {
      writeFileSync(page, 'old');
      const { child, result } = start(['report', folder, '-o', page]);
      await delay(wait);
      child.kill('SIGKILL');
      await result;
      const text = readFileSync(page, 'utf8');
      expect(text === 'old' || text.endsWith('</html>\n')).toBe(true);
    }
  });
});

describe('a name that would act on the terminal', () => {
  const evil = 'evil\u001b]0;title\u0007\u001b[2J';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
  const RTBENCH_LOG =
    'period_start(seconds),period_end(seconds),job_end(seconds),job_deadline(seconds),job_elapsed(seconds),deadline_status(1=met)\n' +
    '1.000000000,1.100000000,1.050000000,1.100000000,0.050000000,1\n';

  test.each<[command: string, args: (folder: string) => string[]]>([
    [
      'import',
      (folder) => ['import', 'rtbench', join(folder, `${evil}.csv`), '-o', join(folder, evil)],
    ],
    ['trace', (folder) => ['trace', join(folder, 'fast.csv'), '-o', join(folder, `${evil}.json`)]],
    [
      'report',
      (folder) => ['report', join(folder, 'fast.csv'), '-o', join(folder, `${evil}.html`)],
    ],
    ['run -l 4', () => ['run', 'noop', '-t', '31', '-l', '4', '--name', evil]],
    [
      'models build',
      (folder) => [
        'models',
        'build',
        'mobilenet_v1_0.25_128',
        '-o',
        join(folder, `${evil}.tflite`),
      ],
    ],
  ])('is shown, not obeyed, by %s', async (_command, args) => {
    const folder = twoRuns();
    writeFileSync(join(folder, `${evil}.csv`), RTBENCH_LOG);
    const { status, stdout, stderr } = await isochron(args(folder));
    expect(status).toBe(0);
    expect(stdout).not.toMatch(acting);
    expect(stderr).not.toMatch(acting);
    expect(stdout + stderr).toContain('evil\\x1b]0;title\\x07');
  });
});

test('two results that were made on different machines, under other conditions, are noted', async () => {
  const folder = twoRuns();
  const json = join(folder, 'fast.json');
  const about = JSON.parse(readFileSync(json, 'utf8'));
  about.machine.board = 'Another board';
  about.before.cores[0].governor = 'powersave';
  writeFileSync(json, JSON.stringify(about));
  const { stdout } = await isochron([
    'compare',
    join(folder, 'slow.csv'),
    join(folder, 'fast.csv'),
  ]);
  expect(stdout).toMatch(/made on different machines: Another board, .*; Coral Dev Board, /);
  expect(stdout).toContain('made under different governors: performance, powersave.');
});

test('a run that is compared with itself, or with its copy, is noted', async () => {
  const [folder, copy] = [scratch(), join(scratch(), 'copy')];
  const run = ['run', 'noop', '-t', '40', '--events', 'none', '-o', join(folder, 'run.csv')];
  expect((await isochron(run)).status).toBe(0);
  cpSync(folder, copy, { recursive: true });
  const other = await isochron(['compare', folder, copy]);
  expect(other.stdout).toMatch(/copy\/run\.csv is a copy of \S+run\.csv/);
  const same = await isochron(['compare', folder, join(folder, 'run.csv'), '--json']);
  expect(same.stdout).toContain('Both sides hold the same run');
});

test.each<[what: string, link: (csv: string, other: string) => void]>([
  ['its own name', () => {}],
  ['a link', symlinkSync],
  ['a hard link', linkSync],
])('a run without a JSON that is compared with itself by %s is noted', async (what, link) => {
  const folder = twoRuns();
  for (const name of ['fast', 'slow']) rmSync(join(folder, `${name}.json`));
  const csv = join(folder, 'fast.csv');
  const other = what === 'its own name' ? csv : join(folder, 'other.csv');
  link(csv, other);
  const { stdout } = await isochron(['compare', csv, other]);
  expect(stdout).toContain(`Both sides hold the same run, ${other}: it is compared with itself.`);
  const different = await isochron(['compare', csv, join(folder, 'slow.csv')]);
  expect(different.stdout).not.toContain('itself');
});

test('a run that lies twice in a folder by a hard link is one measurement', async () => {
  const folder = twoRuns();
  for (const name of ['fast.json', 'slow.json', 'slow.csv']) rmSync(join(folder, name));
  linkSync(join(folder, 'fast.csv'), join(folder, 'again.csv'));
  const { status, stderr } = await isochron(['compare', folder]);
  expect(stderr).toContain(
    'a comparison needs two: fast is the same file as again, and is left out.',
  );
  expect(status).toBe(2);
});
