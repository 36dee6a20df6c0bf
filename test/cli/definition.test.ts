/** How the options of `run` become a definition: RT-Bench's letters, the configuration file, and what wins. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { csv, isochron, json, scratch } from './helpers.js';

const config = (value: object) => {
  const path = join(scratch(), 'config.json');
  writeFileSync(path, JSON.stringify(value));
  return path;
};

/** What was planned and what came of it. */
async function planned(...args: string[]) {
  const out = join(scratch(), 'out.csv');
  const result = await isochron(['run', ...args, '-o', out]);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.status, result.stderr).toBe(0);
  return { ...result, rows: csv(out), plan: json(out.replace('.csv', '.json')).plan };
}

describe('run', () => {
  test('-g takes a definition from a file, and the command line wins over it', async () => {
    const file = config({
      workload: 'spin',
      us: 10,
      period: '2ms',
      deadline: '1ms',
      jobs: 3,
      warmup: 1,
      name: 'from the file',
    });
    const plain = await planned('-g', file);
    expect(plain.plan).toMatchObject({
      name: 'from the file',
      periodNs: 2e6,
      deadlineNs: 1e6,
      jobs: 3,
      warmup: 1,
      workload: { kind: 'spin', us: 10 },
    });
    expect(plain.rows).toHaveLength(4);
    const over = await planned('-g', file, '-t', '5', '-p', '4ms', '--us', '20', '--name', 'given');
    expect(over.plan).toMatchObject({
      name: 'given',
      periodNs: 4e6,
      deadlineNs: 1e6,
      jobs: 5,
      workload: { us: 20 },
    });
    expect(over.rows).toHaveLength(6);
  });

  test('a workload on the command line stands in place of the file’s', async () => {
    const { plan } = await planned(
      'noop',
      '-g',
      config({ workload: 'bandwidth', period: '1ms', jobs: 2 }),
    );
    expect(plan.workload.kind).toBe('noop');
  });

  test('-b names the workload with its options, and what stands outside of it wins', async () => {
    const { plan } = await planned('-b', 'spin --us 30 -t 2 -p 1ms', '-t', '4');
    expect(plan).toMatchObject({ jobs: 4, periodNs: 1e6, workload: { kind: 'spin', us: 30 } });
    const twice = await isochron(['run', 'noop', '-b', 'spin']);
    expect(twice.status).toBe(2);
    expect(twice.stderr).toMatch(/named twice/);
  });

  test('a value may follow its letter at once, as in RT-Bench’s scripts', async () => {
    const folder = scratch();
    const { status, stderr } = await isochron(
      ['run', 'noop', '-t7', '-p2ms', '-c0-1', '-oout.csv', '--strict=false'],
      { cwd: folder },
    );
    expect(stderr).not.toMatch(/Unknown|usage/);
    expect(status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['out.csv', 'out.json']);
    const { plan } = json(join(folder, 'out.json'));
    expect(plan).toMatchObject({ jobs: 7, periodNs: 2e6, cores: [0, 1] });
  });

  test.each([
    [['--jobs', '3', '--cores', '0-1']],
    [['--tasks-number', '3', '--core-affinity', '0-1']],
    [['--tasksNumber=3', '-c', '0,1']],
  ])('an option has the definition’s name and RT-Bench’s: %j', async (options) => {
    for (const args of [
      ['spin', ...options, '--us', '5'],
      ['--args', 'spin --us 5 -t 9', ...options],
    ])
      expect((await planned('-p', '1ms', ...args)).plan).toMatchObject({
        jobs: 3,
        cores: [0, 1],
        workload: { kind: 'spin', us: 5 },
      });
    const rtbench = await planned('-p1ms', '--bmark-args', 'spin --us 5 --tasks-number 2', '-c0');
    expect(rtbench.plan).toMatchObject({ jobs: 2, workload: { kind: 'spin', us: 5 } });
  });

  test('a configuration file of 0.1.0 loads, and what stands on the command line wins over it', async () => {
    const folder = scratch();
    const file = join(folder, 'old.json');
    const sampler = { core: 0, intervalNs: 5e6 };
    writeFileSync(file, JSON.stringify({ workload: 'noop', tasks: 9, cores: [1], sampler }));
    const old = await planned('-g', file, '--events', 'none');
    expect(old.plan).toMatchObject({ jobs: 9, sampler });
    expect((await planned('-g', file, '--events', 'none', '--jobs', '3')).plan.jobs).toBe(3);
  });

  test('help says every default once', async () => {
    const { stdout } = await isochron(['run', '--help']);
    const words = stdout.replace(/\s+/g, ' ');
    for (const said of [
      'until SIGINT (default 300)',
      '(default skip)',
      'before the first release (default true)',
      'out of the summary (default 0)',
      'threads of the engine (default 1)',
      'delegate (default false)',
      'or a list (default rtbench)',
      'CSV format (default extended)',
    ])
      expect(words.split(said)).toHaveLength(2);
    expect(words).not.toContain('(default undefined)');
  });

  test('--rr, and -T -D -P, are the policy that is asked for', async () => {
    const rr = await planned('noop', '-t', '2', '-p', '1ms', '--rr', '7', '--best-effort');
    expect(rr.plan.scheduling).toMatchObject({ policy: 'rr', priority: 7 });
    const edf = await planned(
      ...['noop', '-t', '2', '-p', '10ms', '--best-effort'],
      ...['-T', '2000000', '-D', '4000000', '-P', '5000000'],
    );
    expect(edf.plan.scheduling).toMatchObject({
      policy: 'deadline',
      runtimeNs: 2e6,
      deadlineNs: 4e6,
      periodNs: 5e6,
    });
    const implicit = await planned(
      ...['noop', '-t', '2', '-p', '10ms', '--best-effort', '-T', '2000000', '-P', '5000000'],
    );
    expect(implicit.plan.scheduling).toMatchObject({ deadlineNs: 5e6 });
  });

  test('-T -D -P and -B take a unit as every time does, and count ns without one', async () => {
    const { plan } = await planned(
      ...['noop', '-t', '2', '-p', '10ms', '--best-effort', '-T', '2ms', '-D4000us', '-P', '5e6'],
      ...['-c', '1', '-M', '1', '-C', '0', '-B', '5ms', '--events', 'none'],
    );
    expect(plan.scheduling).toEqual({
      policy: 'deadline',
      runtimeNs: 2e6,
      deadlineNs: 4e6,
      periodNs: 5e6,
    });
    expect(plan.sampler).toEqual({ core: 0, intervalNs: 5e6 });
    const own = ['noop', '-t', '2', '-c', '1', '--events', 'none', '--sampler-core', '0'];
    expect((await planned(...own)).plan.sampler).toEqual({ core: 0, intervalNs: 10e6 });
    expect((await planned(...own, '-M', '0')).plan.sampler).toBeNull();
    const wrong = await isochron(['run', 'noop', '-T', '2 fortnights', '-P', '1s']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/--sched-runtime "2 fortnights" is not a time[\s\S]*nanoseconds/);
  });

  test.each([
    ['1', { table: false, rows: false, more: false }],
    ['2', { table: true, rows: false, more: false }],
    ['3', { table: true, rows: true, more: false }],
    ['4', { table: true, rows: true, more: true }],
    ['5', { table: true, rows: true, more: true }],
  ])('-l %s: how much is said', async (level, { table, rows, more }) => {
    const { stdout, stderr } = await planned('noop', '-t', '4', '-p', '1ms', '-l', level);
    expect(/VALID/.test(stdout + stderr)).toBe(table);
    expect(stdout.startsWith('job,warmup,')).toBe(rows);
    if (rows) expect(stdout.trim().split('\n')).toHaveLength(5);
    if (!table) expect(stdout + stderr).toBe('');
    // the machine and the distribution, besides the table
    expect(stderr.split('\n').length > 15).toBe(more);
  });
});
