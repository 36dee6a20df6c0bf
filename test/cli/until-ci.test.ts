/** `run --until-ci`: a run that ends when its median is known. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isochron, json, scratch, start, until } from './helpers.js';

const note = (sidecar: { verdict: { notes: { code: string; message: string }[] } }) =>
  sidecar.verdict.notes.find(({ code }) => code === 'until_ci')?.message;

describe('--until-ci', () => {
  test('ends a run early, which is done, and says so in table and JSON', async () => {
    const out = join(scratch(), 'a.csv');
    // half of the median is wide enough for any machine
    const { status, stdout, stderr } = await isochron([
      ...['run', 'spin', '--us', '200', '-t', '0', '--until-ci', '50%', '--events', 'none'],
      ...['-o', out],
    ]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/note: Stopped after \d+ jobs: ± /);
    expect(stdout).toContain('± 95 %');
    const sidecar = json(out.replace('.csv', '.json'));
    expect(sidecar).toMatchObject({
      status: 'done',
      plan: { untilCi: 0.5, jobs: 0 },
      precision: { goal: 0.5, reached: true, jobs: sidecar.summary.counts.inStatistics },
    });
    expect(sidecar.precision.stoppedAt).toBeGreaterThanOrEqual(100);
    expect(note(sidecar)).toContain(`Stopped after ${sidecar.summary.counts.measured} jobs`);
    const codes = sidecar.verdict.reasons.map(({ code }: { code: string }) => code);
    expect(codes).not.toContain('interrupted');
  });

  test('that is not reached says how near it came, within the jobs that were asked for', async () => {
    const out = join(scratch(), 'a.csv');
    const { status, stdout } = await isochron([
      ...['run', 'spin', '-t', '60', '--until-ci', '1%', '--events', 'none', '-o', out],
    ]);
    expect(status).toBe(0);
    // 60 jobs are never worth the 100 that it takes
    expect(stdout).toMatch(
      /The ± 1\.00 % of --until-ci (?:was not reached within 60 jobs: |is believed only of 100 independent jobs, and these 60 jobs weigh as much as \d+: )/,
    );
    const { precision, summary } = json(out.replace('.csv', '.json'));
    expect(precision).toMatchObject({ reached: false, stoppedAt: null });
    expect(summary.counts.measured).toBe(60);
  });

  test('has 10,000 jobs as its limit where none is named, and none of its own beside a duration', async () => {
    const folder = scratch();
    const planned = async (...words: string[]) => {
      const out = join(folder, `${words.length}.csv`);
      await isochron(['run', 'noop', '--until-ci', '50%', '--events', 'none', '-o', out, ...words]);
      return json(out.replace('.csv', '.json')).plan.jobs;
    };
    expect(await planned()).toBe(10_000);
    expect(await planned('--duration', '5s')).toBe(0);
    expect(await planned('--duration', '5s', '-t', '200')).toBe(200);
  });

  test('that a signal cuts short is interrupted', async () => {
    const out = join(scratch(), 'a.csv');
    const { child, result } = start([
      ...['run', 'spin', '-p', '20ms', '-t', '0', '--until-ci', '0.0001%', '--events', 'none'],
      ...['-l', '3', '-o', out],
    ]);
    let rows = 0;
    child.stdout?.on('data', () => rows++);
    await until(() => rows > 1, 'rows');
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    const sidecar = json(out.replace('.csv', '.json'));
    expect(sidecar).toMatchObject({ status: 'interrupted', precision: { reached: false } });
  });

  test('is an option of a suite', async () => {
    const folder = scratch();
    const suite = join(folder, 's.yaml');
    writeFileSync(
      suite,
      'name: s\nbase: {workload: spin, untilCi: 50%, events: none}\nmatrix: {us: [100, 300]}\n',
    );
    const { status, stderr } = await isochron(['sweep', suite, '-o', join(folder, 'r')]);
    expect(status, stderr).toBe(0);
    for (const us of [100, 300]) {
      const sidecar = json(join(folder, 'r', `us-${us}.r1.json`));
      expect(sidecar).toMatchObject({ status: 'done', precision: { reached: true } });
      expect(sidecar.summary.counts.measured).toBeLessThan(10_000);
    }
  });

  test('in a sweep is told of the runs that did not reach it', async () => {
    const out = join(scratch(), 'r');
    const { status, stdout, stderr } = await isochron([
      ...['run', 'spin', '--us', '100,200', '--until-ci', '50%', '-t', '40,0'],
      ...['--events', 'none', '-o', out],
    ]);
    expect(status, stderr).toBe(0);
    // 100 jobs are the fewest that reach it, and a run without another end goes on until then
    expect(stdout).toMatch(/--until-ci was not reached in 2 of 4 runs, such as jobs 40 us \d00: /);
  });

  test.each([['1'], ['0%'], ['51%'], ['-1%'], ['x%'], ['1%,2%']])(
    'takes a percentage, and %s is none',
    async (given) => {
      const { status, stderr } = await isochron(['run', 'noop', `--until-ci=${given}`]);
      expect([status, stderr]).toEqual([
        2,
        expect.stringContaining(`untilCi "${given}" is not a share`),
      ]);
    },
  );
});
