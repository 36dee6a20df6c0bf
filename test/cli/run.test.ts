import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/addon/load-addon.js';
import { csv, isochron, json, NO_SHARED, scratch, shared } from './helpers.js';

const n = (row: Record<string, string>, name: string) => Number(row[name]);
const big = (row: Record<string, string>, name: string) => BigInt(row[name] as string);

describe('rows follow the job model', () => {
  test('releases stand on the grid, and every time relation holds in every row', async () => {
    const out = join(scratch(), 'out.csv');
    const { status } = await isochron([
      'run',
      'spin',
      '--us',
      '200',
      '-p',
      '0.005',
      '-d',
      '0.004',
      '-t',
      '60',
      '-o',
      out,
    ]);
    expect(status).toBe(0);
    const rows = csv(out);
    expect(rows).toHaveLength(60);
    const t0 = big(rows[0] as Record<string, string>, 'release_ns');
    for (const row of rows) {
      expect((big(row, 'release_ns') - t0) % 5_000_000n).toBe(0n);
      expect(big(row, 'deadline_ns') - big(row, 'release_ns')).toBe(4_000_000n);
      expect(big(row, 'woken_ns') >= big(row, 'release_ns')).toBe(true);
      expect(n(row, 'dispatch_ns')).toBeGreaterThan(0); // counters and usage are read after the wake-up
      expect(n(row, 'elapsed_ns')).toBe(Number(big(row, 'end_ns') - big(row, 'start_ns')));
      expect(n(row, 'response_ns')).toBe(
        n(row, 'release_latency_ns') + n(row, 'dispatch_ns') + n(row, 'elapsed_ns'),
      );
      expect(n(row, 'lateness_ns')).toBe(n(row, 'response_ns') - 4_000_000);
      expect(row.deadline_met).toBe(n(row, 'lateness_ns') <= 0 ? '1' : '0');
      expect(n(row, 'utilisation')).toBeCloseTo(n(row, 'elapsed_ns') / 5e6, 4);
      expect(n(row, 'density')).toBeCloseTo(n(row, 'elapsed_ns') / 4e6, 4);
      expect(n(row, 'elapsed_ns')).toBeGreaterThanOrEqual(200_000);
    }
  });

  test('skip: a job of two and a half periods skips two releases each time and misses its deadline', async () => {
    const out = join(scratch(), 'out.csv');
    const { status, stdout } = await isochron([
      'run',
      'spin',
      '--us',
      '25000',
      '-p',
      '0.01',
      '-t',
      '8',
      '-o',
      out,
      '--json',
    ]);
    expect(status).toBe(0);
    const rows = csv(out);
    for (const [i, row] of rows.entries()) {
      expect(row.deadline_met).toBe('0');
      expect(n(row, 'skipped_releases')).toBeGreaterThanOrEqual(2);
      const next = rows[i + 1];
      if (next)
        expect(big(next, 'release_ns') - big(row, 'release_ns')).toBe(
          10_000_000n * BigInt(n(row, 'skipped_releases') + 1),
        );
    }
    const report = JSON.parse(stdout);
    expect(report.summary.deadlineMisses).toBe(8);
    expect(report.summary.skippedReleases).toBe(
      rows.reduce((sum, row) => sum + n(row, 'skipped_releases'), 0),
    );
  });

  test('queue: late releases keep their own times and are served back to back', async () => {
    const out = join(scratch(), 'out.csv');
    await isochron([
      'run',
      'spin',
      '--us',
      '15000',
      '-p',
      '0.01',
      '-t',
      '6',
      '--overrun',
      'queue',
      '-o',
      out,
    ]);
    const rows = csv(out);
    const t0 = big(rows[0] as Record<string, string>, 'release_ns');
    rows.forEach((row, i) => {
      expect(big(row, 'release_ns') - t0).toBe(10_000_000n * BigInt(i));
      expect(row.skipped_releases).toBe('0');
    });
    const last = rows[5] as Record<string, string>;
    expect(n(last, 'release_latency_ns')).toBeGreaterThan(20_000_000);
    expect(last.slept).toBe('0');
  });

  test('stop: the run ends at its first miss, with exit code 3 and the row on disk', async () => {
    const out = join(scratch(), 'out.csv');
    const { status } = await isochron([
      'run',
      'spin',
      '--us',
      '15000',
      '-p',
      '0.01',
      '-t',
      '50',
      '--overrun',
      'stop',
      '-o',
      out,
    ]);
    expect(status).toBe(3);
    expect(csv(out)).toHaveLength(1);
    expect(json(join(out, '..', 'out.json')).status).toBe('deadline_miss');
  });

  test('the folder of -o is made, however deep', async () => {
    const out = join(scratch(), 'a', 'b', 'out.csv');
    const { status, stderr } = await isochron(['run', 'noop', '-p', '1ms', '-t', '40', '-o', out]);
    expect(status, stderr).toBe(0);
    expect(csv(out)).toHaveLength(40);
  });

  test('SCHED_DEADLINE: overruns of the runtime are in the JSON and the verdict, and end nothing', async ({
    skip,
  }) => {
    const out = join(scratch(), 'out.csv');
    const times = ['-T', '2ms', '-D', '20ms', '-P', '20ms', '-p', '0.02', '--best-effort'];
    await isochron(['run', 'spin', '--us', '7000', ...times, '-t', '3', '-o', out]);
    const { status, finished, summary, verdict } = json(join(out, '..', 'out.json'));
    expect(status).toBe('done');
    if (finished.server === null) return skip('SCHED_DEADLINE is not granted here');
    expect(finished.server.t0OffsetNs).toBe(0);
    expect(summary.runtimeExceeded).toBeGreaterThan(0);
    expect(verdict.notes.map(({ code }: { code: string }) => code)).toContain('deadline_overruns');
  });

  test('continuous: each job is released when the one before it ended', async () => {
    const out = join(scratch(), 'out.csv');
    await isochron(['run', 'spin', '--us', '300', '-t', '40', '-o', out]);
    const rows = csv(out);
    expect(rows).toHaveLength(40);
    for (let i = 1; i < rows.length; i++)
      expect((rows[i] as Record<string, string>).release_ns).toBe(
        (rows[i - 1] as Record<string, string>).end_ns,
      );
    expect(
      rows.every(
        (row) => row.deadline_ns === '' && row.deadline_met === '' && row.utilisation === '',
      ),
    ).toBe(true);
  });

  test('warm-up jobs are rows flagged warmup=1 and stay out of the summary', async () => {
    const out = join(scratch(), 'out.csv');
    const { stdout } = await isochron([
      'run',
      'noop',
      '-p',
      '0.002',
      '-t',
      '40',
      '--warmup',
      '5',
      '-o',
      out,
      '--json',
    ]);
    const rows = csv(out);
    expect(rows.map((row) => row.warmup).join('')).toBe('1'.repeat(5) + '0'.repeat(40));
    expect(JSON.parse(stdout).summary.counts).toMatchObject({
      executed: 45,
      warmup: 5,
      measured: 40,
    });
  });

  test('a duration ends a run that has jobs left', async () => {
    const { stdout, status } = await isochron([
      'run',
      'noop',
      '-p',
      '0.01',
      '-t',
      '100000',
      '--duration',
      '300ms',
      '--json',
    ]);
    expect(status).toBe(0);
    const executed = JSON.parse(stdout).summary.counts.executed;
    expect(executed).toBeGreaterThan(0);
    expect(executed).toBeLessThanOrEqual(31); // releases of 300 ms, however late
  });
});

describe('what is told is what happened', () => {
  test('summary on stdout, sidecar and rows agree', async () => {
    const out = join(scratch(), 'out.csv');
    const { stdout } = await isochron([
      'run',
      'spin',
      '--us',
      '100',
      '-p',
      '0.002',
      '-t',
      '120',
      '-o',
      out,
      '--json',
    ]);
    const rows = csv(out).slice(1); // the first job stands apart
    const sidecar = json(join(out, '..', 'out.json'));
    const report = JSON.parse(stdout);
    expect(report).toEqual(sidecar);
    const elapsed = rows.map((row) => n(row, 'elapsed_ns')).sort((a, b) => a - b);
    expect(sidecar.summary.elapsed.count).toBe(119);
    expect(sidecar.summary.elapsed.min).toBe(elapsed[0]);
    expect(sidecar.summary.elapsed.median).toBe(elapsed[59]);
    expect(sidecar.summary.elapsed.max).toBe(elapsed.at(-1));
    expect(sidecar.summary.elapsed.p999).toBeNull();
    expect(sidecar.status).toBe('done');
    expect(sidecar.plan.periodNs).toBe(2_000_000);
  });

  test('-m charges a workload that allocates nothing with nothing of what the tool takes to move its rows', async () => {
    const out = join(scratch(), 'noop.csv');
    const args = ['-m', '512K', '-p', '50us', '-t', '20000', '--events', 'none'];
    const { stderr } = await isochron(['run', 'noop', ...args, '-o', out]);
    expect(stderr).not.toContain('heap');
    expect(json(out.replace('.csv', '.json')).error).toBeNull();
    expect(csv(out)).toHaveLength(20000);
  });

  test('counters that this machine lacks are empty cells with a reason, software events count', async () => {
    const out = join(scratch(), 'out.csv');
    const { stderr } = await isochron([
      'run',
      'noop',
      '-p',
      '0.002',
      '-t',
      '40',
      '--events',
      'cpu_cycles,page_faults',
      '-o',
      out,
    ]);
    const rows = csv(out);
    const sidecar = json(join(out, '..', 'out.json'));
    for (const event of sidecar.events) {
      const cells = rows.map((row) => row[event.name]);
      if (event.reason === null) expect(cells.every((cell) => cell !== '')).toBe(true);
      else {
        expect(cells.every((cell) => cell === '')).toBe(true);
        expect(stderr).toContain(event.name);
      }
    }
    expect(
      sidecar.events.find((e: { name: string }) => e.name === 'page_faults').reason,
    ).toBeNull();
  });

  test('--require-events fails the run where an event can’t be counted', async ({ skip }) => {
    const listed = JSON.parse((await isochron(['events', '--json'])).stdout);
    const cycles = listed.events.find((e: { name: string }) => e.name === 'cpu_cycles');
    if (cycles.offered) return skip('this machine counts cycles');
    const { status, stderr } = await isochron([
      'run',
      'noop',
      '-t',
      '5',
      '--events',
      'cpu_cycles',
      '--require-events',
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/cpu_cycles/);
  });

  test('level 3 prints the rows on stdout', async () => {
    const { stdout } = await isochron(['run', 'noop', '-p', '0.002', '-t', '10', '-l', '3']);
    expect(stdout.split('\n')[0]).toMatch(/^job,warmup,release_ns/);
    expect(stdout.trim().split('\n')).toHaveLength(11);
  });

  test('--strict turns an INVALID verdict into exit code 4', async () => {
    const { status, stdout } = await isochron([
      'run',
      'noop',
      '-p',
      '0.002',
      '-t',
      '5',
      '--strict',
      '--json',
    ]);
    expect(JSON.parse(stdout).verdict.valid).toBe(false); // five jobs are too few for anything
    expect(status).toBe(4);
  });

  test('the RT-Bench format has its header and one row per job', async () => {
    const out = join(scratch(), 'out.csv');
    await isochron([
      'run',
      'spin',
      '--us',
      '25000',
      '-p',
      '0.01',
      '-t',
      '6',
      '--format',
      'rtbench',
      '-o',
      out,
    ]);
    const rows = csv(out);
    expect(Object.keys(rows[0] as object)[5]).toBe('period_start(seconds)');
    // skipped deadlines are rows of their own, zero but for the deadline
    const jobs = rows.filter((row) => n(row, 'job_elapsed(seconds)') > 0);
    const skipped = rows.filter((row) => n(row, 'job_elapsed(seconds)') === 0);
    expect(jobs).toHaveLength(6);
    expect(skipped.length).toBeGreaterThanOrEqual(12);
    expect(skipped.every((row) => n(row, 'job_deadline(seconds)') > 0)).toBe(true);
    for (const row of jobs) {
      expect(row['deadline_status(1=met)']).toBe('0');
      expect(n(row, 'job_end(seconds)') - n(row, 'period_start(seconds)')).toBeCloseTo(
        n(row, 'job_elapsed(seconds)'),
        5,
      );
    }
  });

  test('the sampler writes its own file from another core', async ({ skip }) => {
    const { availableParallelism } = await import('node:os');
    if (availableParallelism() < 2) return skip('one core only');
    const folder = scratch();
    const out = join(folder, 'out.csv');
    const { status } = await isochron([
      'run',
      'spin',
      '--us',
      '5000',
      '-p',
      '0.01',
      '-t',
      '20',
      '-c',
      '1',
      '-M',
      '1',
      '-C',
      '0',
      '-B',
      '1000000',
      '--events',
      'software',
      '-o',
      out,
    ]);
    expect(status).toBe(0);
    const name = readdirSync(folder).find((file) => file.includes('samples'));
    const samples = csv(join(folder, name as string));
    expect(samples.length).toBeGreaterThan(30);
    const times = samples.map((row) => big(row, 'time_ns'));
    expect(times.every((time, i) => i === 0 || time > (times[i - 1] as bigint))).toBe(true);
  });
});

describe('models', () => {
  const folder = shared('models');
  const title = folder ? '' : ` (skipped: ${NO_SHARED})`;
  test.skipIf(!folder).each([[false], [true]])(
    `every shared model runs, XNNPACK %s${title}`,
    async (xnnpack) => {
      if (!folder) throw new Error(NO_SHARED);
      for (const file of readdirSync(folder).filter(
        (name) => /\.tflite$/.test(name) && !/invalid/.test(name),
      )) {
        const { status, stdout, stderr } = await isochron([
          'run',
          join(folder, file),
          '-t',
          '3',
          '--json',
          xnnpack ? '--xnnpack' : '--no-xnnpack',
        ]);
        expect(status, `${file}: ${stderr}`).toBe(0);
        const report = JSON.parse(stdout);
        expect(report.workload.tflite.xnnpack.requested).toBe(xnnpack);
        if (!xnnpack) expect(report.workload.tflite.xnnpack.delegatedNodes).toBe(0);
        else if (/fp32/.test(file))
          expect(report.workload.tflite.xnnpack.delegatedNodes).toBeGreaterThan(0);
      }
    },
  );

  test('a photograph of a cat is classified as a cat', async ({ skip }) => {
    const bmp = shared('models', 'cat.bmp');
    const model = shared('models', 'mobilenet_v2_1.0_224_uint8.tflite');
    const labels = shared('models', 'imagenet_labels.txt');
    if (!bmp || !model || !labels) return skip(NO_SHARED);
    const { readFileSync, writeFileSync } = await import('node:fs');
    const { bmpToRgb } = await import('./bmp.js');
    const folder = scratch();
    const input = join(folder, 'cat.raw');
    writeFileSync(input, bmpToRgb(readFileSync(bmp), 224, 224));
    const { status, stderr } = await isochron([
      'run',
      model,
      '-t',
      '2',
      '--input',
      input,
      '--dump-output',
      folder,
    ]);
    expect(status, stderr).toBe(0);
    const outputs = json(join(folder, 'outputs.json'));
    expect(outputs[0] ?? outputs.outputs[0]).toMatchObject({ type: 'uint8' });
    const scores = [...readFileSync(join(folder, 'output0.raw'))];
    const top = scores.indexOf(Math.max(...scores));
    expect(readFileSync(labels, 'utf8').split('\n')[top]).toMatch(/cat|tabby|tiger cat|Egyptian/i);
  });
});

test('a job that whoever started isochron left one core is pinned to it, and shares it with the tool', async ({
  skip,
}) => {
  const allowed = loadAddon().getAffinity();
  const [core] = allowed.slice(-1);
  if (allowed.length < 2 || spawnSync('taskset', ['--version']).status !== 0)
    return skip('needs two cores and taskset');
  const out = join(scratch(), 'out.csv');
  const started = (wrapper: string[], ...more: string[]) =>
    isochron(['run', 'noop', '-t', '40', '-o', out, ...more], { wrapper });
  const sidecar = () => json(out.replace('.csv', '.json'));
  const codes = () =>
    [...sidecar().verdict.reasons, ...sidecar().verdict.notes].map(({ code }) => code);
  const toOne = ['taskset', '-c', String(core)];
  await started(toOne);
  expect(sidecar()).toMatchObject({
    plan: { cores: [] },
    granted: { cores: [core] },
    housekeepingCores: null,
    verdict: { valid: false },
  });
  // what is looked at before, during and after it is that core
  const looks = [sidecar().before, sidecar().during, sidecar().after];
  for (const { cores } of looks)
    expect(cores.map((one: { core: number }) => one.core)).toEqual([core]);
  expect(codes()).toContain('core_shared');
  expect(codes()).not.toContain('not_pinned');
  await started(['taskset', '-c', allowed.join(',')]);
  expect(codes()).toContain('not_pinned');
  expect(codes()).not.toContain('core_shared');
});

describe('--histogram', () => {
  const FEW = ['run', 'noop', '-t', '40', '--events', 'none'];
  /** The counts of its bins. */
  const counts = (text: string) =>
    [...text.matchAll(/^ *[\d.]+ [–-] +[\d.]+ +(\d+)/gm)].map(([, n]) => Number(n));

  test('shows all jobs of the statistics below the table, and where the deadline lies', async () => {
    const { status, stdout } = await isochron([
      ...FEW,
      '-p',
      '2ms',
      '--warmup',
      '3',
      '--histogram',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('response time of 40 jobs without the first and the warm-up');
    expect(stdout).toContain('deadline');
    expect(counts(stdout).reduce((sum, n) => sum + n, 0)).toBe(40);
    const continuous = await isochron([...FEW, '--histogram'], { env: { LC_ALL: 'C' } });
    expect(continuous.stdout).toMatch(/^elapsed time of 39 jobs/m);
    expect(continuous.stdout).toContain('#');
    expect(continuous.stdout).not.toContain('█');
  });

  test('goes where the table goes', async () => {
    const rows = await isochron([...FEW, '-l', '3', '--histogram']);
    expect(rows.stderr).toContain('elapsed time of 39 jobs');
    expect(rows.stdout).not.toContain('elapsed time of');
    const quiet = await isochron([...FEW, '--quiet', '--histogram']);
    expect(quiet.stdout + quiet.stderr).toBe('');
    const one = await isochron(['run', 'noop', '-t', '1', '--events', 'none', '--histogram']);
    expect(one.stdout).toContain('no histogram: there is no job besides the first');
    const both = await isochron([...FEW, '--json', '--histogram']);
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('--histogram')]);
  });

  test('of several runs is one of each configuration', async () => {
    const out = join(scratch(), 'r');
    const { stdout } = await isochron([
      ...[...FEW, '--overrun', 'skip,queue', '--reps', '2', '--histogram', '-o', out],
    ]);
    expect(stdout).toMatch(/^skip: elapsed time of 78 jobs/m);
    expect(stdout).toMatch(/^queue: elapsed time of 78 jobs/m);
    expect(counts(stdout).reduce((sum, n) => sum + n, 0)).toBe(2 * 78);
  });
});
